export * from './database.js'
export * from './folder-lock.js'
export * from './pg-database.js'
export * from './pglite-database.js'
