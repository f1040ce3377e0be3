import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { type Hardship, makeFamilies, type PersonRecord, type SpelledName } from '@passerelle/learner/matching'

/** A record, and whose it truly is: known to the score alone, never to the matcher. */
export interface TrueRecord {
  readonly record: PersonRecord
  readonly person: string
  readonly hardship?: Hardship
}
export interface MatchSet {
  readonly name: string
  readonly kind: 'febrl' | 'splink' | 'families'
  readonly records: readonly TrueRecord[]
}
type Row = Readonly<Record<string, string>>

/** Every set of people under a folder, told by the columns of its files. */
export function readMatchSets(folder: string): MatchSet[] {
  const sets = new Map<string, { kind: MatchSet['kind']; records: TrueRecord[] }>()
  const names: Partial<Record<'given' | 'family', SpelledName[]>> = {}
  for (const file of csvFilesUnder(folder)) {
    const rows: Row[] = parse(readFileSync(file), { columns: true, trim: true, bom: true, skip_empty_lines: true })
    const columns = new Set(Object.keys(rows[0] ?? {}))
    if (columns.has('rec_id'))
      addTo(
        nameOfFebrl(file),
        'febrl',
        rows.map(row => toTrueFebrl(row, file)),
      )
    else if (columns.has('unique_id') && columns.has('cluster')) addTo('splink', 'splink', rows.map(toTrueSplink))
    else if (columns.has('Localized Name')) names[columns.has('Gender') ? 'given' : 'family'] = rows.flatMap(toSpelledName)
  }
  if (names.given && names.family) addTo('families', 'families', makeFamilies(names.given, names.family, 4_000))
  return [...sets].map(([name, set]) => ({ name, ...set }))

  function addTo(name: string, kind: MatchSet['kind'], records: readonly TrueRecord[]): void {
    const set = sets.get(name) ?? { kind, records: [] }
    set.records.push(...records)
    sets.set(name, set)
  }
}

function csvFilesUnder(folder: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return []
  const inside = ['.', 'febrl', 'splink', 'names'].map(name => join(folder, name)).filter(path => existsSync(path))
  return inside.flatMap(path =>
    readdirSync(path)
      .filter(name => name.endsWith('.csv'))
      .sort()
      .map(name => join(path, name)),
  )
}

/** `dataset4a.csv` and `dataset4b.csv` are two files of one set. */
const nameOfFebrl = (file: string) => {
  const name = basename(file, '.csv')
  return /^dataset(\d+)[a-z]?$/.exec(name)?.[1]?.replace(/^/, 'febrl') ?? name
}

function toTrueFebrl(row: Row, file: string): TrueRecord {
  const person = /^rec-(\d+)-/.exec(row['rec_id']!)?.[1]
  if (!person)
    throw new Error(`${basename(file)}: "${row['rec_id']}" is no FEBRL id: rec-<number>-org or rec-<number>-dup-<number>`)
  const record: PersonRecord = {
    id: row['rec_id']!,
    givenName: row['given_name'],
    familyName: row['surname'],
    birthDate: row['date_of_birth'],
    houseNumber: row['street_number'],
    street: row['address_1'],
    locality: row['address_2'],
    municipality: row['suburb'],
    postcode: row['postcode'],
    region: row['state'],
  }
  return { person, record }
}

function toTrueSplink(row: Row): TrueRecord {
  const record: PersonRecord = {
    id: row['unique_id']!,
    givenName: row['first_name'],
    familyName: row['surname'],
    birthDate: row['dob'],
    municipality: row['city'],
    email: row['email'],
  }
  return { person: row['cluster']!, record }
}

function toSpelledName(row: Row): SpelledName[] {
  const [localized, romanized] = [row['Localized Name']!, row['Romanized Name']!]
  return localized && romanized ? [{ country: row['Country']!, localized, romanized }] : []
}
