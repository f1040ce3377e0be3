export { faces, rolesAt } from './faces.js'
export { readContexts, schemaOfFace, startFace } from './face-app.js'
export { Memberships } from './person.js'
export { startApi, type Api, type ApiOptions } from './api.js'
