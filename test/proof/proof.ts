import { Chance } from '@passerelle/connector'
import { faces } from '@passerelle/api'
import type { Decider, DomainEvent, StoredEvent } from '@passerelle/event-log'
import type { GraphQLSchema } from 'graphql'
import { views } from '@passerelle/hub'
import type { Database } from '@passerelle/database'
import { learnerAgencyId, type LearnerFacts, type Reader, roleTerms, type Sector } from '@passerelle/sharing'
import type { World } from '@passerelle/testing/sharing'
import { faceSchemas } from '../schemas/face-files.js'
import { Asking, callerOf } from './asking.js'
import { compareEverything, expectedRows } from './differential.js'
import { type Guesses, guessesFrom } from './documents.js'
import { canariesIn } from './payloads.js'
import { everyDecider, type Post, type Story } from './happenings.js'
import type { Mutant } from './mutants.js'
import { ProofHub } from './proof-hub.js'
import { add, type Tally } from './tally.js'
import { holdsPost, type Look, once, truthOf } from './truth.js'

/** One region to whom much happened, and everybody who might look at it. */
export class Proof {
  private readonly truths = new Map<string, Promise<World>>()
  private readonly past = new Map<string, World>()
  private readonly known = new Map<string, Promise<ReadonlySet<string>>>()
  private ofStreams: Promise<ReadonlyMap<string, readonly string[]>> | undefined

  private constructor(
    readonly story: Story,
    readonly hub: ProofHub,
    private readonly events: readonly StoredEvent[],
    readonly world: World,
    readonly schemas: ReadonlyMap<string, GraphQLSchema>,
  ) {}

  static async of(story: Story, { schemas, spoilt }: Omit<ProofTools, 'deciders'>, databaseUrl?: string): Promise<Proof> {
    const hub = await ProofHub.of(story, databaseUrl, spoilt)
    const events = await hub.events()
    return new Proof(story, hub, events, await truthOf(hub, events), schemas)
  }

  /** Who may come in by a face, each with one of the purposes of their role; who broke the glass looks through it as well. */
  looksOf(face: string, chance: Chance, world = this.world): Look[] {
    const { sectors } = faces.find(({ name }) => name === face)!
    const broken = new Set(world.learners.flatMap(({ breakGlass }) => breakGlass.map(b => [b.userId, b.agencyId, b.role].join())))
    return this.story.posts
      .filter(post => sectors.includes(this.sectorOf(post)) && holdsPost(world, post))
      .map(post => ({ ...post, purpose: chance.pick(roleTerms[post.role].purposes) }))
      .flatMap((look): Look[] =>
        broken.has([look.userId, look.agencyId, look.role].join()) ? [look, { ...look, emergency: true }] : [look],
      )
  }

  /** Those of a face of whom the oracle says that they see most, of each role one before the next. */
  seeingMost(face: string, most: number, chance: Chance, world = this.world): Look[] {
    const looks = this.looksOf(face, chance, world).map(look => ({ look, seen: rowsSeen(world, look) }))
    const byRole = Map.groupBy(
      looks.filter(({ seen }) => seen > 0).sort((a, b) => b.seen - a.seen),
      ({ look }) => `${look.role} ${look.emergency ?? ''}`,
    )
    const ranks = Array.from({ length: looks.length }, (_, rank) => [...byRole.values()].flatMap(of => of.slice(rank, rank + 1)))
    return ranks
      .flat()
      .slice(0, most)
      .map(({ look }) => look)
  }

  /** Those whose post goes on, and to whom a later moment leaves least of what they see now. */
  losingMost(face: string, most: number, chance: Chance, later: World): Look[] {
    return this.looksOf(face, chance, later)
      .map(look => ({ look, lost: rowsSeen(this.world, look) - rowsSeen(later, look) }))
      .filter(({ lost }) => lost > 0)
      .sort((a, b) => b.lost - a.lost)
      .slice(0, most)
      .map(({ look }) => look)
  }

  askingAs(look: Look, face: string, through?: { readonly reader: Reader; readonly db: Database }): Asking {
    return new Asking(this.hub, this.schemas.get(face)!, callerOf(look, this.sectorOf(look), this.ownLearners(look)), through)
  }

  /** Every field of everything, as GraphQL answers it, is what the oracle says: of now, or of a later moment. */
  async compare(face: string, looks: readonly Look[], tally: Tally, world = this.world): Promise<void> {
    const later = world.now !== this.story.now && { at: world.now }
    for (const look of looks) {
      const compared = await compareEverything(world, look, this.schemas.get(face)!, this.askingAs(look, face))
      add(tally.decisions, face, compared.decisions)
      add(tally.seen, face, compared.seen)
      add(tally.ofPeriods, face, rowsSeen(world, look) - rowsSeen(withoutDays(world), look))
      for (const { what, expected, got } of compared.differences)
        tally.findings.push({ kind: 'differential', face, look, ...later, asked: what, expected, got })
    }
  }

