export * from './config.js'
export * from './contexts.js'
export * from './open-hub.js'
export * from './run-process.js'
