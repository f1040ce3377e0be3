export * from './agency-schema.js'
export * from './define-view.js'
export * from './entitlement-policy.js'
