import {
  bool,
  day,
  email,
  externalId,
  integer,
  list,
  looseRef,
  oneOf,
  ref,
  required,
  type Table,
  table,
  text,
  Fault,
} from '../reading/index.js'

/** Microsoft's default list of values; a tenant may add its own, so other words are kept as they are, within the form of a code. */
const WORD = /^[A-Za-z][A-Za-z0-9 ._-]{0,59}$/

export const organizationTypes = [
  'school',
  'department',
  'district',
  'local',
  'state',
  'national',
  'departmentOfEducation',
  'ministryOfEducation',
  'university',
  'college',
  'campus',
  'adultEducation',
  'municipality',
  'academicTrust',
  'localAuthority',
  'region',
  'division',
  'province',
  'researchCenter',
  'program',
] as const
export const staffRoles = [
  'principal',
  'chair',
  'professor',
  'researcher',
  'adjunct',
  'affiliate',
  'occupationalTherapist',
  'physicalTherapist',
  'speechTherapist',
  'visionTherapist',
  'paraprofessional',
  'specialServices',
  'advisor',
  'proctor',
  'nurse',
  'officeStaff',
  'lecturer',
  'itAdmin',
  'administrator',
  'teacher',
  'faculty',
  'staff',
  'teacherAssistant',
  'assistant',
  'instructor',
  'substitute',
  'coach',
  'alumni',
] as const
const teaching = [
  'teacher',
  'professor',
  'lecturer',
  'instructor',
  'faculty',
  'adjunct',
  'substitute',
  'teacherAssistant',
] as const satisfies readonly (typeof staffRoles)[number][]
/** Roles of staff that give them something in the hub, by the hub's own words. */
export const hubRoles: ReadonlyMap<string, 'teacher' | 'schoolLeader'> = new Map([
  ...teaching.map(role => [role, 'teacher'] as const),
  ['principal', 'schoolLeader'],
])
const roles = [...staffRoles, 'student', 'other'] as const

const inOrder = (from: string | undefined, until: string | undefined, column: string) =>
  from && until && until < from ? new Fault('VALUE.OUT_OF_ORDER', 'The end lies before the beginning.', column) : undefined

export const orgs = table({
  entity: 'org',
  files: ['orgs.csv'],
  key: ['sourcedId'],
  parent: 'parentSourcedId',
  columns: {
    sourcedId: required(externalId()),
    name: required(text()),
    type: required(oneOf(organizationTypes, WORD)),
    parentSourcedId: ref('org'),
  },
})
export const academicSessions = table({
  entity: 'academicSession',
  files: ['academicSessions.csv'],
  key: ['sourcedId'],
  columns: {
    sourcedId: required(externalId()),
    title: required(text()),
    type: required(oneOf(['schoolYear', 'semester', 'term', 'gradingPeriod', 'quarter'], WORD)),
    schoolYear: required(integer(1990, 2200)),
    startDate: required(day()),
    endDate: required(day()),
  },
  check: row => inOrder(row.startDate, row.endDate, 'endDate'),
})
export const courses = table({
  entity: 'course',
  files: ['courses.csv'],
  key: ['sourcedId'],
  columns: {
    sourcedId: required(externalId()),
    orgSourcedId: required(ref('org')),
    title: required(text()),
    code: text(100),
    schoolYearSourcedId: looseRef('academicSession'),
    subject: text(100),
    grade: text(50),
  },
})
export const classes = table({
  entity: 'class',
  files: ['classes.csv'],
  key: ['sourcedId'],
  columns: {
    sourcedId: required(externalId()),
    orgSourcedId: required(ref('org')),
    title: required(text()),
    sessionSourcedIds: list(looseRef('academicSession')),
    courseSourcedId: looseRef('course'),
  },
})
export const users = table({
  entity: 'user',
  files: ['users.csv'],
  key: ['sourcedId'],
  columns: {
    sourcedId: required(externalId()),
    username: required(text(255)),
    givenName: text(),
    familyName: text(),
    activeDirectoryMatchId: text(255),
    email: email(),
    phone: text(50),
    sms: text(50),
  },
})
export const userRoles = table({
  entity: 'role',
  files: ['roles.csv'],
  key: ['userSourcedId', 'orgSourcedId', 'role', 'sessionSourcedId'],
  columns: {
    userSourcedId: required(ref('user')),
    orgSourcedId: required(ref('org')),
    role: required(oneOf(roles, WORD)),
    sessionSourcedId: looseRef('academicSession'),
    grade: text(50),
    isPrimary: bool(),
    roleStartDate: day(),
    roleEndDate: day(),
  },
  check: row => inOrder(row.roleStartDate, row.roleEndDate, 'roleEndDate'),
})
export const enrollments = table({
  entity: 'enrollment',
  files: ['enrollments.csv'],
  key: ['classSourcedId', 'userSourcedId', 'role'],
  columns: { classSourcedId: required(ref('class')), userSourcedId: required(ref('user')), role: required(oneOf(roles, WORD)) },
})
export const relationships = table({
  entity: 'relationship',
  files: ['relationships.csv'],
  key: ['userSourcedId', 'relationshipUserSourcedId', 'relationshipRole'],
  columns: {
    userSourcedId: required(ref('user')),
    relationshipUserSourcedId: required(ref('user')),
    relationshipRole: required(oneOf(['parent', 'guardian', 'relative', 'other', 'doctor', 'aide'], WORD)),
  },
  check: row =>
    row.userSourcedId === row.relationshipUserSourcedId
      ? new Fault('REFERENCE.SELF', 'Nobody is their own contact.', 'relationshipUserSourcedId')
      : undefined,
})
/** Race and ethnicity are dropped at the door; where somebody was born may reveal origin (C11) and serves nothing here. */
export const demographics = table({
  entity: 'demographics',
  files: ['demographics.csv'],
  key: ['userSourcedId'],
  columns: {
    userSourcedId: required(ref('user')),
    sex: oneOf(['male', 'female', 'other', 'unspecified', 'notSelected']),
    birthDate: day(),
  },
})
/** Flags such as `iep`, `504` or `freeLunch` tell of disability and poverty: the hub takes functional needs, from those who assess them. */
export const userFlags = table({
  entity: 'userFlag',
  files: ['userFlags.csv'],
  key: ['userSourcedId', 'flag'],
  notTaken: 'Flags of disability or poverty are not taken; functional needs come from those who assess them.',
  columns: { userSourcedId: required(ref('user')), flag: required(text(100)) },
})

/** School Data Sync v2.1, in the order of dependence. */
export const sdsTables: readonly Table[] = [
  orgs,
  academicSessions,
  courses,
  classes,
  users,
  userRoles,
  enrollments,
  relationships,
  demographics,
  userFlags,
]
