import * as learners from '@passerelle/learner'
import type { Person } from './learner-story.js'
import { colleague } from './learner-story.js'
import type { Chance } from './random.js'
import { dayAt, step, type Step } from './step.js'
import { streets, towns } from './words.js'

/** The school makes the person known to the hub; other agencies that work with them follow. */
export function* registration(
  person: Person,
  start: string,
  accountHash: (subject: string) => string,
  chance: Chance,
): Iterable<Step> {
  const { learnerId, number, givenName, familyName, birthDate, schoolClass, guardian, ownLanguage, district } = person
  const { learner } = learners
  const { agencyId } = schoolClass
  const coordinator = colleague(person, agencyId, 'educationCoordinator')
  const on = dayAt(start, chance.int(1, 15))
  yield step(
    coordinator,
    on,
    learner,
    learnerId,
    // Nobody has a birthday where only the year is known (R-I.3).
    state =>
      learners.register(
        state,
        { learnerId, agencyId, givenName, familyName, birthDate: number % 19 === 7 ? birthDate.slice(0, 4) : birthDate },
        on.slice(0, 10),
      ),
    state =>
      learners.recordDemographics(state, {
        sex: chance.pick(['female', 'male', 'male', 'female', 'other']),
        municipality: `ZZ11-${String(number % 9).padStart(3, '0')}`,
      }),
    state =>
      learners.recordContact(state, {
        email: `${learnerId.slice(0, 8)}@example.org`,
        address: `${chance.int(1, 90)} ${chance.pick(streets)}, ${chance.pick(towns)}`,
      }),
    state => (ownLanguage ? learners.recordLanguages(state, { firstLanguage: ownLanguage, languageOfInstruction: 'en' }) : []),
    state => learners.linkAccount(state, accountHash(person.subject)),
    state =>
      guardian
        ? learners.recordGuardian(state, {
            guardianId: guardian.guardianId,
            relation: chance.pick(['mother', 'father', 'guardian']),
            name: guardian.name,
            verified: guardian.verified,
            authority: guardian.verified ? ['informed', 'consents', 'signs'] : ['informed'],
            excluded: number % 23 === 4 ? ['C9'] : [],
            from: on,
          })
        : [],
    state =>
      guardian?.verified
        ? learners.linkGuardianAccount(state, { guardianId: guardian.guardianId, accountHash: accountHash(guardian.subject) })
        : [],
  )
  const others = [district.social, district.health, district.employment]
  for (const [i, other] of others.entries())
    if ((number + i) % 4 === 0)
      yield step(coordinator, dayAt(start, 50 + i * 20), learner, learnerId, state =>
        learners.recordStanding(state, { agencyId: other, from: dayAt(start, 50 + i * 20) }),
      )
  if (number % 7 === 5) {
    const moved = dayAt(start, 230 + (number % 40))
    yield step(coordinator, moved, learner, learnerId, state =>
      learners.recordStanding(state, { agencyId: district.secondChance, from: moved }),
    )
  }
  if (guardian?.ends)
    yield step(coordinator, dayAt(start, 100), learner, learnerId, state =>
      learners.endGuardian(state, { guardianId: guardian.guardianId, reason: 'custodyChanged' }),
    )
}
