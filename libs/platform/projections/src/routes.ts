import { type EventDefinition, type EventStore, type Recorded, type StoredEvent } from '@passerelle/event-log'
import { Erased } from '@passerelle/keyring'
import type { Effect, Opened } from './fold.js'
import { definitionsOf, type Hub } from './hub.js'
import type { ViewPlan } from './view-plan.js'

/** What events of one type mean to which views. */
export interface Route {
  /** By place of the view among the plans. */
  readonly effects: readonly { readonly plan: number; readonly effect: Effect }[]
  readonly forgets: ((event: Recorded) => ReadonlySet<any>) | undefined
  /** No view has heard of the type. */
  readonly unknown: boolean
}

/** Tells for each event which views it concerns, and opens it once for all of them. */
export class Routes {
  private readonly byType = new Map<string, Route>()
  private readonly definitions: ReadonlyMap<string, EventDefinition>
  private readonly named = new Set<string>()

  constructor(
    private readonly hub: Hub,
    readonly plans: readonly ViewPlan[],
  ) {
    this.definitions = definitionsOf(hub, plans)
    for (const { view } of hub.plans) for (const type of view.definitions.keys()) this.named.add(type)
    for (const type of hub.forgetting?.from.definitions.keys() ?? []) this.named.add(type)
  }

  of(event: StoredEvent): Route {
    let route = this.byType.get(event.type)
    if (!route) this.byType.set(event.type, (route = this.make(event)))
    return route
  }

  /** Calls `visit` with what the event means to each view, forgetting included. */
  each(opened: Opened, visit: (plan: number, effect: Effect) => void): void {
    const route = this.of(opened.stored)
    for (const { plan, effect } of route.effects) visit(plan, effect)
    if (!route.forgets || !opened.event || opened.stored.subjectRef === undefined) return
    const effect: Effect = { kind: 'forget', categories: route.forgets(opened.event) }
    for (let plan = 0; plan < this.plans.length; plan++) {
      // Facts that hear of it themselves decide what to keep: a restriction must not end because what it closed was erased.
      const decides = this.plans[plan] === this.hub.facts && this.hub.facts!.view.on.has(opened.stored.type)
      if (this.plans[plan]!.subject && !decides) visit(plan, effect)
    }
  }

  /**
   * Opens a page. An event that cannot be opened carries its fault, for the views that need it; the others are not held up.
   * @throws what is wrong with the keyring's store rather than with an event: try again later.
   */
  async open(store: EventStore, page: readonly StoredEvent[]): Promise<Opened[]> {
    const wanted = page.filter(event => this.definitions.has(event.type))
    let opened: (Recorded | Fault)[]
    try {
      opened = await store.decode(wanted, this.definitions)
    } catch {
      opened = []
      for (const one of wanted) opened.push(await store.decode([one], this.definitions).then(([event]) => event!, faultOf))
    }
    let next = 0
    return page.map((stored): Opened => {
      const event = this.definitions.has(stored.type) ? opened[next++]! : undefined
      if (event instanceof Fault) return { stored, event: undefined, someErased: false, fault: event.cause }
      return { stored, event, someErased: event !== undefined && stored.keyRefs.length > 0 && hasErased(event.data) }
    })
  }

  private make(event: StoredEvent): Route {
    const category = event.streamId.slice(0, event.streamId.indexOf('-'))
    const effects: { plan: number; effect: Effect }[] = []
    this.plans.forEach(({ view, ownStreams }, plan) => {
      const handler = view.on.get(event.type)
      if (handler) effects.push({ plan, effect: { kind: 'fold', handler } })
      else if (ownStreams.has(category)) effects.push({ plan, effect: { kind: 'touch' } })
    })
    const forgets = this.hub.forgetting?.on[event.type]
    return { effects, forgets: forgets && (e => new Set(forgets(e))), unknown: !this.named.has(event.type) }
  }
}

class Fault {
  constructor(readonly cause: unknown) {}
}

/** Faults of the event itself are of the log, the keyring or a plain programming error; what else has a code came from a server or the system. */
function faultOf(error: unknown): Fault {
  const code = (error as { code?: unknown } | undefined)?.code
  if (code === undefined || /^(LOG\.|KEYRING\.|ERR_)/.test(String(code))) return new Fault(error)
  throw error
}

function hasErased(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false
  if (value instanceof Erased) return true
  return Array.isArray(value) ? value.some(hasErased) : Object.values(value).some(hasErased)
}
