/** Imported first: libraries look at it as they are loaded, and check less where they are deployed. */
process.env['NODE_ENV'] ??= 'production'
