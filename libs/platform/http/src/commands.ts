import {
  type CommandContext,
  dayOf,
  type Decider,
  type DomainEvent,
  type EventStore,
  fieldsThatDiffer,
  Refused,
  refuseFuture,
} from '@passerelle/event-log'
import { type Category, cellOf, type Circumstance, type Level, levels, type Levels } from '@passerelle/sharing'
import type { Caller } from './caller.js'
import { NotFound } from './errors/refusals.js'

/** What a command did: the aggregate, its version afterwards (what the next command must name), and where a reader must have arrived to see it. */
export interface CommandAnswer {
  readonly id: string
  readonly version: number
  /** Position of what was recorded; undefined where nothing new happened. */
  readonly position: string | undefined
  /** The learner it was about, for the answer to read on from. */
  readonly learnerId: string | undefined
  /** False where the read model had not arrived in time: read again a little later. */
  readonly visible: boolean
}

/** What the write side needs of the read side. */
export interface CommandPorts {
  /** The caller's levels on this learner now, all categories; undefined where they may not even know that the learner exists. */
  levelsOn(caller: Caller, learnerId: string): Promise<{ levels: Levels; ownLevels: Levels } | undefined>
  /** Whether the person was forgotten as a whole: then nothing begins that is about them. */
  isForgotten(learnerId: string): Promise<boolean>
  /** Whether an agency of that id is registered and not closed. */
  isOpenAgency(agencyId: string): Promise<boolean>
  /** Waits, bounded, until the caller's agency model has reached the position. */
  waitFor(caller: Caller, position: string): Promise<boolean>
  now(): Date
}

export interface CommandOptions<State> {
  /** The version the caller decided on; absent only for what begins a stream. */
  readonly version?: number
  /**
   * Category the command belongs to: the caller must hold it on the learner, at least at `existence`, or as their agency's own. By own rows alone, of whoever has
   * nothing else to do with the learner, nothing begins and nothing that others began moves, unless `ownSuffices`.
   */
  readonly category?: Category
  readonly level?: Exclude<Level, 'none'>
  /**
   * The learner, of a command that begins a stream. One whom the caller may not know is what they are told was not found. Of an id under which another
   * agency began something, or something about somebody else, they hear one thing, whether they may see that or not. That it is taken it tells them all
   * the same: whoever chooses an id has to hear that it cannot be theirs. Ids are random, and nobody comes upon one by trying.
   */
  readonly learnerId?: string
  /** Other learners the stream is about: the caller must hold the category on each of them too. */
  readonly alsoAbout?: (state: State) => readonly string[]
  /** Own rule of who may, for streams about no learner or held by an agency; false answers as if it did not exist. */
  readonly may?: (state: State, caller: Caller) => boolean
  /** Which circumstances hold of it that the matrix asks of own rows: where one is asked for that does not, it does not count as the agency's own. */
  readonly holds?: (state: State) => readonly Circumstance[]
  /** The command is for agencies that have nothing else to do with the learner any more, too. */
  readonly ownSuffices?: boolean
  readonly occurredAt?: string
  /** The day on which it happened, where a command writes down what has: one that is still to come is refused. */
  readonly on?: string
  /** What a command that begins a stream says, in the words of its first event: an id under which something else was said is not asked twice but taken. */
  readonly says?: object
  /** Agencies that the command names: one that is not there, or is closed, is refused. */
  readonly agencyIds?: readonly string[]
  /** What has to be done before the decision is written, once it is known that the caller may. Where it throws, nothing is decided. */
  readonly first?: (state: State) => Promise<void>
}

/** Runs what people ask for: checks that they may, lets the decision decide, and waits for the read model. */
export class Commands {
  constructor(
    private readonly store: EventStore,
    private readonly ports: CommandPorts,
  ) {}

  /** The moment to decide at. */
  now(): Date {
    return this.ports.now()
  }

  /**
   * @throws NotFound where the caller may not know of it; Stale; Refused by the decision, and of somebody who was forgotten; what `first` throws; a fault where neither `category` nor `may` says who may.
   */
  async run<State, Event extends DomainEvent>(
    caller: Caller,
    decider: Decider<State, Event>,
    id: string,
    decide: (state: State) => readonly Event[],
    options: CommandOptions<State>,
  ): Promise<CommandAnswer> {
    const { state, version, begunBy, begunWith } = await this.store.load(decider, id)
    const kind = decider.events.streamCategory
    const learnerId = options.learnerId ?? decider.subject(state)
    await this.assertMay(caller, kind, id, learnerId, state, begunBy, options)
    // Whoever read it knows its version: of what was never there nothing has changed since.
    if (version === -1 && options.version !== undefined) throw new NotFound(kind, id)
    const begins = options.learnerId !== undefined
    if (begins && version !== -1 && decider.subject(state) !== options.learnerId) throw new NotFound(kind, id)
    if (version === -1 && learnerId !== undefined && (await this.ports.isForgotten(learnerId)))
      throw new Refused('LEARNER.FORGOTTEN', 'This person was forgotten.', 'Record nothing more under this id.')
    if (options.on !== undefined) refuseFuture(firstWordOf(kind), options.on, dayOf(this.ports.now()))
    await this.assertOpen(options.agencyIds ?? [])
    const context = this.contextOf(caller, learnerId, options.occurredAt)
    await options.first?.(state)
    const isOthers = begins && begunBy !== undefined && begunBy !== caller.agencyId
    const taken = new NotFound(kind, id)
    const decided = isOthers ? (now: State) => unlessTaken(taken, () => decide(now)) : decide
    const handled = await this.store.handle(decider, id, context, decided, { version: options.version })
    const fields = handled.position === undefined && options.says && begunWith ? fieldsThatDiffer(options.says, begunWith) : []
    if (fields.length > 0) throw isOthers ? taken : otherContent(kind, id, fields)
    const visible = handled.position === undefined || (await this.ports.waitFor(caller, handled.position))
    // Whom it is about may be known from now on only.
    return {
      id,
      version: handled.version,
      position: handled.position,
      learnerId: decider.subject(handled.state) ?? learnerId,
      visible,
    }
  }

