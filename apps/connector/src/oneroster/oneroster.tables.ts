import {
  bool,
  type Column,
  type Columns,
  day,
  decimal,
  email,
  externalId,
  Fault,
  instant,
  integer,
  list,
  looseRef,
  oneOf,
  ref,
  required,
  type Table,
  table,
  text,
} from '../reading/index.js'

export type Version = '1.1' | '1.2'
/** What the manifest says of a file: a complete set, the changes since the last, or not sent. */
export type Mode = 'bulk' | 'delta' | 'absent'

/** From 1.2 on any list of words may be extended by words that begin so. */
const EXTENDED = /^ext:[A-Za-z0-9._-]{1,100}$/
/** Ed-Fi, PowerSchool and others send `active` in bulk files too; the standard leaves the cell empty there. */
const inOrder = (from: string | undefined, until: string | undefined) =>
  from && until && until < from ? new Fault('VALUE.OUT_OF_ORDER', 'The end lies before the beginning.', 'endDate') : undefined

export const userRoles = ['administrator', 'aide', 'guardian', 'parent', 'proctor', 'relative', 'student', 'teacher'] as const
/** 1.2 moved roles into a file of their own and divided `administrator`. */
export const organizationRoles = [
  'aide',
  'counselor',
  'districtAdministrator',
  'guardian',
  'parent',
  'principal',
  'proctor',
  'relative',
  'siteAdministrator',
  'student',
  'systemAdministrator',
  'teacher',
] as const
/** `late` since 1.2. */
export const scoreStatuses = ['exempt', 'fully graded', 'late', 'not submitted', 'partially graded', 'submitted'] as const

const sourcedId = { sourcedId: required(externalId()) }

export const orgs = table({
  entity: 'org',
  files: ['orgs.csv'],
  key: ['sourcedId'],
  parent: 'parentSourcedId',
  columns: {
    ...sourcedId,
    name: required(text()),
    type: required(oneOf(['department', 'school', 'district', 'local', 'state', 'national'], EXTENDED)),
    identifier: text(255),
    parentSourcedId: ref('org'),
  },
})
export const academicSessions = table({
  entity: 'academicSession',
  files: ['academicSessions.csv'],
  key: ['sourcedId'],
  parent: 'parentSourcedId',
  columns: {
    ...sourcedId,
    title: required(text()),
    type: required(oneOf(['gradingPeriod', 'semester', 'schoolYear', 'term'], EXTENDED)),
    startDate: required(day()),
    endDate: required(day()),
    parentSourcedId: ref('academicSession'),
    schoolYear: required(integer(1900, 2200)),
  },
  check: row => inOrder(row.startDate, row.endDate),
})
export const courses = table({
  entity: 'course',
  files: ['courses.csv'],
  key: ['sourcedId'],
  columns: {
    ...sourcedId,
    schoolYearSourcedId: looseRef('academicSession'),
    title: required(text()),
    courseCode: text(255),
    orgSourcedId: required(ref('org')),
    subjectCodes: list(text(100)),
  },
})
export const classes = table({
  entity: 'class',
  files: ['classes.csv'],
  key: ['sourcedId'],
  columns: {
    ...sourcedId,
    title: required(text()),
    courseSourcedId: required(looseRef('course')),
    classCode: text(255),
    classType: required(oneOf(['homeroom', 'scheduled'], EXTENDED)),
    schoolSourcedId: required(ref('org')),
    termSourcedIds: { ...list(looseRef('academicSession')), required: true },
    subjectCodes: list(text(100)),
  },
})
const person = {
  ...sourcedId,
  enabledUser: required(bool()),
  username: required(text(255)),
  givenName: required(text()),
  familyName: required(text()),
  middleName: text(),
  identifier: text(255),
  email: email(),
  sms: text(60),
  phone: text(60),
  agentSourcedIds: list(ref('user')),
  grades: list(text(50)),
}
/** 1.1: the role stands with the person. */
export const users11 = table({
  entity: 'user',
  files: ['users.csv'],
  key: ['sourcedId'],
  columns: { ...person, orgSourcedIds: { ...list(ref('org')), required: true }, role: required(oneOf(userRoles)) },
})
export const users12 = table({
  entity: 'user',
  files: ['users.csv'],
  key: ['sourcedId'],
  columns: {
    ...person,
    userMasterIdentifier: text(255),
    preferredGivenName: text(),
    preferredFamilyName: text(),
    primaryOrgSourcedId: ref('org'),
  },
})
/** Credentials of other systems: nothing in it is for the hub, and it holds passwords. */
export const userProfiles = table({
  entity: 'userProfile',
  files: ['userProfiles.csv'],
  key: ['sourcedId'],
  notTaken: 'Credentials of other systems are not taken.',
  columns: {
    ...sourcedId,
    userSourcedId: required(ref('user')),
    profileType: required(text(255)),
    vendorId: required(text(255)),
  },
})
export const roles = table({
  entity: 'role',
  files: ['roles.csv'],
  key: ['sourcedId'],
  columns: {
    ...sourcedId,
    userSourcedId: required(ref('user')),
    roleType: required(oneOf(['primary', 'secondary'], EXTENDED)),
    role: required(oneOf(organizationRoles, EXTENDED)),
    beginDate: day(),
    endDate: day(),
    orgSourcedId: required(ref('org')),
    userProfileSourcedId: looseRef('userProfile'),
  },
  check: row => inOrder(row.beginDate, row.endDate),
})
/** Race and ethnicity are dropped at the door; where somebody was born may reveal origin (C11) and serves nothing here. */
export const demographics = table({
  entity: 'demographics',
  files: ['demographics.csv'],
  key: ['sourcedId'],
  columns: {
    sourcedId: required(ref('user')),
    birthDate: day(),
    sex: oneOf(['male', 'female', 'other', 'unspecified'], EXTENDED),
  },
})
export const enrollments = table({
  entity: 'enrollment',
  files: ['enrollments.csv'],
  key: ['sourcedId'],
  columns: {
    ...sourcedId,
    classSourcedId: required(ref('class')),
    schoolSourcedId: required(ref('org')),
    userSourcedId: required(ref('user')),
    role: required(oneOf(['administrator', 'proctor', 'student', 'teacher', 'aide'], EXTENDED)),
    primary: bool(),
    beginDate: day(),
    endDate: day(),
  },
  check: row => inOrder(row.beginDate, row.endDate),
})
export const categories = table({
  entity: 'category',
  files: ['categories.csv'],
  key: ['sourcedId'],
  columns: { ...sourcedId, title: required(text()) },
})
const lineItem = {
  ...sourcedId,
  title: required(text()),
  assignDate: required(day()),
  dueDate: required(day()),
  classSourcedId: required(ref('class')),
  categorySourcedId: required(looseRef('category')),
}
export const lineItems11 = table({
  entity: 'lineItem',
  files: ['lineItems.csv'],
  key: ['sourcedId'],
  columns: {
    ...lineItem,
    gradingPeriodSourcedId: required(looseRef('academicSession')),
    resultValueMin: required(decimal()),
    resultValueMax: required(decimal()),
  },
})
export const lineItems12 = table({
  entity: 'lineItem',
  files: ['lineItems.csv'],
  key: ['sourcedId'],
  columns: {
    ...lineItem,
    gradingPeriodSourcedId: looseRef('academicSession'),
    academicSessionSourcedId: looseRef('academicSession'),
    schoolSourcedId: ref('org'),
    resultValueMin: decimal(),
    resultValueMax: decimal(),
  },
})
const result = {
  ...sourcedId,
  lineItemSourcedId: required(ref('lineItem')),
  studentSourcedId: required(ref('user')),
  scoreStatus: required(oneOf(scoreStatuses, EXTENDED)),
  scoreDate: required(day()),
}
export const results11 = table({
  entity: 'result',
  files: ['results.csv'],
  key: ['sourcedId'],
  // 1.1 requires a score even of what was not submitted; the cell is empty in practice, and there is nothing to know.
  columns: { ...result, score: decimal() },
})
export const results12 = table({
  entity: 'result',
  files: ['results.csv'],
  key: ['sourcedId'],
  columns: { ...result, score: decimal(), textScore: text(100), classSourcedId: ref('class') },
})
const notTaken = (entity: string, file: string) =>
  table({ entity, files: [`${file}.csv`], key: ['sourcedId'], notTaken: 'The hub has no use for this.', columns: sourcedId })

