import { Refused, sameValue } from '@passerelle/event-log'
import { type Assessment, refuseNotOpen } from './assessment.decider.js'
import type { AssessmentEvent } from './assessment.events.js'

/** Recognition of prior learning: claimed within an assessment, answered there or later, open to appeal. */
export function claimPriorLearning(assessment: Assessment, command: { claimId: string; description: string }): AssessmentEvent[] {
  refuseNotOpen(assessment)
  const { claimId } = command
  if (sameValue(assessment.claimed[claimId], command)) return []
  if (claimId in assessment.claims)
    throw new Refused('ASSESSMENT.CLAIM_EXISTS', 'Something else was claimed under this id.', 'Claim it under another id.', {
      claimId,
    })
  return [{ type: 'PriorLearningClaimed', data: command }]
}

export function recognisePriorLearning(
  assessment: Assessment,
  command: { claimId: string; recognisedAs: string },
): AssessmentEvent[] {
  return known(assessment, command.claimId) === 'recognised' ? [] : [{ type: 'PriorLearningRecognised', data: command }]
}

/** With a reason, and a day until which the learner may appeal: at least two weeks away. */
export function refusePriorLearning(
  assessment: Assessment,
  command: { claimId: string; reason: string; appealUntil: string },
  earliestAppealUntil: string,
): AssessmentEvent[] {
  const claim = known(assessment, command.claimId)
  if (claim === 'notRecognised') return []
  if (claim === 'recognised')
    throw new Refused('ASSESSMENT.RECOGNISED', 'This learning was recognised: that is not taken back.', 'Leave it.', {
      claimId: command.claimId,
    })
  if (command.appealUntil < earliestAppealUntil)
    throw new Refused('ASSESSMENT.APPEAL_TOO_SHORT', 'The learner needs time to appeal.', 'Choose a later day.', {
      earliest: earliestAppealUntil,
    })
  return [{ type: 'PriorLearningNotRecognised', data: command }]
}

function known(assessment: Assessment, claimId: string) {
  const claim = assessment.claims[claimId]
  if (!claim)
    throw new Refused('ASSESSMENT.NO_CLAIM', 'Nobody claimed this here.', 'Check the id, or claim it first.', { claimId })
  return claim
}
