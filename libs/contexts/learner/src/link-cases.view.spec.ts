import { foldView, type Told } from '@passerelle/testing'
import fc from 'fast-check'
import { endGuardian, recordGuardian } from './guardian.decider.js'
import * as decide from './learner.decider.js'
import { learner, type Learner } from './learner.decider.js'
import type { LearnerEvent } from './learner.events.js'
import { guardians, learners, standings } from './learners.view.js'
import { confirm, linkCase, type LinkCase, merge, propose, unmerge } from './link-case.decider.js'
import type { LinkCaseEvent } from './link-case.events.js'
import { linkCases, readAsOne } from './link-cases.view.js'

const proposal = {
  linkCaseId: 'k-1',
  learnerId: 'l-1',
  otherLearnerId: 'l-2',
  score: 21.5,
  fieldWeights: [{ field: 'givenName', weight: 7.2 }],
  blockingKey: 'birthDate',
  band: 'review' as const,
  obstacles: [],
}
const at = (hour: number) => `2026-03-01T${String(hour).padStart(2, '0')}:00:00.000Z`
const told = (event: LinkCaseEvent, hour: number): Told => ({ streamId: 'linkCase-k-1', recordedAt: at(hour), ...event })

describe('the case, for the hub alone', () => {
  const pair = { survivor: 'l-1', absorbed: 'l-2' }
  const story = [
    told({ type: 'LinkProposed', data: proposal }, 8),
    told({ type: 'LinkConfirmed', data: { by: 'person' } }, 9),
    told({ type: 'PersonsMerged', data: pair }, 10),
    told({ type: 'PersonsUnmerged', data: { ...pair, reason: 'twins', breachAssessmentId: 'b-1' } }, 12),
    told({ type: 'LinkConfirmed', data: { by: 'person' } }, 13),
    told({ type: 'PersonsMerged', data: pair }, 14),
  ]
  test('it is shared out to nobody', () => {
    expect([linkCases.audience, linkCases.subject]).toEqual(['nobody', undefined])
  })
  test('R-I.2 it remembers each time in which two records were read as one person’s', () => {
    expect(foldView(linkCases, ...story).get('k-1')).toMatchObject({
      status: 'merged',
      ...pair,
      merges: [{ mergedAt: at(10), unmergedAt: at(12), breachAssessmentId: 'b-1' }, { mergedAt: at(14) }],
    })
    expect(foldView(linkCases, ...story.slice(0, 4)).get('k-1')).toMatchObject({
      status: 'unmerged',
      survivor: null,
      absorbed: null,
    })
  })
})

describe('read as one', () => {
  const merges = [
    { survivor: 'a', absorbed: 'b' },
    { survivor: 'c', absorbed: 'a' },
    { survivor: 'x', absorbed: 'y' },
    { survivor: null, absorbed: null },
  ]
  test('over several merges, from whichever record', () => {
    for (const each of ['a', 'b', 'c']) expect(readAsOne(each, merges)).toEqual(['a', 'b', 'c'])
    expect(readAsOne('y', merges)).toEqual(['x', 'y'])
    expect(readAsOne('z', merges)).toEqual(['z'])
  })
})

type Act = (state: Learner) => LearnerEvent[]
const days = fc.constantFrom('2026-02-01', '2026-03-01', '2026-04-01')
const who = fc.constantFrom('l-1', 'l-2')
const names = fc.constantFrom('Ana', 'Ivo', 'Mia')
const acts: fc.Arbitrary<Act> = fc.oneof(
  names.map(
    (givenName): Act =>
      state =>
        decide.correctDemographics(state, { reason: 'typo', givenName }, '2026-03-01'),
  ),
  names.map(
    (email): Act =>
      state =>
        decide.recordContact(state, { email: `${email}@example.org` }),
  ),
  days.map(
    (from): Act =>
      state =>
        decide.recordStanding(state, { agencyId: 'social', from }),
  ),
  fc.constant<Act>(state => decide.endStanding(state, { agencyId: 'social', reason: 'moved' })),
  fc.tuple(names, days).map(
    ([guardianId, from]): Act =>
      state =>
        recordGuardian(state, {
          guardianId,
          relation: 'mother',
          name: guardianId,
          verified: true,
          authority: ['informed'],
          excluded: [],
          from,
        }),
  ),
  names.map(
    (guardianId): Act =>
      state =>
        endGuardian(state, { guardianId, reason: 'custody' }),
  ),
  fc.constantFrom<Act>(state => decide.recordLanguages(state, { firstLanguage: 'ar', languageOfInstruction: 'fr' })),
)

