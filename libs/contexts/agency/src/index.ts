import type { Context } from '@passerelle/http'
import { agencies } from './agencies.view.js'
import { agencyEvents } from './agency.events.js'
import { ageLinesEvents } from './age-lines.events.js'
import { ageLinesInForce } from './age-lines.view.js'
import { AgencyModule } from './agency.module.js'
import { sharingAgreementEvents } from './sharing-agreement.events.js'
import { sharingAgreements } from './sharing-agreements.view.js'
import { staffEvents } from './staff.events.js'
import { staffMembers, staffRoles } from './staff.view.js'

export const agencyContext: Context = {
  name: 'agency',
  events: [agencyEvents, staffEvents, sharingAgreementEvents, ageLinesEvents],
  views: [agencies, staffMembers, staffRoles, sharingAgreements, ageLinesInForce],
  module: AgencyModule,
}
export * from './agency.events.js'
export * from './staff.events.js'
export * from './sharing-agreement.events.js'
export * from './agency.decider.js'
export * from './feed-categories.js'
export * from './staff.decider.js'
export * from './sharing-agreement.decider.js'
export * from './age-lines.events.js'
export * from './age-lines.decider.js'
export * from './age-lines.view.js'
export * from './agency.facts.js'
export { agencies, sharingAgreements, staffMembers, staffRoles }
