import { resolve } from 'node:path'
import { readRecordTerms, type RecordTerms } from './record-terms.js'

/** How a hub is run, from the environment; `deploy/README.md` lists the variables. */
export interface HubConfig {
  /** Everything of the embedded mode stands here: PGlite, keys, development identity provider. */
  readonly dataFolder: string
  /** PostgreSQL; absent: embedded. */
  readonly databaseUrl?: string
  /** A login that owns nothing and may only become an agency's role; reads go through it. Absent: the same login. */
  readonly readerUrl?: string
  /** EventStoreDB; absent: the log is in the database. */
  readonly eventstoreUrl?: string
  /** The hub's secrets; absent: `PASSERELLE_SECRETS`, or, embedded, the keyring's folder. */
  readonly secretsFile?: string
  /** A second ledger of destroyed keys, outside the database and its backups. */
  readonly ledgerFile?: string
  readonly host: string
  readonly port: number
  /** What records and receipts of consent say besides the consent; absent: {@link defaultRecordTerms}. */
  readonly recordTerms?: RecordTerms
}

export class ConfigurationFault extends Error {
  readonly code = 'CONFIGURATION'
}

/** @throws ConfigurationFault naming the variable and the cure */
export function readConfig(env: NodeJS.ProcessEnv, defaultPort: number): HubConfig {
  const port = Number(env['PORT'] ?? defaultPort)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new ConfigurationFault(`PORT is "${env['PORT']}", not a port. Give a number up to 65535.`)
  const databaseUrl = url('DATABASE_URL', ['postgres:', 'postgresql:'])
  const eventstoreUrl = url('EVENTSTORE_URL', ['esdb:', 'esdb+discover:', 'kurrentdb:'])
  if (eventstoreUrl && !databaseUrl)
    throw new ConfigurationFault('EVENTSTORE_URL is set and DATABASE_URL is not. Name the PostgreSQL that holds the read models.')
  return {
    dataFolder: resolve(env['PASSERELLE_DATA'] || '.passerelle'),
    databaseUrl,
    readerUrl: url('DATABASE_READER_URL', ['postgres:', 'postgresql:']),
    eventstoreUrl,
    secretsFile: env['PASSERELLE_SECRETS_FILE'] || undefined,
    ledgerFile: env['PASSERELLE_LEDGER_FILE'] || undefined,
    host: env['HOST'] ?? '127.0.0.1',
    port,
    recordTerms: readRecordTerms(env),
  }

  function url(name: string, protocols: readonly string[]): string | undefined {
    const value = env[name]
    if (!value) return undefined
    if (!protocols.some(protocol => value.startsWith(`${protocol}//`)))
      throw new ConfigurationFault(
        `${name} does not begin with ${protocols.map(p => `${p}//`).join(' or ')}. Correct it; it is not repeated here, as it may hold a password.`,
      )
    return value
  }
}
