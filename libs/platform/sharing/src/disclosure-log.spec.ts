import { type Database, PgliteDatabase } from '@passerelle/database'
import { BadQuery } from './conditions.js'
import { ChainVerifier } from './disclosure-chain.js'
import { DisclosureLog } from './disclosure-log.js'
import type { Disclosure } from './disclosure.js'
import { categories } from './vocabulary.js'

const placeKey = Buffer.alloc(32, 3)
let db: Database
let log: DisclosureLog
beforeAll(async () => void (db = await PgliteDatabase.open()))
beforeEach(async () => {
  await db.exec('drop schema if exists audit cascade')
  log = await DisclosureLog.open(db, placeKey)
})
afterAll(() => db.close())

const entry = (more: Partial<Disclosure> = {}): Disclosure => ({
  at: '2026-03-01T09:30:00.000Z',
  userId: 'teacher-1',
  agencyId: 'school',
  role: 'teacher',
  purpose: 'educationSupport',
  basis: 'publicTask',
  categories: ['C1', 'C3'],
  learners: [{ learnerId: 'lena', position: 'p-1' }],
  requestId: 'r-1',
  act: 'read',
  ...more,
})
const of = (learnerId: string, more = {}) => log.of(learnerId, { first: 10, categories, ...more })
async function verified(): Promise<ChainVerifier> {
  const verifier = new ChainVerifier(await log.heads())
  for (const head of await log.heads()) for await (const each of log.chain(head)) verifier.take(each)
  return verifier
}

test('an entry is kept with its basis and position, and found under each learner without the others', async () => {
  const because = [{ basis: 'consent', category: 'C3', ref: 'consent-1', rule: 'consent' }] as const
  await log.record([
    entry({
      learners: [
        { learnerId: 'lena', position: 'p-1', because },
        { learnerId: 'tom', position: 'p-2' },
      ],
    }),
  ])
  const [found] = await of('lena')
  expect(found).toEqual({ ...entry({ learners: [{ learnerId: 'lena', position: 'p-1', because }] }), id: expect.any(String) })
  expect(await of('tom')).toMatchObject([{ learners: [{ learnerId: 'tom', position: 'p-2' }] }])
  expect(await of('nobody')).toEqual([])
})

test('an id tells no place, is of one learner, and one that was made up opens nothing', async () => {
  for (const requestId of ['r-1', 'r-2', 'r-3'])
    await log.record([entry({ requestId, learners: [{ learnerId: 'lena' }, { learnerId: 'tom' }] })])
  const [lena, tom] = [await of('lena'), await of('tom')]
  expect((await of('lena')).map(({ id }) => id)).toEqual(lena.map(({ id }) => id))
  expect(new Set([...lena, ...tom].map(({ id }) => id)).size).toBe(6)
  expect((await of('lena', { before: lena[0]!.id })).map(({ requestId }) => requestId)).toEqual(['r-2', 'r-1'])
  for (const before of [tom[0]!.id, '', '3', `${lena[0]!.id}A`, 'A'.repeat(22)])
    await expect(of('lena', { before })).rejects.toThrow(BadQuery)
})

test('what is asked for alone is found: categories, one person’s acts, without what protects', async () => {
  await log.record([
    entry({ requestId: 'plan', categories: ['C3'] }),
    entry({ requestId: 'harm', categories: ['C10'] }),
    entry({ requestId: 'own', userId: 'mother', agencyId: 'learner', role: 'guardian', purpose: 'ownRecord' }),
    entry({ requestId: 'protects', role: 'socialWorker', purpose: 'safeguarding' }),
    entry({ requestId: 'leads', role: 'safeguardingLead', purpose: 'caseCoordination' }),
  ])
  const requests = async (more: object) => (await of('lena', more)).map(({ requestId }) => requestId)
  expect(await requests({ categories: ['C10'] })).toEqual(['harm'])
  expect(await requests({ categories: [] })).toEqual([])
  expect(await requests({ userId: 'mother' })).toEqual(['own'])
  expect(await requests({ withoutSafeguarding: true, categories: ['C3'] })).toEqual(['own', 'plan'])
})

test('entries of several processes that write at once stand in one chain for each agency', async () => {
  const others = [await DisclosureLog.open(db, placeKey), await DisclosureLog.open(db, placeKey), log]
  const agencies = ['school', 'clinic', 'learner']
  await Promise.all(
    Array.from({ length: 120 }, (_, i) =>
      others[i % 3]!.record([
        entry({ requestId: `r-${i}`, agencyId: agencies[i % 2]! }),
        entry({ requestId: `s-${i}`, agencyId: agencies[2]! }),
      ]),
    ),
  )
  const verifier = await verified()
  expect(verifier.faults()).toEqual([])
  expect(verifier.heads().map(({ agencyId, sequence }) => [agencyId, sequence])).toEqual([
    ['clinic', 60],
    ['learner', 120],
    ['school', 60],
  ])
  expect(await log.heads('clinic')).toEqual(verifier.heads().filter(({ agencyId }) => agencyId === 'clinic'))
})

