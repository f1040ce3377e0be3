import { createReadStream, type Dirent, type Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { Refused } from '@passerelle/event-log'
import { isHarmless, isOfMac } from './harmless.js'
import { isZip, openZip } from './zip-folder.js'

/** Files to read, wherever they are. */
export interface Folder {
  /** Names in order. */
  readonly files: readonly string[]
  /** What stands there too and is no file, but may hold some. */
  readonly passedOver?: readonly { readonly name: string; readonly is: string }[]
  size(file: string): number
  /** The file's bytes from an offset. */
  open(file: string, from?: number): AsyncIterable<Uint8Array>
}

/** @throws Refused where there is nothing */
export async function find(path: string): Promise<Stats> {
  return stat(path).catch(() => {
    throw new Refused('FEED.PATH', `There is no file or folder ${path}.`, 'Give the path of what the partner sent.', { path })
  })
}

/**
 * A folder on disk (not its subfolders), a ZIP archive, also one that lies alone in its folder, or a single file as a folder of one.
 * @throws Refused where there is none of them, or the archive cannot be read
 */
export async function openFolder(path: string): Promise<Folder> {
  const found = await find(path)
  const folder = found.isDirectory() ? resolve(path) : dirname(resolve(path))
  const entries = found.isDirectory() ? await readdir(folder, { withFileTypes: true }) : []
  const names = found.isDirectory() ? entries.filter(f => f.isFile() && !isOfMac(f.name)).map(f => f.name) : [basename(path)]
  const passedOver = await notFiles(folder, entries)
  const [alone, another] = found.isDirectory() ? names.filter(name => !isHarmless(name)) : names
  if (alone !== undefined && another === undefined && isZip(alone)) {
    const archive = await openZip(join(folder, alone))
    return { ...archive, passedOver: [...passedOver, ...(archive.passedOver ?? [])] }
  }
  const sizes = new Map<string, number>()
  for (const name of names.sort()) sizes.set(name, (await stat(join(folder, name))).size)
  return {
    files: [...sizes.keys()],
    passedOver,
    size: file => sizes.get(file) ?? 0,
    open: (file, from = 0) => createReadStream(join(folder, file), { start: from, highWaterMark: 256 * 1024 }),
  }
}

async function notFiles(folder: string, entries: readonly Dirent[]): Promise<{ name: string; is: string }[]> {
  const found: { name: string; is: string }[] = []
  for (const entry of entries)
    if (entry.isDirectory() ? await holdsFiles(folder, entry.name) : !entry.isFile() && !isHarmless(entry.name))
      found.push({ name: entry.name, is: kindOf(entry) })
  return found
}

async function holdsFiles(folder: string, name: string): Promise<boolean> {
  const below = await readdir(join(folder, name), { withFileTypes: true, recursive: true })
  return below.some(entry => !entry.isDirectory() && !isHarmless(relative(folder, join(entry.parentPath, entry.name))))
}

const kindOf = (entry: Dirent): string =>
  entry.isSymbolicLink() ? 'a symbolic link' : entry.isDirectory() ? 'a folder' : entry.isFIFO() ? 'a pipe' : 'no file'

/** Files that never were on disk: a retry from quarantine, a test. */
export function memoryFolder(files: Readonly<Record<string, string | Uint8Array>>): Folder {
  const bytes = new Map(Object.entries(files).map(([name, content]) => [name, Buffer.from(content as string)]))
  return {
    files: [...bytes.keys()],
    size: file => bytes.get(file)?.length ?? 0,
    async *open(file, from = 0) {
      const all = bytes.get(file) ?? Buffer.alloc(0)
      for (let at = from; at < all.length; at += 65_536) yield all.subarray(at, at + 65_536)
    },
  }
}
