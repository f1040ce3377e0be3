import type { Column, Columns, RowOf } from './columns.js'
import { csvRows, type CsvRow } from './csv-rows.js'
import { decodeText, utf8Bytes } from './encoding.js'
import type { Folder } from './folder.js'
import { KeyIndex } from './key-index.js'
import { Fault, type Place, type Raw, type Reading, type ReadingOptions, type Rejected } from './reading.js'

/** One CSV file of a partner format. */
export interface Table {
  readonly entity: string
  /** File names it goes by; the first is the standard's. */
  readonly files: readonly string[]
  /** Columns that together name a record. */
  readonly key: readonly string[]
  readonly columns: Columns
  /** Column that names another record of the same file above this one: no cycles. */
  readonly parent?: string
  /** What must hold between columns. */
  check?(row: never): Fault | undefined
  /** This record is an end, not a state: only its key is read. */
  readonly ends?: (cell: (column: string) => string) => boolean
  /** Its records are understood and left out, for this reason. Their ids can still be referred to. */
  readonly notTaken?: string
}
export interface TableOf<C extends Columns> extends Table {
  readonly columns: C
}
interface Declared<C extends Columns> extends Omit<Table, 'columns'> {
  readonly columns: C
  readonly key: readonly Extract<keyof C, string>[]
  readonly parent?: Extract<keyof C, string>
  check?(row: RowOf<C>): Fault | undefined
}
/** Declares a table; its columns give the type of its rows: `RowOf<typeof users.columns>`. */
export const table = <C extends Columns>(declared: Declared<C>): TableOf<C> => declared as TableOf<C>

/** Whether a file of this name is one of these tables. */
export const isFileOf = (tables: readonly Table[]): ((file: string) => boolean) => {
  const names = new Set(tables.flatMap(({ files }) => files.map(file => file.toLowerCase())))
  return file => names.has(file.toLowerCase())
}

/** Columns that are dropped at the door whatever the format: secrets, and race or ethnicity (GDPR 9). */
export const isDropped = (column: string): boolean =>
  /passw|passphrase|secret|\bpwd\b|\bpin\b|race|ethnic|hispanic|latino|asian|african|americanindian|alaska|nativehawaiian|pacificisland|^white$|tribal/i.test(
    column,
  )

/** An entity's records in one string: what stands between parts of a compound id. */
const BETWEEN = '\u001f'

/**
 * Reads the files of a format in the order of `tables`, which is the order of dependence: what a record refers to was read
 * before, whatever the order of the files. Each file is streamed twice: once for its ids, once for its records.
 */
export async function* readTables(folder: Folder, tables: readonly Table[], options: ReadingOptions): AsyncIterable<Reading> {
  const read = new Map<string, KeyIndex>()
  const named = new Set<string>()
  for (const each of tables) {
    const file = folder.files.find(isFileOf([each]))
    if (!file) continue
    named.add(file)
    yield* new TableReader(folder, file, each, read, options).readings()
  }
  for (const file of folder.files)
    if (!named.has(file))
      yield {
        kind: 'remark',
        place: { file },
        code: 'FILE.NOT_OF_THIS_FORMAT',
        text: 'This file is no part of the format and was not read.',
      }
}

type Known = (refersTo: string, id: string) => boolean | Promise<boolean>

class TableReader {
  private header: (string | undefined)[] = []
  private safe = true
  private readonly index = new KeyIndex()
  /** Keys of which the file has several contents, and those contents that are sound in themselves. */
  private readonly contested = new Map<string, Set<string>>()
  private readonly columns: readonly [string, Column<unknown>][]
  private readonly references: readonly [column: string, refersTo: string, unchecked: boolean][]

  constructor(
    private readonly folder: Folder,
    private readonly file: string,
    private readonly table: Table,
    private readonly read: Map<string, KeyIndex>,
    private readonly options: ReadingOptions,
  ) {
    this.columns = Object.entries(table.columns)
    this.references = this.columns.flatMap(([name, { refersTo, uncheckedWhenAbsent }]) =>
      refersTo && name !== table.parent
        ? [[name, refersTo, uncheckedWhenAbsent === true] satisfies [string, string, boolean]]
        : [],
    )
  }

