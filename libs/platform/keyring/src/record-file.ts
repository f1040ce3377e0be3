import { readSync } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { syncFolder } from './hub-secrets.js'

/** What one line keeps: a JSON record, and a text beside it that can be blotted out in place. */
export interface FileRecord {
  readonly content: any
  /** No blanks, no line breaks; only `#` once blotted out; absent where there never was one. */
  readonly secret?: string
}
/** A record and where its line begins. */
export interface ReadRecord extends FileRecord {
  readonly at: number
}

/** A file of keys or of the ledger holds what nobody wrote. Never repaired silently: a key that was acknowledged might be in it. */
export class DamagedFile extends Error {
  readonly code = 'KEYRING.DAMAGED_FILE'
}

export const isBlotted = (secret: string | undefined): boolean => secret !== undefined && /^#+$/.test(secret)

/**
 * An append-only file, one record a line: `LLLL CCCCCCCC <secret or -> <json>`, L the bytes that follow `LLLL ` up to the line break, in
 * hex, C the CRC-32 of the JSON text. The CRC leaves the secret out, so that blotting it out is one write that may be cut anywhere.
 *
 * A write that was cut by a crash leaves a last line that is shorter than it announces, perhaps with zeros after it. Such a line was
 * never acknowledged; it is passed over, and removed by the next append. Any other line that does not fit is {@link DamagedFile}.
 */
export class RecordFile {
  /** Where the next record goes: the end of the last whole line read or written. */
  private end = 0
  /** Where a last line begins whose end is missing. */
  cutAt: number | undefined
  private broken: Error | undefined

  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  static async open(path: string): Promise<RecordFile> {
    return new RecordFile(path, await open(path, 'r+'))
  }

  /** Writes a whole new file in the place of `path`: either all of it is there afterwards, or the file is as it was. */
  static async write(
    path: string,
    batches: AsyncIterable<readonly FileRecord[]> | Iterable<readonly FileRecord[]>,
  ): Promise<void> {
    const draft = `${path}.new`
    await rm(draft, { force: true })
    const handle = await open(draft, 'wx', 0o600)
    try {
      for await (const batch of batches) await handle.writeFile(Buffer.concat(batch.map(toLine)))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, path)
    await syncFolder(dirname(path))
  }

  /** What was not read yet, in order, a few thousand records at a time. @throws DamagedFile */
  async *read(): AsyncGenerator<ReadRecord[]> {
    const buffer = Buffer.allocUnsafe(1 << 20)
    for (let held = 0; ;) {
      const { bytesRead } = await this.handle.read(buffer, held, buffer.length - held, this.end + held)
      const bytes = buffer.subarray(0, held + bytesRead)
      const records: ReadRecord[] = []
      let from = 0
      for (let to = bytes.indexOf(10); to !== -1; to = bytes.indexOf(10, from)) {
        const record = fromLine(bytes.subarray(from, to))
        if (!record) throw this.damaged(this.end + from)
        records.push({ ...record, at: this.end + from })
        from = to + 1
      }
      held = bytes.copy(buffer, 0, from)
      this.end += from
      if (bytesRead === 0 || held === buffer.length) {
        if (isCut(buffer.subarray(0, held))) {
          if (held > 0) this.cutAt = this.end
          return
        }
        throw this.damaged(this.end)
      }
      if (records.length > 0) yield records
    }
  }

  /** Appends and flushes; returns where each record stands. After an error nothing more can be written: open the file anew. */
  async append(records: readonly FileRecord[]): Promise<number[]> {
    if (this.broken)
      throw new Error(`${this.path} could not be written before (${this.broken.message}). Close and open it again.`)
    const lines = records.map(toLine)
    try {
      const { size } = await this.handle.stat()
      if (size < this.end) throw this.damaged(size)
      if (size > this.end) await this.handle.truncate(this.end)
      const bytes = Buffer.concat(lines)
      await this.writeAt(bytes, this.end)
      await this.handle.datasync()
      let at = this.end
      this.end += bytes.length
      return lines.map(line => (at += line.length) - line.length)
    } catch (error) {
      this.broken = error as Error
      throw error
    }
  }

  /** The record whose line begins there. Synchronous: these bytes are as a rule in the system's cache. */
  readAt(at: number): FileRecord {
    let bytes = Buffer.allocUnsafe(512)
    let length = readSync(this.handle.fd, bytes, 0, bytes.length, at)
    let to = bytes.subarray(0, length).indexOf(10)
    if (to === -1) {
      bytes = Buffer.allocUnsafe(maxLineBytes)
      length = readSync(this.handle.fd, bytes, 0, bytes.length, at)
      to = bytes.subarray(0, length).indexOf(10)
    }
    const record = to === -1 ? undefined : fromLine(bytes.subarray(0, to))
    if (!record) throw this.damaged(at)
    return record
  }

  /** Writes `#` over the secrets of these records, and flushes. */
  async blot(records: readonly number[]): Promise<void> {
    for (const at of records) await this.writeAt(Buffer.alloc(this.readAt(at).secret?.length ?? 0, '#'), at + secretAt)
    if (records.length > 0) await this.handle.datasync()
  }

  async close(): Promise<void> {
    await this.handle.close()
  }

  private async writeAt(bytes: Buffer, at: number): Promise<void> {
    for (let done = 0; done < bytes.length;)
      done += (await this.handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten
  }

  private damaged(at: number): DamagedFile {
    return new DamagedFile(
      `${this.path} is damaged at byte ${at}. Keep a copy of it, and restore it from a backup together with the newest ledger.`,
    )
  }
}

const maxLineBytes = 0xffff + 6
/** `LLLL CCCCCCCC ` */
const secretAt = 14

function toLine({ content, secret = '-' }: FileRecord): Buffer {
  const json = JSON.stringify(content)
  const rest = `${crc32(json).toString(16).padStart(8, '0')} ${secret} ${json}`
  const length = Buffer.byteLength(rest)
  if (length > 0xffff) throw new Error(`A record of ${length} bytes is too long for one line.`)
  return Buffer.from(`${length.toString(16).padStart(4, '0')} ${rest}\n`)
}

function fromLine(line: Buffer): FileRecord | undefined {
  const json = line.indexOf(0x20, secretAt) + 1
  if (json === 0 || announced(line) !== line.length || line[secretAt - 1] !== 0x20) return undefined
  if (crc32(line.subarray(json)) !== Number.parseInt(line.toString('latin1', 5, 13), 16)) return undefined
  const secret = line.toString('latin1', secretAt, json - 1)
  const content = JSON.parse(line.toString('utf8', json))
  return secret === '-' ? { content } : { content, secret }
}

/** Length of the line as it says itself, without its line break; NaN where it does not say. */
const announced = (line: Buffer): number =>
  /^[0-9a-f]{4} $/.test(line.toString('latin1', 0, 5)) ? 5 + Number.parseInt(line.toString('latin1', 0, 4), 16) : NaN

/** Whether what stands after the last line break is the beginning of a line whose end was never written. */
function isCut(rest: Buffer): boolean {
  let length = rest.length
  while (length > 0 && rest[length - 1] === 0) length--
  const begun = rest.subarray(0, length)
  return length < 5 ? /^[0-9a-f]{0,4}$/.test(begun.toString('latin1')) : length <= announced(begun)
}
