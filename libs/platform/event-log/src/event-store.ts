import { v7 as uuidv7 } from 'uuid'
import { Erased, type Keyring, type Sealed, type ToOpen, type ToSeal } from '@passerelle/keyring'
import type { Category, Denial, Purpose } from '@passerelle/sharing'
import { type Decider, Refused, Stale, streamIdOf } from './decider.js'
import type { DomainEvent, EventDefinition, EventDefinitions } from './define-events.js'
import type { Actor, LegalBasis, NewEvent, Position, Source, StoredEvent } from './event.js'
import { Conflict, type EventLog, InvalidEvent } from './event-log.js'

/** Under what a command is given: all that the envelope needs and a decider must not know. */
export interface CommandContext {
  readonly actor: Actor
  readonly controllerAgencyId: string
  readonly purpose: Purpose
  readonly legalBasis: LegalBasis
  /** When it was true; now, unless a feed or a late correction says otherwise. */
  readonly occurredAt: string
  readonly correlationId: string
  /** The event or request that caused it. */
  readonly causationId: string
  readonly language: string
  readonly source?: Source
}

/** An event as readers see it: newest payload version, personal fields open or {@link Erased}, with its envelope. */
export type Recorded<E extends DomainEvent = DomainEvent> = Omit<StoredEvent, 'type' | 'data'> & E

export interface Handled<State, Event> {
  readonly state: State
  /** What was recorded; empty where nothing new happened. */
  readonly events: readonly (Event & { readonly eventId: string })[]
  /** Revision of the stream afterwards, -1 where it still does not exist: what the next command must name as its version. */
  readonly version: number
  /** Where the answer's reader must have arrived to see it; undefined where nothing was recorded. */
  readonly position: Position | undefined
}

export interface HandleOptions {
  /** The version the command was decided on: a stale one throws {@link Stale}. Without it, a conflict is decided again on the newer state. */
  readonly version?: number
}

/** Newer than this code knows: stops the reader, is never skipped. */
export class UnknownSchemaVersion extends Error {
  readonly code = 'LOG.UNKNOWN_SCHEMA_VERSION'
}

/** Where reads are cut before the event that takes something from readers is written. */
export interface DenyFirst {
  /** Holds the denials while `record` runs and after it; takes them back where nothing was written. */
  around<T extends { readonly position: Position | undefined }>(
    denials: readonly Denial[],
    record: () => Promise<T>,
    wasNotWritten: (error: unknown) => boolean,
  ): Promise<T>
}

/** The event log with the keyring that seals what it keeps about people. Contexts and apps record and read through it. */
export class EventStore {
  /** Without `denyFirst` nothing reads: what events close is left to the models. */
  constructor(
    readonly log: EventLog,
    readonly keyring: Keyring,
    private readonly denyFirst?: DenyFirst,
  ) {}

