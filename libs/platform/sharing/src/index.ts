export * from './vocabulary.js'
export * from './columns.js'
