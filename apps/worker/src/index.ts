export { openProcesses } from './processes.js'
export { HubWorklist } from './ports/worklist.js'
export { settleDenials } from './settle-denials.js'
export { startWorker, type Worker, type WorkerOptions } from './worker.js'
