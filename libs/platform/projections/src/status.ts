import type { Position } from '@passerelle/event-log'
import { isForAgency, isForEveryone, knownAgencies } from './agencies.js'
import { isPolicyPlan } from './hub.js'
import { runningOtherwise } from './lanes.js'
import { type ParkedEvent, parkedEvents } from './parking.js'
import type { Projector, ProjectorOptions } from './projector.js'

export interface Lag {
  /** Events of the log not yet taken in; never more than were counted. */
  readonly events: number
  /** Age of the oldest of them, in seconds; 0 where there is none. */
  readonly ageSeconds: number
}
export interface Status {
  readonly head: Position
  readonly views: readonly (Lag & { readonly view: string; readonly stopped: boolean })[]
  /** Of all that the agency reads, and of what decides what it may hold. */
  readonly agencies: readonly (Lag & { readonly agencyId: string })[]
  readonly parked: readonly ParkedEvent[]
  /** Learners closed to everybody because the policy failed at their facts. */
  readonly underivable: number
  /** Parts of the learners that have still to be derived again after the region changed. */
  readonly partsToDerive: number
  /** Since this worker began: events of types that no view has heard of. */
  readonly ignored: readonly { readonly type: string; readonly events: number }[]
  /** Views that run otherwise than this release declares them: rebuild them. */
  readonly otherVersions: readonly string[]
}

/** Most events that are counted as lag. */
const countUpTo = 5_000

/** How the read models stand, in plain numbers. Lag says how far behind they are; whether something was left out, only {@link audit} says. */
export async function readStatus({ db, store, hub, now }: ProjectorOptions, projector?: Projector): Promise<Status> {
  const at = now?.() ?? new Date()
  const lanes = await db.query<{ view: string; position: Position; stopped: boolean }>(
    `select view, min(position) as position, bool_or(status = 'stopped') as stopped from projections.checkpoints
      where slot = 'live' group by view order by view`,
  )
  const declared = lanes.filter(lane => hub.plans.some(plan => plan.name === lane.view))
  const hindmost = declared.reduce<Position | undefined>(
    (min, l) => (min === undefined || l.position < min ? l.position : min),
    undefined,
  )
  const ahead = hindmost === undefined ? [] : await store.log.readAll(hindmost, countUpTo)
  const lagAfter = (position: Position): Lag => {
    const missing = ahead.filter(event => event.globalPosition > position)
    const oldest = missing[0]
    return {
      events: missing.length,
      ageSeconds: oldest ? Math.max(0, (at.getTime() - Date.parse(oldest.recordedAt)) / 1_000) : 0,
    }
  }
  const views = declared.map(({ view, position, stopped }) => ({ view, ...lagAfter(position), stopped }))
  const agencies = (await knownAgencies(db, 'live')).map(({ agencyId, sector }) => {
    const read = hub.plans.filter(
      p => isPolicyPlan(hub, p) || (hub.shared.includes(p) && (isForEveryone(p) || isForAgency(p, sector))),
    )
    const lags = views.filter(({ view }) => read.some(plan => plan.name === view))
    return { agencyId, events: Math.max(0, ...lags.map(l => l.events)), ageSeconds: Math.max(0, ...lags.map(l => l.ageSeconds)) }
  })
  const [deriving] = await db.query<{ parts: number }>(
    `select count(*) as parts from projections.region r join projections.region_progress p on p.slot = r.slot
      where r.slot = 'live' and p.version < r.version`,
  )
  const [faults] = hub.policy
    ? await db.query<{ learners: number }>('select count(*) as learners from hub.derivations where fault is not null')
    : []
  return {
    head: await store.log.head(),
    views,
    agencies,
    parked: await parkedEvents(db),
    underivable: faults?.learners ?? 0,
    partsToDerive: deriving!.parts,
    ignored: [...(projector?.ignored ?? [])].map(([type, events]) => ({ type, events })),
    otherVersions: await runningOtherwise(db, hub.plans, 'live'),
  }
}
