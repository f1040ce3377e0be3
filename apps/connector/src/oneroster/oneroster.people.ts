import type { Folder } from '../reading/index.js'
import { isTrue } from '../reading/columns.js'
import { cellsOf, contactRoles, fullName, RosterPeople, wordOf } from '../roster/roster-people.js'
import { isEnd } from './oneroster.tables.js'

/** Roles of staff that give them something in the hub, by the hub's own words. */
export const staffRoles: ReadonlyMap<string, 'teacher' | 'schoolLeader'> = new Map([
  ['teacher', 'teacher'],
  ['principal', 'schoolLeader'],
])

/** Who is a student and who a contact: in 1.1 the user's row says it, in 1.2 roles.csv; either side may name the other as agent. */
export async function findOneRosterPeople(folder: Folder): Promise<RosterPeople> {
  const people = new RosterPeople()
  const note = (id: string, written: string) => {
    const role = wordOf(written)
    if (contactRoles.has(role)) people.addContact(id, role)
    else people.addRole(id, role, staffRoles)
  }
  for await (const { userSourcedId, role, status } of cellsOf(folder, 'roles.csv', ['userSourcedId', 'role', 'status']))
    if (!isEnd(status) && userSourcedId) note(userSourcedId, role)
  const ofUsers = ['sourcedId', 'role', 'status', 'enabledUser'] as const
  for await (const { sourcedId, role, status, enabledUser } of cellsOf(folder, 'users.csv', ofUsers)) {
    if (isEnd(status) || !sourcedId) continue
    note(sourcedId, role)
    people.addAccess(sourcedId, isTrue(enabledUser) !== false)
  }
  const columns = ['sourcedId', 'status', 'givenName', 'familyName', 'agentSourcedIds'] as const
  for await (const { sourcedId, status, givenName, familyName, agentSourcedIds } of cellsOf(folder, 'users.csv', columns)) {
    if (isEnd(status) || !sourcedId) continue
    const agents = agentSourcedIds.split(',').flatMap(id => id.trim() || [])
    for (const agent of agents) if (people.isContact(agent)) people.link(sourcedId, agent)
    if (!people.isContact(sourcedId)) continue
    const name = fullName(givenName, familyName)
    if (name) people.nameContact(sourcedId, name)
    for (const learner of agents) people.link(learner, sourcedId)
  }
  return people
}
