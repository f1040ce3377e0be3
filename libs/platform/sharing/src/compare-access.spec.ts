import fc from 'fast-check'
import { learnerFacts, regionFacts, worldNow } from '@passerelle/testing/sharing'
import { compareAccess } from './compare-access.js'
import { future, given, known, learnerId, now, past, region } from './decide.fixture.js'
import type { ConsentAnswer, LearnerFacts } from './facts.js'
import { emergencyOf, type Entitlement } from './entitlement.js'
import { entitlementsOf } from './entitlements-of.js'
import { indexed } from './facts.js'
import { rankOf } from './sight.js'
import { categories, type Category } from './vocabulary.js'

const social = known('socialWorker')
const yes = given('social', 'socialSupport', ['C3', 'C5'])
const answered = (facts: LearnerFacts, ...answers: ConsentAnswer[]) => ({ ...facts, answers: [...facts.answers, ...answers] })
const changes = (before: LearnerFacts, after: LearnerFacts) => compareAccess(before, after, region, now)
const differs = (before: LearnerFacts, after: LearnerFacts) => changes(before, after).filter(({ change }) => change !== 'stays')

test('a yes opens what it names, for each role that looks for the purpose, and nothing else', () => {
  const opened = differs(social, answered(social, yes))
  expect(opened.every(c => c.change === 'opens' && c.agencyId === 'social' && c.purpose === 'socialSupport')).toBe(true)
  expect(opened.filter(c => c.role === 'socialWorker').map(c => [c.category, c.before.level, c.after.level])).toEqual([
    ['C3', 'none', 'summary'],
    ['C5', 'none', 'summary'],
  ])
  expect(new Set(opened.map(c => c.role))).toEqual(new Set(['socialWorker', 'mentor']))
})

test('a yes to one role opens it to that role alone', () => {
  const opened = differs(social, answered(social, { ...yes, role: 'mentor' }))
  expect(new Set(opened.map(c => c.role))).toEqual(new Set(['mentor']))
})

test('it tells whether anybody is there to see it now', () => {
  const opened = differs(social, answered(social, yes))
  expect(opened.find(c => c.role === 'socialWorker')!.someoneNow).toBe(true)
  expect(opened.find(c => c.role === 'mentor')!.someoneNow).toBe(false)
})

test('taking a yes back closes what rested on it, and leaves what rests on a task', () => {
  const before = answered(social, { ...yes, categories: ['C3', 'C9'] })
  const after = answered(before, { ...yes, answer: 'withdrawn', categories: ['C3', 'C9'], at: now, order: '2' })
  const closed = differs(before, after)
  expect(closed.filter(c => c.role === 'socialWorker').map(c => [c.change, c.category, c.after.because.rule])).toEqual([
    ['closes', 'C3', 'withdrawal'],
  ])
  expect(changes(before, after)).toContainEqual(
    expect.objectContaining({ change: 'stays', category: 'C9', role: 'socialWorker', purpose: 'socialSupport' }),
  )
})

test('a no to what was never open changes nothing', () => {
  const no: ConsentAnswer = { ...yes, answer: 'refused', at: past, until: undefined }
  expect(differs(social, answered(social, no))).toEqual([])
})

test('what it says is what the entitlements of both become, wherever somebody has one', () => {
  const answer = fc.record({
    answer: fc.constantFrom('given' as const, 'refused' as const, 'withdrawn' as const),
    agencyId: fc.constantFrom('school-1', 'social-1', 'health-1', 'work-1'),
    purpose: fc.constantFrom(
      'educationSupport' as const,
      'socialSupport' as const,
      'healthCare' as const,
      'caseCoordination' as const,
    ),
    categories: fc.subarray([...categories], { minLength: 1 }),
    role: fc.constantFrom(undefined, 'socialWorker' as const),
  })
  fc.assert(
    fc.property(learnerFacts(learnerId), regionFacts, answer, (before, facts, added) => {
      const after = answered(before, { consentId: 'c1', at: worldNow, order: '9', until: future, ...added })
      const said = compareAccess(before, after, facts, worldNow)
      const sees = [before, after].map(each =>
        entitlementsOf(each, indexed(facts), worldNow).entitlements.filter(
          e => e.validFrom <= worldNow && worldNow < e.validUntil,
        ),
      )
      // What one person sees in an emergency hangs on nobody's answer, and is nobody's to be told beforehand.
      const isEmergency = (e: Entitlement) => e.purpose.startsWith(emergencyOf(''))
      expect(sees[1]!.filter(isEmergency)).toEqual(sees[0]!.filter(isEmergency))
      const held = sees.map(each => each.filter(e => !isEmergency(e)))
      const levelOf = (which: number, agencyId: string, role: string, purpose: string, category: Category) => {
        const row = held[which]!.find(e => e.agencyId === agencyId && e.role === role && e.purpose === purpose)
        return row && rankOf[row.levels[category] ?? 'none'] + rankOf[row.ownLevels[category] ?? 'none']
      }
      for (const e of new Set([...held[0]!, ...held[1]!]))
        for (const category of categories) {
          const [was, is] = [0, 1].map(i => levelOf(i, e.agencyId, e.role, e.purpose, category) ?? 0)
          const told = said.find(
            c => c.agencyId === e.agencyId && c.role === e.role && c.purpose === e.purpose && c.category === category,
          )
          expect(told?.change).toBe(is! > was! ? 'opens' : is! < was! ? 'closes' : is! > 0 ? 'stays' : undefined)
        }
    }),
    { numRuns: 40 },
  )
})
