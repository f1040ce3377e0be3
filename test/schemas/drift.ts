import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Called } from './event-files.js'

/** What the files say and what the code says; a shipped schema or sample is what a release tag has. */
export interface Drift {
  /** Paths that are written, or would be. */
  readonly stale: readonly string[]
  /** What cannot be mended by writing: what, and what next. */
  readonly broken: readonly string[]
}

/**
 * Compares what the code calls for with what is there. What a release shipped never changes: a schema that would, or that the code no longer has, is
 * broken. A sample is kept as it was first written, as long as nothing was shipped with it that it breaks.
 */
export function driftOf(called: readonly Called[], there: (path: string) => string | undefined, shipped: (path: string) => string | undefined, kept: readonly string[]): Drift {
  const stale: string[] = []
  const broken: string[] = []
  const paths = new Set(called.map(({ path }) => path))
  for (const { path, text, kind } of called) {
    const released = kind === 'schema' || kind === 'sample' ? shipped(path) : undefined
    const now = there(path)
    if (released !== undefined && kind === 'schema' && released !== text)
      broken.push(`${path} was shipped and would change. Add the next version and an upcast instead.`)
    else if (released !== undefined && now !== released) broken.push(`${path} was shipped and has been changed. Restore it.`)
    else if (kind === 'sample' && released !== undefined) continue
    else if (now !== text) stale.push(path)
  }
  for (const path of kept.filter(each => !paths.has(each)))
    if (path.endsWith('.json') && shipped(path) !== undefined) broken.push(`${path} was shipped, and the code does not know it any more. Bring the event type back.`)
    else stale.push(path)
  return { stale, broken }
}

export const read = (root: string) => (path: string) =>
  existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined

export function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

/** Files under a folder, as paths from the root. */
export function filesUnder(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(root.length).replace(/^\//, ''))
}

/** Reads files as the last release has them; before the first one nothing is shipped. */
export function lastRelease(root: string): (path: string) => string | undefined {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  let tag: string
  try {
    tag = git('describe', '--tags', '--abbrev=0', '--match', 'v*').trim()
  } catch {
    return () => undefined
  }
  const known = new Set(git('ls-tree', '-r', '--name-only', tag).split('\n'))
  return path => (known.has(path) ? git('show', `${tag}:${path}`) : undefined)
}
