import DataLoader from 'dataloader'
import type { Database } from '@passerelle/database'
import type { Person } from '@passerelle/http'
import { deniedToAll, learnerAgencyId, type Role, type Sector } from '@passerelle/sharing'

interface Account {
  account_hash: string
  kind: 'staff' | 'learner' | 'guardian'
  person_id: string
  learner_id: string
  /** Of staff, one for each role they hold now; null where they hold none. */
  agency_id: string | null
  role: Role
  sector: Sector
}

const isDenied = deniedToAll({
  userId: 'c.person_id',
  agencyId: `coalesce(r.agency_id, '${learnerAgencyId}')`,
  role: 'coalesce(r.role, c.kind)',
  now: '$3::timestamptz',
})

/**
 * Everything somebody is here at this moment, by the hub's own events: a role in an agency each, or the learner, or a guardian. First what their account was
 * given first: whoever names it later, in the register of another school, does not move them there.
 * Nothing of the token says it, and a role that ended is not among them, even where the models have not read so yet. Nothing is remembered: those
 * who come while others are looked up are looked up together afterwards.
 */
export class Memberships {
  private readonly loader: DataLoader<string, Person[]>
  private isLooking = false
  private next: (() => void)[] = []

  constructor(db: Database, now: () => Date) {
    this.loader = new DataLoader(accounts => this.look(() => membershipsOf(db, accounts, now())), {
      cache: false,
      maxBatchSize: 100,
      batchScheduleFn: begin => void (this.isLooking ? this.next.push(begin) : setImmediate(begin)),
    })
  }

  private async look<T>(looking: () => Promise<T>): Promise<T> {
    this.isLooking = true
    try {
      return await looking()
    } finally {
      this.isLooking = false
      for (const begin of this.next.splice(0)) begin()
    }
  }

  of(account: string): Promise<Person[]> {
    return this.loader.load(account)
  }
}

async function membershipsOf(db: Database, hashes: readonly string[], now: Date): Promise<Person[][]> {
  const accounts = await db.query<Account>(
    `select c.account_hash, c.kind, c.person_id, c.learner_id, r.agency_id, r.role, r.sector from hub.accounts c
     left join lateral (select r.agency_id, r.role, a.sector, r."from" from hub.staff_roles r join hub.agencies a on a.agency_id = r.agency_id
       where r.user_id = c.person_id and r."from" <= $2::date and (r.until is null or r.until > $2::date) and a.status = 'open') r on c.kind = 'staff'
     where c.account_hash = any($1::text[]) and not exists (select from sharing.denials n where ${isDenied})
     order by c.kind, c.position, c.person_id, c.learner_id, r."from", r.agency_id, r.role`,
    [[...new Set(hashes)], now.toISOString().slice(0, 10), now.toISOString()],
    { name: 'person_accounts' },
  )
  const known = Map.groupBy(accounts, each => each.account_hash)
  return hashes.map(hash => personsOf(known.get(hash) ?? []))
}

function personsOf(accounts: readonly Account[]): Person[] {
  const own = (kind: Account['kind']) => accounts.filter(each => each.kind === kind)
  const learner = (role: 'learner' | 'guardian'): Person[] =>
    [...Map.groupBy(own(role), each => each.person_id)].map(([userId, each]) => ({
      userId,
      agencyId: learnerAgencyId,
      sector: 'learner',
      role,
      learnerIds: each.map(({ learner_id }) => learner_id),
    }))
  return [
    ...own('staff').flatMap(({ person_id, agency_id, role, sector }) =>
      agency_id === null ? [] : [{ userId: person_id, agencyId: agency_id, role, sector }],
    ),
    ...learner('learner'),
    ...learner('guardian'),
  ]
}
