import { findLinks, obstaclesBetween } from './links.js'
import { makeFamilies } from './families.js'
import { makeFile } from './matching.fixture.js'
import { type PersonRecord, readPerson } from './person.js'
import { toPersons } from './persons.js'

const ana: PersonRecord = {
  id: 'ana',
  givenName: 'Ana',
  familyName: 'García López',
  birthDate: '2008-03-14',
  street: 'Mill lane',
  houseNumber: '7',
  municipality: 'Northtown',
}
const against = (other: Partial<PersonRecord>, one: Partial<PersonRecord> = {}) =>
  obstaclesBetween(readPerson({ ...ana, ...one }), readPerson({ ...ana, ...other, id: 'other' }))

/** The decision on two records among many others. */
function decided(other: Partial<PersonRecord>, one: Partial<PersonRecord> = {}) {
  const file = [...makeFile(120, 30), { ...ana, ...one }, { ...ana, ...other, id: 'other' }]
  const found = findLinks(file).links.find(({ left, right }) => left === 150 && right === 151)
  return found && { decision: found.decision, obstacles: found.obstacles }
}

test('R-I.1 two records that agree in everything are linked without a person', () => {
  expect(decided({})).toEqual({ decision: 'automatic', obstacles: [] })
})

test.each<[string, Partial<PersonRecord>, Partial<PersonRecord>]>([
  ['twins', { givenName: 'Ivo' }, {}],
  ['twins with nearly one name', { givenName: 'Anna' }, {}],
  ['twins whose names differ by an accent', { givenName: 'Hòa' }, { givenName: 'Hoa' }],
  ['twins of whom one has the other’s name as a second', { givenName: 'Ana Maria' }, {}],
  ['twins without a given name on one file', { givenName: undefined }, {}],
  ['father and son with one name', { birthDate: '1975-10-02' }, {}],
  ['father and son, one birth date not known', { birthDate: undefined }, {}],
  ['father and son, neither birth date known', { birthDate: undefined }, { birthDate: undefined }],
  ['two whose birthday nobody knows', { birthDate: '2008-01-01' }, { birthDate: '2008-01-01' }],
  ['a slip in the birth date', { birthDate: '2008-03-15' }, {}],
  ['two identifiers of one system', { identifiers: { health: 'b' } }, { identifiers: { health: 'a' } }],
  ['one localized and one romanized name', { givenName: 'Ana' }, { givenName: 'Ана' }],
  ['names that are exchanged', { givenName: 'García López', familyName: 'Ana' }, {}],
  ['two sexes', { sex: 'male' }, { sex: 'female' }],
])('R-I.1 %s: never without a person', (_, other, one) => {
  expect(against(other, one)).not.toEqual([])
  expect(decided(other, one)?.decision).not.toBe('automatic')
})

test('R-I.1 the middle band goes to a person: twins and slips are not lost', () => {
  expect(decided({ birthDate: '2008-03-15' })?.decision).toBe('review')
  expect(decided({ givenName: 'Anna' })?.decision).toBe('review')
})

test('R-I.1 one identifier of one system stands for a birth date that is not known, and for nothing else', () => {
  const identifiers = { health: 'a' }
  expect(against({ birthDate: undefined, identifiers }, { identifiers })).toEqual([])
  expect(against({ birthDate: '1975-10-02', identifiers }, { identifiers })).toEqual(['birthDateDiffers'])
  expect(against({ givenName: 'Ivo', identifiers }, { identifiers })).toEqual(['givenNameDiffers'])
})

test('R-I.3 a second spelling on file is a name like the first', () => {
  const spelled = { otherNames: [{ givenName: 'Ana', familyName: 'García López' }] }
  expect(against({}, { givenName: 'Ана', familyName: 'Гарсиа Лопес', ...spelled })).toEqual([])
})

test('strangers are no link at all, nor are their names', () => {
  const { links } = findLinks(makeFile(150, 0))
  expect(links).toEqual([])
  expect(findLinks([]).links).toEqual([])
  expect(findLinks([ana]).links).toEqual([])
})

test('a link says how much each field weighed, by the field’s name alone', () => {
  const link = findLinks([...makeFile(120, 30), ana, { ...ana, id: 'other', birthDate: '2008-03-15' }]).links.find(
    ({ left }) => left === 150,
  )!
  expect(link.fieldWeights['givenName']).toBeGreaterThan(3)
  expect(JSON.stringify(link)).not.toMatch(/ana|garc|2008|mill/i)
})

test('no family that has misled others is linked wrongly without a person', () => {
  const given = [
    ['ES', 'Ana'],
    ['ES', 'Anna'],
    ['ES', 'Jan'],
    ['RU', 'Екатерина', 'Ekaterina'],
    ['RU', 'Дарья', 'Darya'],
    ['GR', 'Μαρία', 'Maria'],
    ['GR', 'Μάριος', 'Marios'],
  ].map(([country, localized, romanized = localized]) => ({ country: country!, localized: localized!, romanized: romanized! }))
  const family = [
    { country: 'ES', localized: 'García', romanized: 'García' },
    { country: 'RU', localized: 'Иванов', romanized: 'Ivanov' },
    { country: 'GR', localized: 'Σαμαράς', romanized: 'Samaras' },
  ]
  const records = makeFamilies(given, family, 160)
  const { links } = findLinks(records.map(({ record }) => record))
  const wrong = links.filter(
    ({ decision, left, right }) => decision === 'automatic' && records[left]!.person !== records[right]!.person,
  )
  expect(wrong).toEqual([])
  const found = new Set(links.map(({ left, right }) => `${left} ${right}`))
  records.forEach(({ person, hardship }, left) => {
    const right = records.findIndex((other, at) => at > left && other.person === person)
    if (hardship === 'twoScripts' && right > 0) expect(found).toContain(`${left} ${right}`)
  })
})

test('one wrong link does not pull two persons together', () => {
  const links = [
    { left: 0, right: 1, score: 20 },
    { left: 0, right: 2, score: 18 },
    { left: 1, right: 2, score: 18 },
    { left: 3, right: 4, score: 20 },
    { left: 2, right: 3, score: 2 },
  ]
  expect(toPersons(5, links).map(members => [...members].sort())).toEqual([
    [0, 1, 2],
    [3, 4],
  ])
})
