export * from './postgres.js'
export * from './keyring.contract.js'
export * from './an-event.js'
export * from './event-log.contract.js'
