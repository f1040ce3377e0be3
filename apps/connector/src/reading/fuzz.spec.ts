import * as fc from 'fast-check'
import { readFhir } from '../fhir/fhir.reader.js'
import { readHsds } from '../hsds/hsds.reader.js'
import { hsdsTables } from '../hsds/hsds.tables.js'
import { readOneRoster } from '../oneroster/oneroster.reader.js'
import { oneRosterTables } from '../oneroster/oneroster.tables.js'
import { readSds } from '../sds/sds.reader.js'
import { sdsTables } from '../sds/sds.tables.js'
import { memoryFolder, type Reading, type Table } from './index.js'
import { all, options } from './reading.fixture.js'

/** Cells that a partner's system might produce, sound and broken. */
const cell = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '',
      '1',
      '2',
      'a',
      'student',
      'school',
      'active',
      'true',
      '2025-09-01',
      '2025-02-30',
      '00000000-0000-4000-8000-000000000001',
    ),
  },
  fc.constantFrom('"', '"x', 'x"', '""', '"a,b"', '"a\nb"', '\n', '\r\n', '\r', ',', ';', '\x00', '\ufeff', 'é', '\ud83d\ude00'),
  fc.string({ maxLength: 4 }),
)
const bytes = (text: string) =>
  fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }).map(changes => {
    const buffer = Buffer.from(text)
    for (const [at, byte] of changes) if (buffer.length > 0) buffer[at % buffer.length] = byte
    return buffer
  })
/** A file of the table: mostly its header, sometimes not; rows of about the right width; now and then a damaged byte. */
const fileOf = (table: Table) =>
  fc
    .tuple(
      fc.oneof({ weight: 9, arbitrary: fc.constant(Object.keys(table.columns).join(',')) }, fc.string({ maxLength: 20 })),
      fc.array(fc.array(cell, { minLength: 1, maxLength: Object.keys(table.columns).length + 1 }), { maxLength: 6 }),
      fc.constantFrom('\n', '\r\n'),
    )
    .chain(([header, rows, end]) => bytes([header, ...rows.map(row => row.join(','))].join(end)))
const folderOf = (tables: readonly Table[]) =>
  fc.tuple(...tables.map(table => fc.option(fileOf(table)))).map(contents => {
    const files: Record<string, Uint8Array> = {}
    contents.forEach((content, i) => {
      if (content) files[tables[i]!.files[0]!] = content
    })
    return files
  })

/** However broken: no throw, each reading in one place, and each id in a file at most once as a record. */
function sound(readings: readonly Reading[]): void {
  const taken = new Set<string>()
  for (const reading of readings) {
    expect(reading.place.file).not.toBe('')
    if (reading.kind === 'rejected') expect([reading.code, reading.reason]).not.toContain('')
    if (reading.kind !== 'record') continue
    const key = `${reading.place.file} ${reading.externalId}`
    expect(taken.has(key)).toBe(false)
    taken.add(key)
  }
}

describe('whatever a partner sends', () => {
  test.each([
    ['School Data Sync', sdsTables, readSds],
    ['OneRoster 1.1', oneRosterTables('1.1', () => 'bulk'), readOneRoster],
    ['OneRoster 1.2', oneRosterTables('1.2', () => 'bulk'), readOneRoster],
    ['HSDS', hsdsTables, readHsds],
  ] as const)('%s is read without an exception, the same each time', async (_, tables, read) => {
    await fc.assert(
      fc.asyncProperty(folderOf(tables), async files => {
        const readings = await all(read(memoryFolder(files), options))
        sound(readings)
        expect(await all(read(memoryFolder(files), options))).toEqual(readings)
      }),
      { numRuns: 25 },
    )
  })

  test('FHIR is read without an exception, the same each time', async () => {
    const resource = fc.record(
      {
        resourceType: fc.constantFrom(
          'Patient',
          'Consent',
          'Goal',
          'CarePlan',
          'Task',
          'ServiceRequest',
          'Observation',
          'QuestionnaireResponse',
          'RelatedPerson',
          'Bundle',
          'X',
        ),
        id: fc.constantFrom('1', '2', 'a b'),
        name: fc.jsonValue(),
        subject: fc.constantFrom({ reference: 'Patient/1' }, {}, null, 3),
        patient: fc.constantFrom({ reference: 'Patient/1' }, 'Patient/1'),
        status: fc.constantFrom('active', 'completed', 'final', 7),
        entry: fc.jsonValue(),
        identifier: fc.jsonValue(),
        goal: fc.jsonValue(),
        extension: fc.jsonValue(),
        meta: fc.jsonValue(),
        provision: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    const content = fc.oneof(
      resource.map(value => JSON.stringify(value)),
      fc.array(resource, { maxLength: 3 }).map(values =>
        JSON.stringify({
          resourceType: 'Bundle',
          type: 'batch',
          entry: values.map((value, i) => ({
            resource: value,
            fullUrl: i === 0 ? 7 : 'urn:uuid:1',
            request: i === 1 ? { method: 'PUT', url: 3 } : null,
          })),
        }),
      ),
      fc.array(resource, { maxLength: 3 }).map(values => values.map(value => JSON.stringify(value)).join('\n')),
      fc.json(),
      fc.string(),
    )
    const damaged = content.chain(text => fc.oneof({ weight: 3, arbitrary: fc.constant(Buffer.from(text)) }, bytes(text)))
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom('a.json', 'b.ndjson', 'c.json'), damaged), async files => {
        const read = () => all(readFhir(memoryFolder(files), { ...options, feedingAgency: 'h', now: '2026-11-24T00:00:00.000Z' }))
        const readings = await read()
        sound(readings)
        expect(await read()).toEqual(readings)
      }),
      { numRuns: 150 },
    )
  })
})
