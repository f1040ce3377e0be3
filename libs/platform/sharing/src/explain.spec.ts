import { given, known, learnerId, now, past, region, viewerOf } from './decide.fixture.js'
import { explainAccess, sentenceOf } from './explain.js'
import type { LearnerFacts } from './facts.js'
import { roleTerms } from './roles.js'
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
