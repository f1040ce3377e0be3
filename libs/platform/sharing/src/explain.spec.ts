import fc from 'fast-check'
import { everyRole, learnerFacts, regionFacts, worldNow } from '@passerelle/testing/sharing'
import { future, given, known, learnerId, nothingKnown, now, past, region, viewerOf } from './decide.fixture.js'
import { decide } from './decide.js'
import { explainAccess, sentenceOf } from './explain.js'
import type { LearnerFacts, RegionFacts } from './facts.js'
import { roleTerms } from './roles.js'
import { rankOf } from './sight.js'
import { asToldToLearner, isKeptFromLearner, withHiddenNamed, withoutHidden } from './told.js'
import { categories, type Category, type Purpose, type Role, roles } from './vocabulary.js'

const explain = (facts: LearnerFacts, role: Role, purpose: Purpose = roleTerms[role].purposes[0]!) => {
  const all = explainAccess(
    { learner: id => (id === learnerId ? facts : undefined), region },
    viewerOf(role),
    purpose,
    now,
    learnerId,
  )
  return (category: Category) => all.find(e => e.category === category)!
}
const social = known('socialWorker')

test('a yes is explained by what it rests on', () => {
  const of = explain({ ...social, answers: [given('social', 'socialSupport', ['C3'])] }, 'socialWorker')
  expect(of('C3')).toMatchObject({
    level: 'summary',
    ref: 'c1',
    why: 'The summary of plan, goals, contract: a live consent names this recipient, purpose and category (consent, GDPR 6(1)(a)).',
  })
  expect(of('C9').why).toBe(
    'Everything of social, family, housing, finance: it belongs to the task of Social worker (public task, GDPR 6(1)(e)).',
  )
})

test('a yes to data of one period is told with its days, beside what is shown of all rows', () => {
  const dataPeriod = { from: '2026-03-01', until: '2026-06-30' }
  const of = explain({ ...social, answers: [given('social', 'socialSupport', ['C3', 'C9'], { dataPeriod })] }, 'socialWorker')
  expect(of('C3')).toMatchObject({
    level: 'none',
    rule: 'dataPeriod',
    why: 'Nothing of plan, goals, contract: the consent is about data of one period, and opens no rows but those that lie wholly in it.',
    forMore: 'Ask for a consent without a period, or for another one.',
    periods: [
      {
        ...dataPeriod,
        level: 'summary',
        ownLevel: 'summary',
        why: 'Of rows of 1 March 2026 to 30 June 2026, if they tell of no other day: The summary of plan, goals, contract: a live consent names this recipient, purpose and category (consent, GDPR 6(1)(a)).',
        ref: 'c1',
        validUntil: future,
      },
    ],
  })
  expect([of('C9').level, of('C9').periods]).toEqual(['full', undefined])
  const later = { from: '2026-03-01' }
  const open = explain({ ...social, answers: [given('social', 'socialSupport', ['C3'], { dataPeriod: later })] }, 'socialWorker')
  expect(open('C3').periods).toMatchObject([{ from: '2026-03-01', why: expect.stringContaining('rows from 1 March 2026 on') }])
})

test('a no says what it would take, and where the matrix gives none it says so', () => {
  const of = explain(social, 'socialWorker')
  expect(of('C3')).toMatchObject({
    why: 'Nothing of plan, goals, contract: nothing was shared with this agency for this purpose.',
    forMore: expect.stringContaining('consent'),
  })
  expect(of('C6').why).toContain('the matrix gives Social worker none')
  expect(of('C6').forMore).toBeUndefined()
  expect(explain(social, 'socialWorker', 'healthCare')('C1').forMore).toContain('socialSupport')
})

test('a withdrawal and a refusal are told apart', () => {
  const yes = given('social', 'socialSupport', ['C3', 'C5'])
  const of = explain(
    {
      ...social,
      answers: [
        yes,
        { ...yes, answer: 'withdrawn', categories: ['C3'], order: '2' },
        { ...yes, consentId: 'c2', answer: 'refused', categories: ['C5'], order: '2' },
      ],
    },
    'socialWorker',
  )
  expect(of('C3').why).toContain('was withdrawn')
  expect(of('C5').why).toContain('said no')
})

test('guardians who disagree are told from a refusal, and so is what it would take', () => {
  const guardians = ['mother', 'father'].map(guardianId => ({
    guardianId,
    verified: true,
    mayConsent: true,
    excluded: [],
    from: past,
  }))
  const yes = given('social', 'socialSupport', ['C3'], { guardianId: 'mother' })
  const no = { ...yes, consentId: 'c2', answer: 'refused' as const, guardianId: 'father', at: '2025-12-01T00:00:00.000Z' }
  expect(explain({ ...social, guardians, answers: [yes, no] }, 'socialWorker')('C3')).toMatchObject({
    level: 'none',
    ref: 'c2',
    why: 'Nothing of plan, goals, contract: a guardian said no, and another’s yes does not stand against it.',
    forMore: expect.stringContaining('from the age line on the learner decides'),
  })
})

