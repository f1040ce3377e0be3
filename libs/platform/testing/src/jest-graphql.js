/**
 * GraphQL looks for a second copy of itself at every value of every answer unless it is told, while it loads, that this is production: a fifth of what the
 * journeys compute. Here it is told so, as a deployment tells it; everything that loads later finds the environment as it was.
 */
const { NODE_ENV } = process.env
process.env['NODE_ENV'] = 'production'
await import('graphql/jsutils/instanceOf.js')
process.env['NODE_ENV'] = NODE_ENV
