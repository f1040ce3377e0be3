import fc from 'fast-check'
import { learnerFacts, regionFacts, worldNow } from '@passerelle/testing/sharing'
import { given, future, known, learnerId, now, past, region } from './decide.fixture.js'
import { liesIn } from './data-period.js'
import { decide } from './decide.js'
import { entitlementsOf } from './entitlements-of.js'
import { dawn, forever, indexed, type LearnerFacts } from './facts.js'
import { roleTerms } from './roles.js'
import { rankOf } from './sight.js'
import { categories, levels } from './vocabulary.js'

/** In one of the generated periods, in several at once, in part, in none. */
const ofEveryKind = [
  ['2025-08-31', '2025-08-31'],
  ['2025-09-02', '2025-12-31'],
  ['2025-09-01', '2026-02-28'],
  ['2026-01-01', '2026-02-28'],
  ['2026-02-28', '2026-03-01'],
  ['2026-03-02', '2026-07-01'],
].map(([first, last]) => ({ first: first!, last: last! }))

const of = (facts: LearnerFacts, at = now) => entitlementsOf(facts, indexed(region), at)

test('a consent makes a row that ends with it', () => {
  const facts = { ...known('socialWorker'), answers: [given('social', 'socialSupport', ['C3'])] }
  const rows = of(facts).entitlements.filter(e => e.role === 'socialWorker' && e.purpose === 'socialSupport')
  expect(rows.map(r => [r.validFrom, r.validUntil, r.levels.C3])).toEqual([
    [past, future, 'summary'],
    [future, forever, undefined],
  ])
  expect(rows[0]!.because).toEqual([{ category: 'C3', level: 'summary', rule: 'consent', basis: 'consent', ref: 'c1' }])
})

test('a consent for data of one period holds more of its rows than of others, and the row says under which consent', () => {
  const dataPeriod = { from: '2026-03-01', until: '2026-06-30' }
  const facts = { ...known('socialWorker'), answers: [given('social', 'socialSupport', ['C3', 'C9'], { dataPeriod })] }
  const rows = of(facts).entitlements.filter(e => e.role === 'socialWorker' && e.purpose === 'socialSupport')
  expect(rows.map(r => [r.validFrom, r.validUntil, r.levels.C3, r.periods?.length])).toEqual([
    [past, future, undefined, 1],
    [future, forever, undefined, undefined],
  ])
  // Of what is shown of rows of any day too, the period says nothing more.
  expect(rows[0]!.periods).toEqual([
    { ...dataPeriod, levels: { ...rows[0]!.levels, C3: 'summary' }, ownLevels: { ...rows[0]!.ownLevels, C3: 'summary' } },
  ])
  expect(rows[0]!.because).toEqual([{ category: 'C3', level: 'summary', rule: 'consent', basis: 'consent', ref: 'c1' }])
})

test('where a period shows no more than is shown anyway, no row speaks of it', () => {
  const answers = [
    given('social', 'socialSupport', ['C3']),
    given('social', 'socialSupport', ['C3', 'C9'], { consentId: 'c2', dataPeriod: { from: '2026-03-01' } }),
  ]
  for (const { periods } of of({ ...known('socialWorker'), answers }).entitlements) expect(periods).toBeUndefined()
})

test('an agency that nobody has shared anything with has no row, and neither has a role that nobody holds', () => {
  expect(new Set(of(known('socialWorker')).entitlements.map(e => e.agencyId))).toEqual(new Set(['social', 'learner']))
  const nobody = indexed({ ...region, staff: region.staff.filter(s => s.role !== 'safeguardingLead') })
  const leads = entitlementsOf({ ...known('safeguardingLead') }, nobody, now).entitlements.filter(
    e => e.role === 'safeguardingLead',
  )
  expect(leads).toEqual([])
})

test('R-8.5 an assignment ends with the role of whoever has it', () => {
  const left = indexed({ ...region, staff: region.staff.map(s => ({ ...s, until: future })) })
  const { assignments } = entitlementsOf(known('socialWorker'), left, now)
  expect(assignments.find(a => a.agencyId === 'social')).toMatchObject({
    userId: 'the-socialWorker',
    role: 'socialWorker',
    validFrom: past,
    validUntil: future,
  })
})

