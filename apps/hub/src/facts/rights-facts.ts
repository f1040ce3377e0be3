import { agencies } from '@passerelle/agency'
import {
  ContestFacts,
  type ContestTarget,
  hiddenRestrictions,
  restrictions,
  SubjectRequestFacts,
  type SubjectRequestKind,
} from '@passerelle/consent'
import type { Sql } from '@passerelle/database'
import { dayOf, Overloaded } from '@passerelle/event-log'
import type { Caller } from '@passerelle/http'
import { standings } from '@passerelle/learner'
import { waitFor } from '@passerelle/projections'
import type { OpenHub } from '../open-hub.js'
import { HubRows } from './hub-rows.js'

/** What people contest is looked up as they see it: through the reader, under their own role. */
export class HubContestFacts extends ContestFacts {
  constructor(private readonly hub: OpenHub) {
    super()
  }

  async itemOf({ userId, agencyId, role, purpose }: Caller, learnerId: string, target: ContestTarget) {
    const plan = this.hub.declaration.shared.find(({ name, subject }) => name === target.view && subject !== undefined)
    if (!plan || plan.keys.length !== target.key.length) return undefined
    const { view, table, keys, subject } = plan
    const { reader, readerDb, db } = this.hub
    const viewer = { userId, agencyId, role }
    const where = Object.fromEntries(view.keys.map((key, i) => [key, { eq: target.key[i] }]))
    const query = { columns: view.keys, where, first: 1, learnerIds: [learnerId] }
    const { rows } = await reader.as(readerDb, viewer, sql => reader.read(sql, viewer, purpose, view, query))
    if (rows.length === 0) return undefined
    const [row] = await db.query<{ recorder: string }>(
      `select owner_agency_ids[1] as recorder from hub."${table}"
        where ${subject!.sql} = $1 and ${keys.map(({ sql }, i) => `${sql} = $${i + 2}`).join(' and ')}`,
      [learnerId, ...target.key],
    )
    return row && { target, category: view.category, agencyId: row.recorder }
  }
}

/** Who answers what people ask for by right, and what stands against it. */
export class HubSubjectRequestFacts extends SubjectRequestFacts {
  private readonly rows: HubRows
  constructor(private readonly hub: OpenHub) {
    super()
    this.rows = new HubRows(hub.db)
  }

  async answererOf(learnerId: string, kind: SubjectRequestKind, agencyId: string | undefined) {
    // Keys are of the whole hub: an agency cannot forget for another.
    if (agencyId !== undefined && kind !== 'erasure') {
      const [standing] = await this.rows.find(standings, { learnerId, agencyId })
      if (standing) return agencyId
    }
    return authorityOf(this.rows)
  }

  async whatIsKnown(learnerId: string, ledTo: readonly string[]) {
    return { heldForSafety: await isHeldForSafety(this.hub, learnerId), found: await this.corrections(learnerId, ledTo) }
  }

  /** Which of these are an event that corrects something of the learner, or a restriction that was placed. */
  private async corrections(learnerId: string, ledTo: readonly string[]): Promise<string[]> {
    if (ledTo.length === 0) return []
    const { db, log } = this.hub
    const streams = await db.query<{ stream_id: string }>('select stream_id from hub.streams where person_id = $1', [learnerId])
    const found = new Set<string>()
    for (const { stream_id } of streams)
      for (const event of await log.readStream(stream_id)) {
        if (/Corrected$|Revised$/.test(event.type) && ledTo.includes(event.eventId)) found.add(event.eventId)
        if (event.type === 'RestrictionPlaced' && event.data['hidden'] === false) {
          const { restrictionId } = event.data as { restrictionId: string }
          if (ledTo.includes(restrictionId)) found.add(restrictionId)
        }
      }
    return [...found]
  }
}

/** The agency that answers for the region. */
export async function authorityOf(rows: HubRows): Promise<string> {
  const authorities = await rows.find(agencies, { sector: 'authority', status: 'open' })
  return authorities.map(each => each.agencyId!).sort()[0] ?? 'authority'
}

/** Whether a safeguarding restriction of the learner is in force: as everything written until now says. */
export async function isHeldForSafety({ db, log, now }: OpenHub, learnerId: string): Promise<boolean> {
  const views = [restrictions.name, hiddenRestrictions.name]
  if (!(await waitFor(db, await log.head(), { views, timeoutMs: 3_000 })))
    throw new Overloaded('The views of restrictions have not read so far.')
  return (await safeguardingRestrictions(db, learnerId, dayOf(now()))).length > 0
}

/** Restrictions for the safety of the learner that are in force on this day, as the views say. */
export async function safeguardingRestrictions(db: Sql, learnerId: string, today: string): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `select restriction_id as id from hub.hidden_restrictions where learner_id = $1 and status = 'placed' and until > $2::date
     union all
     select restriction_id from hub.restrictions
      where learner_id = $1 and status = 'placed' and until > $2::date and grounds = 'safeguarding'`,
    [learnerId, today],
    { name: 'safeguarding_restrictions' },
  )
  return rows.map(({ id }) => id)
}