  async *readings(): AsyncIterable<Reading> {
    const { table, file } = this
    const header = await this.readHeader()
    if (header instanceof Fault) {
      yield {
        kind: 'rejected',
        entity: table.entity,
        place: { file, row: 1, ...(header.column && { column: header.column }) },
        code: header.code,
        reason: header.reason,
        unread: true,
      }
      this.read.set(table.entity, this.index)
      return
    }
    yield* header
    const misplaced = await this.indexKeys()
    this.read.set(table.entity, this.index)
    for await (const page of this.rows(0.5)) {
      let known: Known | undefined
      for (const [i, row] of page.entries()) {
        if ('cells' in row) {
          if (row.row > 1)
            yield this.reading(row, misplaced) ?? (await this.referring(row, (known ??= this.askAhead(page.slice(i)))))
        } else
          yield 'gaveUp' in row
            ? { ...this.reject({ file, row: row.row, line: row.line }, GAVE_UP), unread: true }
            : this.reject(
                { file, row: row.row, line: row.line },
                BROKEN[row.broken],
                undefined,
                this.safe ? { text: row.text } : undefined,
              )
      }
    }
  }

  /** `weight`: what share of each byte counts as read; the file is read twice. */
  private rows(weight = 0) {
    const { folder, file, options } = this
    return csvRows(from =>
      utf8Bytes(async function* (at) {
        for await (const chunk of folder.open(file, at)) {
          if (weight) options.onBytes?.(chunk.length * weight)
          yield chunk
        }
      }, from),
    )
  }

  private async readHeader(): Promise<Fault | Reading[]> {
    const { columns } = this.table
    for await (const [row] of this.rows()) {
      if (!row) continue
      if (!('cells' in row)) return new Fault('HEADER.UNREADABLE', 'The first line is no CSV header.')
      const names: string[] = []
      for (const cell of row.cells)
        try {
          names.push(decodeText(cell))
        } catch {
          return new Fault('ENCODING.NOT_UTF8', 'The header is neither UTF-8 nor UTF-16 with a byte order mark.')
        }
      const twice = names.find(
        (name, i) => name !== '' && names.findIndex(other => other.toLowerCase() === name.toLowerCase()) !== i,
      )
      if (twice)
        return new Fault(
          'HEADER.DUPLICATE',
          'A column stands twice in the header: nobody can tell which one counts.',
          known(columns, twice) ?? 'unknown',
        )
      this.header = names.map(name => (isDropped(name) ? undefined : known(columns, name)))
      const missing = Object.keys(columns).filter(
        name => (columns[name]!.required || this.table.key.includes(name)) && !this.header.includes(name),
      )
      if (missing.length > 0) {
        const hint =
          names.length === 1 && names[0]!.includes(';')
            ? ' The cells seem to be separated by semicolons; the format asks for commas.'
            : ''
        return new Fault('HEADER.COLUMN_MISSING', `Required columns are missing: ${missing.join(', ')}.${hint}`, missing[0])
      }
      const dropped = names.filter(isDropped)
      const unknown = names.filter((name, i) => !isDropped(name) && this.header[i] === undefined)
      // Where a row's width is wrong, nobody can tell which cell was the password.
      this.safe = dropped.length === 0 && unknown.length === 0
      const place = { file: this.file, row: 1 }
      return [
        ...(dropped.length > 0
          ? [
              {
                kind: 'remark',
                place,
                code: 'COLUMN.DROPPED',
                text: `Dropped at the door: ${dropped.map(d => d.slice(0, 60)).join(', ')}.`,
              } as const,
            ]
          : []),
        ...(unknown.length > 0
          ? [
              {
                kind: 'remark',
                place,
                code: 'COLUMN.NOT_READ',
                text: `${unknown.length} column(s) were not read: the hub has no use for them.`,
              } as const,
            ]
          : []),
      ]
    }
    return new Fault('HEADER.MISSING', 'The file is empty: not even a header.')
  }

