export { faces, rolesAt } from './faces.js'
export { schemaOfFace, startFace } from './face-app.js'
export { membershipsOf } from './person.js'
export { startApi, type Api, type ApiOptions } from './api.js'
