import { noted, oneForEachStream, type PartnerFormat } from '../feed/partner-format.js'
import { isFileOf, isOfUnreadFile, type Read, type Rejected, type RowOf, type TableOf } from '../reading/index.js'
import { accessOf, rolesBefore, Roster, type RosterUser } from '../roster/roster.mapping.js'
import type { RosterRoles } from '../roster/roster-people.js'
import { findOneRosterPeople, staffRoles } from './oneroster.people.js'
import { type Manifest, readOneRoster } from './oneroster.reader.js'
import type * as tables from './oneroster.tables.js'
import { oneRosterTables } from './oneroster.tables.js'

type Row<K extends keyof typeof tables> = (typeof tables)[K] extends TableOf<infer C> ? RowOf<C> : never
type User = Row<'users12'> &
  Partial<Pick<Row<'users11'>, 'role' | 'orgSourcedIds'>> & {
    readonly is: RosterRoles
  } & Pick<RosterUser, 'guardians' | 'wards'>
/** What a result needs of it, in this feed or a later one. */
interface LineItem {
  readonly title: string
  readonly classHash: string
}

const REFERENCE_ONLY: Readonly<Record<string, string>> = {
  org: 'Read to resolve references; the hub keeps its own register of agencies.',
  academicSession: 'Read to resolve references.',
  course: 'Read with the classes that teach it.',
  category: 'Read to resolve references.',
}
const AGENTS = noted('agent')
const NO_ACCESS = 'The register does not let them into its own systems (enabledUser), so the hub does not, either.'
const status = {
  exempt: 'exempt',
  'fully graded': 'fullyGraded',
  // Handed in, after its day.
  late: 'submitted',
  'not submitted': 'notSubmitted',
  'partially graded': 'partiallyGraded',
  submitted: 'submitted',
} as const
/** Files of which a bulk set tells by absence who is no more. */
const ENDS = { users: 'user', classes: 'class', enrollments: 'enrollment', roles: 'role' } as const

/** Whose row it is where it gives a member of staff something. */
function staffOf({ entity, value }: Read): string | undefined {
  if (entity !== 'role' && entity !== 'enrollment') return undefined
  const { userSourcedId, role } = value as Row<'roles'> | Row<'enrollments'>
  return staffRoles.has(role) ? userSourcedId : undefined
}

/** Files that say who is what, and whose. */
const isOfPeople = (entity: string) => entity === 'user' || entity === 'role'
/** Of whom a row is that could not be taken in, where that can be read. */
function userOf({ entity, externalId, raw }: Rejected): string | undefined {
  const cells = raw && 'cells' in raw ? raw.cells : undefined
  return entity === 'user' || entity === 'demographics' ? externalId : (cells?.['userSourcedId'] ?? cells?.['studentSourcedId'])
}