/** Both people registered, then all that is done to them; the case runs its course beside it where `mergeAt` and `unmergeAt` say so. */
function live(done: readonly (readonly [string, Act])[], mergeAt?: number, unmergeAt?: number): Told[] {
  const log: Told[] = []
  const states = new Map<string, Learner>()
  const write = (learnerId: string, act: Act) => {
    const before = states.get(learnerId) ?? learner.initial
    const events = act(before).map((event, n) => ({ ...event, eventId: `${learnerId}-${before.saidBy.length}-${n}` }))
    states.set(
      learnerId,
      events.reduce((state, event) => learner.evolve(state, event), before),
    )
    log.push(...events.map(event => ({ streamId: `learner-${learnerId}`, subjectRef: learnerId, ...event })))
  }
  let link: LinkCase = linkCase.initial
  const decideOnCase = (...decisions: ((state: LinkCase) => LinkCaseEvent[])[]) => {
    for (const decision of decisions)
      for (const event of decision(link)) {
        link = linkCase.evolve(link, event)
        log.push({ streamId: 'linkCase-k-1', subjectRef: 'l-1', ...event })
      }
  }
  for (const learnerId of ['l-1', 'l-2'])
    write(learnerId, state =>
      decide.register(state, { learnerId, agencyId: 'school', givenName: 'Ana', familyName: 'Able' }, '2026-03-01'),
    )
  done.forEach(([learnerId, act], step) => {
    if (step === mergeAt)
      decideOnCase(
        state => propose(state, proposal),
        state => confirm(state, 'person'),
        state => merge(state, 'l-1', false),
      )
    write(learnerId, act)
    if (step === unmergeAt) decideOnCase(state => unmerge(state, { reason: 'twins', breachAssessmentId: 'b-1' }))
  })
  return log
}
const rowsOf = (log: readonly Told[]) => [learners, guardians, standings].map(view => [...foldView(view, ...log)])
const mergesIn = (log: readonly Told[]) => [...foldView(linkCases, ...log).values()] as Parameters<typeof readAsOne>[1][number][]

test('R-I.2 unmerged after 40 later events, every stream and every row is what it would have been without the merge', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(who, acts), { minLength: 42, maxLength: 60 }),
      fc.nat({ max: 1 }),
      fc.nat({ max: 100 }),
      (done, mergeAt, later) => {
        const unmergeAt = Math.min(done.length - 1, mergeAt + 40 + (later % 20))
        const merged = live(done, mergeAt, unmergeAt)
        const apart = live(done)
        const streams = merged.filter(({ streamId }) => streamId.startsWith('learner-'))
        expect(streams).toEqual(apart)
        expect(rowsOf(merged)).toEqual(rowsOf(apart))
        expect(readAsOne('l-2', mergesIn(merged))).toEqual(['l-2'])

        // While they are merged both are read together, and what is written then stands in the stream and the row that it was written to.
        const during = live(done, mergeAt)
        expect(readAsOne('l-2', mergesIn(during))).toEqual(['l-1', 'l-2'])
        expect(rowsOf(during)).toEqual(rowsOf(apart))
      },
    ),
    { numRuns: 100 },
  )
})