  /** First pass. Returns what is wrong with a record's place in the tree, by key. */
  private async indexKeys(): Promise<ReadonlyMap<string, Fault>> {
    const { parent } = this.table
    const above = new Map<string, string>()
    for await (const page of this.rows(0.5))
      for (const row of page) {
        if (!('cells' in row) || row.row === 1 || row.cells.length !== this.header.length) continue
        const cells = parent ? this.cellsOf(row) : undefined
        const keyed = cells ?? this.keyCells(row)
        const key = keyed instanceof Fault ? undefined : this.keyOf(keyed)
        if (key === undefined) continue
        if (this.index.add(key, this.contentOf(row)) === 'different') this.contested.set(key, new Set())
        if (!parent || !cells || cells instanceof Fault) continue
        if (cells[parent]) above.set(key, cells[parent])
        if (this.typed(cells) instanceof Fault) this.index.reject(key)
      }
    if (this.contested.size > 0) await this.settleContests()
    return parent ? this.placeFaults(parent, above) : new Map()
  }

  /** A row that is wrong in itself does not stand against a sound one of the same id. */
  private async settleContests(): Promise<void> {
    for await (const page of this.rows())
      for (const row of page) {
        if (!('cells' in row) || row.row === 1 || row.cells.length !== this.header.length) continue
        const cells = this.cellsOf(row)
        const key = cells instanceof Fault ? undefined : this.keyOf(cells)
        const sound = key === undefined ? undefined : this.contested.get(key)
        if (sound && !(cells instanceof Fault) && (this.ends(cells) || !(this.typed(cells) instanceof Fault)))
          sound.add(this.contentOf(row))
      }
    for (const [key, sound] of this.contested) if (sound.size <= 1) this.index.settle(key)
  }
  private contentOf(row: CsvRow): string {
    return row.cells.filter((_, i) => this.header[i] !== undefined).join(BETWEEN)
  }
  private ends(cells: Record<string, string>): boolean {
    return this.table.ends?.(column => cells[column] ?? '') ?? false
  }

  private async placeFaults(parent: string, above: ReadonlyMap<string, string>): Promise<Map<string, Fault>> {
    const faults = new Map<string, Fault>()
    for (const start of above.keys()) {
      const path: string[] = []
      const onPath = new Set<string>()
      let at: string | undefined = start
      let verdict: 'cycle' | 'unknown' | 'rejected' | undefined
      while (at !== undefined && !verdict) {
        if (onPath.has(at)) verdict = 'cycle'
        else if (faults.has(at)) verdict = 'rejected'
        else if (this.index.state(at) === 'rejected') verdict = 'rejected'
        else if (this.index.state(at) === 'absent')
          verdict = (await this.options.known?.(this.table.entity, at)) ? undefined : 'unknown'
        else {
          onPath.add(at)
          path.push(at)
          at = above.get(at)
          continue
        }
        break
      }
      if (!verdict || at === undefined) continue
      const first = verdict === 'cycle' ? path.indexOf(at) : path.length - (verdict === 'unknown' ? 1 : 0)
      path.forEach((key, i) => {
        const own = i >= first
        faults.set(
          key,
          own && verdict === 'cycle'
            ? new Fault('REFERENCE.CYCLE', 'The record stands above itself.', parent)
            : own
              ? new Fault('REFERENCE.UNKNOWN', 'No record has the id that this column names.', parent)
              : new Fault('REFERENCE.QUARANTINED', 'A record above this one is in quarantine.', parent),
        )
      })
    }
    for (const key of faults.keys()) this.index.reject(key)
    return faults
  }