/** OneRoster 1.1 and 1.2 CSV: learners, their contacts, classes, enrolments, results, and teachers where they can sign in. */
export const oneroster: PartnerFormat = {
  name: 'oneroster',
  sectors: ['education'],
  isPart: file =>
    isFileOf(oneRosterTables('1.1'))(file) || isFileOf(oneRosterTables('1.2'))(file) || file.toLowerCase() === 'manifest.csv',
  categoryOf: entity => (['enrollment', 'class', 'role', 'result', 'lineItem'].includes(entity) ? 'C2' : 'C1'),
  subjectOf(rejected) {
    const id = userOf(rejected)
    return id ? { kind: 'user', id } : undefined
  },
  async *read(folder, options, feed, heard) {
    const people = await findOneRosterPeople(folder)
    const ofSet = feed.ids.hash('set', 'version')
    const before = options.partial ? await feed.recall('version', ofSet) : undefined
    let allRoles = false
    const onManifest = ({ version, sent, modes }: Manifest) => {
      if (!options.partial) heard.notes.push({ kind: 'version', idHash: ofSet, says: version })
      // 1.1 says the role with the person.
      allRoles = version === '1.1' || (!options.partial && (!sent || modes.get('roles') === 'bulk'))
      if (!sent) return
      for (const [file, entity] of Object.entries(ENDS)) if (modes.get(file) === 'bulk') heard.complete.add(entity)
      // Who is whose contact stands with the people.
      if (modes.get('users') === 'bulk' && allRoles) heard.complete.add(AGENTS)
    }
    const versionBefore = before === '1.1' || before === '1.2' ? before : undefined
    for await (const reading of readOneRoster(folder, { ...options, onManifest, ...(versionBefore && { versionBefore }) })) {
      if (isOfUnreadFile(reading)) heard.complete.delete(reading.entity)
      if (!heard.complete.has('user') || (reading.kind === 'rejected' && isOfPeople(reading.entity) && !userOf(reading)))
        heard.complete.delete(AGENTS)
      if (reading.kind !== 'record' || reading.ended) {
        yield reading
        continue
      }
      const asStaff = staffOf(reading)
      if (asStaff !== undefined) {
        const has = people.hasAccess(asStaff) ?? (await accessOf(feed, feed.ids.hash('user', asStaff))).has
        // What their row says, the rows that hang on it say too.
        yield has
          ? reading
          : {
              ...reading,
              value: { ...(reading.value as object), noAccess: true },
              contentHash: options.digest(`no access ${reading.contentHash}`),
            }
        continue
      }
      if (reading.entity !== 'user') {
        yield reading
        continue
      }
      // A learner is read with their contacts: what hangs on another row changes with it.
      const { externalId } = reading
      const is = people.rolesOf(externalId, allRoles ? undefined : await rolesBefore(feed, externalId))
      const value = {
        ...(reading.value as Row<'users12'>),
        is,
        guardians: is.learner ? people.contactsFor(externalId) : [],
        wards: is.contact ? people.wardsFor(externalId) : [],
      }
      yield { ...reading, value, contentHash: options.digest(JSON.stringify(value)) } satisfies Read
    }
  },
  mapping(feed) {
    const roster = new Roster(feed)
    const courses = new Map<string, { code?: string; subject?: string }>()
    return {
      note({ entity, externalId, value, ended }) {
        if (ended) return undefined
        if (entity === 'user') {
          const { guardians, wards } = value as User
          return [
            ...guardians.map(guardian => roster.agent(externalId, guardian.id)),
            ...wards.map(ward => roster.agent(ward, externalId)),
          ]
        }
        if (entity === 'course') {
          const { courseCode, subjectCodes } = value as Row<'courses'>
          courses.set(externalId, {
            ...(courseCode && { code: courseCode }),
            ...(subjectCodes[0] && { subject: subjectCodes[0] }),
          })
        }
        return undefined
      },
      leaves: ({ entity }) => REFERENCE_ONLY[entity],
      // A role is gone with the access of whoever holds it, and comes again with it.
      hangs: record => !record.ended && record.entity === 'role' && staffOf(record) !== undefined,
      async meaningOf({ entity, externalId, value }, wasSent) {
        const rowHash = feed.ids.hash(entity, externalId)
        const ofRow = { hash: rowHash, wasSent }
        if (entity === 'user') {
          const {
            is,
            sourcedId,
            username,
            preferredGivenName,
            preferredFamilyName,
            guardians,
            wards,
            identifier,
            userMasterIdentifier,
            role,
            orgSourcedIds,
            enabledUser,
            ...row
          } = value as User
          const phone = row.phone ?? row.sms
          const identifiers = [
            ...(identifier ? [{ system: 'oneroster/identifier', value: identifier }] : []),
            ...(userMasterIdentifier ? [{ system: 'oneroster/userMasterIdentifier', value: userMasterIdentifier }] : []),
          ]
          const user: RosterUser = {
            id: sourcedId,
            username,
            givenName: row.givenName,
            familyName: row.familyName,
            ...(row.email && { email: row.email }),
            ...(phone && { phone }),
            identifiers,
            guardians,
            wards,
          }
          const called = {
            ...user,
            givenName: preferredGivenName ?? row.givenName,
            familyName: preferredFamilyName ?? row.familyName,
          }
          const orgIds = orgSourcedIds ?? []
          const meaning = await roster.person(user, is, async () => {
            if (enabledUser === false) return roster.shutOut(sourcedId, orgIds, NO_ACCESS)
            return roster.letIn(
              sourcedId,
              await (role === 'teacher' ? roster.teacher(called, orgIds) : roster.staffMember(called)),
            )
          })
          if (role === undefined) return meaning
          // 1.1 gives the role with the person.
          const { commands, notes } = await roster.teachesOnlyAt(sourcedId, role === 'teacher' ? orgIds : [])
          const all = { notes: [...(meaning.notes ?? []), ...notes] }
          if ('commands' in meaning) return { ...meaning, ...all, commands: oneForEachStream([...commands, ...meaning.commands]) }
          return commands.length > 0 && 'notYet' in meaning ? { ...meaning, ...all, commands } : { ...meaning, ...all }
        }
        if ((value as { noAccess?: true }).noAccess)
          return { ...(await roster.end(entity, rowHash)), ends: true, orElse: NO_ACCESS }
        if (entity === 'role') {
          const { userSourcedId, orgSourcedId, role, beginDate, endDate } = value as Row<'roles'>
          if (role === 'student')
            return roster.enrolled({
              id: externalId,
              entity,
              wasSent,
              userId: userSourcedId,
              orgId: orgSourcedId,
              ...(beginDate && { from: beginDate }),
              ...(endDate && { until: endDate }),
            })
          const ofStaff = staffRoles.get(role)
          if (ofStaff) return roster.staffRole(ofRow, userSourcedId, orgSourcedId, ofStaff, beginDate, endDate)
          return roster.nothing(ofRow)
        }
        if (entity === 'class') {
          const { schoolSourcedId, title, courseSourcedId, classCode, subjectCodes } = value as Row<'classes'>
          const course = courses.get(courseSourcedId)
          return roster.schoolClass(
            externalId,
            schoolSourcedId,
            title,
            course?.code ?? classCode,
            subjectCodes[0] ?? course?.subject,
          )
        }
        if (entity === 'enrollment') {
          const { classSourcedId, schoolSourcedId, userSourcedId, role, beginDate, endDate } = value as Row<'enrollments'>
          if (role === 'student')
            return roster.enrolled({
              id: externalId,
              entity,
              wasSent,
              userId: userSourcedId,
              orgId: schoolSourcedId,
              classId: classSourcedId,
              ...(beginDate && { from: beginDate }),
              ...(endDate && { until: endDate }),
            })
          if (role === 'teacher') return roster.teaches(ofRow, userSourcedId, classSourcedId, beginDate, endDate)
          return roster.nothing(ofRow)
        }
        if (entity === 'lineItem') {
          const { title, classSourcedId } = value as Row<'lineItems12'>
          const says = JSON.stringify({ title, classHash: feed.ids.hash('class', classSourcedId) } satisfies LineItem)
          return { notTaken: 'Read with its results.', notes: [{ kind: entity, idHash: rowHash, says, category: 'C2' }] }
        }
        if (entity === 'result') {
          const { lineItemSourcedId, studentSourcedId, scoreStatus, score, scoreDate, textScore, classSourcedId } =
            value as Row<'results12'>
          if (!Object.hasOwn(status, scoreStatus)) return { notTaken: 'A status of the partner’s own.' }
          const said = await feed.recall('lineItem', feed.ids.hash('lineItem', lineItemSourcedId))
          const item = said === undefined ? undefined : (JSON.parse(said) as LineItem)
          const classHash = item?.classHash ?? (classSourcedId && feed.ids.hash('class', classSourcedId))
          if (!classHash) return { notYet: 'Of which class it is cannot be told: nobody has sent its line item.' }
          return roster.result({
            id: externalId,
            userId: studentSourcedId,
            classHash,
            title: item?.title ?? 'Result',
            status: status[scoreStatus],
            on: scoreDate,
            ...(score !== undefined && { score }),
            ...(textScore && { textScore }),
          })
        }
        const { sourcedId, birthDate, sex } = value as Row<'demographics'>
        return roster.demographics(sourcedId, { ...(birthDate && { birthDate }), ...(sex && { sex }) })
      },
      endOf: (entity, idHash) => roster.end(entity, idHash),
      closeOf(rejected) {
        const user = userOf(rejected)
        if (isOfPeople(rejected.entity) && user) roster.cannotTell(user)
        return []
      },
    }
  },
}
