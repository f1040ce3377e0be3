import { type DomainEvent, EventStore, MemoryLog, type Recorded } from '@passerelle/event-log'
import { Erased } from '@passerelle/keyring'

/** A history that is told in the place of what happened. */
export interface Retelling {
  /** Streams that are not there. */
  readonly without?: ReadonlySet<string>
  /** A log of streams that are there besides, and whom each is about. */
  readonly besides?: { readonly log: MemoryLog; readonly personOf: ReadonlyMap<string, string> }
  readonly reword?: (text: string) => string
}

/** What reads of the log are told; what is written, and whoever reads all of it, knows better. */
export interface Told {
  retelling?: Retelling | undefined
  /** How events are opened wrongly, on purpose. */
  spoilt?: ((event: Recorded) => Recorded) | undefined
}

export class RetoldLog extends MemoryLog {
  constructor(
    private readonly told: Told,
    ...how: ConstructorParameters<typeof MemoryLog>
  ) {
    super(...how)
  }

  override async readStream(...[streamId, options]: Parameters<MemoryLog['readStream']>) {
    const { without, besides } = this.told.retelling ?? {}
    if (besides?.personOf.has(streamId)) return besides.log.readStream(streamId, options)
    return without?.has(streamId) ? [] : super.readStream(streamId, options)
  }
}

export class RetoldStore extends EventStore {
  constructor(
    private readonly told: Told,
    ...how: ConstructorParameters<typeof EventStore>
  ) {
    super(...how)
  }

  override async decode<Event extends DomainEvent = DomainEvent>(...of: Parameters<EventStore['decode']>) {
    const { retelling, spoilt } = this.told
    const opened = await super.decode<Event>(...of)
    const { reword } = retelling ?? {}
    const retold = reword ? opened.map(event => ({ ...event, data: reworded(event.data, reword) })) : opened
    return spoilt ? retold.map(event => spoilt(event) as Recorded<Event>) : retold
  }
}

function reworded<T>(value: T, reword: (text: string) => string): T
function reworded(value: unknown, reword: (text: string) => string): unknown {
  if (typeof value === 'string') return reword(value)
  if (Array.isArray(value)) return value.map(each => reworded(each, reword))
  if (value === null || typeof value !== 'object' || value instanceof Erased) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, reworded(each, reword)]))
}
