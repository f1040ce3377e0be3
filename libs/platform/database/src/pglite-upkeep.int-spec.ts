import { setTimeout as delay } from 'node:timers/promises'
import { PGlite } from '@electric-sql/pglite'
import { Upkeep } from './pglite-upkeep.js'

describe('upkeep of an embedded store', () => {
  let pglite: PGlite
  beforeAll(async () => (pglite = await PGlite.create()))
  afterAll(() => pglite.close())

  const sizes = async (table: string) => {
    const { rows } = await pglite.query<{ planned: number; bytes: number }>(
      'select reltuples::int as planned, pg_relation_size(oid)::int as bytes from pg_class where oid = $1::regclass',
      [table],
    )
    return rows[0]!
  }
  /** What was changed is counted a second later at the earliest. */
  const whenCounted = async (upkeep: Upkeep, met: () => Promise<boolean>) => {
    while (!(await met())) {
      await delay(200)
      await upkeep.run()
    }
  }

  test('a table that has grown is planned for as it is; what was written over is given back', async () => {
    const upkeep = new Upkeep(pglite, 3_600_000)
    await pglite.exec('create table thing(id int, words text); analyze thing')
    await pglite.exec("insert into thing select g, repeat('x', 100) from generate_series(1, 5000) g")
    await whenCounted(upkeep, async () => (await sizes('thing')).planned === 5000)
    const { bytes } = await sizes('thing')
    for (let i = 0; i < 5; i++) {
      await pglite.exec(`update thing set words = words || '${i}'`)
      await whenCounted(upkeep, async () => {
        const again = await pglite.query<{ dead: number; counted: number }>(
          'select n_dead_tup::int as dead, n_tup_upd::int as counted from pg_stat_user_tables',
        )
        return again.rows[0]!.counted === 5000 * (i + 1) && again.rows[0]!.dead === 0
      })
    }
    // Twice its size, and not six times.
    expect((await sizes('thing')).bytes).toBeLessThan(bytes * 3)
    await upkeep.stop()
  })

  test('a table that is gone meanwhile holds nothing up, nor does a store that fails', async () => {
    const done: string[] = []
    const upkeep = new Upkeep(
      {
        query: async () => ({ rows: [{ name: 'public.gone' }, { name: 'public.thing' }] }) as never,
        exec: async sql => {
          if (sql.includes('gone')) throw new Error('relation "public.gone" does not exist')
          done.push(sql)
          return []
        },
      },
      3_600_000,
    )
    await upkeep.run()
    expect(done).toEqual(['vacuum (analyze) public.thing'])
    await upkeep.stop()
    await upkeep.run()
    expect(done).toHaveLength(1)
    const failing = new Upkeep(
      { query: () => Promise.reject(new Error('no')), exec: () => Promise.reject(new Error('no')) },
      3_600_000,
    )
    await failing.run()
    await failing.stop()
  })
})
