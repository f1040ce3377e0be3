export * from './define-view.js'
