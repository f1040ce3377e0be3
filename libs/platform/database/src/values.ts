/**
 * How values travel, the same on both adapters: text in both directions.
 * In: null and undefined are NULL; dates are instants; arrays are PostgreSQL arrays; other objects are JSON. A JSON array, or
 * text for a JSON column, goes in as `JSON.stringify(value)`.
 * Out: int8 is a number while that is exact, else its text; numeric is text; date is `2026-03-01`; timestamptz is
 * `2026-03-01T09:30:00.000Z` with every digit the server keeps; json and jsonb are parsed.
 */
export function toText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  if (typeof value !== 'object') return String(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  if (Array.isArray(value)) return `{${value.map(toElement).join(',')}}`
  return JSON.stringify(value)
}

// Needs no quotes in an array; the word NULL in any case would.
const bare = /^(?!null$)[a-z0-9_.:+-]+$/i

function toElement(value: unknown): string {
  if (Array.isArray(value)) return toText(value)!
  const text = toText(value)
  if (text === null) return 'NULL'
  return bare.test(text) ? text : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** A line of COPY's text format. */
export function toCopyLine(row: readonly unknown[]): string {
  let line = ''
  for (let i = 0; i < row.length; i++) {
    const text = toText(row[i])
    if (i > 0) line += '\t'
    line += text === null ? '\\N' : /[\\\t\n\r]/.test(text) ? escapeCopy(text) : text
  }
  return `${line}\n`
}

const escapeCopy = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r')

/** Parts of a COPY stream of about 64 KiB, counting the rows as they pass. */
export async function* copyChunks(
  rows: Iterable<readonly unknown[]> | AsyncIterable<readonly unknown[]>,
  count: { rows: number },
) {
  let chunk = ''
  for await (const row of batched(rows)) {
    for (const one of row) chunk += toCopyLine(one)
    count.rows += row.length
    if (chunk.length > 65_536) {
      yield Buffer.from(chunk)
      chunk = ''
    }
  }
  if (chunk) yield Buffer.from(chunk)
}

/** A `for await` over a plain iterable waits a tick for each row: a hundred rows at a time is several times faster. */
async function* batched(rows: Iterable<readonly unknown[]> | AsyncIterable<readonly unknown[]>) {
  if (Symbol.asyncIterator in rows) {
    for await (const row of rows) yield [row]
    return
  }
  let batch: (readonly unknown[])[] = []
  for (const row of rows)
    if (batch.push(row) === 100) {
      yield batch
      batch = []
    }
  yield batch
}

type Parse = (text: string) => unknown

function toInt8(text: string): number | string {
  const n = Number(text)
  return Number.isSafeInteger(n) ? n : text
}

function toInstant(text: string): string {
  const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?([+-]\d\d(?::\d\d)?(?::\d\d)?)$/.exec(text)
  if (!parts) return text // infinity, years before Christ or after 9999
  const [, day, time, fraction = '', offset] = parts
  const seconds =
    offset === '+00'
      ? `${day}T${time}`
      : new Date(`${day}T${time}${offset!.length === 3 ? `${offset}:00` : offset}`).toISOString().slice(0, 19)
  return `${seconds}.${fraction.padEnd(3, '0')}Z`
}

const scalars: readonly (readonly [oid: number, arrayOid: number, parse: Parse])[] = [
  [16, 1000, text => text === 't'],
  [17, 1001, text => Buffer.from(text.slice(2), 'hex')],
  [20, 1016, toInt8],
  [21, 1005, Number],
  [23, 1007, Number],
  [26, 1028, Number],
  [700, 1021, Number],
  [701, 1022, Number],
  [114, 199, JSON.parse],
  [3802, 3807, JSON.parse],
  [1184, 1185, toInstant],
  // Left as text: text, varchar, bpchar, name, char, uuid, date, timestamp, time, numeric.
  ...[
    [25, 1009],
    [1043, 1015],
    [1042, 1014],
    [19, 1003],
    [18, 1002],
    [2950, 2951],
    [1082, 1182],
    [1114, 1115],
    [1083, 1183],
    [1700, 1231],
  ].map(([oid, arrayOid]) => [oid!, arrayOid!, (text: string) => text] as const),
]

/** By type oid; what is not listed stays text. */
export const parsers: Readonly<Record<number, Parse>> = Object.fromEntries(
  scalars.flatMap(([oid, arrayOid, parse]) => [
    [oid, parse],
    [arrayOid, (text: string) => parseArray(text, parse)],
  ]),
)

/** An array literal `{a,"b c",{NULL}}`, without bounds. */
function parseArray(text: string, parse: Parse): unknown[] {
  let i = text.indexOf('{')
  const list = (): unknown[] => {
    const items: unknown[] = []
    for (i++; text[i] !== '}';) {
      if (text[i] === '{') items.push(list())
      else if (text[i] === '"') items.push(parse(quoted()))
      else items.push(bare())
      if (text[i] === ',') i++
    }
    i++
    return items
  }
  const quoted = () => {
    let item = ''
    for (i++; text[i] !== '"'; i++) item += text[i] === '\\' ? text[++i] : text[i]
    i++
    return item
  }
  const bare = () => {
    const start = i
    while (text[i] !== ',' && text[i] !== '}') i++
    const item = text.slice(start, i)
    return item === 'NULL' ? null : parse(item)
  }
  return list()
}

/** For values that were brought to text inside of a statement. */
export const fromText = { int8: toInt8, timestamptz: toInstant }
