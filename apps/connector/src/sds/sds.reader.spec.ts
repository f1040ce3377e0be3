import { memoryFolder } from '../reading/index.js'
import { all, options, records, rejections } from '../reading/reading.fixture.js'
import { readSds, type SdsUser } from './sds.reader.js'

const base = {
  'orgs.csv': 'sourcedId,name,type,parentSourcedId\nM,Ministry,ministryOfEducation,\nS,School,school,M\n',
  'users.csv':
    'sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms\n1,a@x.eu,Ann,One,CANARY-PASSWORD,,,,\n2,b@x.eu,Ben,Two,CANARY-PASSWORD,,,,\n',
  'roles.csv':
    'userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate\n1,S,student,,10,TRUE,2025-09-01,2026-07-01\n2,S,teacher,,,TRUE,,\n',
  'classes.csv': 'sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId\nC,S,Biology,,\n',
  'enrollments.csv': 'classSourcedId,userSourcedId,role\nC,1,student\nC,2,teacher\n',
  'demographics.csv':
    'userSourcedId,sex,birthDate,birthCity,birthState,birthCountry,ethnicityCodes,raceCodes\n1,female,2009-02-03,Y,Z,FR,CANARY-ETHNICITY,CANARY-RACE\n',
}
const read = (files: Record<string, string | Uint8Array>) => all(readSds(memoryFolder({ ...base, ...files }), options))