describe('what is kept', () => {
  test('is neither changed nor removed', async () => {
    await log.record([entry()])
    for (const statement of [
      `update audit.disclosures set entry = '{}'`,
      'delete from audit.disclosures',
      'truncate audit.disclosures',
      'delete from audit.heads',
      'truncate audit.heads',
    ])
      await expect(db.exec(statement)).rejects.toThrow(/append-only/)
  })
  test('cannot be hidden from a learner: what it is looked up by is compared with what it says', async () => {
    for (const requestId of ['r-1', 'r-2', 'r-3'])
      await log.record([entry({ requestId, learners: [{ learnerId: 'lena' }, { learnerId: 'a "quoted", {odd} id' }] })])
    expect(await log.misfiled()).toEqual([])
    await db.exec('alter table audit.disclosures disable trigger all')
    for (const [column, value] of [
      ['learner_ids', `'{tom}'`],
      ['categories', `'{C3}'`],
      ['user_id', `'nobody'`],
      ['role', `'mentor'`],
      ['purpose', `'audit'`],
      ['at', 'now()'],
    ]) {
      await db.exec(
        `create temp table kept as select id, ${column} from audit.disclosures; update audit.disclosures set ${column} = ${value} where sequence > 1`,
      )
      expect(await log.misfiled()).toEqual([{ agencyId: 'school', sequence: 2, why: expect.stringContaining('index') }])
      await db.exec(`update audit.disclosures d set ${column} = kept.${column} from kept where kept.id = d.id; drop table kept`)
    }
  })
  test('is found to have been changed where somebody put the guard aside', async () => {
    for (const requestId of ['r-1', 'r-2', 'r-3']) await log.record([entry({ requestId })])
    await db.exec('alter table audit.disclosures disable trigger all')
    await db.exec(`update audit.disclosures set entry = replace(entry::text, 'lena', 'tom')::json where sequence = 2`)
    expect((await verified()).faults()).toMatchObject([{ agencyId: 'school', sequence: 2 }])
    await db.exec(`delete from audit.disclosures where sequence >= 2`)
    expect((await verified()).faults()).toMatchObject([
      { agencyId: 'school', sequence: 2, why: expect.stringContaining('cut off') },
    ])
  })
})

describe('fails closed', () => {
  const refusesAll = async () => {
    const settled = await Promise.allSettled([log.record([entry()]), log.record([entry({ agencyId: 'clinic' })])])
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    for (const each of settled) expect(String((each as PromiseRejectedResult).reason)).not.toMatch(/lena|teacher-1/)
  }
  test('where the table is gone, and goes on where the last entry stood once it is back', async () => {
    await log.record([entry()])
    await db.exec('alter table audit.disclosures rename to elsewhere')
    await refusesAll()
    await db.exec('alter table audit.elsewhere rename to disclosures')
    await log.record([entry()])
    const verifier = await verified()
    expect([verifier.faults(), verifier.heads()[0]!.sequence]).toEqual([[], 2])
  })
  test('where nothing may be inserted', async () => {
    await db.exec(`create function audit.full() returns trigger language plpgsql as $$ begin raise exception 'disk full' using errcode = '53100'; end $$;
      create trigger full_disk before insert on audit.disclosures for each row execute function audit.full();`)
    await refusesAll()
  })
})

test('entries of a hub that linked none are taken over in their order, once, and followed by new ones', async () => {
  await db.exec(`drop schema audit cascade; create schema audit;
    create table audit.disclosures (id bigint generated always as identity primary key, at timestamptz not null,
      user_id text not null, agency_id text not null, role text not null, purpose text not null,
      categories text[] not null, learner_ids text[] not null, request_id text not null, act text not null);
    create index disclosures_learner on audit.disclosures using gin (learner_ids);
    create function audit.refuse_change() returns trigger language plpgsql as
      $$ begin raise exception 'audit.disclosures is append-only' using errcode = '42501'; end $$;
    create trigger disclosures_append_only before update or delete or truncate on audit.disclosures for each statement execute function audit.refuse_change();
    insert into audit.disclosures (at, user_id, agency_id, role, purpose, categories, learner_ids, request_id, act)
      select timestamptz '2026-01-01 10:00:00+00' + n * interval '1 minute', 'teacher-1', case n % 2 when 0 then 'school' else 'clinic' end, 'teacher',
        'educationSupport', '{C1,C3}', '{lena,tom}', 'r-' || n, 'read' from generate_series(1, 2500) n;`)
  log = await DisclosureLog.open(db, placeKey)
  await log.record([entry({ requestId: 'new' })])
  log = await DisclosureLog.open(db, placeKey)
  const verifier = await verified()
  expect([verifier.faults(), verifier.heads().map(({ sequence }) => sequence)]).toEqual([[], [1250, 1251]])
  expect(await of('tom', { first: 1 })).toEqual([
    {
      at: '2026-01-03T03:40:00.000Z',
      userId: 'teacher-1',
      agencyId: 'school',
      role: 'teacher',
      purpose: 'educationSupport',
      categories: ['C1', 'C3'],
      learners: [{ learnerId: 'tom' }],
      requestId: 'r-2500',
      act: 'read',
      id: expect.any(String),
    },
  ])
  expect((await of('lena')).slice(0, 3).map(({ requestId }) => requestId)).toEqual(['new', 'r-2500', 'r-2499'])
})
