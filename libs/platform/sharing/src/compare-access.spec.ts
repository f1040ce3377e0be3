import fc from 'fast-check'
import { learnerFacts, regionFacts, worldNow } from '@passerelle/testing/sharing'
import { compareAccess } from './compare-access.js'
import { type Days, daysOf, liesIn, periodKey } from './data-period.js'
import { future, given, known, learnerId, now, past, region } from './decide.fixture.js'
import type { ConsentAnswer, LearnerFacts } from './facts.js'
import { emergencyOf, type Entitlement } from './entitlement.js'
import { entitlementsOf } from './entitlements-of.js'
import { forever, indexed } from './facts.js'
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

test('a yes to data of one period opens its rows and says which; instead of one to all, it closes the others', () => {
  const dataPeriod = { from: '2026-03-01', until: '2026-06-30' }
  const inSpring = { ...yes, categories: ['C3'] as const, dataPeriod }
  const worker = (of: ReturnType<typeof changes>) =>
    of
      .filter(c => c.role === 'socialWorker' && c.category === 'C3')
      .map(c => [c.change, c.dataPeriod, c.before.level, c.after.level])
  expect(worker(changes(social, answered(social, inSpring)))).toEqual([['opens', dataPeriod, 'none', 'summary']])
  const [all, spring] = [answered(social, yes), answered(social, inSpring)]
  expect(worker(changes(all, spring))).toEqual([
    ['closes', undefined, 'summary', 'none'],
    ['stays', dataPeriod, 'summary', 'summary'],
  ])
  expect(worker(changes(spring, social))).toEqual([['closes', dataPeriod, 'summary', 'none']])
  const both = answered(all, { ...inSpring, consentId: 'c2' })
  expect(worker(changes(both, both))).toEqual([['stays', undefined, 'summary', 'summary']])
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
    dataPeriod: fc.constantFrom(undefined, { from: '2026-01-01', until: '2026-02-28' }, { from: '2026-03-01' }),
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
      const seen = ({ levels, ownLevels }: Pick<Entitlement, 'levels' | 'ownLevels'>, category: Category) =>
        rankOf[levels[category] ?? 'none'] + rankOf[ownLevels[category] ?? 'none']
      const levelOf = (which: number, { agencyId, role, purpose }: Entitlement, category: Category, days?: Days) => {
        const row = held[which]!.find(e => e.agencyId === agencyId && e.role === role && e.purpose === purpose)
        const periods = row?.periods?.filter(period => liesIn(days, period)) ?? []
        return Math.max(0, ...[...(row ? [row] : []), ...periods].map(each => seen(each, category)))
      }
      const changeOf = (was: number, is: number) => (is > was ? 'opens' : is < was ? 'closes' : is > 0 ? 'stays' : undefined)
      for (const e of new Set([...held[0]!, ...held[1]!]))
        for (const category of categories) {
          const told = said.filter(
            c => c.agencyId === e.agencyId && c.role === e.role && c.purpose === e.purpose && c.category === category,
          )
          const ofAll = told.find(c => !c.dataPeriod)
          const [was, is] = [0, 1].map(i => levelOf(i, e, category))
          expect(ofAll?.change).toBe(changeOf(was!, is!))
          const ofRecipient = after.answers.filter(
            a => a.answer === 'given' && a.agencyId === e.agencyId && a.purpose === e.purpose && (a.until ?? forever) > worldNow,
          )
          for (const period of ofRecipient.flatMap(a => (a.at <= worldNow && a.dataPeriod) || [])) {
            if (period.from && period.until && period.until < period.from) continue
            const [then, now] = [0, 1].map(i => levelOf(i, e, category, daysOf(period)))
            const ofPeriod = told.find(c => c.dataPeriod && periodKey(c.dataPeriod) === periodKey(period))
            expect((ofPeriod ?? ofAll)?.change).toBe(changeOf(then!, now!))
          }
        }
    }),
    { numRuns: 40 },
  )
})