test('a hidden restriction is explained as if nothing had been shared', () => {
  const hidden = { restrictionId: 'r1', fromLearner: false, hidden: true, from: past }
  const yes = given('social', 'socialSupport', ['C3'])
  const [restricted, without] = [[hidden], []].map(restrictions =>
    explain({ ...social, answers: restrictions.length > 0 ? [yes] : [], restrictions }, 'socialWorker')('C3'),
  )
  expect(restricted).toEqual(without)
})

test('every rule that can decide has words', () => {
  for (const role of roles)
    for (const category of categories) {
      const { why } = explain(known(role), role)(category)
      expect(why).toMatch(/^[A-Z].*: .+\.$/)
    }
  expect(sentenceOf({ category: 'C3', level: 'none', rule: 'age' }, 'guardian', 'ownRecord')).toContain(
    'the learner alone decides',
  )
})

describe('asked about a role', () => {
  const ofRole = (
    facts: LearnerFacts,
    role: Role,
    more: Partial<RegionFacts> = {},
    purpose: Purpose = roleTerms[role].purposes[0]!,
  ) => {
    const { agencyId } = viewerOf(role)
    const of = { learner: (id: string) => (id === learnerId ? facts : undefined), region: { ...region, ...more } }
    const all = explainAccess(of, { agencyId, role }, purpose, now, learnerId)
    return (category: Category) => all.find(e => e.category === category)!
  }

  test('where nobody holds it, or nobody works with the learner, nothing is shown', () => {
    expect(ofRole(social, 'socialWorker', { staff: [] })('C9')).toMatchObject({ level: 'none', rule: 'role' })
    expect(ofRole({ ...social, assignments: [] }, 'socialWorker')('C9')).toMatchObject({ level: 'none', rule: 'assignment' })
    const teacher = known('teacher')
    const inTeam = { ...teacher, assignments: [{ ...teacher.assignments[0]!, kind: 'team' as const }] }
    expect(ofRole(inTeam, 'teacher')('C2')).toMatchObject({ level: 'none', rule: 'ownClass' })
  })
  test('it says what whoever works with the learner sees, and nothing of what ends for one of them alone', () => {
    const other = { ...viewerOf('socialWorker'), userId: 'sue' }
    const staff = [...region.staff, { ...other, from: past }]
    const facts = {
      ...social,
      assignments: [
        { ...social.assignments[0]!, until: '2026-04-01T00:00:00.000Z' },
        { ...social.assignments[0]!, userId: 'sue' },
      ],
    }
    expect(ofRole(facts, 'socialWorker', { staff })('C9')).toEqual(ofRole(social, 'socialWorker')('C9'))
    expect(ofRole({ ...facts, assignments: facts.assignments.slice(0, 1) }, 'socialWorker', { staff })('C9').validUntil).toBe(
      '2026-04-01T00:00:00.000Z',
    )
    const gone = staff.map(post => ({ ...post, until: now }))
    expect(ofRole(facts, 'socialWorker', { staff: gone })('C9').level).toBe('none')
  })
  test('R-V.4 a glass that one person broke is explained of that person and not of the role', () => {
    const glass = {
      breakGlassId: 'b1',
      userId: 'the-healthProfessional',
      agencyId: 'clinic',
      role: 'healthProfessional' as const,
      kept: false,
      categories: ['C9' as const],
      from: past,
      until: future,
    }
    const facts = { ...nothingKnown, breakGlass: [glass] }
    const ofThem = explainAccess(
      { learner: () => facts, region },
      { ...viewerOf('healthProfessional'), emergency: true },
      'healthCare',
      now,
      learnerId,
    )
    expect(ofThem.find(({ category }) => category === 'C9')).toMatchObject({ level: 'summary', rule: 'breakGlass', ref: 'b1' })
    expect(explain(facts, 'healthProfessional')('C9').level).toBe('none')
    expect(ofRole(facts, 'healthProfessional')('C9').level).toBe('none')
  })
  test('it says the most that any one of them sees', () => {
    fc.assert(
      fc.property(learnerFacts(learnerId), regionFacts, (some, of) => {
        const facts = { learner: () => some, region: of }
        for (const { agencyId, role } of everyRole)
          for (const purpose of roleTerms[role].purposes) {
            const told = explainAccess(facts, { agencyId, role }, purpose, worldNow, learnerId)
            const people = of.staff.filter(post => post.agencyId === agencyId && post.role === role)
            for (const { category, level, ownLevel } of told) {
              const each = people.map(({ userId }) =>
                decide(facts, { userId, agencyId, role }, purpose, worldNow, learnerId, category),
              )
              expect(rankOf[level]).toBe(Math.max(0, ...each.map(decision => rankOf[decision.level])))
              expect(rankOf[ownLevel]).toBe(Math.max(0, ...each.map(decision => rankOf[decision.ownLevel])))
            }
          }
      }),
      { numRuns: 4 },
    )
  })
  test('of an unknown learner it says of every category that nothing is shown', () => {
    for (const each of explainAccess(
      { learner: () => undefined, region },
      { agencyId: 'social', role: 'socialWorker' },
      'socialSupport',
      now,
      'x',
    ))
      expect(each).toMatchObject({ level: 'none', rule: 'unknown' })
  })
})

