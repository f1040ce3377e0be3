import type { Database } from '@passerelle/database'
import type { Person } from '@passerelle/http'
import { learnerAgencyId, type Role, type Sector } from '@passerelle/sharing'

interface Account {
  kind: 'staff' | 'learner' | 'guardian'
  person_id: string
  learner_id: string
}

/**
 * Everything somebody is here at this moment, by the hub's own events: a role in an agency each, or the learner, or a guardian.
 * Nothing of the token says it, and a role that ended is not among them.
 */
export async function membershipsOf(db: Database, account: string, now: Date): Promise<Person[]> {
  const accounts = await db.query<Account>(
    'select kind, person_id, learner_id from hub.accounts where account_hash = $1 order by kind, person_id, learner_id',
    [account],
    { name: 'person_accounts' },
  )
  const own = (kind: Account['kind']) => accounts.filter(each => each.kind === kind)
  const staff = own('staff')
  const roles =
    staff.length === 0
      ? []
      : await db.query<{ user_id: string; agency_id: string; role: Role; sector: Sector }>(
          `select r.user_id, r.agency_id, r.role, a.sector from hub.staff_roles r join hub.agencies a on a.agency_id = r.agency_id
           where r.user_id = any($1::text[]) and r."from" <= $2::date and (r.until is null or r.until > $2::date) and a.status = 'open'
           order by r.user_id, r."from", r.agency_id, r.role`,
          [staff.map(each => each.person_id), now.toISOString().slice(0, 10)],
          { name: 'person_roles' },
        )
  const learner = (role: 'learner' | 'guardian'): Person[] =>
    [...Map.groupBy(own(role), each => each.person_id)].map(([userId, each]) => ({
      userId,
      agencyId: learnerAgencyId,
      sector: 'learner',
      role,
      learnerIds: each.map(({ learner_id }) => learner_id),
    }))
  return [
    ...roles.map(({ user_id, agency_id, role, sector }) => ({ userId: user_id, agencyId: agency_id, role, sector })),
    ...learner('learner'),
    ...learner('guardian'),
  ]
}