describe('School Data Sync v2.1', () => {
  test('reads a sound set whole, in the order of dependence', async () => {
    const readings = await read({})
    expect(rejections(readings)).toEqual([])
    expect(records(readings).map(r => r.entity)).toEqual([
      'org',
      'org',
      'class',
      'user',
      'user',
      'role',
      'role',
      'enrollment',
      'enrollment',
      'demographics',
    ])
    expect(records(readings, 'demographics')[0]!.value).toEqual({ userSourcedId: '1', sex: 'female', birthDate: '2009-02-03' })
  })

  test('the order of rows and files does not matter for what refers to what', async () => {
    const readings = await read({
      'orgs.csv': 'sourcedId,name,type,parentSourcedId\nS,School,school,M\nM,Ministry,ministryOfEducation,\n',
    })
    expect(rejections(readings)).toEqual([])
  })

  test('passwords, race and ethnicity stay outside: not in a record, a hash, a rejection or a remark', async () => {
    const hashed: string[] = []
    const digest = (content: string) => (hashed.push(content), options.digest(content))
    const files = {
      'users.csv':
        base['users.csv'] +
        '3,c@x.eu,Cas,Three,CANARY-PASSWORD,,not an address,,\n4,d,D,Four,CANARY-PASSWORD\n5,"e,E,Five,CANARY-PASSWORD,,,,\n',
      'demographics.csv': base['demographics.csv'] + '9,male,2009-02-03,,,,CANARY-ETHNICITY,CANARY-RACE\n1,male\n',
    }
    const readings = await all(readSds(memoryFolder({ ...base, ...files }), { digest }))
    expect(rejections(readings)).toEqual([
      'users.csv:4 email VALUE.MALFORMED',
      'users.csv:5 ROW.WIDTH',
      'users.csv:6 ROW.BROKEN_QUOTE',
      'demographics.csv:3 userSourcedId REFERENCE.UNKNOWN',
      'demographics.csv:4 ROW.WIDTH',
    ])
    expect(JSON.stringify([readings, hashed])).not.toContain('CANARY')
    expect(readings.find(r => r.kind === 'remark' && r.code === 'COLUMN.DROPPED')).toMatchObject({
      text: 'Dropped at the door: password.',
    })
  })

  test('what hangs on a row that is no UTF-8 is told that it is in quarantine', async () => {
    const users = Buffer.from(base['users.csv'].replace('1,a@x.eu,Ann', '1,a@x.eu,Zoé'), 'latin1')
    expect(rejections(await read({ 'users.csv': users }))).toEqual([
      'users.csv:2 givenName ENCODING.NOT_UTF8',
      'roles.csv:2 userSourcedId REFERENCE.QUARANTINED',
      'enrollments.csv:2 userSourcedId REFERENCE.QUARANTINED',
      'demographics.csv:2 userSourcedId REFERENCE.QUARANTINED',
    ])
  })

  test('words of the standard count in whatever case they are written', async () => {
    const upper = (file: keyof typeof base) =>
      base[file].replaceAll(/,(student|teacher|female)/g, (_, word: string) => `,${word[0]!.toUpperCase()}${word.slice(1)}`)
    const files = {
      'roles.csv': upper('roles.csv'),
      'enrollments.csv': upper('enrollments.csv'),
      'demographics.csv': upper('demographics.csv'),
    }
    const valuesOf = async (given: Record<string, string>) => records(await read(given)).map(r => [r.entity, r.value])
    expect(await valuesOf(files)).toEqual(await valuesOf({}))
    expect(records(await read(files), 'user').map(r => (r.value as SdsUser).is)).toMatchObject([
      { learner: true, staff: false },
      { learner: false, staff: true },
    ])
  })

  test('a rejection says file, row, column and why, never the value', async () => {
    const readings = await read({ 'roles.csv': base['roles.csv'] + '1,S,st~udent,,,,2025-02-30,\n' })
    const [rejected] = readings.filter(r => r.kind === 'rejected')
    expect(rejected).toMatchObject({ place: { file: 'roles.csv', row: 4, column: 'role' }, code: 'VALUE.NOT_IN_LIST' })
    expect((rejected as { reason: string }).reason).not.toContain('st~udent')
  })

  test.each([
    ['a required value is missing', 'classes.csv', 'D,S,,,', 'classes.csv:3 title VALUE.MISSING'],
    ['a day is not in the calendar', 'roles.csv', '1,S,student,,,,2025-02-30,', 'roles.csv:4 roleStartDate VALUE.NO_SUCH_DAY'],
    [
      'an end lies before its beginning',
      'roles.csv',
      '1,S,student,X,,,2025-03-01,2025-02-01',
      'roles.csv:4 roleEndDate VALUE.OUT_OF_ORDER',
    ],
    ['a boolean is none', 'roles.csv', '1,S,student,,,perhaps,,', 'roles.csv:4 isPrimary VALUE.MALFORMED'],
    ['a reference names nobody', 'enrollments.csv', 'C,7,student', 'enrollments.csv:4 userSourcedId REFERENCE.UNKNOWN'],
    ['a row is too short', 'enrollments.csv', 'C,1', 'enrollments.csv:4 ROW.WIDTH'],
    ['a row is too long', 'enrollments.csv', 'C,1,student,x', 'enrollments.csv:4 ROW.WIDTH'],
  ])('quarantines a row where %s, and takes the others', async (_, file, row, expected) => {
    const before = records(await read({})).length
    const readings = await read({ [file]: `${base[file as keyof typeof base]}${row}\n` })
    expect(rejections(readings)).toEqual([expected])
    expect(records(readings)).toHaveLength(before)
  })

  test('what refers to a quarantined row is quarantined too, and says so', async () => {
    const readings = await read({
      'classes.csv': 'sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId\nC,NOWHERE,Biology,,\n',
    })
    expect(rejections(readings)).toEqual([
      'classes.csv:2 orgSourcedId REFERENCE.UNKNOWN',
      'enrollments.csv:2 classSourcedId REFERENCE.QUARANTINED',
      'enrollments.csv:3 classSourcedId REFERENCE.QUARANTINED',
    ])
  })

  test('the same row twice is one record; two rows of one id that differ are both quarantined', async () => {
    const readings = await read({ 'classes.csv': base['classes.csv'] + 'C,S,Biology,,\nD,S,Art,,\nD,S,Music,,\n' })
    expect(records(readings, 'class').map(r => r.externalId)).toEqual(['C'])
    expect(readings.filter(r => r.kind === 'repeated')).toHaveLength(1)
    expect(rejections(readings)).toEqual([
      'classes.csv:4 sourcedId DUPLICATE.DIFFERS',
      'classes.csv:5 sourcedId DUPLICATE.DIFFERS',
    ])
  })

  test('a row that is wrong in itself does not stand against a sound one of the same id', async () => {
    const readings = await read({ 'classes.csv': 'sourcedId,orgSourcedId,title\nC,S,\nC,S,Biology\nC,S,Biology\n' })
    expect(rejections(readings)).toEqual(['classes.csv:2 title VALUE.MISSING'])
    expect(records(readings, 'class')).toHaveLength(1)
    expect(records(readings, 'enrollment')).toHaveLength(2)
  })

  test('organisations that stand above each other are quarantined', async () => {
    const readings = await read({
      'orgs.csv':
        'sourcedId,name,type,parentSourcedId\nS,School,school,\nA,A,school,B\nB,B,school,A\nC,C,school,A\nX,X,school,GONE\n',
    })
    expect(rejections(readings)).toEqual([
      'orgs.csv:3 parentSourcedId REFERENCE.CYCLE',
      'orgs.csv:4 parentSourcedId REFERENCE.CYCLE',
      'orgs.csv:5 parentSourcedId REFERENCE.QUARANTINED',
      'orgs.csv:6 parentSourcedId REFERENCE.UNKNOWN',
    ])
  })

  test.each([
    ['a required column is missing', 'sourcedId,title\nC,Biology\n', 'classes.csv:1 orgSourcedId HEADER.COLUMN_MISSING'],
    ['a column stands twice', 'sourcedId,orgSourcedId,title,title\n', 'classes.csv:1 title HEADER.DUPLICATE'],
    ['it is empty', '', 'classes.csv:1 HEADER.MISSING'],
    ['its cells are separated by semicolons', 'sourcedId;orgSourcedId;title\n', 'classes.csv:1 sourcedId HEADER.COLUMN_MISSING'],
  ])('refuses a file where %s', async (_, content, expected) => {
    expect(rejections(await read({ 'classes.csv': content }))[0]).toBe(expected)
  })

  test('bytes that are not UTF-8 are told by row and column, and other rows are taken', async () => {
    const latin1 = Buffer.concat([
      Buffer.from(base['classes.csv']),
      Buffer.from('D,S,Fran\xe7ais,,\n', 'latin1'),
      Buffer.from('E,S,Français,,\n'),
    ])
    const readings = await read({ 'classes.csv': latin1 })
    expect(rejections(readings)).toEqual(['classes.csv:3 title ENCODING.NOT_UTF8'])
    expect(records(readings, 'class').map(r => (r.value as { title: string }).title)).toEqual(['Biology', 'Français'])
  })

  test('a NUL, which the store cannot keep, is quarantined', async () => {
    expect(rejections(await read({ 'classes.csv': base['classes.csv'] + 'D,S,A\x00rt,,\n' }))).toEqual([
      'classes.csv:3 title ENCODING.CONTROL_CHARACTER',
    ])
  })

  test('unknown columns are not read and change no hash', async () => {
    const [plain] = records(await read({}), 'class')
    const [extended] = records(
      await read({ 'classes.csv': 'sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId,room\nC,S,Biology,,,12\n' }),
      'class',
    )
    expect(extended!.contentHash).toBe(plain!.contentHash)
  })

  test('a missing required file is told, and flags of disability or poverty are not taken', async () => {
    const { 'roles.csv': _, ...without } = base
    const readings = await all(
      readSds(memoryFolder({ ...without, 'userFlags.csv': 'userSourcedId,flag\n1,iep\n', 'notes.txt': 'x' }), options),
    )
    expect(rejections(readings)).toEqual(['roles.csv FILE.MISSING'])
    expect(readings.filter(r => r.kind === 'notTaken').map(r => r.entity)).toEqual(['userFlag'])
    expect(readings).toContainEqual(
      expect.objectContaining({ kind: 'remark', code: 'FILE.NOT_OF_THIS_FORMAT', place: { file: 'notes.txt' } }),
    )
  })
})
