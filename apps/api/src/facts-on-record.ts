import {
  ageLinesEvents,
  ageLinesId,
  ageLinesInForce,
  agencies,
  agencyEvents,
  defaultAgeLines,
  sharingAgreementEvents,
  sharingAgreements,
  staffEvents,
  staffRoles,
} from '@passerelle/agency'
import type { Database } from '@passerelle/database'
import { type EventDefinitions, type EventStore, idOfStream, type StoredEvent } from '@passerelle/event-log'
import { classEvents } from '@passerelle/participation'
import { DatabaseHubRows, type Hub, type RegionRows, type Row, rowsAfter, type View, type Where } from '@passerelle/projections'
import { type DenyList, indexed, type Instant, type LearnerFacts, type RegionFacts } from '@passerelle/sharing'
import { aboutLearners, classFacts, type FactsRow, learnerFacts, noFacts, toLearnerFacts, toRegionFacts } from '@passerelle/views'

/** What was recorded of one learner and of the agencies that matter to them, up to one moment. */
export interface KnownFacts {
  readonly row: FactsRow
  readonly region: RegionRows
}

/** As the oracle is asked with them. */
export function toOracleFacts({ row, region: rows }: KnownFacts): {
  readonly learner: LearnerFacts
  readonly region: RegionFacts
} {
  const region = toRegionFacts(rows, defaultAgeLines)
  return { learner: toLearnerFacts(row, indexed(region), rows), region }
}

/**
 * The facts that decide who may see a learner, as the log had recorded them at a moment: of now with the region as the hub's views have it but for
 * what they have not read of its end, of the past with the region folded again too. Never shown to anybody: the oracle is asked with them.
 */
export class FactsOnRecord {
  private readonly rows: DatabaseHubRows
  constructor(
    private readonly db: Database,
    private readonly store: EventStore,
    private readonly hub: Hub,
    private readonly denials: DenyList,
  ) {
    this.rows = new DatabaseHubRows(db)
  }

  /**
   * Undefined where the hub knows no such learner today. Where nothing was recorded by then, a learner with nothing to their name: since when others
   * have known them is nobody's to learn. Staff of one agency, or of all.
   */
  async of(learnerId: string, { agencyId, asOf }: { agencyId?: string; asOf?: Instant } = {}): Promise<KnownFacts | undefined> {
    // First: what is settled meanwhile, the views know.
    const denied = await this.denials.streamsOn(this.db, learnerId)
    const known = await this.streams('person_id = $1', [learnerId])
    if (known.length === 0) return undefined
    const ofLearner = aboutLearners.map(({ streamCategory }) => `${streamCategory}-`)
    const streams = [...new Set([...known, ...denied.filter(stream => ofLearner.some(kind => stream.startsWith(kind)))])]
    const [row = noFacts(learnerId)] = await this.fold<FactsRow>(learnerFacts, await this.events(streams, asOf))
    const classIds = Object.values(row.enrolments ?? {}).flatMap(({ classId }) => (classId ? [classId] : []))
    const region = await (asOf === undefined
      ? this.regionNow(agencyId, classIds, denied)
      : this.regionThen(agencyId, classIds, asOf))
    return { row, region: toRegionRows(region) }
  }

  private async regionNow(
    agencyId: string | undefined,
    classIds: readonly string[],
    denied: readonly string[],
  ): Promise<RegionParts> {
    const ofAgency = agencyId === undefined ? {} : { agencyId }
    return [
      [agencies, await this.current(agencies, agencyEvents, {}, denied)],
      [staffRoles, await this.current(staffRoles, staffEvents, ofAgency, denied)],
      [sharingAgreements, await this.current(sharingAgreements, sharingAgreementEvents, {}, denied)],
      [ageLinesInForce, await this.rows.find(ageLinesInForce, {})],
      [classFacts, await this.current(classFacts, classEvents, { classId: { in: classIds } }, denied)],
    ]
  }

  /** The rows as the view has them, but for those of streams on the deny list, whose end it may not have read: they are folded again. */
  private async current<V extends View>(view: V, events: EventDefinitions, where: Where<V>, denied: readonly string[]) {
    const rows: readonly Row[] = await this.rows.find(view, where)
    const streams = denied.filter(stream => stream.startsWith(`${events.streamCategory}-`))
    if (streams.length === 0) return rows
    const ids = new Set<unknown>(streams.map(idOfStream))
    const [ownId] = view.keys
    return [...rows.filter(row => !ids.has(row[ownId!])), ...(await this.fold<Row>(view, await this.events(streams, undefined)))]
  }

  /** Agencies and agreements are never removed from their views; roles are, so every member of staff is looked at. */
  private async regionThen(agencyId: string | undefined, classIds: readonly string[], asOf: Instant): Promise<RegionParts> {
    const known = async (view: View, events: EventDefinitions, ids: readonly string[]): Promise<RegionParts[number]> => {
      const streams = ids.map(id => `${events.streamCategory}-${id}`)
      return [view, await this.fold(view, await this.events(streams, asOf))]
    }
    const open = (await this.rows.find(agencies, {})).map(({ agencyId }) => agencyId!)
    const agreed = (await this.rows.find(sharingAgreements, {})).map(({ agreementId }) => agreementId!)
    const staff = await this.streams('stream_id like $1', [`${staffEvents.streamCategory}-%`])
    const roles = await this.fold<{ agencyId?: string }>(staffRoles, await this.events(staff, asOf))
    return [
      await known(agencies, agencyEvents, open),
      [staffRoles, roles.filter(role => agencyId === undefined || role.agencyId === agencyId)],
      await known(sharingAgreements, sharingAgreementEvents, agreed),
      await known(ageLinesInForce, ageLinesEvents, [ageLinesId]),
      await known(classFacts, classEvents, [...new Set(classIds)]),
    ]
  }

  private async streams(where: string, params: readonly string[]): Promise<string[]> {
    const rows = await this.db.query<{ stream_id: string }>(`select stream_id from hub.streams where ${where}`, params)
    return rows.map(({ stream_id }) => stream_id)
  }

  private async events(streams: readonly string[], asOf: Instant | undefined): Promise<StoredEvent[]> {
    const events: StoredEvent[] = []
    for (let i = 0; i < streams.length; i += atOnce) {
      const some = await Promise.all(streams.slice(i, i + atOnce).map(each => this.store.log.readStream(each)))
      events.push(...some.flat().filter(({ recordedAt }) => asOf === undefined || recordedAt <= asOf))
    }
    return events.sort((a, b) => (a.globalPosition < b.globalPosition ? -1 : 1))
  }

  private async fold<R>(view: View, events: readonly StoredEvent[]): Promise<R[]> {
    return (await rowsAfter(this.store, this.hub, view, events)).map(({ values }) => values as R)
  }
}

const atOnce = 50
type RegionParts = readonly (readonly [View, readonly object[]])[]

function toRegionRows(parts: RegionParts): RegionRows {
  const rows = new Map<View, readonly Row[]>(parts.map(([view, all]) => [view, all as readonly Row[]]))
  const all = (view: View) => rows.get(view)!
  return {
    all: all as RegionRows['all'],
    find: ((view: View, key: string) =>
      all(view).find(row => view.keys.map(name => row[name]).join('|') === key)) as RegionRows['find'],
  }
}
