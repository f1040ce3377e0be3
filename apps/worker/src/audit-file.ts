import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'

/** The lines of a file, or of the standard input for "-". @throws Error with the way out */
export async function linesOfCopy(file: string): Promise<AsyncIterable<string>> {
  if (file === '-') return createInterface({ input: process.stdin, crlfDelay: Infinity })
  const next = 'Name the copy that audit:export wrote.'
  const handle = await open(file).catch((error: unknown) => {
    throw new Error(`${absent.has(codeOf(error)) ? `There is no file ${file}.` : cannot(file, 'read', error)} ${next}`)
  })
  if (!(await handle.stat()).isDirectory()) return handle.readLines()
  await handle.close()
  throw new Error(`${file} is a folder. ${next}`)
}

/** A new file that only its owner reads. @throws Error with the way out */
export async function newCopy(file: string): Promise<Writable> {
  const next = 'Name a new file with --output.'
  const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
    if (codeOf(error) === 'EEXIST') throw new Error(`${file} is there already, and no copy is written over. ${next}`)
    throw new Error(
      `${absent.has(codeOf(error)) ? `${file} cannot be written: there is no such folder.` : cannot(file, 'written', error)} ${next}`,
    )
  })
  return handle.createWriteStream()
}

const absent = new Set(['ENOENT', 'ENOTDIR'])
const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? ''
const cannot = (file: string, done: 'read' | 'written', error: unknown) => `${file} cannot be ${done} (${codeOf(error)}).`