  /** What a row is; undefined where the hub must be asked about something that it refers to: then `referring` tells. */
  private reading(row: CsvRow, misplaced: ReadonlyMap<string, Fault>): Reading | undefined {
    const { table, index } = this
    const place = this.placeOf(row)
    if (row.cells.length !== this.header.length)
      return this.reject(
        place,
        new Fault('ROW.WIDTH', `The row has ${row.cells.length} cells; the header has ${this.header.length}.`),
        undefined,
        this.safe ? { text: row.cells.join(',') } : undefined,
      )
    const cells = this.cellsOf(row)
    if (cells instanceof Fault) {
      // What hangs on the row is told of it where its id at least can be read.
      const keyed = this.keyCells(row)
      const key = keyed instanceof Fault ? undefined : this.keyOf(keyed)
      if (key !== undefined && !this.contested.get(key)?.size) index.reject(key)
      return this.reject(place, cells, key)
    }
    const raw: Raw = { cells }
    const key = this.keyOf(cells)
    if (key === undefined) {
      const missing = table.key.find(column => !cells[column])
      return this.reject(place, new Fault('VALUE.MISSING', 'A value is required.', missing), undefined, raw)
    }
    const ends = this.ends(cells)
    const value = ends ? {} : this.typed(cells)
    if (value instanceof Fault) {
      if (!this.contested.get(key)?.size) index.reject(key)
      return this.reject(place, value, key, raw)
    }
    if (index.isAmbiguous(key))
      return this.reject(
        place,
        new Fault('DUPLICATE.DIFFERS', 'Several rows have this id and differ: nobody can tell which one counts.', table.key[0]),
        key,
        raw,
      )
    if (!index.isFirst(key)) return { kind: 'repeated', entity: table.entity, externalId: key, place }
    if (ends)
      return {
        kind: 'record',
        entity: table.entity,
        externalId: key,
        value: cells,
        contentHash: this.options.digest(`${table.entity} ended`),
        place,
        ended: true,
      }
    const fault = misplaced.get(key) ?? table.check?.(value as never) ?? this.brokenReference(value)
    if (fault === 'ask') return undefined
    if (!fault) return this.good(key, value, place, raw)
    index.reject(key)
    return this.reject(place, fault, key, raw)
  }

  /** Asks the hub at once about all that these rows refer to outside of this feed. */
  private askAhead(page: readonly (CsvRow | object)[]): Known {
    const asked = new Map<string, boolean | Promise<boolean>>()
    const known: Known = (refersTo, id) => {
      const key = `${refersTo}${BETWEEN}${id}`
      const answer = asked.get(key) ?? this.options.known?.(refersTo, id) ?? false
      asked.set(key, answer)
      return answer
    }
    for (const row of page) {
      const cells = 'cells' in row && row.cells.length === this.header.length ? this.cellsOf(row) : undefined
      const value = cells === undefined || cells instanceof Fault ? undefined : this.typed(cells)
      if (value !== undefined && !(value instanceof Fault))
        for (const [, refersTo, id] of this.outside(value)) void Promise.resolve(known(refersTo, id)).catch(() => undefined)
    }
    return known
  }

  /** A sound row that refers to what is not in this feed. */
  private async referring(row: CsvRow, known: Known): Promise<Reading> {
    const cells = this.cellsOf(row) as Record<string, string>
    const key = this.keyOf(cells)!
    const value = this.typed(cells) as Record<string, unknown>
    for (const [column, refersTo, id] of this.outside(value)) {
      if (await known(refersTo, id)) continue
      this.index.reject(key)
      return this.reject(
        this.placeOf(row),
        new Fault('REFERENCE.UNKNOWN', `There is no ${refersTo} with the id that this column names.`, column),
        key,
        { cells },
      )
    }
    return this.good(key, value, this.placeOf(row), { cells })
  }

  private good(key: string, value: Record<string, unknown>, place: Place, raw: Raw): Reading {
    const { entity, notTaken } = this.table
    if (notTaken) return { kind: 'notTaken', entity, place, why: notTaken }
    return { kind: 'record', entity, externalId: key, value, contentHash: this.options.digest(JSON.stringify(value)), place, raw }
  }

  private placeOf({ row, line }: CsvRow): Place {
    return { file: this.file, row, ...(line !== row && { line }) }
  }

