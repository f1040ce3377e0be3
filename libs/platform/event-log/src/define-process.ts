import type { Decider } from './decider.js'
import type { DomainEvent, EventDefinition, EventDefinitions, EventOf } from './define-events.js'
import type { CommandContext, Handled, Recorded } from './event-store.js'

/** What every process may do. Side effects live in processes and nowhere else. */
export interface Acting {
  /** The moment at which it is handled. */
  readonly now: Date
  /**
   * Asks one decision. What it records names the event (or the clock) as its cause. The same cause may be handled again: the
   * decision must be quiet when asked twice. `under` says otherwise than the cause did.
   */
  decide<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    id: string,
    decide: (state: State) => readonly Event[],
    under?: Partial<Pick<CommandContext, 'controllerAgencyId' | 'purpose' | 'legalBasis'>>,
  ): Promise<Handled<State, Event>>
  /** The aggregate as it is now. */
  load<State, Event extends DomainEvent>(decider: Decider<State, Event>, id: string): Promise<State>
  /** A uuid for something that follows: the same parts give the same id each time the same cause is handled. */
  idFrom(...parts: readonly string[]): string
}

/** Work that time brings. Each item is acted on by itself: one that fails holds up no other, and is due again at the next tick. */
export interface Clock<Ports, Item> {
  readonly everyMinutes: number
  readonly due: (ports: Acting & Ports) => Promise<readonly Item[]>
  readonly act: (item: Item, ports: Acting & Ports) => Promise<void>
}

type EachEvent<D> = D extends EventDefinitions ? EventOf<D> : never
type EventsOf<D extends readonly EventDefinitions[]> = EachEvent<D[number]>

export interface ProcessDeclaration<Ports, D extends readonly EventDefinitions[], Item> {
  /** The contexts' events it listens to. */
  readonly from: D
  /** The keys are the subscription. Delivered at least once, in order within a stream. */
  readonly on: {
    readonly [T in EventsOf<D>['type']]?: (
      event: Recorded<Extract<EventsOf<D>, { type: T }>>,
      ports: Acting & Ports,
    ) => Promise<void>
  }
  readonly clock?: Clock<Ports, Item>
}

/** What follows when something happened, as a plain value. {@link ProcessRunner} runs it. */
export interface Process<Ports = any> {
  /** A sentence in kebab-case, the name of its file and of its checkpoint: never change it once shipped. */
  readonly name: string
  /** Only those it listens to. */
  readonly definitions: ReadonlyMap<string, EventDefinition>
  readonly on: ReadonlyMap<string, (event: Recorded<any>, ports: Acting & Ports) => Promise<void>>
  readonly clock: Clock<Ports, any> | undefined
}

/** Fixes what processes are given besides {@link Acting}: `const defineProcess = processesWith<Ports>()`. */
export function processesWith<Ports>() {
  /** @throws where it listens to a type that `from` does not define, or to nothing at all. */
  return <const D extends readonly EventDefinitions[], Item = never>(
    name: string,
    { from, on, clock }: ProcessDeclaration<Ports, D, Item>,
  ): Process<Ports> => {
    if (!/^[a-z]+(-[a-z]+)+$/.test(name)) throw new Error(`Process "${name}" needs a sentence in kebab-case as its name`)
    const known = new Map(from.flatMap(events => [...events.definitions]))
    const types = Object.keys(on)
    const unknown = types.find(type => !known.has(type))
    if (unknown) throw new Error(`Process ${name} listens to ${unknown}, which none of its events defines`)
    if (types.length === 0 && !clock) throw new Error(`Process ${name} listens to nothing and has no clock`)
    const definitions = new Map(types.map(type => [type, known.get(type)!]))
    return { name, definitions, on: new Map(Object.entries(on)) as Process<Ports>['on'], clock }
  }
}
