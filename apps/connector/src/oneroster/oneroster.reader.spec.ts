import { isOfPassedOver, memoryFolder, type Reading } from '../reading/index.js'
import { all, options, records, rejections } from '../reading/reading.fixture.js'
import { type Manifest, readOneRoster } from './oneroster.reader.js'

const manifest = (version: string, modes: Record<string, string>) =>
  [
    'propertyName,value',
    'manifest.version,1.0',
    `oneroster.version,${version}`,
    ...Object.entries(modes).map(([file, mode]) => `file.${file},${mode}`),
    'source.systemName,Test',
  ].join('\n')

const v11 = {
  'manifest.csv': manifest('1.1', {
    academicSessions: 'bulk',
    categories: 'bulk',
    classes: 'bulk',
    classResources: 'absent',
    courses: 'bulk',
    courseResources: 'absent',
    demographics: 'bulk',
    enrollments: 'bulk',
    lineItems: 'bulk',
    orgs: 'bulk',
    resources: 'absent',
    results: 'bulk',
    users: 'bulk',
  }),
  'orgs.csv': 'sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\nS,,,School,school,,\n',
  'academicSessions.csv':
    'sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear\nT,,,Term,term,2025-09-01,2025-12-20,,2026\n',
  'courses.csv':
    'sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes\nK,,,T,Maths,MA1,9,S,,\n',
  'classes.csv':
    'sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods\nC,,,Maths 9a,9,K,9a,scheduled,,S,T,,,"1,3"\n',
  'users.csv':
    'sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n' +
    'u1,,,true,S,student,u1,"{LDAP:u1}",Ann,One,,,,,,u3,9,CANARY-PASSWORD\nu2,,,true,S,teacher,u2,,Ben,Two,,,,,,,,CANARY-PASSWORD\nu3,,,true,"S",parent,u3,,Cas,One,,,,,,u1,,CANARY-PASSWORD\n',
  'demographics.csv':
    'sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus\n' +
    'u1,,,2010-05-06,female,CANARY-R,CANARY-R,CANARY-R,CANARY-R,CANARY-R,CANARY-R,CANARY-R,US,WA,Y,1652\n',
  'enrollments.csv':
    'sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\ne1,,,C,S,u1,student,,2025-09-01,\ne2,,,C,S,u2,teacher,true,,\n',
  'categories.csv': 'sourcedId,status,dateLastModified,title\nG,,,Tests\n',
  'lineItems.csv':
    'sourcedId,status,dateLastModified,title,description,assignDate,dueDate,classSourcedId,categorySourcedId,gradingPeriodSourcedId,resultValueMin,resultValueMax\nL,,,Test 1,,2025-09-10,2025-09-20,C,G,T,0,20\n',
  'results.csv':
    'sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,comment\nr1,,,L,u1,fully graded,14.5,2025-09-22,well done\n',
}
const read = (files: Record<string, string>) => all(readOneRoster(memoryFolder(files), options))
const unread = (readings: readonly Reading[]) => readings.flatMap(r => (r.kind === 'rejected' && r.unread ? [r.place.file] : []))

