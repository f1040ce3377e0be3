import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type DurablePlace, durableKeyringContract, keyringContract } from '@passerelle/testing'
import {
  erased,
  FileKeyring,
  type FileKeyringOptions,
  HubSecrets,
  type KeyEncryption,
  LocalKeyEncryption,
  type Sealed,
  secretsFileOf,
} from './index.js'

const binding = 'b'
const place = async (): Promise<DurablePlace> => {
  const folder = mkdtempSync(join(tmpdir(), 'passerelle-keyring-'))
  const secrets = secretsFileOf(folder)
  return {
    open: options => FileKeyring.open(folder, options),
    remove: async () => rmSync(folder, { recursive: true, force: true }),
    backup: async () => {
      const kept = ['keys.log', 'ledger.log'].map(file => [join(folder, file), readFileSync(join(folder, file))] as const)
      return async () => kept.forEach(([path, bytes]) => writeFileSync(path, bytes))
    },
    newKeyEncryptionKey: async () => (await HubSecrets.fromFile(secrets)).withNewKey().toFile(secrets),
    dropOldKeyEncryptionKeys: async () => (await HubSecrets.fromFile(secrets)).withCurrentKeyOnly().toFile(secrets),
  }
}

keyringContract('in a folder', place)
durableKeyringContract('in a folder', place)