test('the same facts give the same rows at any time, but for those that are past', () => {
  fc.assert(
    fc.property(learnerFacts(learnerId), regionFacts, (facts, of) => {
      const [all, later] = [dawn, worldNow].map(at => entitlementsOf(facts, indexed(of), at))
      expect(later).toEqual({
        entitlements: all!.entitlements.filter(e => e.validUntil > worldNow),
        assignments: all!.assignments.filter(a => a.validUntil > worldNow),
      })
    }),
  )
})

test('at every instant there is one row at most for each agency, role and purpose, and it says what the oracle says', () => {
  fc.assert(
    fc.property(
      learnerFacts(learnerId),
      regionFacts,
      fc.constantFrom(-500, -300, -100, -1, -0.5, 0, 0.5, 1, 100, 400),
      fc.constantFrom(undefined, ...ofEveryKind),
      (facts, of, days, rowDays) => {
        const at = new Date(Date.parse(worldNow) + days * 86_400_000).toISOString()
        const { entitlements } = entitlementsOf(facts, indexed(of), dawn)
        // Whoever holds a role that needs no assignment sees what the row says.
        for (const { userId, agencyId, role } of of.staff.filter(s => roleTerms[s.role].reach === 'agency')) {
          const open = { ...of, staff: of.staff.map(s => ({ ...s, from: dawn, until: undefined })) }
          for (const purpose of roleTerms[role].purposes) {
            const rows = entitlements.filter(
              e => e.agencyId === agencyId && e.role === role && e.purpose === purpose && e.validFrom <= at && at < e.validUntil,
            )
            expect(rows.length).toBeLessThanOrEqual(1)
            for (const category of categories) {
              const { level, ownLevel } = decide(
                { learner: () => facts, region: open },
                { userId, agencyId, role },
                purpose,
                at,
                learnerId,
                category,
                rowDays,
              )
              const held = rows.flatMap(row => [row, ...(row.periods ?? []).filter(period => liesIn(rowDays, period))])
              const most = (of: 'levels' | 'ownLevels') =>
                levels[Math.max(0, ...held.map(each => rankOf[each[of][category] ?? 'none']))]
              expect([most('levels'), most('ownLevels')]).toEqual([level, ownLevel])
            }
          }
        }
      },
    ),
    { numRuns: 50 },
  )
})

test('whatever an agreement alone opens names it, so that its end can close that and nothing else', () => {
  let closed = 0
  fc.assert(
    fc.property(learnerFacts(learnerId), regionFacts, (facts, of) => {
      const rowsUnder = (region: typeof of) =>
        entitlementsOf(facts, indexed(region), worldNow).entitlements.filter(e => e.validFrom <= worldNow)
      for (const { agreementId } of of.agreements) {
        const without = rowsUnder({ ...of, agreements: of.agreements.filter(a => a.agreementId !== agreementId) })
        for (const { agencyId, role, purpose, levels, ownLevels, because } of rowsUnder(of)) {
          const after = without.find(e => e.agencyId === agencyId && e.role === role && e.purpose === purpose)
          const named = because.filter(b => b.rule === 'agreement' && b.ref === agreementId).map(b => b.category)
          for (const category of categories) {
            const stays = levels[category] === after?.levels[category] && ownLevels[category] === after?.ownLevels[category]
            if (stays) continue
            closed++
            expect(named).toContain(category)
          }
        }
      }
    }),
    { numRuns: 300 },
  )
  expect(closed).toBeGreaterThan(0)
})
test('where its own rows are a role’s task and those of others rest on an agreement, both are told', () => {
  const agreements = [
    {
      agreementId: 'a-1',
      agencyIds: ['social', 'school'],
      purposes: ['socialSupport'] as const,
      categories: ['C12'] as const,
      from: past,
    },
  ]
  const { entitlements } = entitlementsOf(known('socialWorker'), indexed({ ...region, agreements }), now)
  const row = entitlements.find(e => e.role === 'socialWorker' && e.purpose === 'socialSupport')!
  expect([row.levels.C12, row.ownLevels.C12]).toEqual(['summary', 'full'])
  expect(row.because.filter(b => b.category === 'C12')).toEqual([
    { category: 'C12', level: 'summary', rule: 'agreement', basis: 'agreement', ref: 'a-1' },
  ])
})
