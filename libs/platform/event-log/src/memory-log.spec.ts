import { eventLogContract } from '@passerelle/testing'
import { MemoryLog } from './memory-log.js'

describe('the event log in memory', () => {
  eventLogContract(async () => {
    const log = new MemoryLog()
    return { log, close: () => log.close() }
  })
})
