import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BreakableProxy, type FreshDatabase, freshDatabase } from '@passerelle/testing'
import { type Database, FolderInUse, isSqlError, lockFolder, PgDatabase, PgliteDatabase } from './index.js'

const until = async (met: () => boolean) => {
  while (!met()) await new Promise(resolve => setTimeout(resolve, 5))
}

describe.each(['pglite', 'postgres'] as const)('the database port on %s', kind => {
  let fresh: FreshDatabase | undefined
  let database: Database
  const role = `reader_${process.pid}_${kind}`

  beforeAll(async () => {
    fresh = kind === 'postgres' ? await freshDatabase() : undefined
    database = fresh ? new PgDatabase({ url: fresh.url }) : await PgliteDatabase.open()
    await database.exec(
      `create table thing(id int primary key, words text); create role ${role}; grant select on thing to ${role}`,
    )
  })
  afterAll(async () => {
    await database.exec(`drop table thing; drop role ${role}`)
    await database.close()
    await fresh?.drop()
  })
  beforeEach(() => database.exec('truncate thing'))

  test('values come back the same on every adapter', async () => {
    const [row] =
      await database.query(`select 7::int8 as small, 9007199254740993::int8 as big, count(*) as count, 1.50::numeric as exact,
      1.5::float8 as float, true as yes, null::text as nothing, '2026-03-01'::date as day, '\\x00ff'::bytea as bytes,
      '2026-03-01 10:30:00.1234+01'::timestamptz as instant, '0044-03-15 12:00 BC'::timestamptz as ides,
      '{"b":[1,"x"],"a":null}'::json as j, '[1,{"k":"v"}]'::jsonb as b, 'f47ac10b-58cc-4372-a567-0e02b2c3d479'::uuid as id,
      '{1,NULL,3}'::int8[] as numbers, array['a"b','c,d','\\e',null,'NULL','',' '] as texts, '{{1,2},{3,4}}'::int[] as grid,
      array['2026-03-01'::date] as days, array['{"a":"}"}'::jsonb] as objects, '{}'::text[] as none`)
    expect(row).toEqual({
      small: 7,
      big: '9007199254740993',
      count: 1,
      exact: '1.50',
      float: 1.5,
      yes: true,
      nothing: null,
      day: '2026-03-01',
      bytes: Buffer.from([0, 255]),
      instant: '2026-03-01T09:30:00.1234Z',
      ides: '0044-03-15 12:00:00+00 BC',
      j: { b: [1, 'x'], a: null },
      b: [1, { k: 'v' }],
      id: 'f47ac10b-58cc-4372-a567-0e02b2c3d479',
      numbers: [1, null, 3],
      texts: ['a"b', 'c,d', '\\e', null, 'NULL', '', ' '],
      grid: [
        [1, 2],
        [3, 4],
      ],
      days: ['2026-03-01'],
      objects: [{ a: '}' }],
      none: [],
    })
  })

  test('parameters go in the same on every adapter', async () => {
    const [row] = await database.query(
      'select $1::json as j, $2::text[] as texts, $3::timestamptz as at, $4::bytea as bytes, $5::bool as yes, $6::text as nothing, $7::int8 as n, $8::jsonb as list, $9::uuid[] as ids',
      [
        { a: [1] },
        ['x"y', null, '\\z', '{}', 'null', 'NULL', '', 'bare-1.0'],
        new Date(0),
        Buffer.from([1, 2]),
        false,
        undefined,
        12n,
        JSON.stringify([1]),
        [],
      ],
    )
    expect(row).toEqual({
      j: { a: [1] },
      texts: ['x"y', null, '\\z', '{}', 'null', 'NULL', '', 'bare-1.0'],
      at: '1970-01-01T00:00:00.000Z',
      bytes: Buffer.from([1, 2]),
      yes: false,
      nothing: null,
      n: 12,
      list: [1],
      ids: [],
    })
  })

  test('a named statement gives the same as an unnamed one', async () => {
    for (const n of [1, 2]) expect(await database.query('select $1::int as n', [n], { name: 'echo' })).toEqual([{ n }])
  })

  test('a transaction that throws leaves nothing behind', async () => {
    const failing = database.transaction(async tx => {
      await tx.query(`insert into thing values (1, 'kept?')`)
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await database.query('select * from thing')).toEqual([])
  })

  test('a transaction whose failed statement was swallowed is refused, not reported as done', async () => {
    const failing = database.transaction(async tx => {
      await tx.query('select 1/0').catch(() => undefined)
    })
    await expect(failing).rejects.toMatchObject({ code: expect.stringMatching(/^25P0/) })
    expect(await database.query('select 1 as still')).toEqual([{ still: 1 }])
  })

  test('a role may do in its transaction what it was granted, and no more; afterwards nothing of it remains', async () => {
    await expect(database.transaction(tx => tx.query(`insert into thing values (1, 'x')`), { role })).rejects.toMatchObject({
      code: '42501',
    })
    const options = { role, settings: { 'passerelle.who': `o'ne \\ "two"` } }
    const inside = await database.transaction(
      tx => tx.query(`select current_user as u, current_setting('passerelle.who') as who`),
      options,
    )
    expect(inside).toEqual([{ u: role, who: `o'ne \\ "two"` }])
    const [after] = await database.query(`select current_user as u, current_setting('passerelle.who', true) as who`)
    expect(after!['u']).not.toBe(role)
    expect(after!['who'] ?? '').toBe('')
  })

  test('an unknown role runs nothing', async () => {
    let ran = false
    await expect(
      database.transaction(async () => void (ran = true), { role: 'nobody"; drop table thing; --' }),
    ).rejects.toMatchObject({ code: '22023' })
    expect(ran).toBe(false)
  })

  test('a read-only transaction writes nothing', async () => {
    const writing = database.transaction(tx => tx.query(`insert into thing values (1, 'x')`), { readOnly: true })
    await expect(writing).rejects.toMatchObject({ code: '25006' })
    expect(await database.transaction(tx => tx.query('select 1 as n'), { readOnly: true })).toEqual([{ n: 1 }])
  })
  test('what a read-only transaction reads is so at one moment: a page and its count cannot tell two stories', async () => {
    const counts = await database.transaction(
      async tx => {
        const count = () => tx.query('select count(*) as n from thing')
        const first = await count()
        // PGlite has one connection: there nothing else can happen meanwhile.
        if (database.kind === 'postgres') await database.query(`insert into thing values (7, 'x')`)
        return [...first, ...(await count()), ...(await tx.query(`select current_setting('transaction_isolation') as isolation`))]
      },
      { readOnly: true },
    )
    expect(counts).toEqual([{ n: 0 }, { n: 0 }, { isolation: 'repeatable read' }])
  })

  test('what is read in one go runs under the role and the settings of every session, and ends with the last statement', async () => {
    const options = { readOnly: true, inOneGo: true, role }
    let late: Promise<unknown> | undefined
    const read = await database.transaction(tx => {
      const said = [1, 2].map(n => tx.query(`select current_user as u, $1::int as n, current_setting('TimeZone') as zone`, [n]))
      return Promise.all(said)
    }, options)
    expect(read.flat()).toEqual([1, 2].map(n => ({ u: role, n, zone: 'UTC' })))
    const writing = database.transaction(tx => tx.query(`insert into thing values (1, 'x')`), { readOnly: true, inOneGo: true })
    await expect(writing).rejects.toMatchObject({ code: '25006' })
    const unknown = database.transaction(tx => (late = tx.query('select 1')), { ...options, role: 'nobody' })
    await expect(unknown).rejects.toMatchObject({ code: '22023' })
    await late?.catch(() => undefined)
    expect(await database.transaction(tx => tx.query('select 1 as n'), { readOnly: true })).toEqual([{ n: 1 }])
  })

  test('statements of one transaction that are not awaited one by one keep their order', async () => {
    const results = await database.transaction(tx =>
      Promise.all([1, 2, 3].map(n => tx.query('insert into thing values ($1, $2) returning id', [n, 'x']))),
    )
    expect(results.flat().map(r => r.id)).toEqual([1, 2, 3])
  })

  test('rows are loaded in bulk, whatever they hold', async () => {
    const words = ['tab\tnew\nline\rback\\slash', '\\N', '', null, 'é€😀']
    const loaded = await database.copyRows(
      'public.thing',
      ['id', 'words'],
      words.map((w, i) => [i, w]),
    )
    expect(loaded).toBe(words.length)
    expect((await database.query('select words from thing order by id')).map(r => r['words'])).toEqual(words)
    const many = (function* () {
      for (let i = 100; i < 20_100; i++) yield [i, 'x'.repeat(20)]
    })()
    expect(await database.copyRows('thing', ['id', 'words'], many)).toBe(20_000)
    expect(await database.query('select count(*) as n from thing')).toEqual([{ n: 20_005 }])
  })

  test('a bulk load that fails loads nothing, and the next one works', async () => {
    const rows = [1, 2, 1].map(id => [id, 'x'])
    await expect(database.copyRows('thing', ['id', 'words'], rows)).rejects.toMatchObject({ code: '23505' })
    const breaking = (function* () {
      yield [1, 'x']
      throw new Error('source failed')
    })()
    await expect(database.copyRows('thing', ['id', 'words'], breaking)).rejects.toThrow('source failed')
    expect(await database.copyRows('thing', ['id', 'words'], [[1, 'x']])).toBe(1)
  })

  test('an error names the rule that was broken and repeats no value', async () => {
    await database.query(`insert into thing values (1, 'x')`)
    const error = await database.query('insert into thing values ($1, $2)', [1, 'Ada Lovelace']).catch(e => e)
    expect(isSqlError(error, '23505')).toBe(true)
    expect(error).toMatchObject({ constraint: 'thing_pkey', table: 'thing' })
    const unreadable = await database.query('select $1::int', ['Ada Lovelace']).catch(e => e)
    for (const e of [error, unreadable])
      expect(JSON.stringify({ ...e, message: e.message, stack: e.stack })).not.toContain('Lovelace')
  })

  test('a wake reaches who listens on the channel, until they stop', async () => {
    let woken = 0
    const stop = await database.onWake('Some Channel', () => woken++)
    woken = 0
    await database.wake('other')
    await database.wake('Some Channel')
    await until(() => woken === 1)
    await stop()
    await database.wake('Some Channel')
    await database.query('select 1')
    expect(woken).toBe(1)
  })
})

describe('who listens for wakes over a bad network', () => {
  let fresh: FreshDatabase
  let proxy: BreakableProxy
  let database: PgDatabase
  beforeAll(async () => {
    fresh = await freshDatabase()
    const url = new URL(fresh.url)
    proxy = await BreakableProxy.to(Number(url.port))
    database = new PgDatabase({ url: Object.assign(url, { hostname: '127.0.0.1', port: String(proxy.port) }).href })
  })
  afterAll(async () => {
    await database.close()
    await proxy.close()
    await fresh.drop()
  })

  test('begins without a connection, is told once that there is none, and is woken once there is', async () => {
    const told: Error[] = []
    let woken = 0
    proxy.refuse(true)
    const stop = await database.onWake(
      'things',
      () => woken++,
      error => told.push(error),
    )
    expect(told).toEqual([expect.objectContaining({ code: 'DATABASE.NOT_LISTENING' })])
    // Whoever comes meanwhile is told as well, and keeps nobody waiting.
    const late: Error[] = []
    await (
      await database.onWake(
        'others',
        () => undefined,
        error => late.push(error),
      )
    )()
    expect([woken, late.length]).toEqual([0, 1])
    proxy.refuse(false)
    // Something may have been missed.
    await until(() => woken === 1)
    await database.wake('things')
    await until(() => woken === 2)
    proxy.cut()
    await until(() => woken === 3)
    await database.wake('things')
    await until(() => woken === 4)
    expect(told).toHaveLength(2)
    await stop()
  })
})

describe('a data folder', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'passerelle-folder-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const holdInChild = async () => {
    const source = `import { lockFolder } from ${JSON.stringify(new URL('./folder-lock.ts', import.meta.url).href)}; lockFolder(process.argv[1]); console.log('held'); setInterval(() => {}, 1000)`
    const child = spawn(
      process.execPath,
      ['--import', '@swc-node/register/esm-register', '--input-type=module', '-e', source, folder],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    await new Promise(resolve => child.stdout.once('data', resolve))
    return { pid: child.pid!, kill: () => new Promise(resolve => child.once('exit', resolve) && child.kill('SIGKILL')) }
  }

  test('is refused to a second process, with a word on which one holds it', async () => {
    const child = await holdInChild()
    await expect(PgliteDatabase.open({ folder })).rejects.toThrow(
      `open in process ${child.pid}. Stop that process, or choose another folder.`,
    )
    expect(existsSync(join(folder, 'postgres'))).toBe(false)
    await child.kill()
  })

  test('of a killed process is taken over', async () => {
    const child = await holdInChild()
    await child.kill()
    const lock = lockFolder(folder)
    expect(() => lockFolder(folder)).toThrow(FolderInUse)
    lock.release()
    lockFolder(folder).release()
  })

  test('whose process number belongs to another process by now is taken over', () => {
    writeFileSync(join(folder, 'lock'), `${process.pid} 1 another-boot`)
    lockFolder(folder).release()
  })

  test('keeps what was written, and is free again once closed', async () => {
    const first = await PgliteDatabase.open({ folder })
    await first.exec('create table kept(n int); insert into kept values (1)')
    await expect(PgliteDatabase.open({ folder })).rejects.toThrow(FolderInUse)
    await first.close()
    const second = await PgliteDatabase.open({ folder })
    expect(await second.query('select n from kept')).toEqual([{ n: 1 }])
    await second.close()
  })
})