  private reject(place: Place, fault: Fault, externalId?: string, raw?: Raw): Rejected {
    return {
      kind: 'rejected',
      entity: this.table.entity,
      ...(externalId !== undefined && { externalId }),
      place: fault.column ? { ...place, column: fault.column } : place,
      code: fault.code,
      reason: fault.reason,
      ...(raw && { raw }),
    }
  }

  /** Decoded cells by column, without the dropped and the unknown ones, in the order of the declaration. */
  private cellsOf(row: CsvRow): Record<string, string> | Fault {
    const cells: Record<string, string> = {}
    for (let i = 0; i < this.header.length; i++) {
      const column = this.header[i]
      if (column === undefined) continue
      try {
        cells[column] = decodeText(row.cells[i]!)
      } catch (fault) {
        if (!(fault instanceof Fault)) throw fault
        return new Fault(fault.code, fault.reason, column)
      }
    }
    return cells
  }

  private keyCells(row: CsvRow): Record<string, string> | Fault {
    const cells: Record<string, string> = {}
    try {
      for (const column of this.table.key) {
        const at = this.header.indexOf(column)
        if (at >= 0) cells[column] = decodeText(row.cells[at]!)
      }
    } catch (fault) {
      if (fault instanceof Fault) return fault
      throw fault
    }
    return cells
  }

  private keyOf(cells: Record<string, string>): string | undefined {
    const parts = this.table.key.map(column => cells[column] ?? '')
    // Only the first part must be there: an enrolment of nobody is no record, a role without a session is.
    return parts.some((part, i) => part === '' && this.table.columns[this.table.key[i]!]!.required)
      ? undefined
      : parts.join(BETWEEN)
  }

  private typed(cells: Record<string, string>): Record<string, unknown> | Fault {
    const value: Record<string, unknown> = {}
    for (const [name, column] of this.columns) {
      const cell = cells[name] ?? ''
      if (cell === '') {
        if (column.required) return new Fault('VALUE.MISSING', 'A value is required.', name)
        if (column.whenEmpty !== undefined) value[name] = column.whenEmpty
        continue
      }
      try {
        value[name] = column.read(cell)
      } catch (fault) {
        if (!(fault instanceof Fault)) throw fault
        return new Fault(fault.code, fault.reason, name)
      }
    }
    return value
  }

  private brokenReference(value: Record<string, unknown>): Fault | 'ask' | undefined {
    let ask: 'ask' | undefined
    for (const [column, refersTo, , state] of this.outside(value)) {
      if (state === 'rejected')
        return new Fault('REFERENCE.QUARANTINED', `The ${refersTo} that this column names is in quarantine.`, column)
      ask = 'ask'
    }
    return ask
  }

  /** What the row refers to and the feed does not have, or has in quarantine: column, entity, id. */
  private *outside(
    value: Record<string, unknown>,
  ): Iterable<[column: string, refersTo: string, id: string, state: 'absent' | 'rejected']> {
    for (const [column, refersTo, unchecked] of this.references) {
      const ids = value[column]
      if (ids === undefined) continue
      const index = this.read.get(refersTo)
      if (!index && unchecked) continue
      for (const id of Array.isArray(ids) ? (ids as string[]) : [ids as string]) {
        const state = index?.state(id) ?? 'absent'
        if (state !== 'good') yield [column, refersTo, id, state]
      }
    }
  }
}

const GAVE_UP = new Fault('FILE.TOO_BROKEN', 'Too many lines before this one were no CSV; the rest of the file was not read.')
const BROKEN = {
  quote: new Fault('ROW.BROKEN_QUOTE', 'The line is no CSV: a quotation mark opens, closes or stands where it must not.'),
  size: new Fault('ROW.TOO_LONG', 'The record is longer than 256 KiB, or a quotation mark was never closed.'),
}

function known(columns: Columns, name: string): string | undefined {
  return Object.keys(columns).find(column => column.toLowerCase() === name.toLowerCase())
}
