import { anew, consent, freeze, type Freeze, request } from '@passerelle/consent'
import { type Acting, idOfStream } from '@passerelle/event-log'
import { learnerEvents } from '@passerelle/learner'
import { defineProcess, type Ports } from './ports.js'

/**
 * A guardian's yes stops counting by itself when the learner decides alone, or when the guardian has no say any more. What they said, and what they
 * were still asked, is frozen here. Where the learner decides now, each question is put to them; nobody else's yes is taken for granted.
 */
export const askTheLearnerWhenAGuardiansSayEnds = defineProcess('ask-the-learner-when-a-guardians-say-ends', {
  from: [learnerEvents],
  on: {
    AgeOfDecisionReached: ({ streamId, data: { categories } }, ports) =>
      freezeAll(idOfStream(streamId), { reason: 'ageOfDecision', categories }, ports),
    CompetenceRecorded: ({ streamId, data: { categories } }, ports) =>
      freezeAll(idOfStream(streamId), { reason: 'competence', categories }, ports),
    GuardianEnded: ({ streamId, data: { guardianId } }, ports) =>
      freezeAll(idOfStream(streamId), { reason: 'authorityEnded', guardianId }, ports),
    GuardianExcluded: ({ streamId, data: { guardianId, categories } }, ports) =>
      freezeAll(idOfStream(streamId), { reason: 'authorityEnded', guardianId, categories }, ports),
  },
})

async function freezeAll(learnerId: string, command: Freeze, ports: Acting & Ports): Promise<void> {
  const { load, decide, idFrom, worklist, now } = ports
  for (const consentId of await worklist.consentsOfGuardians(learnerId)) {
    const { requestedByAgencyId } = await load(consent, consentId)
    const under = { ...(requestedByAgencyId && { controllerAgencyId: requestedByAgencyId }) }
    const isTheirs = command.reason !== 'authorityEnded'
    const anewId = idFrom('anew', consentId)
    await decide(consent, consentId, state => freeze(state, { ...command, ...(isTheirs && { anewId }) }), under)
    // Asked from what is frozen by now, so that a crash in between loses no question.
    const question = anew(await load(consent, consentId), anewId, now)
    if (question) await decide(consent, anewId, state => request(state, question, { readsLanguages: [] }), under)
  }
}
