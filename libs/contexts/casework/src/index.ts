import type { Context } from '@passerelle/http'
import { caseFileEvents } from './case-file.events.js'
import { caseFiles, teamMembers } from './case-files.view.js'
import { CaseworkModule } from './casework.module.js'
import { notes, ownNotes } from './notes.view.js'

export const caseworkContext: Context = {
  name: 'casework',
  events: [caseFileEvents],
  views: [caseFiles, teamMembers, notes, ownNotes],
  module: CaseworkModule,
}
export * from './case-file.events.js'
export * from './case-file.decider.js'
export * from './casework.facts.js'
export { caseFiles, teamMembers } from './case-files.view.js'
export { notes, ownNotes } from './notes.view.js'
