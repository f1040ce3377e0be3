import { defaultAgeLines } from '@passerelle/agency'
import { type Decider, type DomainEvent, streamIdOf } from '@passerelle/event-log'
import type { RegionRows, View } from '@passerelle/projections'
import { indexed, type LearnerFacts, type RegionFacts } from '@passerelle/sharing'
import { entitlementPolicy, type FactsRow, toLearnerFacts, toRegionFacts } from '@passerelle/views'
import type { Happening } from '../proof/happenings.js'

type Row = Readonly<Record<string, unknown>>
type Rows = ReadonlyMap<View, ReadonlyMap<string, Row>>
type Told = Pick<Happening, 'decider' | 'id' | 'event' | 'by' | 'at'>

const { learnerFacts, regionFacts: regionViews } = entitlementPolicy
const views: readonly View[] = [learnerFacts, ...regionViews]

/** What decides who may see whom after some events, as a value: what happens next makes another and leaves this one as it is. */
export class KnownFacts {
  private constructor(
    private readonly rows: Rows,
    private readonly states: ReadonlyMap<string, unknown>,
    readonly region: RegionFacts,
    private readonly regionRows: RegionRows,
    private readonly events: number,
    /** What was asked for once and has not changed since. */
    private readonly known: Map<string, LearnerFacts>,
  ) {}

  static readonly none = KnownFacts.of(new Map(views.map(view => [view, new Map()])), new Map(), 0)

  private static of(rows: Rows, states: ReadonlyMap<string, unknown>, events: number, before?: KnownFacts): KnownFacts {
    if (before && regionViews.every(view => rows.get(view) === before.rows.get(view))) {
      const same = [...before.known].filter(([id]) => rows.get(learnerFacts)!.get(id) === before.rows.get(learnerFacts)!.get(id))
      return new KnownFacts(rows, states, before.region, before.regionRows, events, new Map(same))
    }
    const regionRows: RegionRows = {
      all: view => [...rows.get(view as View)!.values()] as never,
      find: (view, key) => rows.get(view as View)!.get(key) as never,
    }
    return new KnownFacts(rows, states, toRegionFacts(regionRows, defaultAgeLines), regionRows, events, new Map())
  }

  /** @throws TypeError what could not have happened, where a fold rightly refuses it */
  after({ decider, id, event, by, at }: Told): KnownFacts {
    const streamId = streamIdOf(decider, id)
    const state: unknown = decider.evolve(this.stateOf(decider, id), event)
    const known = {
      ...event,
      streamId,
      subjectRef: decider.subject(state),
      controllerAgencyId: by.agencyId,
      occurredAt: at,
      globalPosition: String(this.events).padStart(10, '0'),
    }
    const rows = new Map([...this.rows].map(([view, held]) => [view, folded(view, held, known)]))
    return KnownFacts.of(rows, new Map(this.states).set(streamId, state), this.events + 1, this)
  }

  stateOf(decider: Decider<any, DomainEvent>, id: string): unknown {
    const streamId = streamIdOf(decider, id)
    return this.states.has(streamId) ? this.states.get(streamId) : decider.initial
  }

  get learnerIds(): string[] {
    return [...this.rows.get(learnerFacts)!.keys()]
  }

  learner(learnerId: string): LearnerFacts | undefined {
    const row = this.rows.get(learnerFacts)!.get(learnerId)
    if (row && !this.known.has(learnerId))
      this.known.set(learnerId, toLearnerFacts(row as unknown as FactsRow, indexed(this.region), this.regionRows))
    return this.known.get(learnerId)
  }

  /** Whether anything decides otherwise who sees what: besides that an agency recorded something, which opens its own rows to it. */
  decidesOtherwise(before: KnownFacts): boolean {
    if (this.region !== before.region) return true
    const earlier = before.rows.get(learnerFacts)!
    return [...this.rows.get(learnerFacts)!].some(([id, row]) =>
      Object.keys(row).some(name => name !== 'recordedBy' && row[name] !== earlier.get(id)?.[name]),
    )
  }

  /** Whether nothing about this learner, nor the region, is otherwise than before. */
  isAsBefore(before: KnownFacts, learnerId: string): boolean {
    return (
      this.region === before.region &&
      this.rows.get(learnerFacts)!.get(learnerId) === before.rows.get(learnerFacts)!.get(learnerId)
    )
  }
}

function folded(view: View, rows: ReadonlyMap<string, Row>, event: DomainEvent & { readonly streamId: string }) {
  const handler = view.on.get(event.type)
  if (!handler) return rows
  let after: Map<string, Row> | undefined
  for (const key of handler.rows(event as never)) {
    const before = rows.get(key)
    const changes = handler.fold(event as never, before, key)
    if (changes === undefined || (!before && (changes === null || view.keys.some(each => changes[each] === undefined)))) continue
    after ??= new Map(rows)
    if (changes === null) after.delete(key)
    else after.set(key, { ...(before ?? blank(view)), ...said(changes) })
  }
  return after ?? rows
}

const blank = (view: View): Row => Object.fromEntries(Object.keys(view.columns).map(name => [name, null]))
const said = (changes: object): Row => Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
