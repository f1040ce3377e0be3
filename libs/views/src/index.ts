export * from './accounts.view.js'
export * from './contestable.js'
export * from './streams.view.js'
export * from './entitlements/index.js'
