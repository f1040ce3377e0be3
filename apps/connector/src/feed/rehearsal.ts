import { type Decider, type DomainEvent, type EventStore, InvalidEvent, streamIdOf } from '@passerelle/event-log'

/** Decides as the store would, on states of its own, and writes nothing: neither events nor keys. */
export class Rehearsal {
  private readonly states = new Map<string, unknown>()

  constructor(private readonly store: EventStore) {}

  async load<State, Event extends DomainEvent>(decider: Decider<State, Event>, aggregateId: string): Promise<State> {
    const streamId = streamIdOf(decider, aggregateId)
    if (!this.states.has(streamId)) return (await this.store.load(decider, aggregateId)).state
    return this.states.get(streamId) as State
  }

  async handle<State, Event extends DomainEvent>(
    decider: Decider<State, Event>,
    aggregateId: string,
    decide: (state: State) => readonly Event[],
  ): Promise<{ events: readonly Event[] }> {
    const streamId = streamIdOf(decider, aggregateId)
    const loaded = await this.load(decider, aggregateId)
    // Another lane may have decided on it meanwhile.
    const state = (this.states.get(streamId) ?? loaded) as State
    const events = decide(state)
    for (const { type, data } of events) {
      const definition = decider.events.definitions.get(type)
      if (!definition) throw new InvalidEvent(`There is no event type ${type} of ${decider.events.streamCategory}.`)
      const faults = definition.faults(JSON.parse(JSON.stringify(data)))
      if (faults.length > 0) throw InvalidEvent.ofSchema(type, faults)
    }
    let after = state
    for (const event of events) after = decider.evolve(after, { ...event, eventId: 'rehearsed' })
    if (events.length > 0) this.states.set(streamId, after)
    return { events }
  }
}
