export { faces, rolesAt } from './faces.js'
export { schemaOfFace, startFace } from './face-app.js'
export { accountHash, membershipsOf } from './person.js'
export { startApi, type Api, type ApiOptions } from './api.js'
