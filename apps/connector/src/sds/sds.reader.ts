import { type Folder, type Read, type Reading, type ReadingOptions, readTables } from '../reading/index.js'
import { cellsOf, fullName, RosterPeople, type RosterRoles, wordOf } from '../roster/roster-people.js'
import { hubRoles, sdsTables } from './sds.tables.js'

/** Of a person, besides the row: what the register says elsewhere. */
export interface SdsUser {
  readonly is: RosterRoles
}
export interface SdsRelationship {
  /** The contact's name, from their own row. */
  readonly name?: string
}

/**
 * Microsoft School Data Sync v2.1 CSV. orgs.csv, users.csv and roles.csv are required; a set is always complete. Who is a student
 * and who a contact is read first, from roles, enrolments and relationships.
 */
export async function* readSds(
  folder: Folder,
  options: ReadingOptions & { readonly rolesBefore?: (userId: string) => Promise<RosterRoles> | undefined },
): AsyncIterable<Reading> {
  for (const file of ['orgs.csv', 'users.csv', 'roles.csv'])
    if (!options.partial && !folder.files.some(name => name.toLowerCase() === file))
      yield {
        kind: 'rejected',
        entity: file.slice(0, -5),
        place: { file },
        code: 'FILE.MISSING',
        reason: 'School Data Sync v2.1 requires this file.',
      }
  const people = await findPeople(folder)
  for await (const reading of readTables(folder, sdsTables, options)) {
    if (reading.kind === 'record' && reading.entity === 'user') {
      const is = people.rolesOf(reading.externalId, await options.rolesBefore?.(reading.externalId))
      yield extended(reading, { is } satisfies SdsUser, options)
    } else if (reading.kind === 'record' && reading.entity === 'relationship') {
      const name = people.contact((reading.value as { relationshipUserSourcedId: string }).relationshipUserSourcedId)?.name
      yield extended(reading, { ...(name && { name }) } satisfies SdsRelationship, options)
    } else yield reading
  }
}

/** What hangs on another row changes with it. */
function extended(reading: Read, more: object, { digest }: ReadingOptions): Read {
  const value = { ...(reading.value as object), ...more }
  return { ...reading, value, contentHash: digest(JSON.stringify(value)) }
}

const ofStaff = new Set([...hubRoles.keys()].map(wordOf))

async function findPeople(folder: Folder): Promise<RosterPeople> {
  const people = new RosterPeople()
  for (const file of ['roles.csv', 'enrollments.csv'])
    for await (const { userSourcedId, role } of cellsOf(folder, file, ['userSourcedId', 'role']))
      people.addRole(userSourcedId, role, ofStaff)
  for await (const { relationshipUserSourcedId, relationshipRole } of cellsOf(folder, 'relationships.csv', [
    'relationshipUserSourcedId',
    'relationshipRole',
  ]))
    people.addContact(relationshipUserSourcedId, wordOf(relationshipRole))
  for await (const { sourcedId, givenName, familyName } of cellsOf(folder, 'users.csv', [
    'sourcedId',
    'givenName',
    'familyName',
  ])) {
    const name = people.isContact(sourcedId) ? fullName(givenName, familyName) : undefined
    if (name) people.nameContact(sourcedId, name)
  }
  return people
}
