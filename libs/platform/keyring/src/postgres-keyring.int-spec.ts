import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Database, PgDatabase, PgliteDatabase } from '@passerelle/database'
import {
  type DurablePlace,
  durableKeyringContract,
  freshDatabase,
  type FreshDatabase,
  keyringContract,
  sharedKeyringContract,
} from '@passerelle/testing'
import { erased, HubSecrets, PostgresKeyring, type PostgresKeyringOptions, type Sealed } from './index.js'

const binding = 'b'

describe.each(['PGlite', 'PostgreSQL'] as const)('on %s', kind => {
  let fresh: FreshDatabase | undefined
  let database: Database
  let folder: string
  beforeAll(async () => {
    fresh = kind === 'PostgreSQL' ? await freshDatabase() : undefined
    database = fresh ? new PgDatabase({ url: fresh.url }) : await PgliteDatabase.open()
    folder = mkdtempSync(join(tmpdir(), 'passerelle-keyring-'))
  })
  afterAll(async () => {
    await database.close()
    await fresh?.drop()
    rmSync(folder, { recursive: true, force: true })
  })

  const place = async (): Promise<DurablePlace> => {
    let secrets = HubSecrets.generate()
    await database.exec('drop schema if exists keyring cascade')
    return {
      open: options => PostgresKeyring.open(database, { ...options, keyEncryption: secrets.keyEncryption }),
      remove: () => database.exec('drop schema if exists keyring cascade'),
      backup: async () => {
        const kept = await dump()
        return () => restore(kept)
      },
      newKeyEncryptionKey: async () => void (secrets = secrets.withNewKey()),
      dropOldKeyEncryptionKeys: async () => void (secrets = secrets.withCurrentKeyOnly()),
    }
  }

  const tables = ['state', 'data_key', 'destroyed'] as const
  const dump = () => Promise.all(tables.map(table => database.query(`select * from keyring.${table}`)))
  /** Everything as it was, as a physical backup brings it back: past the triggers. */
  const restore = (rows: object[][]) =>
    database.transaction(async tx => {
      await tx.exec('set local session_replication_role = replica; truncate keyring.state, keyring.data_key, keyring.destroyed')
      for (const [i, table] of tables.entries())
        await tx.query(`insert into keyring.${table} select * from jsonb_populate_recordset(null::keyring.${table}, $1::jsonb)`, [
          JSON.stringify(rows[i]),
        ])
    })

  keyringContract(kind, place)
  durableKeyringContract(kind, place)
  sharedKeyringContract(kind, place)

  describe(`keys in ${kind}`, () => {
    const secrets = HubSecrets.generate()
    const opened: PostgresKeyring[] = []
    const open = async (options: Partial<PostgresKeyringOptions> = {}, on: Database = database) => {
      const keyring = await PostgresKeyring.open(on, { keyEncryption: secrets.keyEncryption, ...options })
      opened.push(keyring)
      return keyring
    }
    const refusal = (options: Partial<PostgresKeyringOptions> = {}) =>
      open(options).then(
        () => 'opened',
        error => error.code ?? error.message,
      )
    const sealFor = (keyring: PostgresKeyring, ...subjects: string[]) =>
      keyring.seal(subjects.map(subject => ({ subject, category: 'C2' as const, value: `of ${subject}`, binding })))
    const openFor = (keyring: PostgresKeyring, subjects: string[], sealed: Sealed[]) =>
      keyring.open(subjects.map((subject, i) => ({ subject, sealed: sealed[i]!, binding })))
    beforeEach(() => database.exec('drop schema if exists keyring cascade'))
    afterEach(async () => {
      for (const keyring of opened.splice(0)) await keyring.close()
    })

    test('many that open an empty database at once find one keyring', async () => {
      const ledgerFile = join(folder, 'at-once.log')
      const keyrings = await Promise.all(Array.from({ length: 5 }, () => open({ ledgerFile })))
      const sealed = await sealFor(keyrings[0]!, 'a')
      for (const keyring of keyrings) expect(await openFor(keyring, ['a'], sealed)).toEqual(['of a'])
    })

    test('with the secrets of another hub it is refused, and nothing reads as erased', async () => {
      await sealFor(await open(), 'a')
      expect(await refusal({ keyEncryption: HubSecrets.generate().keyEncryption })).toBe('KEYRING.CANNOT_UNWRAP')
    })

    test('a destroyed key is not brought back by whoever inserts its row, and the ledger is only ever added to', async () => {
      const keyring = await open()
      const sealed = await sealFor(keyring, 'a', 'b')
      const [, keys] = await dump()
      await keyring.destroy('a', 'C2', 'erasureRequest')
      const insert = `insert into keyring.data_key select * from jsonb_populate_recordset(null::keyring.data_key, $1::jsonb)
                      on conflict (subject, category) do update set wrapped = excluded.wrapped`
      await database.query(insert, [JSON.stringify(keys)])
      expect((await database.query('select subject from keyring.data_key')).map(r => r['subject'])).toEqual(['b'])
      expect(await openFor(keyring, ['a', 'b'], sealed)).toEqual([erased, 'of b'])
      for (const forbidden of [
        'delete from keyring.destroyed',
        `update keyring.destroyed set reason = 'x'`,
        'truncate keyring.destroyed',
      ])
        await expect(database.exec(forbidden)).rejects.toThrow('only ever added to')
    })

    test('old keys that come back with the database meet the ledger kept outside of it before anything is served', async () => {
      const ledgerFile = join(folder, 'outside.log')
      const keyring = await open({ ledgerFile })
      const sealed = await sealFor(keyring, 'a', 'b')
      const old = await dump()
      const [entry] = await keyring.destroy('a', 'C2', 'erasureRequest')
      await restore(old)
      expect(await refusal()).toBe('KEYRING.LEDGER_BEHIND')
      const again = await open({ ledgerFile })
      expect(await database.query('select subject from keyring.data_key')).toEqual([{ subject: 'b' }])
      expect(await again.ledger()).toEqual([entry])
      // Also where the process, with its warm keys, lived through the restore.
      for (const k of [keyring, again]) expect(await openFor(k, ['a', 'b'], sealed)).toEqual([erased, 'of b'])
    })

    test('a ledger outside that is behind is brought up; one of other keys is refused', async () => {
      const ledgerFile = join(folder, 'behind.log')
      const keyring = await open({ ledgerFile })
      const empty = readFileSync(ledgerFile)
      await keyring.destroy('a', undefined, 'erasureRequest')
      const full = readFileSync(ledgerFile)
      expect(full.length).toBeGreaterThan(empty.length)
      writeFileSync(ledgerFile, empty)
      await open({ ledgerFile })
      expect(readFileSync(ledgerFile).equals(full)).toBe(true)
      await database.exec('drop schema keyring cascade')
      expect(await refusal({ ledgerFile })).toBe('KEYRING.LEDGER_BEHIND')
    })

    test('where the ledger outside cannot be written, nothing is destroyed', async () => {
      const ledgerFile = join(folder, 'unwritable.log')
      const keyring = await open({ ledgerFile })
      const sealed = await sealFor(keyring, 'a')
      writeFileSync(ledgerFile, 'what is this')
      await expect(keyring.destroy('a', 'C2', 'erasureRequest')).rejects.toMatchObject({ code: 'KEYRING.DAMAGED_FILE' })
      expect(await openFor(keyring, ['a'], sealed)).toEqual(['of a'])
      expect(await keyring.ledger()).toEqual([])
    })

    test('a batch asks the database once, whatever it holds and however warm the keys are', async () => {
      let queries = 0
      const counting = new Proxy(database, {
        get: (target, property) => {
          const member = Reflect.get(target, property)
          if (typeof member !== 'function') return member
          return (...args: unknown[]) => (property === 'query' && queries++, member.apply(target, args))
        },
      })
      const subjects = Array.from({ length: 300 }, (_, i) => `learner-${i}`)
      const sealed = await sealFor(await open(), ...subjects)
      const keyring = await open({}, counting)
      for (const _ of ['cold', 'warm']) {
        queries = 0
        await openFor(keyring, subjects, sealed)
        expect(queries).toBe(1)
      }
      queries = 0
      await keyring.open([])
      expect(queries).toBe(0)
    })

    test('no more opened keys are held than agreed, and all values open nevertheless', async () => {
      const subjects = Array.from({ length: 100 }, (_, i) => `learner-${i}`)
      const keyring = await open({ cachedKeys: 10 })
      const sealed = await sealFor(keyring, ...subjects)
      for (let time = 0; time < 2; time++) expect(await openFor(keyring, subjects, sealed)).toEqual(subjects.map(s => `of ${s}`))
    })

    if (kind === 'PostgreSQL')
      test('processes killed while they seal and destroy lose nothing that they acknowledged', async () => {
        const keyring = await open({ ledgerFile: join(folder, 'killed.log') })
        const environment = { ...process.env, KEYRING_URL: fresh!.url, KEYRING_SECRETS: secrets.toText() }
        const script = fileURLToPath(new URL('./testing/seal-until-killed.ts', import.meta.url))
        const sealed: { subject: string; category: 'C2'; sealed: Sealed; binding: string; value: string }[] = []
        const gone = new Set<string>()
        const lives = [0, 1].map(async life => {
          const node = ['--import', '@swc-node/register/esm-register', '--conditions=@passerelle/source']
          const child = spawn(process.execPath, [...node, script, join(folder, 'killed.log'), String(life)], {
            stdio: ['ignore', 'pipe', 'inherit'],
            env: environment,
          })
          let seen = 0
          try {
            for await (const line of createInterface({ input: child.stdout })) {
              const said = JSON.parse(line)
              if (said.destroyed) gone.add(said.destroyed)
              else sealed.push(said)
              if (++seen === 120) child.kill('SIGKILL')
            }
          } finally {
            child.kill('SIGKILL')
          }
          if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
          expect(child.signalCode).toBe('SIGKILL')
        })
        await Promise.all(lives)
        const ledger = new Set((await keyring.ledger()).map(e => e.subject))
        for (const subject of gone) expect(ledger).toContain(subject)
        const values = await keyring.open(sealed)
        expect(values).toEqual(sealed.map(({ subject, value }) => (ledger.has(subject) ? erased : value)))
        expect(gone.size).toBeGreaterThan(5)
        // Either way round: whatever one of the two ledgers names, the other names after the next opening.
        const again = await open({ ledgerFile: join(folder, 'killed.log') })
        expect(existsSync(join(folder, 'killed.log'))).toBe(true)
        const lines = readFileSync(join(folder, 'killed.log'), 'utf8').trim().split('\n').length - 1
        expect(lines).toBe((await again.ledger()).length)
      })
  })
})
