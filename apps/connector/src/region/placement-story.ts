import { addDays } from '@passerelle/event-log'
import { consent, give, request } from '@passerelle/consent'
import { cancelPlacement, endPlacement, placement, planPlacement, startPlacement } from '@passerelle/participation'
import { colleague, type Person, type StoryTime } from './learner-story.js'
import type { Chance } from './random.js'
import { dayAt, step, type Step } from './step.js'

const turns = ['runs', 'ended', 'runs', 'cancelled', 'runs'] as const

/** At work for some weeks, one learner in four: with a tutor at the host, who is told what helps there where the learner says yes. */
export function* placementOf(person: Person, { start, endDay }: StoryTime, chance: Chance): Iterable<Step> {
  const { learnerId, number, district, schoolClass, self } = person
  if (number % 4 !== 2) return
  const turn = turns[Math.floor(number / 4) % turns.length]!
  const tutor = colleague(person, district.employment, 'placementTutor')
  const adviser = colleague(person, schoolClass.agencyId, 'careerAdviser')
  const [placementId, consentId] = [chance.uuid(), chance.uuid()]
  const planned = dayAt(start, (turn === 'runs' ? 310 : 200) + chance.int(0, 20))
  const from = addDays(planned, 14)
  const until = turn === 'runs' ? addDays(endDay, chance.int(20, 60)) : addDays(from, 56)
  yield step(adviser, planned, placement, placementId, state =>
    planPlacement(
      state,
      {
        ...{ placementId, learnerId, agencyId: schoolClass.agencyId, hostAgencyId: tutor.agencyId, tutorUserId: tutor.userId },
        ...{ hoursPerWeek: chance.int(2, 5) * 4, from, until },
      },
      { isHeld: true },
    ),
  )
  if (turn === 'cancelled') {
    yield step(adviser, addDays(planned, 7), placement, placementId, state => cancelPlacement(state, 'noPlace'))
    return
  }
  if (number % 3 === 0) {
    const now = new Date(`${addDays(planned, 2)}T09:00:00.000Z`)
    const asked = {
      ...{ consentId, learnerId, requestedByAgencyId: adviser.agencyId, recipientAgencyId: tutor.agencyId },
      ...{ recipientRole: tutor.role, purpose: 'employmentSupport' as const, categories: ['C5' as const] },
      ...{ noticeVersion: '2025-1', language: 'en', easyRead: true, validUntil: until, now },
    }
    const answer = { by: 'learner' as const, categories: asked.categories, method: 'online' as const, now }
    yield step(adviser, addDays(planned, 1), consent, consentId, state => request(state, asked, { readsLanguages: [] }))
    yield step(self, addDays(planned, 2), consent, consentId, state => give(state, answer, { mayDecide: true }))
  }
  yield step(tutor, from, placement, placementId, state => startPlacement(state, from))
  if (turn === 'ended') {
    const on = addDays(from, 42)
    yield step(tutor, on, placement, placementId, state => endPlacement(state, { on, reason: 'completed' }))
  }
}
