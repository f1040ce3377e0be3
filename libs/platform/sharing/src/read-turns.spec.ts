import { type Sql, SqlError } from '@passerelle/database'
import { ReadTurns } from './read-turns.js'

/** A database that answers each statement with itself, refuses `bad`, and after that everything in the same transaction. */
function turns(mostRunning = 10) {
  const transactions: { agencyId: string; said: string[] }[] = []
  const each = new ReadTurns(async (agencyId, work) => {
    const transaction = { agencyId, said: [] as string[] }
    transactions.push(transaction)
    let failed = false
    const query = async (sql: string) => {
      transaction.said.push(sql)
      if (failed) throw new SqlError('25P02', 'current transaction is aborted')
      failed = sql === 'bad'
      if (failed) throw new SqlError('57014', 'canceling statement due to statement timeout')
      return [{ sql }]
    }
    if (agencyId === 'nowhere') throw new SqlError('22023', 'role does not exist')
    return work({ query } as unknown as Sql)
  }, mostRunning)
  const ask = (agencyId: string, sql: string) => each.read(agencyId, tx => tx.query(sql))
  return { ask, transactions }
}

test('what is asked in one turn for the same agency shares a transaction, and no other agency is in it', async () => {
  const { ask, transactions } = turns()
  const answers = await Promise.all([ask('a', 'one'), ask('b', 'two'), ask('a', 'three')])
  expect(answers.flat()).toEqual([{ sql: 'one' }, { sql: 'two' }, { sql: 'three' }])
  expect(transactions).toEqual([
    { agencyId: 'a', said: ['one', 'three'] },
    { agencyId: 'b', said: ['two'] },
  ])
})

test('what is asked later has a transaction of its own', async () => {
  const { ask, transactions } = turns()
  await ask('a', 'one')
  await ask('a', 'two')
  expect(transactions.map(({ said }) => said)).toEqual([['one'], ['two']])
})

test('a read that is refused takes nobody else along', async () => {
  const { ask, transactions } = turns()
  const answers = await Promise.allSettled([ask('a', 'one'), ask('a', 'bad'), ask('a', 'two'), ask('a', 'three')])
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  expect(answers[1]).toMatchObject({ reason: { code: '57014' } })
  expect(transactions.map(({ said }) => said)).toEqual([['one', 'bad', 'two', 'three'], ['two'], ['three']])
})

test('a transaction that never begins is answered with its own fault, and nothing is read outside of it', async () => {
  const { ask, transactions } = turns()
  const answers = await Promise.allSettled([ask('nowhere', 'one'), ask('nowhere', 'two')])
  for (const answer of answers) expect(answer).toMatchObject({ status: 'rejected', reason: { code: '22023' } })
  expect(transactions.flatMap(({ said }) => said)).toEqual([])
})

test('no more than sixteen wait for each other', async () => {
  const { ask, transactions } = turns()
  await Promise.all(Array.from({ length: 40 }, (_, i) => ask('a', String(i))))
  expect(transactions.map(({ said }) => said.length)).toEqual([16, 16, 8])
})

test('while as many are on their way as the machine works on, those who come wait and go together; no other agency waits', async () => {
  const { ask, transactions } = turns(1)
  const first = ask('a', 'one')
  await new Promise(setImmediate)
  const rest = [ask('a', 'two'), ask('b', 'three'), ask('a', 'four')]
  expect((await Promise.all([first, ...rest])).flat().map(({ sql }) => sql)).toEqual(['one', 'two', 'three', 'four'])
  expect(transactions).toEqual([
    { agencyId: 'a', said: ['one'] },
    { agencyId: 'a', said: ['two', 'four'] },
    { agencyId: 'b', said: ['three'] },
  ])
})