describe('OneRoster 1.1 CSV', () => {
  test('reads a sound bulk set', async () => {
    const readings = await read(v11)
    expect(rejections(readings)).toEqual([])
    expect(records(readings, 'user').map(r => (r.value as { role: string }).role)).toEqual(['student', 'teacher', 'parent'])
    expect(records(readings, 'result')[0]!.value).toMatchObject({
      scoreStatus: 'fully graded',
      score: 14.5,
      scoreDate: '2025-09-22',
    })
    expect(JSON.stringify(readings)).not.toContain('CANARY')
  })

  test('a status that deletes stands in a delta only', async () => {
    const readings = await read({
      ...v11,
      'enrollments.csv': v11['enrollments.csv'] + 'e3,tobedeleted,2025-10-01T00:00:00Z,C,S,u1,student,,,\n',
    })
    expect(rejections(readings)).toEqual(['enrollments.csv:4 status STATUS.ONLY_IN_DELTA'])
  })

  test('a delta asks for status and date, and says what is over', async () => {
    const delta = {
      'manifest.csv': manifest('1.1', { enrollments: 'delta' }),
      'enrollments.csv':
        'sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\n' +
        'e1,tobedeleted,2025-10-01T00:00:00.000Z,,,,,,,\ne2,active,2025-10-01T00:00:00Z,C,S,u2,teacher,,,\ne4,,2025-10-01T00:00:00Z,C,S,u1,student,,,\ne5,active,2025-10-01T00:00:00Z,C,S,nobody,student,,,\n',
    }
    const known = (entity: string, id: string) => ['org S', 'class C', 'user u1', 'user u2'].includes(`${entity} ${id}`)
    const readings = await all(readOneRoster(memoryFolder(delta), { ...options, known }))
    expect(records(readings).map(r => [r.externalId, r.ended ?? false])).toEqual([
      ['e1', true],
      ['e2', false],
    ])
    expect(rejections(readings)).toEqual([
      'enrollments.csv:4 status VALUE.MISSING',
      'enrollments.csv:5 userSourcedId REFERENCE.UNKNOWN',
    ])
  })

  test.each([
    ['names no version that is known', manifest('2.0', {}), ['manifest.csv oneroster.version MANIFEST.VERSION']],
    ['names a mode that there is not', manifest('1.1', { users: 'all' }), ['manifest.csv file.users MANIFEST.MODE']],
    ['is no manifest', 'a,b\n', ['manifest.csv MANIFEST.UNREADABLE']],
  ])('nothing is read where the manifest %s', async (_, content, expected) => {
    const readings = await read({ ...v11, 'manifest.csv': content })
    expect(rejections(readings)).toEqual(expected)
    expect(unread(readings)).toEqual(['manifest.csv'])
  })

  test('a file that the manifest promises and that is not there, and one that it denies, are told', async () => {
    const { 'categories.csv': _, ...files } = v11
    const readings = await read({ ...files, 'resources.csv': 'sourcedId\nx\n' })
    expect(rejections(readings)).toEqual(['categories.csv FILE.MISSING', 'resources.csv MANIFEST.SAYS_ABSENT'])
    expect(unread(readings)).toEqual(['resources.csv'])
  })

  test('files of the other version in a set are told from those of no version', async () => {
    const mixed = { ...v11, 'roles.csv': 'sourcedId\n', 'userProfiles.csv': 'sourcedId\n', 'notes.csv': 'x\n' }
    const told = (await all(readOneRoster(memoryFolder(mixed), options))).filter(r => r.kind === 'remark')
    expect(told.filter(({ code }) => code === 'FILE.OF_ANOTHER_VERSION').map(({ place }) => place.file)).toEqual([
      'roles.csv',
      'userProfiles.csv',
    ])
    expect(told.find(({ place }) => place.file === 'roles.csv')!.text).toContain('a file of OneRoster 1.2')
  })
  test('of two manifests the other is told as not read', async () => {
    const readings = await read({ ...v11, 'Manifest.csv': manifest('1.2', {}) })
    expect(readings.flatMap(r => (r.kind === 'remark' && isOfPassedOver(r) ? [r.place.file] : []))).toEqual(['Manifest.csv'])
  })
  test('without a manifest everything is read, and nobody may conclude that something is over', async () => {
    const { 'manifest.csv': _, ...files } = v11
    let heard: Manifest | undefined
    const readings = await all(readOneRoster(memoryFolder(files), { ...options, onManifest: manifest => (heard = manifest) }))
    expect(heard).toMatchObject({ version: '1.1', sent: false })
    expect(records(readings, 'user')).toHaveLength(3)
  })
})

test('a result that was handed in late is one of the standard’s, in whatever case', async () => {
  const readings = await read({ ...v11, 'results.csv': v11['results.csv'].replace('fully graded', 'Late') })
  expect(rejections(readings)).toEqual([])
  expect(records(readings, 'result')[0]!.value).toMatchObject({ scoreStatus: 'late' })
})

describe('OneRoster 1.2 CSV', () => {
  const v12 = {
    'manifest.csv': manifest('1.2', { orgs: 'bulk', users: 'bulk', roles: 'bulk', userProfiles: 'bulk', demographics: 'bulk' }),
    'orgs.csv': v11['orgs.csv'],
    'users.csv':
      'sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,resourceSourcedIds,preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns\n' +
      'u1,,,true,u1,,Ann,One,,,,,,,9,CANARY-P,,,Annie,,,S,CANARY-P\n',
    'roles.csv':
      'sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId\nR,,,u1,primary,student,,,S,\nQ,,,u1,secondary,ext:prefect,,,S,\nP,,,u1,secondary,wizard,,,S,\n',
    'userProfiles.csv':
      'sourcedId,status,dateLastModified,userSourcedId,profileType,vendorId,applicationId,description,credentialType,username,password\np,,,u1,x,v,,,,CANARY-P,CANARY-P\n',
    'demographics.csv': 'sourcedId,status,dateLastModified,birthDate,sex,white\nu1,,,2010-05-06,unspecified,CANARY-P\n',
  }
  test('takes roles from their file, with words of its own extension, and no credentials', async () => {
    const readings = await read(v12)
    expect(rejections(readings)).toEqual(['roles.csv:4 role VALUE.NOT_IN_LIST'])
    expect(records(readings, 'role').map(r => (r.value as { role: string }).role)).toEqual(['student', 'ext:prefect'])
    expect(readings.filter(r => r.kind === 'notTaken').map(r => r.entity)).toEqual(['userProfile'])
    expect(JSON.stringify(readings)).not.toContain('CANARY')
  })
})