  /** A stream's state, for facts that a decision needs; never to be shown. */
  async stateOf<State, Event extends DomainEvent>(decider: Decider<State, Event>, id: string): Promise<State> {
    return (await this.store.load(decider, id)).state
  }

  /** The learner a stream is about, for facts that a decision needs. @throws NotFound */
  async learnerOf<State, Event extends DomainEvent>(decider: Decider<State, Event>, id: string): Promise<string> {
    const learnerId = decider.subject((await this.store.load(decider, id)).state)
    if (!learnerId) throw new NotFound(decider.events.streamCategory, id)
    return learnerId
  }

  private async assertMay<State>(
    caller: Caller,
    kind: string,
    id: string,
    learnerId: string | undefined,
    state: State,
    begunBy: string | undefined,
    options: CommandOptions<State>,
  ): Promise<void> {
    const { category, may, alsoAbout, ownSuffices = false, level = 'existence' } = options
    if (!category && !may) throw new Error(`Command on ${id} says neither category nor may: closed`)
    const isRefused = may !== undefined && !may(state, caller)
    if (isRefused && !category) throw new NotFound(kind, id)
    if (!category) return
    const reached = (of: Levels) => levels.indexOf(of[category] ?? 'none') >= levels.indexOf(level)
    const when = cellOf(category, caller.role).own?.when
    const isAsked = when === undefined || (options.holds?.(state).includes(when) ?? false)
    const isOwn = ownSuffices || begunBy === caller.agencyId
    const isHeld = (held: { levels: Levels; ownLevels: Levels }) =>
      reached(held.levels) || (isAsked && (isOwn || seesAny(held.levels)) && reached(held.ownLevels))
    for (const about of [learnerId, ...(alsoAbout?.(state) ?? [])]) {
      // Of what is not there, or not theirs, as much is looked up as of what is hidden.
      const held = await this.ports.levelsOn(caller, about ?? id)
      if (isRefused || about === undefined) throw new NotFound(kind, id)
      if (!held || !isHeld(held)) throw options.learnerId === about ? new NotFound('learner', about) : new NotFound(kind, id)
    }
  }

  private async assertOpen(agencyIds: readonly string[]): Promise<void> {
    const none: string[] = []
    for (const agencyId of new Set(agencyIds)) if (!(await this.ports.isOpenAgency(agencyId))) none.push(agencyId)
    if (none.length > 0)
      throw new Refused('AGENCY.UNKNOWN', 'No open agency has this id.', 'Name one of the agencies.', { agencyIds: none })
  }

  private contextOf(caller: Caller, learnerId: string | undefined, occurredAt?: string): CommandContext {
    const ownAct = caller.sector === 'learner'
    return {
      actor: {
        userId: caller.userId,
        agencyId: caller.agencyId,
        role: caller.role,
        ...(caller.role === 'guardian' && learnerId && { onBehalfOf: learnerId }),
      },
      controllerAgencyId: caller.agencyId,
      purpose: caller.purpose,
      legalBasis: ownAct ? { kind: 'consent', statute: 'GDPR 6(1)(a)' } : { kind: 'publicTask', statute: 'GDPR 6(1)(e)' },
      occurredAt: occurredAt ?? this.ports.now().toISOString(),
      correlationId: caller.correlationId,
      causationId: caller.requestId,
      language: caller.language,
    }
  }
}

const otherContent = (kind: string, id: string, fields: readonly string[]): Refused =>
  new Refused('COMMAND.OTHER_CONTENT', 'Something else was said under this id.', 'Choose another id, or say the same.', {
    kind,
    id,
    fields,
  })
/** `….EXISTS` is what decisions say of an id under which there is something else. */
function unlessTaken<Decided>(taken: NotFound, decide: () => Decided): Decided {
  try {
    return decide()
  } catch (error) {
    throw error instanceof Refused && error.code.endsWith('.EXISTS') ? taken : error
  }
}

/** Of a refusal's code: `breakGlass` → `BREAK_GLASS`. */
const firstWordOf = (kind: string): string => kind.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()
const seesAny = (of: Levels): boolean => Object.values(of).some(level => level !== 'none')
