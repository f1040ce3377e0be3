import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HubSecrets } from '@passerelle/keyring'
import { freshDatabase } from './postgres.js'

/** What a hub is opened with. */
export interface FreshStores {
  readonly config: {
    readonly dataFolder: string
    readonly databaseUrl: string
    readonly secretsFile: string
    readonly host: string
    readonly port: number
  }
  remove(): Promise<void>
}

/**
 * An empty database on the server of the test run, a folder, and secrets: for a hub of which something else is asked than how it lives in an embedded store,
 * where every statement takes the processor several times as long.
 */
export async function freshStores(): Promise<FreshStores> {
  const database = await freshDatabase()
  const dataFolder = await mkdtemp(join(tmpdir(), 'passerelle-hub-'))
  const secretsFile = join(dataFolder, 'hub-secrets.json')
  await writeFile(secretsFile, HubSecrets.generate().toText(), { mode: 0o600 })
  return {
    config: { dataFolder, databaseUrl: database.url, secretsFile, host: '127.0.0.1', port: 0 },
    async remove() {
      await database.drop()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}
