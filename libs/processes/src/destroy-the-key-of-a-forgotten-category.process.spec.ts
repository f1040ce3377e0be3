import { Erased } from '@passerelle/keyring'
import { forgetCategory, forgetLearner, learner, recordContact, recordLanguages, register } from '@passerelle/learner'
import { destroyTheKeyOfAForgottenCategory } from './destroy-the-key-of-a-forgotten-category.process.js'
import { aHub } from './process.fixture.js'

async function setUp() {
  const hub = aHub(destroyTheKeyOfAForgottenCategory)
  const { record } = hub
  await record(learner, 'l-1', s =>
    register(s, { learnerId: 'l-1', agencyId: 'school', givenName: 'Given', familyName: 'Family' }, '2026-03-01'),
  )
  await record(learner, 'l-1', s => recordLanguages(s, { firstLanguage: 'ar', languageOfInstruction: 'fr' }))
  const forget = () =>
    record(learner, 'l-1', s => forgetCategory(s, { category: 'C11', reason: 'erasureRequest', retained: ['skeleton'] }))
  return { ...hub, forget }
}

test('before anybody asks, nothing is forgotten', async () => {
  const { runner, keyring } = await setUp()
  await runner.catchUp()
  expect(await keyring.ledger()).toEqual([])
})
test('once asked, the key of that category is destroyed and no other: the log reads Erased', async () => {
  const { runner, keyring, forget, stateOf, record } = await setUp()
  await forget()
  await runner.catchUp()
  expect(await keyring.ledger()).toMatchObject([{ subject: 'l-1', category: 'C11', reason: 'erasureRequest' }])
  const state = await stateOf(learner, 'l-1')
  expect(state.firstLanguage).toBeInstanceOf(Erased)
  expect(state.givenName).toBe('Given')
  await expect(record(learner, 'l-1', s => recordContact(s, { email: 'a@example.org' }))).resolves.toBeDefined()
})
test('what was forgotten is not recorded again', async () => {
  const { runner, forget, record } = await setUp()
  await forget()
  await runner.catchUp()
  const again = record(learner, 'l-1', s => recordLanguages(s, { firstLanguage: 'ar', languageOfInstruction: 'fr' }))
  await expect(again).rejects.toMatchObject({ code: 'KEYRING.KEY_DESTROYED' })
})
test('delivered twice, destroyed once', async () => {
  const { runner, keyring, forget, handleAllAgain } = await setUp()
  await forget()
  await runner.catchUp()
  expect(await handleAllAgain()).toEqual([])
  expect(await keyring.ledger()).toHaveLength(1)
})
test('a whole person: every key but those of what a law keeps', async () => {
  const { runner, keyring, record } = await setUp()
  const retained = [{ what: 'payments', category: 'C18' as const, statute: 'FiscalCode-147' }]
  await record(learner, 'l-1', s => forgetLearner(s, { reason: 'erasureRequest', retained }))
  await runner.catchUp()
  const destroyed = (await keyring.ledger()).map(({ category }) => category)
  expect(destroyed).toHaveLength(17)
  expect(destroyed).not.toContain('C18')
})