  /** The same region so much later, when nothing more happened: what begins or ends by the clock has done so, and no model was told. */
  async later<T>(days: number, work: (world: World) => Promise<T>): Promise<T> {
    const now = new Date(Date.parse(this.story.now) + days * 86_400_000).toISOString()
    this.hub.setClock(now)
    try {
      return await work({ ...this.world, now })
    } finally {
      this.hub.setClock(this.story.now)
    }
  }

  /** What somebody's documents guess with: whatever stands anywhere in the region. */
  guessesOf(look: Look): Guesses {
    const likely = views
      .filter(view => view.subject && expectedRows(this.world, look, view, []).length > 0)
      .map(({ name }) => name)
    return guessesFrom(
      Object.values(this.world.rows).flatMap(rows => rows.map(({ values }) => values)),
      { learnerIds: this.story.learnerIds, past: this.pastInstants, likely },
    )
  }
  get pastInstants(): string[] {
    return [0.3, 0.6, 0.9].map(part => this.events[Math.floor(this.events.length * part)]!.recordedAt)
  }

  /** Whatever stands in a field that the oracle allows, now or as it was. */
  mayKnow(look: Look, asOf: string | undefined): Promise<ReadonlySet<string>> {
    const key = JSON.stringify([look, asOf])
    let known = this.known.get(key)
    if (!known) this.known.set(key, (known = this.tellable(look, asOf)))
    return known
  }
  private async tellable(look: Look, asOf: string | undefined): Promise<ReadonlySet<string>> {
    const worlds = asOf === undefined ? [this.world] : [this.world, await this.worldAsOf(asOf)]
    return new Set(worlds.flatMap(world => [...tokensIn(world, look)]))
  }
  /** The rows of then, under the facts of now. */
  async worldAsOf(asOf: string): Promise<World> {
    const { rows } = await this.truthAsOf(asOf)
    let world = this.past.get(asOf)
    if (!world) this.past.set(asOf, (world = { ...this.world, rows }))
    return world
  }

  /** What was known of each learner then. */
  async factsAsOf(asOf: string): Promise<ReadonlyMap<string, LearnerFacts>> {
    const { learners } = await this.truthAsOf(asOf)
    return new Map(learners.map(learner => [learner.learnerId, learner]))
  }
  private truthAsOf(asOf: string): Promise<World> {
    let truth = this.truths.get(asOf)
    if (!truth) {
      const events = this.events.filter(({ recordedAt }) => recordedAt <= asOf)
      this.truths.set(asOf, (truth = truthOf(this.hub, events)))
    }
    return truth
  }
  /** Which rows each stream has a part in, by view and key. */
  rowsOfStreams(): Promise<ReadonlyMap<string, readonly string[]>> {
    return (this.ofStreams ??= this.foldEachStream())
  }
  private async foldEachStream(): Promise<ReadonlyMap<string, readonly string[]>> {
    const rows = new Map<string, string[]>()
    for (const [streamId, events] of Map.groupBy(this.events, ({ streamId }) => streamId)) {
      const concerned = views.filter(view => events.some(({ type }) => view.on.has(type)))
      const keys = [...(await this.hub.rowsOf(concerned, events))].flatMap(([view, of]) =>
        of.map(({ values }) => `${view.name} ${view.keys.map(key => values[key]).join('|')}`),
      )
      rows.set(streamId, keys)
    }
    return rows
  }

  faceOf(look: Look): string {
    return faces.find(({ sectors }) => sectors.includes(this.sectorOf(look)))!.name
  }
  sectorOf({ agencyId }: Post): Sector {
    return agencyId === learnerAgencyId
      ? 'learner'
      : this.world.region.agencies.find(agency => agency.agencyId === agencyId)!.sector
  }
  ownLearners({ userId }: Post): string[] {
    return this.story.learnerIds.filter(learnerId => userId === learnerId || userId.startsWith(`${learnerId}.`))
  }

  async close(): Promise<void> {
    await this.hub.close()
  }
}

const dayless = new WeakMap<World, World>()
/** The same, but that nobody knows of which days a row tells. */
function withoutDays(world: World): World {
  let without = dayless.get(world)
  if (!without) {
    const rows = Object.entries(world.rows).map(([name, of]) => [name, of.map(({ days: _, ...row }) => row)] as const)
    dayless.set(world, (without = { ...world, rows: Object.fromEntries(rows) }))
  }
  return without
}

/** How many rows about learners the oracle allows somebody. */
const rowsSeen = once((world, look): number =>
  views.reduce((sum, view) => sum + (view.subject ? expectedRows(world, look, view, []).length : 0), 0),
)

/** Every canary that the oracle allows somebody. */
export const tokensIn = once((world, look): ReadonlySet<string> => {
  if (!holdsPost(world, look)) return new Set()
  return new Set(
    views.flatMap(view => [...canariesIn(JSON.stringify(expectedRows(world, look, view, Object.keys(view.columns))))]),
  )
})

export interface ProofTools {
  readonly deciders: readonly Decider<any, DomainEvent>[]
  readonly schemas: ReadonlyMap<string, GraphQLSchema>
  /** What is wrong with the hub, on purpose. */
  readonly spoilt?: Mutant
}
export const proofTools = async (): Promise<ProofTools> => ({ deciders: await everyDecider(), schemas: await faceSchemas() })
