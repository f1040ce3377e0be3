export * from './keyring.js'
