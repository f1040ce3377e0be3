import { crc32 } from 'node:zlib'
import { Refused } from '@passerelle/event-log'
import yauzl from 'yauzl'
import type { Folder } from './folder.js'
import { isHarmless, isOfMac } from './harmless.js'

/** How many times its size an archive may unpack to: text that somebody means to send stays far below, what is made to swell reaches a thousand. */
const mostFold = 200
const alwaysTaken = 2 ** 30

export const isZip = (name: string): boolean => /\.zip$/i.test(name)

/**
 * A ZIP archive as a folder: that of its files which lies uppermost. It is not unpacked, so nothing of it is left on disk; each file streams.
 * Each file is checked before any is read: rows of the sound ones would come in beside those that a damaged one lacks.
 * @throws Refused where it is no archive that can be read, or a file in it is damaged
 */
export async function openZip(path: string): Promise<Folder> {
  const found = new Map<string, yauzl.Entry>()
  const { entries, size } = await entriesOf(path)
  for (const entry of entries) {
    const { fileName: name } = entry
    if (isOfMac(name)) continue
    if (found.has(name) && !name.endsWith('/'))
      throw new Refused(
        'FEED.ZIP',
        `${name} stands in ${path} twice.`,
        'Pack each file once: nobody can tell which one counts.',
        {
          path,
          name,
        },
      )
    found.set(name, entry)
  }
  const prefix = uppermost([...found.keys()].filter(name => !isHarmless(name)))
  const files = new Map<string, yauzl.Entry>()
  const folders = new Set<string>()
  for (const [name, entry] of found) {
    // Beside the folder that the files are in stands only what nobody misses.
    if (!name.startsWith(prefix)) continue
    const [first, ...below] = name.slice(prefix.length).split('/')
    if (below.length === 0) {
      if (first) files.set(first, entry)
    } else if (below.at(-1) && !isHarmless(name)) folders.add(first!)
  }
  for (const [name, entry] of files)
    if (!entry.canDecodeFileData())
      throw new Refused(
        'FEED.ZIP',
        `${name} in ${path} is ${entry.isEncrypted() ? 'encrypted' : 'packed in a way that is not read'}.`,
        'Unpack it and give the folder.',
        { path },
      )
  for (const [name, { uncompressedSize, compressedSize }] of files)
    if (swells(uncompressedSize, compressedSize)) throw swollen(`${name} in ${path}`, path)
  // Files may share their bytes: each alone swells less than they do together.
  if (swells(sum([...files.values()].map(entry => entry.uncompressedSize)), size)) throw swollen(path, path)
  for (const [name, entry] of files) await check(bytesOf(path, name, entry))
  return {
    files: [...files.keys()].sort(),
    passedOver: [...folders].sort().map(name => ({ name, is: 'a folder' })),
    size: file => files.get(file)?.uncompressedSize ?? 0,
    async *open(file, from = 0) {
      let at = 0
      for await (const bytes of bytesOf(path, file, files.get(file)!)) {
        if (at + bytes.length > from) yield bytes.subarray(Math.max(0, from - at))
        at += bytes.length
      }
    },
  }
}

async function entriesOf(path: string): Promise<{ readonly entries: readonly yauzl.Entry[]; readonly size: number }> {
  const archive = await open(path)
  try {
    const entries: yauzl.Entry[] = []
    for await (const entry of archive.eachEntry()) entries.push(entry)
    return { entries, size: archive.fileSize }
  } catch (error) {
    throw unreadable(path, error)
  } finally {
    archive.close()
  }
}

/** A file's bytes from the first; whoever takes the last knows that they are what was packed (APPNOTE 4.4.7). */
async function* bytesOf(path: string, name: string, entry: yauzl.Entry): AsyncIterable<Uint8Array> {
  const archive = await open(path)
  try {
    let found = 0
    for await (const chunk of await archive.openReadStreamPromise(entry)) {
      found = crc32(chunk as Uint8Array, found)
      yield chunk as Uint8Array
    }
    if (found !== entry.crc32) throw damaged(path, name)
  } catch (error) {
    // What the disk says is no fault of the archive.
    if (error instanceof Refused || (error as NodeJS.ErrnoException).syscall) throw error
    throw damaged(path, name)
  } finally {
    archive.close()
  }
}

async function check(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of bytes) void chunk
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0)
const swells = (unpacked: number, packed: number) => unpacked > alwaysTaken && unpacked > packed * mostFold

const swollen = (what: string, path: string) =>
  new Refused(
    'FEED.ZIP',
    `${what} says that it unpacks to more than 1 GiB, and to more than ${mostFold} times of what it is.`,
    'Nothing of it was unpacked. Where it is what the partner means, unpack it and give the folder.',
    { path },
  )

const damaged = (path: string, name: string) =>
  new Refused(
    'FEED.ZIP',
    `${name} in ${path} is damaged: what comes out of it is not what was packed.`,
    'Pack it again, or give the folder with its files.',
    { path, name },
  )

async function open(path: string): Promise<yauzl.ZipFile> {
  try {
    return await yauzl.openPromise(path, { autoClose: false })
  } catch (error) {
    throw unreadable(path, error)
  }
}

const unreadable = (path: string, error: unknown) =>
  new Refused(
    'FEED.ZIP',
    `${path} is no ZIP archive that can be read: ${(error as Error).message}.`,
    'Pack it again, or give the folder with its files.',
    { path },
  )

/** The folder that all files lie below, with its slash: who packs a folder rather than its files means them. */
function uppermost(names: readonly string[]): string {
  const files = names.filter(name => !name.endsWith('/'))
  const [first = ''] = files
  let prefix = ''
  for (const part of first.split('/').slice(0, -1)) {
    if (!files.every(name => name.startsWith(`${prefix}${part}/`))) break
    prefix += `${part}/`
  }
  return prefix
}
