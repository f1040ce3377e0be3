import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { HmacIdentifierHasher, type IdentifierHasher, type IdentifierOptions } from './identifiers.js'
import { LocalKeyEncryption } from './key-encryption.js'

/** The hub's secrets cannot be read, or are not safe where they are. The message never repeats any of them. */
export class SecretsUnusable extends Error {
  readonly code = 'KEYRING.SECRETS_UNUSABLE'
}

/**
 * What must never stand beside the data: the key-encryption keys, and the secret of the identifiers. One JSON document, in a file that
 * only its owner may read or in an environment variable that the platform's secret store fills:
 * `{ "current": "<id>", "keyEncryptionKeys": { "<id>": "<base64url, 32 bytes>" }, "identifierSecret": "<base64url, 32 bytes or more>" }`.
 *
 * To change the key-encryption key: `withNewKey`, restart with it, `keyring.rewrap()`, `withCurrentKeyOnly`. From then on wrapped keys in
 * older backups cannot be opened by anybody. The identifier secret stays: the hashes in the log depend on it.
 */
export class HubSecrets {
  readonly keyEncryption: LocalKeyEncryption

  private constructor(
    private readonly current: string,
    private readonly keks: Readonly<Record<string, Buffer>>,
    private readonly identifierSecret: Buffer,
  ) {
    this.keyEncryption = new LocalKeyEncryption(keks, current)
  }

  static generate(): HubSecrets {
    const id = newKeyId()
    return new HubSecrets(id, { [id]: randomBytes(32) }, randomBytes(32))
  }

  /** @throws SecretsUnusable. `from` names the place in its message. */
  static parse(text: string, from: string): HubSecrets {
    const refuse = (why: string) =>
      new SecretsUnusable(`The secrets in ${from} cannot be used: ${why}. Restore them from where they are kept.`)
    let document: any
    try {
      document = JSON.parse(text)
    } catch {
      throw refuse('they are no JSON document')
    }
    const { current, keyEncryptionKeys, identifierSecret } = document ?? {}
    if (typeof keyEncryptionKeys !== 'object' || keyEncryptionKeys === null) throw refuse('keyEncryptionKeys is missing')
    const keks = Object.fromEntries(Object.entries(keyEncryptionKeys).map(([id, key]) => [id, bytesOf(key)]))
    for (const [id, key] of Object.entries(keks)) {
      if (!/^[A-Za-z0-9._:/-]{1,100}$/.test(id)) throw refuse('the id of a key may have letters, digits and ._:/- only')
      if (key.length !== 32) throw refuse(`the key ${id} is not base64url of 32 bytes`)
    }
    if (typeof current !== 'string' || !Object.hasOwn(keks, current)) throw refuse('current does not name one of the keys')
    if (bytesOf(identifierSecret).length < 32) throw refuse('identifierSecret is not base64url of at least 32 bytes')
    return new HubSecrets(current, keks, bytesOf(identifierSecret))
  }

  static fromEnvironment(name = 'PASSERELLE_SECRETS', environment: NodeJS.ProcessEnv = process.env): HubSecrets {
    const text = environment[name]
    if (!text) throw new SecretsUnusable(`${name} is not set. Put the secrets' JSON document there, or name a file.`)
    return HubSecrets.parse(text, name)
  }

  /** @throws SecretsUnusable, also where others than the owner may read the file */
  static async fromFile(path: string): Promise<HubSecrets> {
    const { mode } = await stat(path).catch(error => {
      throw new SecretsUnusable(`The secrets cannot be read at ${path} (${error.code}). Restore the file from where it is kept.`)
    })
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw new SecretsUnusable(`Others than its owner may reach ${path}. Check who has read it, then: chmod 600 ${path}`)
    return HubSecrets.parse(await readFile(path, 'utf8'), path)
  }

  /** Writes the document so that the file holds either the old secrets or the new ones, whatever happens. */
  async toFile(path: string): Promise<void> {
    const draft = `${path}.new`
    await rm(draft, { force: true })
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(this.toText())
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
    await syncFolder(dirname(path))
  }

  toText(): string {
    const keyEncryptionKeys = Object.fromEntries(Object.entries(this.keks).map(([id, key]) => [id, key.toString('base64url')]))
    const document = { current: this.current, keyEncryptionKeys, identifierSecret: this.identifierSecret.toString('base64url') }
    return `${JSON.stringify(document, null, 2)}\n`
  }

  /** The same, and a new key-encryption key that wraps from now on. */
  withNewKey(): HubSecrets {
    const id = newKeyId()
    return new HubSecrets(id, { ...this.keks, [id]: randomBytes(32) }, this.identifierSecret)
  }

  /** Without the keys that no longer wrap: only after `rewrap`, and for ever. */
  withCurrentKeyOnly(): HubSecrets {
    return new HubSecrets(this.current, { [this.current]: this.keks[this.current]! }, this.identifierSecret)
  }

  identifiers(options?: IdentifierOptions): IdentifierHasher {
    return new HmacIdentifierHasher(this.identifierSecret, options)
  }

  /** Nothing of it in a log. */
  toJSON(): string {
    return '[secrets]'
  }
}

/** Makes a rename or a new file in the folder outlast a power cut, where the system can. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const bytesOf = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : '', 'base64url')
const newKeyId = () => `kek-${new Date().toISOString().slice(0, 10)}-${randomBytes(4).toString('hex')}`