describe('a folder of keys', () => {
  let folder: string
  const file = (name: string) => join(folder, name)
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'passerelle-keyring-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const using = async <T>(work: (keyring: FileKeyring) => Promise<T>, options?: FileKeyringOptions): Promise<T> => {
    const keyring = await FileKeyring.open(folder, options)
    try {
      return await work(keyring)
    } finally {
      await keyring.close()
    }
  }
  const sealFor = (...subjects: string[]) =>
    using(k => k.seal(subjects.map(subject => ({ subject, category: 'C2' as const, value: `of ${subject}`, binding }))))
  const openFor = (subjects: string[], sealed: Sealed[]) =>
    using(k => k.open(subjects.map((subject, i) => ({ subject, sealed: sealed[i]!, binding }))))
  const refusal = (options?: FileKeyringOptions) =>
    FileKeyring.open(folder, options).then(
      keyring => keyring.close().then(() => 'opened'),
      error => error.code ?? error.message,
    )
  const wrappedKeys = () =>
    [...readFileSync(file('keys.log'), 'utf8').matchAll(/^.{14}([A-Za-z0-9_-]{80}) /gm)].map(match => match[1]!)

  test('keys that are wanted while others are written are written together, and nobody waits for a later write', async () => {
    const kek = new LocalKeyEncryption({ k: Buffer.alloc(32, 1) }, 'k')
    const writes: { readonly names: readonly string[]; readonly write: () => void }[] = []
    const gated: KeyEncryption = {
      currentKeyId: 'k',
      unwrap: keys => kek.unwrap(keys),
      async wrap(keys) {
        await new Promise<void>(write => writes.push({ names: keys.map(({ name }) => name), write }))
        return kek.wrap(keys)
      },
    }
    const written = async (n: number) => {
      while (writes.length < n) await new Promise(resolve => setImmediate(resolve))
      return writes[n - 1]!
    }
    const seal = (keyring: FileKeyring, subject: string) =>
      keyring.seal([{ subject, category: 'C2', value: subject, binding }]).then(() => subject)
    await using(
      async keyring => {
        const first = seal(keyring, 'a')
        const { write: writeFirst } = await written(1)
        const next = Promise.all(['b', 'c', 'd'].map(subject => seal(keyring, subject)))
        await new Promise(resolve => setImmediate(resolve))
        writeFirst()
        expect(await first).toBe('a')
        const { names, write } = await written(2)
        expect(names).toHaveLength(3)
        const later = seal(keyring, 'e')
        write()
        expect(await next).toEqual(['b', 'c', 'd'])
        ;(await written(3)).write()
        expect(await later).toBe('e')
      },
      { keyEncryption: gated },
    )
  })

  test('only its owner may read it; secrets that others may read are refused', async () => {
    await sealFor('a')
    for (const name of ['secrets.json', 'keys.log', 'ledger.log']) expect(statSync(file(name)).mode & 0o777).toBe(0o600)
    chmodSync(file('secrets.json'), 0o640)
    expect(await refusal()).toBe('KEYRING.SECRETS_UNUSABLE')
    chmodSync(file('secrets.json'), 0o600)
    expect(await refusal()).toBe('opened')
  })

  test('without the secrets of its keys it is refused, and no new secrets are made', async () => {
    await sealFor('a')
    rmSync(file('secrets.json'))
    expect(await refusal()).toBe('KEYRING.SECRETS_UNUSABLE')
    expect(existsSync(file('secrets.json'))).toBe(false)
  })

  test('with the secrets of another hub it is refused, and nothing reads as erased', async () => {
    await sealFor('a')
    await HubSecrets.generate().toFile(file('secrets.json'))
    expect(await refusal()).toBe('KEYRING.CANNOT_UNWRAP')
  })

  test('without its ledger it is refused, until the entries are given', async () => {
    await sealFor('a')
    const ledger = await using(k => k.destroy('a', 'C2', 'erasureRequest'))
    rmSync(file('ledger.log'))
    expect(await refusal()).toBe('KEYRING.LEDGER_BEHIND')
    expect(await refusal({ ledger })).toBe('opened')
    expect(await using(k => k.ledger())).toEqual(ledger)
  })

  test('with a ledger older than its keys it is refused, until the missing entries are given', async () => {
    const sealed = await sealFor('a', 'b')
    cpSync(file('ledger.log'), file('old-ledger.log'))
    const ledger = await using(k => k.destroy('a', 'C2', 'erasureRequest'))
    cpSync(file('old-ledger.log'), file('ledger.log'))
    expect(await refusal()).toBe('KEYRING.LEDGER_BEHIND')
    expect(await refusal({ ledger })).toBe('opened')
    expect(await openFor(['a', 'b'], sealed)).toEqual([erased, 'of b'])
  })

  test('with the ledger of another folder it is refused', async () => {
    await sealFor('a')
    const other = file('other')
    await (await FileKeyring.open(other)).close()
    expect(await refusal({ ledgerFile: join(other, 'ledger.log') })).toBe('KEYRING.LEDGER_BEHIND')
  })

  test('with a ledger that names keys, but without any keys, it is refused', async () => {
    await using(k => k.destroy('a', 'C2', 'erasureRequest'))
    rmSync(file('keys.log'))
    expect(await refusal()).toBe('KEYRING.DAMAGED_FILE')
  })

  test('old keys that come back beside a newer ledger kept elsewhere are destroyed before it opens', async () => {
    const elsewhere = { ledgerFile: file('elsewhere/ledger.log') }
    const [sealed] = await using(k => k.seal([{ subject: 'a', category: 'C2', value: 'canary', binding }]), elsewhere)
    const backup = readFileSync(file('keys.log'))
    await using(k => k.destroy('a', 'C2', 'erasureRequest'), elsewhere)
    writeFileSync(file('keys.log'), backup)
    expect(wrappedKeys()).toHaveLength(1)
    await using(async k => {
      expect(wrappedKeys()).toHaveLength(0)
      expect(await k.open([{ subject: 'a', sealed: sealed!, binding }])).toEqual([erased])
    }, elsewhere)
  })

  test('a destroyed key is no longer on the disk, in whole or in part', async () => {
    await sealFor('a', 'b')
    const [a, b] = wrappedKeys()
    await using(k => k.destroy('a', undefined, 'erasureRequest'))
    const bytes = readFileSync(file('keys.log'), 'latin1')
    expect(bytes).toContain(b)
    for (let at = 0; at + 8 <= a!.length; at += 8) expect(bytes).not.toContain(a!.slice(at, at + 8))
  })

  test('a destruction that was cut off after its ledger entry is finished at the next opening', async () => {
    const sealed = await sealFor('a', 'b')
    const before = readFileSync(file('keys.log'))
    await using(k => k.destroy('a', 'C2', 'erasureRequest'))
    const after = readFileSync(file('keys.log'))
    const first = before.findIndex((byte, i) => byte !== after[i])
    // As a crash leaves it: nothing, a part, or all of the key written over.
    for (const written of [0, 1, 37, 79]) {
      writeFileSync(file('keys.log'), Buffer.concat([after.subarray(0, first + written), before.subarray(first + written)]))
      expect(await openFor(['a', 'b'], sealed)).toEqual([erased, 'of b'])
      expect(readFileSync(file('keys.log')).equals(after)).toBe(true)
    }
  })

  test('a last line cut at any byte was never acknowledged: it is passed over, and the next key takes its place', async () => {
    const sealed = await sealFor('a', 'b')
    const acknowledged = statSync(file('keys.log')).size
    await sealFor('never acknowledged')
    const whole = readFileSync(file('keys.log'))
    for (const zeros of [0, 700]) {
      for (let size = acknowledged; size < whole.length; size += 7) {
        writeFileSync(file('keys.log'), Buffer.concat([whole.subarray(0, size), Buffer.alloc(zeros)]))
        expect(await openFor(['a', 'b'], sealed)).toEqual(['of a', 'of b'])
      }
      const later = await sealFor('c')
      expect(await openFor(['a', 'b', 'c'], [...sealed, ...later])).toEqual(['of a', 'of b', 'of c'])
      expect(readFileSync(file('keys.log')).includes(0)).toBe(false)
    }
  })

  test('of a cut last line whoever opens the folder is warned, of a whole file nobody', async () => {
    await sealFor('a', 'b')
    const { emitWarning } = process
    const codes: unknown[] = []
    process.emitWarning = ((_said: string, { code }: { code?: string }) => void codes.push(code)) as typeof emitWarning
    try {
      await using(k => k.ledger())
      expect(codes).toEqual([])
      truncateSync(file('keys.log'), statSync(file('keys.log')).size - 20)
      await using(k => k.ledger())
      expect(codes).toEqual(['KEYRING.CUT_LINE'])
    } finally {
      process.emitWarning = emitWarning
    }
  })

  test('the ledger forgives a cut last line as well', async () => {
    await using(k => k.destroy('a', 'C2', 'erasureRequest'))
    const { size } = statSync(file('ledger.log'))
    await using(k => k.destroy('b', 'C2', 'erasureRequest'))
    truncateSync(file('ledger.log'), size + 40)
    expect((await using(k => k.ledger())).map(e => e.subject)).toEqual(['a'])
  })

  test('any other damage is an error that names the file and the byte', async () => {
    await sealFor('a', 'b', 'c')
    const whole = readFileSync(file('keys.log'))
    const lines = whole.toString('latin1').split('\n')
    const start = lines[0]!.length + 1
    const keyFrom = start + 14
    for (let at = start; at < start + lines[1]!.length + 1; at++) {
      if (at >= keyFrom && at < keyFrom + 80) continue
      const damaged = Buffer.from(whole)
      damaged[at]! ^= 0x04
      writeFileSync(file('keys.log'), damaged)
      await expect(FileKeyring.open(folder)).rejects.toMatchObject({
        code: 'KEYRING.DAMAGED_FILE',
        message: expect.stringContaining(`keys.log is damaged at byte ${start}`),
      })
    }
    for (const strange of [
      Buffer.concat([whole, Buffer.from('what is this')]),
      Buffer.concat([whole, Buffer.from('\n')]),
      Buffer.concat([whole, Buffer.alloc(64), Buffer.from('\n')]),
      Buffer.concat([whole.subarray(0, start + 100), Buffer.alloc(50), whole.subarray(start + 150)]),
    ]) {
      writeFileSync(file('keys.log'), strange)
      expect(await refusal()).toBe('KEYRING.DAMAGED_FILE')
    }
  })

  test('a wrapped key that was altered is an error when it is needed, never an erased value', async () => {
    const sealed = await sealFor('a', 'b')
    const [, b] = wrappedKeys()
    writeFileSync(file('keys.log'), readFileSync(file('keys.log'), 'latin1').replace(b!, `A${b!.slice(1, -1)}A`), 'latin1')
    await using(async k => {
      expect(await k.open([{ subject: 'a', sealed: sealed[0]!, binding }])).toEqual(['of a'])
      await expect(k.open([{ subject: 'b', sealed: sealed[1]!, binding }])).rejects.toMatchObject({
        code: 'KEYRING.CANNOT_UNWRAP',
      })
    })
  })

  test('a second opening is refused while the first has it, and the keyring is of no use once closed', async () => {
    const keyring = await FileKeyring.open(folder)
    expect(await refusal()).toBe('DATABASE.FOLDER_IN_USE')
    await keyring.close()
    await keyring.close()
    await expect(keyring.seal([{ subject: 'a', category: 'C2', value: 1, binding }])).rejects.toThrow('closed')
    await expect(keyring.destroy('a', 'C2', 'erasureRequest')).rejects.toThrow('closed')
    expect(await refusal()).toBe('opened')
  })

  test('a process killed in the middle of writing loses nothing that it acknowledged, and is refused company while it lives', async () => {
    const sealed: { subject: string; category: 'C2'; sealed: Sealed; binding: string; value: string }[] = []
    const gone = new Set<string>()
    for (let life = 0; life < 3; life++) {
      const child = spawn(
        process.execPath,
        [
          '--import',
          '@swc-node/register/esm-register',
          '--conditions=@passerelle/source',
          fileURLToPath(new URL('./testing/seal-until-killed.ts', import.meta.url)),
          folder,
          String(life),
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      )
      let seen = 0
      try {
        for await (const line of createInterface({ input: child.stdout })) {
          const said = JSON.parse(line)
          if (said.destroyed) gone.add(said.destroyed)
          else sealed.push(said)
          if (++seen === 1) await expect(FileKeyring.open(folder)).rejects.toThrow(`open in process ${child.pid}`)
          if (seen === 150 + life * 40) child.kill('SIGKILL')
        }
      } finally {
        child.kill('SIGKILL')
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      expect(child.signalCode).toBe('SIGKILL')
      await using(async k => {
        const values = await k.open(sealed)
        expect(values).toEqual(
          sealed.map(({ subject, value }, i) => (gone.has(subject) || values[i] === erased ? erased : value)),
        )
        const ledger = new Set((await k.ledger()).map(e => e.subject))
        for (const subject of gone) expect(ledger).toContain(subject)
        sealed.forEach(({ subject }, i) => expect(values[i] === erased).toBe(ledger.has(subject)))
      })
    }
    expect(sealed.length).toBeGreaterThan(100)
    expect(gone.size).toBeGreaterThan(5)
  })
})
