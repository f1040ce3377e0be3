import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, type JWK } from 'jose'

export type DevKeys = { readonly signing: JWK & { kid: string }; readonly cookies: string }

/** The keys of the development provider, made once and kept in the data folder, so that a token outlives a restart. */
export async function loadDevKeys(folder: string): Promise<DevKeys> {
  const path = join(folder, 'dev-identity-keys.json')
  try {
    const keys = JSON.parse(await readFile(path, 'utf8')) as DevKeys
    await chmod(path, 0o600)
    return keys
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const kid = randomBytes(8).toString('hex')
  const keys: DevKeys = {
    signing: { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' },
    cookies: randomBytes(32).toString('base64url'),
  }
  await writeSecret(path, keys)
  return keys
}

/** Writes JSON that only the owner may read; a reader sees the old file or the new one, never half of one. */
export async function writeSecret(path: string, content: unknown): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(4).toString('hex')}`
  await writeFile(draft, JSON.stringify(content), { mode: 0o600, flag: 'wx' })
  await rename(draft, path)
}
