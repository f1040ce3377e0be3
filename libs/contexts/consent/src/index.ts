import type { Context } from '@passerelle/http'
import { breakGlassEvents } from './break-glass.events.js'
import { breakGlasses, keptBreakGlasses } from './break-glasses.view.js'
import { consentEvents } from './consent.events.js'
import { ConsentModule } from './consent.module.js'
import { consents } from './consents.view.js'
import { contestEvents } from './contest.events.js'
import { contestedItems } from './contested-items.view.js'
import { forgettingEvents } from './forgetting.events.js'
import { noticeEvents } from './notice.events.js'
import { notices } from './notices.view.js'
import { recallEvents } from './recall.events.js'
import { recalls } from './recalls.view.js'
import { restrictionEvents } from './restriction.events.js'
import { hiddenRestrictions, restrictions } from './restrictions.view.js'
import { subjectRequestEvents } from './subject-request.events.js'
import { subjectRequests } from './subject-requests.view.js'

export const consentContext: Context = {
  name: 'consent',
  events: [
    breakGlassEvents,
    consentEvents,
    contestEvents,
    forgettingEvents,
    noticeEvents,
    recallEvents,
    restrictionEvents,
    subjectRequestEvents,
  ],
  views: [
    consents,
    contestedItems,
    notices,
    recalls,
    restrictions,
    hiddenRestrictions,
    breakGlasses,
    keptBreakGlasses,
    subjectRequests,
  ],
  module: ConsentModule,
}
export * from './break-glass.events.js'
export {
  breakGlass,
  type BreakGlass,
  noticeOverdueBreakGlass,
  review as reviewBreakGlass,
  use as useBreakGlass,
} from './break-glass.decider.js'
export * from './consent.events.js'
export * from './contest.events.js'
export * from './forgetting.events.js'
export * from './notice.events.js'
export * from './recall.events.js'
export * from './restriction.events.js'
export * from './subject-request.events.js'
export * from './consent.decider.js'
export {
  approve as approveRestriction,
  decline as declineRestriction,
  expireProposal as expireRestrictionProposal,
  type Grounds,
  type Hold,
  keepersOf,
  lift as liftRestriction,
  longestDays as longestRestrictionDays,
  noticeOverdue as noticeOverdueRestriction,
  place as placeRestriction,
  propose as proposeRestriction,
  restriction,
  type Restriction,
} from './restriction.decider.js'
export { forgetting, hold as holdForgetting, mayForget } from './forgetting.decider.js'
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
export {
  answerWithinDays,
  confirmDeletion,
  noticeSilence,
  recall,
  type Recall,
  stateRetention,
  tell as tellRecipient,
} from './recall.decider.js'
export { isPublished, notice, publish as publishNotice } from './notice.decider.js'
export { hashOfNotice } from './notice-hash.js'
export { notices } from './notices.view.js'
export { standardNotices } from './standard-notices.js'
export { recalls, type Retained } from './recalls.view.js'
export * from './consent.facts.js'
export * from './consent.fhir.js'
export * from './consent.record.js'
export { consents, type ConsentMoment } from './consents.view.js'
export { breakGlasses, contestedItems, hiddenRestrictions, keptBreakGlasses, restrictions, subjectRequests }