const of: Record<Version, readonly Table[]> = {
  '1.1': [
    orgs,
    academicSessions,
    courses,
    classes,
    users11,
    demographics,
    enrollments,
    categories,
    lineItems11,
    results11,
    notTaken('resource', 'resources'),
    notTaken('classResource', 'classResources'),
    notTaken('courseResource', 'courseResources'),
  ],
  '1.2': [
    orgs,
    academicSessions,
    courses,
    classes,
    users12,
    userProfiles,
    roles,
    demographics,
    enrollments,
    categories,
    notTaken('scoreScale', 'scoreScales'),
    lineItems12,
    notTaken('lineItemScoreScale', 'lineItemScoreScales'),
    notTaken('lineItemLearningObjectiveId', 'lineItemLearningObjectiveIds'),
    results12,
    notTaken('resultScoreScale', 'resultScoreScales'),
    notTaken('resultLearningObjectiveId', 'resultLearningObjectiveIds'),
    notTaken('resource', 'resources'),
    notTaken('classResource', 'classResources'),
    notTaken('courseResource', 'courseResources'),
    notTaken('userResource', 'userResources'),
  ],
}

/** `users.csv` → `users`, as the manifest names it. */
export const manifestName = (each: Table): string => each.files[0]!.slice(0, -4)

/** The files of a version in the order of dependence; each with the columns that its mode asks for. */
export function oneRosterTables(version: Version, modeOf: (file: string) => Mode = () => 'bulk'): readonly Table[] {
  return of[version].map(each => withMode(each, modeOf(manifestName(each))))
}

/** A row of a delta that says that its record is over. */
export const isEnd = (status: string): boolean => status === 'tobedeleted' || status === 'inactive'

function withMode(each: Table, mode: Mode): Table {
  if (mode !== 'delta')
    return {
      ...each,
      columns: { ...each.columns, status: onlyActive, dateLastModified: instant() },
    }
  const columns: Columns = {
    ...each.columns,
    status: required(oneOf(['active', 'tobedeleted', 'inactive'])),
    dateLastModified: required(instant()),
  }
  return { ...each, columns, ends: cell => isEnd(cell('status')) }
}

/** A complete set says that something is gone by leaving it out. */
const onlyActive: Column<string | undefined> = {
  required: false,
  read: value => {
    if (value === 'active') return value
    throw new Fault(
      'STATUS.ONLY_IN_DELTA',
      'Only a delta file may say that a record is to be deleted; a bulk file leaves it out.',
    )
  },
}
