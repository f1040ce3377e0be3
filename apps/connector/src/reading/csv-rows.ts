import { CsvError, parse, type Parser } from 'csv-parse'

/** A record of a CSV file: its cells one byte to a character (latin1), to be decoded one by one. */
export interface CsvRow {
  /** The header is 1. */
  readonly row: number
  readonly line: number
  readonly cells: readonly string[]
}
/** A line that is no record. */
export interface BrokenLine {
  readonly row: number
  readonly line: number
  readonly broken: 'quote' | 'size'
  /** The line as it stands, latin1, at most 64 KiB. */
  readonly text: string
}
/** So many lines were broken that the rest of the file was not read. */
export interface GaveUp {
  readonly row: number
  readonly line: number
  readonly gaveUp: true
}

const MAX_RECORD_BYTES = 256 * 1024
const MAX_BROKEN_LINES = 10_000

export type CsvLine = CsvRow | BrokenLine | GaveUp

/**
 * Streams the records of a CSV file, many at a time (RFC 4180; LF, CRLF or CR; UTF-8 bytes). After a line with a broken quote it goes on at the
 * next line: one bad quote must not swallow the file.
 * @param open the file's bytes from an offset
 */
export async function* csvRows(open: (from: number) => AsyncIterable<Buffer>): AsyncIterable<readonly CsvLine[]> {
  let from = 0
  let row = 0
  let line = 1
  let width: number | undefined
  for (let brokenLines = 1; ; brokenLines++) {
    const pages = recordPages(open, from)
    let good = { bytes: 0, lines: 0 }
    let broken: 'quote' | 'size' | undefined
    reading: for await (const page of pages) {
      if (page.broken) broken = page.broken
      const rows: CsvRow[] = []
      for (const { cells, bytes, lines } of page.records) {
        const begins = line + lines - 1 - lineBreaks(cells)
        width ??= cells.length
        // Another width over several lines: it began with a quote that was never closed.
        if (cells.length !== width && begins < line + lines - 1) {
          broken = 'quote'
          yield rows
          break reading
        }
        rows.push({ row: ++row, line: begins, cells })
        good = { bytes, lines }
      }
      yield rows
    }
    if (!broken) return
    const bad = await lineAt(open, from + good.bytes)
    yield [{ row: ++row, line: line + good.lines + bad.blankLines, broken, text: bad.text }]
    from += good.bytes + bad.bytes
    line += good.lines + bad.blankLines + 1
    if (brokenLines >= MAX_BROKEN_LINES) {
      yield [{ row: row + 1, line, gaveUp: true }]
      return
    }
  }
}

interface Page {
  /** `bytes` and `lines`: how much was read up to the end of the record. */
  readonly records: readonly { readonly cells: readonly string[]; readonly bytes: number; readonly lines: number }[]
  readonly broken?: 'quote' | 'size'
}

/** What the parser finds in each chunk. Records are taken as they are found: what a stream had buffered is lost on its error. */
async function* recordPages(open: (from: number) => AsyncIterable<Buffer>, from: number): AsyncIterable<Page> {
  let records: Page['records'][number][] = []
  const parser: Parser = parse({
    encoding: 'latin1',
    relax_column_count: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: MAX_RECORD_BYTES,
  })
  // Every record as it is found, and no copy of the parser's statistics with each as its own callback would make.
  parser.push = (cells: string[] | null) => {
    if (cells) records.push({ cells, bytes: parser.info.bytes, lines: parser.info.lines })
    return true
  }
  parser.on('error', () => undefined)
  const give = (chunk: Buffer | undefined) =>
    new Promise<Page['broken']>((resolve, reject) => {
      const done = (error?: Error | null) => {
        if (!error) return resolve(undefined)
        if (!(error instanceof CsvError)) return reject(error)
        resolve(error.code === 'CSV_MAX_RECORD_SIZE' ? 'size' : 'quote')
      }
      if (chunk) parser.write(chunk, done)
      else parser.once('error', done).end(done)
    })
  try {
    for await (const chunk of open(from)) {
      const broken = await give(chunk)
      yield { records, ...(broken && { broken }) }
      if (broken) return
      records = []
    }
    const broken = await give(undefined)
    yield { records, ...(broken && { broken }) }
  } finally {
    parser.destroy()
  }
}

const lineBreaks = (cells: readonly string[]): number =>
  cells.reduce((sum, cell) => sum + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0)

/** The first physical line that is not empty, from an offset, and how many bytes stand up to the one behind it. */
async function lineAt(
  open: (from: number) => AsyncIterable<Buffer>,
  from: number,
): Promise<{ text: string; bytes: number; blankLines: number }> {
  let text = ''
  let bytes = 0
  let blankLines = 0
  let afterCr = false
  for await (const chunk of open(from))
    for (const byte of chunk) {
      if (afterCr) {
        if (byte === 10) bytes++
        if (text !== '') return { text, bytes, blankLines }
        blankLines++
        afterCr = false
        if (byte === 10) continue
      }
      bytes++
      if (byte === 13) afterCr = true
      else if (byte !== 10) text += text.length < 65_536 ? String.fromCharCode(byte) : ''
      else if (text === '') blankLines++
      else return { text, bytes, blankLines }
    }
  return { text, bytes, blankLines }
}
