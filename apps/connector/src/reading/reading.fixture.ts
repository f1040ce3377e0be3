import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'
import type { Reading, ReadingOptions } from './reading.js'

/** For specs: a digest without a key, and everything that was read. */
export const options: ReadingOptions = { digest: content => createHash('sha256').update(content).digest('hex') }

export async function all<T>(readings: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const reading of readings) found.push(reading)
  return found
}

/** An archive of these files. */
export async function zipOf(files: Readonly<Record<string, string>>, { compress = true } = {}): Promise<Buffer> {
  const archive = new ZipFile()
  for (const [name, text] of Object.entries(files))
    if (name.endsWith('/')) archive.addEmptyDirectory(name)
    else archive.addBuffer(Buffer.from(text), name, { compress })
  archive.end()
  return buffer(archive.outputStream)
}

/** `file:row column CODE` of each rejected reading. */
export const rejections = (readings: readonly Reading[]): string[] =>
  readings.flatMap(r =>
    r.kind === 'rejected'
      ? [`${r.place.file}${r.place.row ? `:${r.place.row}` : ''}${r.place.column ? ` ${r.place.column}` : ''} ${r.code}`]
      : [],
  )
export const records = (readings: readonly Reading[], entity?: string) =>
  readings.flatMap(r => (r.kind === 'record' && (entity === undefined || r.entity === entity) ? [r] : []))
