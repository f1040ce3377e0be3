import { utf8Bytes } from '../reading/encoding.js'
import { Fault, type Folder } from '../reading/index.js'

/** A JSON value that stands by itself in a file: a resource, or one entry of a bundle. */
export interface JsonPart {
  /** 0 for the first top-level value of the file. */
  readonly document: number
  /** Physical line on which it begins. */
  readonly line: number
  /** Within its document. */
  readonly pointer: string
  /** What it is: an entry of a bundle, an item of a top-level array, or the document itself (its `entry` left empty). */
  readonly of: 'entry' | 'item' | 'document'
  /** Parsed; a Fault where it is no JSON or over the limits. */
  readonly value: unknown
  /** What stands behind it in its document was not read: nobody knows how much that is. */
  readonly cut?: true
}

/** NDJSON: a value on each line. */
export const isByLine = (file: string): boolean => /\.(ndjson|jsonl)$/i.test(file)

const MAX_DEPTH = 64
const MAX_PART_BYTES = 16 * 1024 * 1024

const QUOTE = 34
const BACKSLASH = 92
const OPEN = new Set([123, 91])
const CLOSE = new Map([
  [125, 123],
  [93, 91],
])

/**
 * Streams a JSON file in parts: one JSON document, or several one after another (NDJSON). The entries of a bundle come one by
 * one, before the bundle itself, so that a file of any size passes in bounded memory; an entry that is no JSON spoils nothing
 * but itself. In NDJSON a broken line spoils that line alone. This looks only for where parts end: what stands in them is
 * checked by `JSON.parse`.
 */
export async function* jsonParts(folder: Folder, file: string, onBytes?: (count: number) => void): AsyncIterable<JsonPart> {
  const splitter = new Splitter(isByLine(file))
  const bytes = utf8Bytes(async function* (from) {
    for await (const chunk of folder.open(file, from)) {
      onBytes?.(chunk.length)
      yield chunk
    }
  })
  for await (const chunk of bytes) yield* splitter.take(chunk)
  yield* splitter.end()
}

class Splitter {
  private document = 0
  private line = 1
  /** Brackets that are open, from the document inwards. */
  private readonly open: number[] = []
  private inString = false
  private escaped = false
  /** Of the document, without what was given out as entries. */
  private outer = new Part()
  /** Of the entry or item that is being read. */
  private inner: (Part & { pointer: string; of: 'entry' | 'item' }) | undefined
  private count = 0
  /** The string that ended last at depth 1: the key of what follows. */
  private key = ''
  private keyFrom = -1
  /** Depth at which parts are split off: 1 in a top-level array, 2 in a bundle's `entry`. */
  private splitAt = 0
  private skipping = false

  constructor(private readonly byLine: boolean) {}

  *take(chunk: Buffer): Iterable<JsonPart> {
    let from = 0
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!
      if (byte === 10) {
        this.line++
        if (this.skipping || (this.byLine && this.open.length > 0)) {
          if (!this.skipping) yield this.broken('The line ends within the value.', false)
          this.reset()
          from = i + 1
          continue
        }
      }
      if (this.skipping) continue
      if (this.inString) {
        if (this.escaped) this.escaped = false
        else if (byte === BACKSLASH) this.escaped = true
        else if (byte === QUOTE) {
          this.inString = false
          if (this.keyFrom >= 0) this.key = this.outer.tail(chunk, from, i, this.keyFrom)
          this.keyFrom = -1
        }
        continue
      }
      // Between two entries nothing but commas belongs there, and nothing of it to the document.
      const between = this.splitAt > 0 && this.open.length === this.splitAt && !this.inner
      if (between && byte > 32 && byte !== 44 && byte !== 123 && byte !== 93) {
        yield this.broken('An entry is no object.')
        this.skipping = true
        continue
      }
      if (byte === QUOTE && this.open.length > 0) {
        this.inString = true
        if (this.open.length === 1 && !this.inner) this.keyFrom = this.outer.length + (i - from) + 1
      } else if (OPEN.has(byte)) {
        if (this.open.length === 0) {
          from = i
          this.outer = new Part(this.line)
          if (byte === 91) this.splitAt = 1
        } else if (between) {
          from = i
          this.inner = Object.assign(new Part(this.line), {
            pointer: `${this.splitAt === 2 ? '/entry' : ''}/${this.count++}`,
            of: this.splitAt === 2 ? ('entry' as const) : ('item' as const),
          })
        } else if (byte === 91 && this.open.length === 1 && this.key === 'entry' && this.splitAt === 0) {
          this.splitAt = 2
          this.outer.append(chunk, from, i + 1)
        }
        this.open.push(byte)
        if (this.open.length > MAX_DEPTH) {
          yield this.broken(`It is nested deeper than ${MAX_DEPTH} levels.`)
          this.skipping = true
        }
      } else if (CLOSE.has(byte)) {
        if (this.open.pop() !== CLOSE.get(byte)) {
          yield this.broken('A bracket closes what it did not open.')
          this.skipping = true
          continue
        }
        if (this.inner && this.open.length === this.splitAt) {
          this.inner.append(chunk, from, i + 1)
          yield {
            document: this.document,
            line: this.inner.line,
            pointer: this.inner.pointer,
            of: this.inner.of,
            value: this.inner.parse(),
          }
          this.inner = undefined
          from = i + 1
        } else if (this.splitAt === 2 && this.open.length === 1) {
          this.splitAt = -1
          from = i
        }
        if (this.open.length === 0) {
          this.outer.append(chunk, from, i + 1)
          if (chunk[i] === 125)
            yield { document: this.document, line: this.outer.line, pointer: '', of: 'document', value: this.outer.parse() }
          this.reset()
          from = i + 1
        }
      } else if (this.open.length === 0 && byte > 32) {
        this.outer.line = this.line
        yield this.broken('It begins with neither { nor [.')
        this.skipping = true
      }
    }
    if (this.open.length === 0 || this.skipping) return
    if (this.inner) this.inner.append(chunk, from, chunk.length)
    else if (this.splitAt !== this.open.length) this.outer.append(chunk, from, chunk.length)
  }

  *end(): Iterable<JsonPart> {
    if (this.open.length > 0 && !this.skipping) yield this.broken('The file ends within it.', true)
  }

  /** A line that is broken is one value; a document has the rest of itself behind the break. */
  private broken(why: string, cut = !this.byLine): JsonPart {
    const at = this.inner ?? this.outer
    return {
      document: this.document,
      line: at.line,
      pointer: this.inner?.pointer ?? '',
      of: this.inner?.of ?? 'document',
      value: new Fault('JSON.BROKEN', `This is no JSON. ${why}`),
      ...(cut && { cut }),
    }
  }
  private reset(): void {
    this.document++
    this.open.length = 0
    this.inString = this.escaped = this.skipping = false
    this.inner = undefined
    this.count = 0
    this.splitAt = 0
    this.key = ''
    this.keyFrom = -1
    this.outer = new Part(this.line)
  }
}

