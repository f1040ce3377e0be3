import { linkSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface FolderLock {
  release(): void
}

/** Another process has the folder open. */
export class FolderInUse extends Error {
  readonly code = 'DATABASE.FOLDER_IN_USE'
  constructor(
    readonly folder: string,
    readonly pid: number,
  ) {
    super(`The data folder ${folder} is open in process ${pid}. Stop that process, or choose another folder.`)
  }
}

/**
 * Takes the folder for this process alone. A lock left by a process that is gone is taken over.
 * @throws FolderInUse
 */
export function lockFolder(folder: string): FolderLock {
  const path = join(folder, 'lock')
  const mine = holder(process.pid)
  if (!create(path, mine)) takeOver(path, mine, folder)
  return {
    release: () => {
      if (read(path) === mine) rmSync(path, { force: true })
    },
  }
}

/** The process that has the folder open, if any. It may be another in the next moment: to have the folder, lock it. */
export function folderHolder(folder: string): number | undefined {
  const held = read(join(folder, 'lock'))
  return held !== undefined && isAlive(held) ? pidOf(held) : undefined
}

/** Of several that find the same dead holder, the one that makes the folder beside the lock replaces it. */
function takeOver(path: string, mine: string, folder: string): void {
  const beside = `${path}.takeover`
  try {
    mkdirSync(beside)
  } catch {
    const other = pidOf(read(path))
    throw other !== undefined && isAlive(read(path)!)
      ? new FolderInUse(folder, other)
      : new Error(`${folder} is being taken over by another process. Try again; if nothing runs, remove ${beside}.`)
  }
  try {
    const held = read(path)
    if (held !== undefined && isAlive(held)) throw new FolderInUse(folder, pidOf(held)!)
    writeFileSync(`${path}.new`, mine, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  } finally {
    rmdirSync(beside)
  }
}

/** Linked from a finished file, so that nobody reads a lock that is half written. */
function create(path: string, text: string): boolean {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, text, { mode: 0o600 })
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

const pidOf = (held: string | undefined): number | undefined => (held ? Number(held.split(' ')[0]) || undefined : undefined)

function isAlive(held: string): boolean {
  const pid = pidOf(held)
  if (pid === undefined) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  // The number may have been given to another process since.
  return held === holder(pid)
}

/** `pid started`: which process, and where the system tells, when it began and in which boot. */
function holder(pid: number): string {
  const stat = read(`/proc/${pid}/stat`)
  const started = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  const boot = stat ? (read('/proc/sys/kernel/random/boot_id') ?? '').trim() : ''
  return `${pid} ${started} ${boot}`.trim()
}
