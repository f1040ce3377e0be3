export * from './vocabulary.js'
export * from './columns.js'
export * from './entitlement.js'
export * from './disclosure-log.js'