class Part {
  private readonly chunks: Buffer[] = []
  length = 0
  constructor(public line = 1) {}

  append(chunk: Buffer, from: number, until: number): void {
    if (until <= from) return
    this.length += until - from
    // A copy: the reader's buffer is used again.
    if (this.length <= MAX_PART_BYTES) this.chunks.push(Buffer.from(chunk.subarray(from, until)))
    else this.chunks.length = 0
  }
  /** Text from an offset within the part up to `until` of the chunk that is being read. */
  tail(chunk: Buffer, from: number, until: number, offset: number): string {
    const behind = this.length > offset ? Buffer.concat(this.chunks).subarray(offset).toString('latin1') : ''
    return behind + chunk.subarray(from + Math.max(0, offset - this.length), until).toString('latin1')
  }
  parse(): unknown {
    if (this.length > MAX_PART_BYTES) return new Fault('JSON.TOO_LARGE', `It is larger than ${MAX_PART_BYTES / 1024 / 1024} MiB.`)
    return parseJson(Buffer.concat(this.chunks))
  }
}

/** Strict: UTF-8, no key twice in one object, no number beyond what a double holds, text that can be stored. */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new Fault('ENCODING.NOT_UTF8', 'It is not UTF-8.')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's own words quote the input.
    return new Fault('JSON.BROKEN', 'This is no JSON.')
  }
  if (hasKeyTwice(text)) return new Fault('JSON.KEY_TWICE', 'A key stands twice in one object: nobody can tell which one counts.')
  return unstorable(value) ?? value
}

/** On text that is known to be JSON: whether an object has the same key twice. */
function hasKeyTwice(text: string): boolean {
  const keys: (Set<string> | undefined)[] = []
  const token = /"((?:[^"\\]|\\.)*)"(\s*:)?|[{}[\]]/g
  for (let match = token.exec(text); match; match = token.exec(text)) {
    if (match[0] === '{') keys.push(new Set())
    else if (match[0] === '[') keys.push(undefined)
    else if (match[0] === '}' || match[0] === ']') keys.pop()
    else if (match[2] !== undefined) {
      const seen = keys.at(-1)
      const key = match[1]!.includes('\\') ? (JSON.parse(`"${match[1]}"`) as string) : match[1]!
      if (seen?.has(key)) return true
      seen?.add(key)
    }
  }
  return false
}

function unstorable(value: unknown): Fault | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : new Fault('JSON.NUMBER', 'A number is larger than can be kept.')
  if (typeof value === 'string')
    return value.isWellFormed() && !/\x00/.test(value)
      ? undefined
      : new Fault('ENCODING.CONTROL_CHARACTER', 'A text holds a NUL or half a character.')
  if (value === null || typeof value !== 'object') return undefined
  for (const each of Object.values(value)) {
    const fault = unstorable(each)
    if (fault) return fault
  }
  return undefined
}
