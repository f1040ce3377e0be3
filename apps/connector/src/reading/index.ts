export * from './reading.js'
export * from './columns.js'
export * from './folder.js'
export * from './tables.js'
