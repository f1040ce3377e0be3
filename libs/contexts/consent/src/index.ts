import type { Context } from '@passerelle/http'
import { consentEvents } from './consent.events.js'
import { ConsentModule } from './consent.module.js'
import { consents } from './consents.view.js'
import { contestEvents } from './contest.events.js'
import { restrictionEvents } from './restriction.events.js'
import { hiddenRestrictions, restrictions } from './restrictions.view.js'
import { subjectRequestEvents } from './subject-request.events.js'
import { subjectRequests } from './subject-requests.view.js'

export const consentContext: Context = {
  name: 'consent',
  events: [consentEvents, contestEvents, restrictionEvents, subjectRequestEvents],
  views: [consents, restrictions, hiddenRestrictions, subjectRequests],
  module: ConsentModule,
}
export * from './consent.events.js'
export * from './contest.events.js'
export * from './restriction.events.js'
export * from './subject-request.events.js'
export * from './consent.decider.js'
export {
  approve as approveRestriction,
  decline as declineRestriction,
  type Grounds,
  type Hold,
  lift as liftRestriction,
  longestDays as longestRestrictionDays,
  place as placeRestriction,
  propose as proposeRestriction,
  restriction,
  type Restriction,
} from './restriction.decider.js'
export * from './contest.decider.js'
export * from './contest.facts.js'
export {
  answer as answerSubjectRequest,
  type AnswerFacts,
  askedBy,
  extend as extendSubjectRequest,
  noticeOverdue as noticeOverdueSubjectRequest,
  receive as receiveSubjectRequest,
  type Retention,
  subjectRequest,
  type SubjectRequest,
  type SubjectRequestKind,
  type SubjectRequestOutcome,
  withdraw as withdrawSubjectRequest,
} from './subject-request.decider.js'
export * from './subject-request.facts.js'
export * from './consent.facts.js'
export * from './consent.record.js'
export { consents, type ConsentMoment } from './consents.view.js'
export { hiddenRestrictions, restrictions, subjectRequests }