  /**
   * Reads the stream, lets `decide` decide on its state, and appends what it decided. With a `source`: where this stream's last
   * event from the same system and external id has the same content hash, nothing is decided and nothing is new, so a feed
   * row says all that it says about a stream in one `handle` ({@link inTurn}).
   * @throws Refused by a rule; Stale; InvalidEvent where a payload breaks its schema; what the log throws.
   */
  async handle<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    aggregateId: string,
    context: CommandContext,
    decide: (state: State) => readonly Event[],
    { version }: HandleOptions = {},
  ): Promise<Handled<State, Event>> {
    const streamId = streamIdOf(decider, aggregateId)
    for (let attempt = 1; ; attempt++) {
      const { state, version: current, stored } = await this.read(decider, aggregateId)
      if (version !== undefined && version !== current) throw new Stale(streamId, version, current)
      const resent = context.source && isLastOf(context.source, stored)
      const decided = (resent ? [] : decide(state)).map(event => ({
        ...event,
        eventId: uuidv7(),
        occurredAt: context.occurredAt,
      }))
      const denials: Denial[] = []
      const after = decided.reduce((s, event) => {
        for (const closing of decider.closes?.(s, event) ?? [])
          denials.push({ ...closing, denialId: `${event.eventId}:${denials.length}`, ref: streamId })
        return decider.evolve(s, event)
      }, state)
      if (decided.length === 0) return { state, events: [], version: current, position: undefined }
      const events = await this.encode(decider.events, streamId, decider.subject(after), context, decided)
      try {
        const append = () => this.log.append(streamId, current === -1 ? 'none' : current, events)
        const { position, revision } = await (this.denyFirst && denials.length > 0
          ? this.denyFirst.around(denials, append, error => error instanceof Conflict)
          : append())
        return { state: after, events: decided, version: revision, position }
      } catch (error) {
        if (!(error instanceof Conflict)) throw error
        if (version !== undefined) throw new Stale(streamId, version, error.revision)
        if (attempt === 5) throw error
      }
    }
  }

  /** The aggregate as it is, or as it was with the events that `until` accepts. Version -1 where it does not exist. */
  async load<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    aggregateId: string,
    until: (event: StoredEvent) => boolean = () => true,
  ): Promise<{ state: State; version: number; begunBy: string | undefined; begunWith: Event['data'] | undefined }> {
    const { state, version, stored, events } = await this.read(decider, aggregateId, until)
    return { state, version, begunBy: stored[0]?.controllerAgencyId, begunWith: events[0]?.data }
  }

  private async read<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    aggregateId: string,
    until: (event: StoredEvent) => boolean = () => true,
  ) {
    const stored = (await this.log.readStream(streamIdOf(decider, aggregateId))).filter(until)
    const events = await this.decode<Event>(stored, decider.events.definitions)
    const state = events.reduce((s, e) => decider.evolve(s, e), decider.initial)
    return { state, version: stored.at(-1)?.streamVersion ?? -1, stored, events }
  }

  /**
   * Opens and upcasts stored events; those whose type is not in `definitions` are left out.
   * @throws UnknownSchemaVersion; UnknownKey where the keyring does not know a key.
   */
  async decode<Event extends DomainEvent = DomainEvent>(
    stored: readonly StoredEvent[],
    definitions: ReadonlyMap<string, EventDefinition>,
  ): Promise<Recorded<Event>[]> {
    const known = stored.filter(event => definitions.has(event.type))
    const boxes: ToOpen[] = []
    const places: {
      readonly box: number
      readonly at: string
      readonly event: StoredEvent
      readonly put: (value: unknown) => void
    }[] = []
    const opened = known.map(event => {
      const definition = definitions.get(event.type)!
      if (event.schemaVersion > definition.version)
        throw new UnknownSchemaVersion(
          `Event ${event.eventId} is ${event.type} v${event.schemaVersion}; this release knows v${definition.version}. Install the newer release.`,
        )
      const paths = definition.personal[event.schemaVersion - 1]!
      if (paths.length === 0) return { event, definition, data: event.data as unknown }
      // Several readers may decode the same page.
      const { $boxes = {}, ...data } = copyOf(event.data) as { $boxes?: Record<string, string> }
      const boxOf = new Map<Category, number>()
      for (const [category, box] of Object.entries($boxes) as [Category, string][]) {
        boxOf.set(category, boxes.length)
        boxes.push({
          subject: event.subjectRef!,
          sealed: { $sealed: category, box },
          binding: binding(event.streamId, event.eventId, category),
        })
      }
      for (const { path, category } of paths)
        eachAt(data, path, (value, at, put) => {
          const box = isMarker(value) ? boxOf.get(category) : undefined
          if (box === undefined)
            throw new InvalidEvent(
              `Event ${event.eventId} (${event.type}) holds ${at} unsealed. Somebody changed the log: verify its hashes.`,
            )
          places.push({ box, at, event, put })
        })
      return { event, definition, data: data as unknown }
    })
    const values = boxes.length > 0 ? await this.keyring.open(boxes) : []
    for (const { box, at, event, put } of places) {
      const value = values[box] as Record<string, unknown> | Erased
      if (value instanceof Erased) put(value)
      else if (Object.hasOwn(value, at)) put(value[at])
      else
        throw new InvalidEvent(
          `Event ${event.eventId} (${event.type}) has no sealed value for ${at}. Somebody changed the log: verify its hashes.`,
        )
    }
    return opened.map(({ event, definition, data }) => {
      const newest = definition.upcasts
        .slice(event.schemaVersion - 1)
        .reduce<unknown>((old, upcast) => upcast(old as never), data)
      return { ...event, data: newest } as unknown as Recorded<Event>
    })
  }

  private async encode(
    { definitions }: EventDefinitions,
    streamId: string,
    subject: string | undefined,
    context: CommandContext,
    decided: readonly (DomainEvent & { readonly eventId: string })[],
  ): Promise<NewEvent[]> {
    const toSeal: (ToSeal & { readonly put: (sealed: Sealed) => void })[] = []
    const events = decided.map(event => {
      const definition = definitions.get(event.type)
      if (!definition) throw new InvalidEvent(`Stream ${streamId} has no event type ${event.type}. Declare it with defineEvents.`)
      const { eventId } = event
      const data: unknown = JSON.parse(JSON.stringify(event.data, refuseErased))
      const faults = definition.faults(data)
      if (faults.length > 0) throw InvalidEvent.ofSchema(event.type, faults)
      const values = new Map<Category, Record<string, unknown>>()
      for (const { category, path } of definition.personal[definition.version - 1]!)
        eachAt(data, path, (value, at, put) => {
          if (!subject) throw new InvalidEvent(`${event.type} carries personal data but its stream names no subject`)
          values.set(category, { ...values.get(category), [at]: value })
          put(marker)
        })
      const $boxes: Record<string, string> = {}
      for (const [category, value] of values)
        toSeal.push({
          subject: subject!,
          category,
          value,
          binding: binding(streamId, eventId, category),
          put: ({ box }) => ($boxes[category] = box),
        })
      return {
        eventId,
        type: event.type,
        schemaVersion: definition.version,
        occurredAt: context.occurredAt,
        ...(subject && { subjectRef: subject }),
        controllerAgencyId: context.controllerAgencyId,
        actor: context.actor,
        purpose: context.purpose,
        legalBasis: context.legalBasis,
        categories: [...values.keys()],
        keyRefs: [...values.keys()].map(category => `${subject}/${category}`),
        ...(context.source && { source: context.source }),
        correlationId: context.correlationId,
        causationId: context.causationId,
        language: context.language,
        data: { ...(data as NewEvent['data']), ...(values.size > 0 && { $boxes }) },
      } satisfies NewEvent
    })
    if (toSeal.length > 0) (await this.keyring.seal(toSeal)).forEach((sealed, i) => toSeal[i]!.put(sealed))
    return events
  }
}