test('the end that is told is that of what is shown, not of something else that changes', () => {
  const answers = [given('social', 'socialSupport', ['C3'])]
  const hidden = {
    restrictionId: 'r1',
    categories: ['C9' as const],
    fromLearner: true,
    hidden: true,
    from: past,
    until: '2026-04-01T00:00:00.000Z',
  }
  const of = explain({ ...social, answers, restrictions: [hidden] }, 'socialWorker')
  expect(of('C3').validUntil).toBe(future)
  expect(of('C1').validUntil).toBeUndefined()
})

test('an objection that was raised is told as under review, where what is shown rests on what was objected to', () => {
  const objections = [{ objectionId: 'o1', agencyId: 'social', status: 'raised' as const, from: past }]
  const of = explain({ ...social, objections, answers: [given('social', 'socialSupport', ['C3'])] }, 'socialWorker')
  expect(of('C9')).toMatchObject({ level: 'full', review: expect.stringContaining('objected') })
  expect(of('C3').review).toBeUndefined()
  const upheld = explain({ ...social, objections: objections.map(o => ({ ...o, status: 'upheld' as const })) }, 'socialWorker')
  expect(upheld('C9')).toMatchObject({ level: 'none', rule: 'objection', ref: 'o1', forMore: expect.any(String) })
  expect(upheld('C9').review).toBeUndefined()
})

describe('what may be told', () => {
  const hidden = { restrictionId: 'r1', categories: ['C9' as const], fromLearner: true, hidden: true, from: past }
  const facts: LearnerFacts = { ...social, restrictions: [hidden] }

  test('to whoever may not know of a hidden restriction, as if there were none', () => {
    expect(explain(withoutHidden(facts), 'socialWorker')('C9')).toEqual(explain(social, 'socialWorker')('C9'))
  })
  test('to whoever may, in its own name', () => {
    expect(explain(withHiddenNamed(facts), 'socialWorker')('C9')).toMatchObject({ level: 'none', rule: 'restriction', ref: 'r1' })
  })
  test('to the learner nothing of what was done for safeguarding alone, while something is kept from them for it', () => {
    const standings = [
      { agencyId: 'clinic', kind: 'team' as const, purposes: ['safeguarding' as const], from: past },
      { agencyId: 'clinic', kind: 'recording' as const, from: past },
      ...social.standings,
    ]
    const assignments = [
      ...social.assignments,
      { agencyId: 'clinic', userId: 'the-healthProfessional', kind: 'team' as const, from: past },
    ]
    const involved = { ...facts, standings, assignments }
    const told = (each: LearnerFacts) => asToldToLearner(each, isKeptFromLearner(each, now, past))
    const safeguarding = (each: LearnerFacts) => roles.map(role => explain(told(each), role, 'safeguarding')('C6'))
    expect(safeguarding(involved)).toEqual(safeguarding(social))
    expect(explain(told(involved), 'healthProfessional', 'healthCare')('C6').rule).toBe('assignment')
    expect(explain(told(involved), 'socialWorker')('C9').level).toBe('full')
    // Nor who works on it in an agency that they know of.
    const lead = { agencyId: 'clinic', userId: 'the-healthProfessional', role: 'healthProfessional', kind: 'team' } as const
    const led: LearnerFacts = {
      ...facts,
      standings: [...social.standings, { agencyId: 'clinic', kind: 'registration', from: past }],
      assignments: [...social.assignments, { ...lead, purposes: ['safeguarding'], from: past }],
    }
    expect(explain(told(led), 'healthProfessional', 'healthCare')('C6').rule).toBe('assignment')
    expect(explain(led, 'healthProfessional', 'healthCare')('C6').level).toBe('full')
    // Once it is over, they are told.
    const over = { ...involved, restrictions: [{ ...hidden, until: now }] }
    expect(explain(told(over), 'healthProfessional', 'safeguarding')('C6').level).toBe('full')
  })
  test('R-V.4 nor of who broke the glass, or was told of it, in an emergency that is kept from them', () => {
    const standings = [...social.standings, { agencyId: 'clinic', kind: 'recording' as const, from: past }]
    const use = { breakGlassId: 'b1', userId: 'the-healthProfessional', agencyId: 'clinic', role: 'healthProfessional' as const }
    const broken = (kept: boolean) => ({
      ...social,
      standings,
      breakGlass: [{ ...use, categories: ['C6' as const], kept, from: now, until: now }],
    })
    const told = (each: LearnerFacts, keptSince = past) => asToldToLearner(each, isKeptFromLearner(each, now, keptSince))
    const ofClinic = (each: LearnerFacts) =>
      [...each.standings, ...each.breakGlass].filter(({ agencyId }) => agencyId === 'clinic')
    expect(ofClinic(told(broken(true)))).toEqual([])
    expect(told(broken(true)).standings).toEqual(social.standings)
    expect(ofClinic(told(broken(true), now))).toHaveLength(2)
    expect(ofClinic(told(broken(false)))).toHaveLength(2)
  })
})
