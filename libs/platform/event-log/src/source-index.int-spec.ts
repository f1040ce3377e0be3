import { type Database, PgDatabase, PgliteDatabase } from '@passerelle/database'
import { type FreshDatabase, freshDatabase } from '@passerelle/testing'
import { DatabaseSourceIndex, MemorySourceIndex, type SourceIndex } from './index.js'

const row = (externalId: string, contentHash: string, system = 'sds:school') => ({
  system,
  externalId,
  contentHash,
  feedRunId: 'run-1',
})

describe.each(['memory', 'pglite', 'postgres'] as const)('what each source said last, in %s', kind => {
  let fresh: FreshDatabase | undefined
  let database: Database | undefined
  let index: SourceIndex

  beforeAll(async () => {
    if (kind === 'postgres') fresh = await freshDatabase()
    if (kind !== 'memory') database = fresh ? new PgDatabase({ url: fresh.url }) : await PgliteDatabase.open()
    index = database ? await DatabaseSourceIndex.open(database) : new MemorySourceIndex()
  })
  afterAll(async () => {
    await database?.close()
    await fresh?.drop()
  })

  test('nothing is known of what was never taken in', async () => {
    expect(await index.find('sds:school', ['1', '2'])).toEqual([undefined, undefined])
    expect(await index.find('sds:school', [])).toEqual([])
    await index.remember([])
  })
  test('R-0.1 the last content of each row is known, per system, in the order asked', async () => {
    await index.remember([row('1', 'a'), row('2', 'b'), row('1', 'x', 'sds:other')])
    expect(await index.find('sds:school', ['2', '3', '1'])).toEqual(['b', undefined, 'a'])
    expect(await index.find('sds:other', ['1'])).toEqual(['x'])
  })
  test('R-0.1 a content that changed away and back is a change each time', async () => {
    await index.remember([row('7', 'a')])
    await index.remember([row('7', 'b'), row('7', 'c')])
    expect(await index.find('sds:school', ['7'])).toEqual(['c'])
    await index.remember([row('7', 'a')])
    expect(await index.find('sds:school', ['7'])).toEqual(['a'])
  })
  test('opened by several processes at once, it is one', async () => {
    const open = async () => (database ? DatabaseSourceIndex.open(database) : index)
    const [one, other] = await Promise.all([open(), open()])
    await one.remember([row('9', 'z')])
    expect(await other.find('sds:school', ['9'])).toEqual(['z'])
  })
})