/** The last thing this source said to the stream is what it says now. A content that changed away and back is news. */
function isLastOf(source: Source, stored: readonly StoredEvent[]): boolean {
  const last = stored.findLast(e => e.source?.system === source.system && e.source.externalId === source.externalId)
  return last?.source?.contentHash === source.contentHash
}

/**
 * What the log keeps of personal values: a marker in the place of each, and in `$boxes` one box for each category, which seals the values by
 * their place. One box and not one for each field: opening is what reading costs.
 */
const marker = { $sealed: true } as const
const isMarker = (value: unknown): boolean => (value as Partial<typeof marker> | null)?.$sealed === true

const binding = (streamId: string, eventId: string, category: Category) => `${streamId}|${eventId}|${category}`

// A replacer is given what `toJSON` made of the value; the value itself stands in its holder.
function refuseErased(this: Record<string, unknown>, key: string, value: unknown): unknown {
  if (this[key] instanceof Erased)
    throw new Refused('KEYRING.ERASED', 'What this would copy has been erased.', 'Record it anew, with a basis, if it is needed.')
  return value
}

function copyOf(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(copyOf)
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) copy[key] = copyOf((value as Record<string, unknown>)[key])
  return copy
}

/** The personal values that a payload of the current version carries: what its event would be sealed as. */
export function personalValues(definition: EventDefinition, data: unknown): { category: Category; value: unknown }[] {
  const values: { category: Category; value: unknown }[] = []
  for (const { category, path } of definition.personal[definition.version - 1]!)
    eachAt(data, path, value => values.push({ category, value }))
  return values
}

/** Calls `visit` for each value present at `path` in `data`; `put` replaces the value there, in `data` itself. */
function eachAt(
  data: unknown,
  path: readonly string[],
  visit: (value: unknown, at: string, put: (value: unknown) => void) => void,
): void {
  const walk = (node: any, depth: number, at: string): void => {
    if (node === null || typeof node !== 'object') return
    const step = path[depth]!
    const keys: (string | number)[] =
      step === '*' ? (Array.isArray(node) ? [...node.keys()] : []) : Object.hasOwn(node, step) ? [step] : []
    for (const key of keys) {
      const here = `${at}/${key}`
      if (depth < path.length - 1) walk(node[key], depth + 1, here)
      else if (node[key] !== undefined) visit(node[key], here, value => (node[key] = value))
    }
  }
  walk(data, 0, '')
}
