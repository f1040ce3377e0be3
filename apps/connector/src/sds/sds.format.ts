import { Refused } from '@passerelle/event-log'
import type { PartnerFormat } from '../feed/partner-format.js'
import { isFileOf, isOfUnreadFile, type RowOf, type TableOf } from '../reading/index.js'
import { Roster, rolesBefore } from '../roster/roster.mapping.js'
import { contactRoles } from '../roster/roster-people.js'
import { readSds, type SdsRelationship, type SdsUser } from './sds.reader.js'
import type * as tables from './sds.tables.js'
import { hubRoles, sdsTables } from './sds.tables.js'

type Row<K extends keyof typeof tables> = (typeof tables)[K] extends TableOf<infer C> ? RowOf<C> : never

const REFERENCE_ONLY = 'Read to resolve references; the hub keeps its own register of agencies.'

/** Microsoft School Data Sync v2.1: learners, their contacts, classes, enrolments, and teachers where they can sign in. */
export const sds: PartnerFormat = {
  name: 'sds',
  sectors: ['education'],
  isPart: isFileOf(sdsTables),
  categoryOf: entity => (entity === 'enrollment' || entity === 'class' || entity === 'role' ? 'C2' : 'C1'),
  subjectOf({ entity, externalId, raw }) {
    const cells = raw && 'cells' in raw ? raw.cells : undefined
    const id = entity === 'user' ? externalId : cells?.['userSourcedId']
    return id ? { kind: 'user', id } : undefined
  },
  async *read(folder, options, feed, heard) {
    // A set is always complete: who is missing from a file that was sent is no more.
    for (const [file, entity] of [
      ['users.csv', 'user'],
      ['classes.csv', 'class'],
      ['enrollments.csv', 'enrollment'],
      ['roles.csv', 'role'],
      ['relationships.csv', 'relationship'],
    ] as const)
      if (folder.files.some(name => name.toLowerCase() === file)) heard.complete.add(entity)
    // Rows from the quarantine come without the others.
    const before = (id: string) => (options.partial ? rolesBefore(feed, id) : undefined)
    for await (const reading of readSds(folder, { ...options, rolesBefore: before })) {
      if (isOfUnreadFile(reading)) heard.complete.delete(reading.entity)
      yield reading
    }
  },
  mapping(feed) {
    const roster = new Roster(feed)
    const courses = new Map<string, { code?: string; subject?: string }>()
    const sessions = new Map<string, { startDate: string; endDate: string }>()
    return {
      note({ entity, externalId, value }) {
        if (entity === 'course') {
          const { code, subject } = value as Row<'courses'>
          courses.set(externalId, { ...(code && { code }), ...(subject && { subject }) })
        }
        if (entity === 'academicSession') sessions.set(externalId, value as Row<'academicSessions'>)
        return undefined
      },
      leaves: ({ entity }) =>
        entity === 'org' || entity === 'academicSession' || entity === 'course' ? REFERENCE_ONLY : undefined,
      // A role goes with whoever left the school, and comes again with them.
      hangs: ({ entity, value }) => entity === 'role' && hubRoles.has((value as Row<'userRoles'>).role),
      async meaningOf({ entity, externalId, value }, wasSent) {
        const ofRow = { hash: feed.ids.hash(entity, externalId), wasSent }
        if (entity === 'user') {
          const { is, sourcedId, phone, sms, ...row } = value as Row<'users'> & SdsUser
          const number = phone ?? sms
          const user = { ...row, id: sourcedId, identifiers: [], guardians: [], wards: [], ...(number && { phone: number }) }
          return roster.person(user, is, () => roster.staffMember(user))
        }
        if (entity === 'role') {
          const { userSourcedId, orgSourcedId, role, sessionSourcedId, grade, roleStartDate, roleEndDate } =
            value as Row<'userRoles'>
          const session = sessionSourcedId === undefined ? undefined : sessions.get(sessionSourcedId)
          const from = roleStartDate ?? session?.startDate
          const until = roleEndDate ?? session?.endDate
          if (role === 'student')
            return roster.enrolled({
              id: externalId,
              entity,
              wasSent,
              userId: userSourcedId,
              orgId: orgSourcedId,
              ...(grade && { grade }),
              ...(from && { from }),
              ...(until && until !== from && { until }),
            })
          const ofStaff = hubRoles.get(role)
          if (ofStaff) return roster.staffRole(ofRow, userSourcedId, orgSourcedId, ofStaff, from, until)
          return roster.nothing(ofRow)
        }
        if (entity === 'class') {
          const { orgSourcedId, title, courseSourcedId } = value as Row<'classes'>
          const course = courseSourcedId === undefined ? undefined : courses.get(courseSourcedId)
          return roster.schoolClass(externalId, orgSourcedId, title, course?.code, course?.subject)
        }
        if (entity === 'enrollment') {
          const { classSourcedId, userSourcedId, role } = value as Row<'enrollments'>
          if (role === 'student')
            return roster.enrolled({ id: externalId, entity, wasSent, userId: userSourcedId, orgId: '', classId: classSourcedId })
          if (hubRoles.get(role) === 'teacher') return roster.teaches(ofRow, userSourcedId, classSourcedId, undefined, undefined)
          return roster.nothing(ofRow)
        }
        if (entity === 'relationship') {
          const { userSourcedId, relationshipUserSourcedId, relationshipRole, name } = value as Row<'relationships'> &
            SdsRelationship
          if (!contactRoles.has(relationshipRole)) return { notTaken: 'Neither parent, guardian nor relative.' }
          if (!name) throw new Refused('FEED.NO_NAME', 'A guardian is recorded by name.', 'Complete the name in the register.')
          return roster.guardianOf(
            userSourcedId,
            { id: relationshipUserSourcedId, name, relation: relationshipRole },
            feed.ids.hash(entity, externalId),
          )
        }
        const { userSourcedId, birthDate, sex } = value as Row<'demographics'>
        return roster.demographics(userSourcedId, { ...(birthDate && { birthDate }), ...(sex && { sex }) })
      },
      endOf: (entity, idHash) => roster.end(entity, idHash),
    }
  },
}
