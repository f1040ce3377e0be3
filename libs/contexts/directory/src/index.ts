import type { Context } from '@passerelle/http'
import { DirectoryModule } from './directory.module.js'
import { organizations, services } from './directory.view.js'
import { organizationEvents } from './organization.events.js'
import { serviceEvents } from './service.events.js'

export const directoryContext: Context = {
  name: 'directory',
  events: [serviceEvents, organizationEvents],
  views: [services, organizations],
  module: DirectoryModule,
}
export * from './organization.decider.js'
export * from './organization.events.js'
export * from './service.decider.js'
export * from './service.events.js'
export { organizations, services } from './directory.view.js'
