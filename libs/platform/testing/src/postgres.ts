import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { PgDatabase } from '@passerelle/database'

/** Names a server to use in place of one of our own. */
const given = 'PASSERELLE_POSTGRES_URL'
/** Folder and owner of one test run, set by `jest-setup.ts`. */
const runFolder = 'PASSERELLE_TEST_RUN'
const runOwner = 'PASSERELLE_TEST_RUN_OWNER'

export interface PostgresServer {
  /** Of a superuser, on the database `postgres`. */
  readonly url: string
  /** The same for whoever is on this machine, past the network where that goes: a third less to wait for each statement. */
  readonly nearUrl: string
  /** Folder of the cluster's data; undefined for a server that is not ours. */
  readonly dataFolder?: string
  /** Process id of the server, where it is ours. */
  readonly pid?: number
  stop(): Promise<void>
}

export interface PostgresOptions {
  /** Settings as in postgresql.conf, `name=value`. */
  readonly settings?: readonly string[]
  /** Flush at each commit, as in production. Default false: a test loses nothing that it would miss. */
  readonly durable?: boolean
}

/** A PostgreSQL 18 of its own on a free loopback port. It ends with this process, however that ends. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'passerelle-postgres-'))
  startKeeper(folder, folder, process.pid, options)
  return reach(folder)
}

export interface FreshDatabase {
  readonly url: string
  drop(): Promise<void>
}

/**
 * An empty database for one spec file, on the server of the test run, which is started by whoever asks first. Roles belong to
 * the server, not to the database: give them names of your own.
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = process.env[given] ?? (await serverOfTheRun()).nearUrl
  const name = `test_${randomBytes(8).toString('hex')}`
  await administer(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

async function administer(url: string, sql: string): Promise<void> {
  const database = new PgDatabase({ url, connections: 1 })
  try {
    await database.exec(sql)
  } finally {
    await database.close()
  }
}

async function serverOfTheRun(): Promise<PostgresServer> {
  const run = process.env[runFolder]
  if (!run)
    throw new Error(`${runFolder} is not set: run through the jest configuration of the workspace, or name a server in ${given}.`)
  const folder = join(run, 'postgres')
  try {
    mkdirSync(folder, { mode: 0o711 })
    startKeeper(folder, run, Number(process.env[runOwner]), {})
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return reach(folder)
}

function startKeeper(
  folder: string,
  remove: string,
  owner: number,
  { settings: flags = [], durable = false }: PostgresOptions,
): void {
  const keeper = fileURLToPath(new URL('./postgres-keeper.ts', import.meta.url))
  const orders = JSON.stringify({ folder, remove, owner, flags, durable })
  spawn(process.execPath, [keeper, orders], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, NODE_OPTIONS: '' },
  }).unref()
}

/** Waits for the keeper's answer. */
async function reach(folder: string): Promise<PostgresServer> {
  for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 50) {
    if (existsSync(join(folder, 'ready'))) {
      const { url, nearUrl, pid, server } = JSON.parse(readFileSync(join(folder, 'ready'), 'utf8'))
      return { url, nearUrl, pid: server, dataFolder: join(folder, 'data'), stop: () => stopKeeper(pid, folder) }
    }
    if (existsSync(join(folder, 'failed')))
      throw new Error(`PostgreSQL did not start. ${readFileSync(join(folder, 'failed'), 'utf8')}`)
    await delay(50)
  }
  throw new Error(`PostgreSQL did not start within a minute; see ${folder}/log`)
}

async function stopKeeper(pid: number, folder: string): Promise<void> {
  try {
    process.kill(pid, 'SIGTERM')
  } catch {
    return
  }
  for (let waitedMs = 0; existsSync(folder) && waitedMs < 15_000; waitedMs += 50) await delay(50)
}
