import { isDeepStrictEqual } from 'node:util'
import { Chance } from '@passerelle/connector'
import { faces } from '@passerelle/api'
import type { Decider, DomainEvent, StoredEvent } from '@passerelle/event-log'
import type { GraphQLSchema } from 'graphql'
import { hubDeclaration, views } from '@passerelle/hub'
import type { Database } from '@passerelle/database'
import { learnerAgencyId, parts, type Reader, roleTerms, type Sector } from '@passerelle/sharing'
import { mutants, rewriting } from './mutants.js'
import type { World } from '@passerelle/testing/sharing'
import { faceSchemas } from '../schemas/face-files.js'
import { otherwise } from './another-world.js'
import { Asking, callerOf } from './asking.js'
import { type ClosingHappening, closingsOf } from './closings.js'
import { compareEverything, expectedRows, nodeOf } from './differential.js'
import { canariesIn, documentOf, guessesFrom, type WrittenDocument } from './documents.js'
import { everyDecider, type Post, type Story, storyOf } from './happenings.js'
import { restartCanaries } from './payloads.js'
import { ProofHub } from './proof-hub.js'
import { holdsPost, type Look, truthOf } from './truth.js'

/** What was found to be wrong: who looked, what was asked, what should have been answered. */
export interface Finding {
  readonly kind: 'differential' | 'canary' | 'interference' | 'fault' | 'revocation' | 'monotony'
  readonly face: string
  readonly look: Look
  readonly asked: string
  readonly variables?: Readonly<Record<string, unknown>>
  readonly expected: unknown
  readonly got: unknown
}
export interface Tally {
  decisions: number
  /** Rows that somebody saw: a proof in which nobody sees anything proves nothing. */
  seen: number
  /** By face. */
  documents: Record<string, number>
  answers: number
  /** Hidden fields and rows that were otherwise in the other worlds. */
  hiddenChanges: number
  /** Ways of being wrong, and whether GraphQL answers told. */
  mutants: Record<string, boolean>
  /** Things taken away, by the type of the event. */
  closings: Record<string, number>
  findings: Finding[]
}
export const noTally = (): Tally => ({
  decisions: 0,
  seen: 0,
  documents: {},
  answers: 0,
  hiddenChanges: 0,
  mutants: {},
  closings: {},
  findings: [],
})

export interface Size {
  readonly learners: number
  /** People of each face who read everything. */
  readonly readers: number
  /** People of each face who ask documents, and how many shapes of documents, each in how many words. */
  readonly askers: number
  readonly shapes: number
  readonly wordings: number
  /** How many times something is taken away. */
  readonly closings: number
  readonly mutants: boolean
}

/** One region to whom much happened, and everybody who might look at it. */
export class Proof {
  private readonly past = new Map<string, World>()
  /** What was asked so far, and answered: a mutant must answer something else. */
  private readonly answered: {
    readonly face: string
    readonly look: Look
    readonly document: WrittenDocument
    readonly answers: readonly string[]
  }[] = []

  private constructor(
    readonly story: Story,
    readonly hub: ProofHub,
    private readonly events: readonly StoredEvent[],
    readonly world: World,
    private readonly schemas: ReadonlyMap<string, GraphQLSchema>,
  ) {}

  static async of(story: Story, schemas: ReadonlyMap<string, GraphQLSchema>, databaseUrl?: string): Promise<Proof> {
    const hub = await ProofHub.of(story, databaseUrl)
    const events = await hub.events()
    return new Proof(story, hub, events, await truthOf(hub, events), schemas)
  }

  /** Who may come in by a face, each with one of the purposes of their role. */
  looksOf(face: string, chance: Chance): Look[] {
    const { sectors } = faces.find(({ name }) => name === face)!
    return this.story.posts
      .filter(post => sectors.includes(this.sectorOf(post)) && holdsPost(this.world, post))
      .map(post => ({ ...post, purpose: chance.pick(roleTerms[post.role].purposes) }))
  }

  askingAs(look: Look, face: string, through: { readonly reader: Reader; readonly db: Database } = this.hub): Asking {
    return new Asking(this.hub, this.schemas.get(face)!, callerOf(look, this.sectorOf(look), this.ownLearners(look)), through)
  }

  /** Every field of everything, as GraphQL answers it, is what the oracle says. */
  async compare(face: string, looks: readonly Look[], tally: Tally): Promise<void> {
    for (const look of looks) {
      const compared = await compareEverything(this.world, look, this.schemas.get(face)!, this.askingAs(look, face))
      tally.decisions += compared.decisions
      tally.seen += compared.seen
      for (const { what, expected, got } of compared.differences)
        tally.findings.push({ kind: 'differential', face, look, asked: what, expected, got })
    }
  }

  /** Random documents: no answer holds what the oracle denies, and where only that is otherwise, no answer is. */
  async interfere(
    face: string,
    looks: readonly Look[],
    { shapes, wordings }: Pick<Size, 'shapes' | 'wordings'>,
    seed: number,
    tally: Tally,
  ): Promise<void> {
    const schema = this.schemas.get(face)!
    const guesses = guessesFrom(
      Object.values(this.world.rows).flatMap(rows => rows.map(({ values }) => values)),
      { learnerIds: this.story.learnerIds, past: this.pastInstants() },
    )
    for (const look of looks) {
      const part = `${face} ${look.userId} ${look.role}`
      const documents = Array.from({ length: shapes * wordings }, (_, i) => {
        const shape = Math.floor(i / wordings)
        return documentOf(schema, guesses, Chance.of(seed, `${part} shape ${shape}`), Chance.of(seed, `${part} words ${i}`))
      })
      await this.inBothWorlds(face, look, documents, Chance.of(seed, `${part} other`), tally)
    }
  }

  /** One document again, in worlds that are otherwise in other ways. */
  async ask(face: string, look: Look, document: WrittenDocument, tally: Tally): Promise<void> {
    for (let n = 0; n < 5 && tally.findings.length === 0; n++)
      await this.inBothWorlds(face, look, [document], Chance.of(n, 'again'), tally)
  }

  private async inBothWorlds(
    face: string,
    look: Look,
    documents: readonly WrittenDocument[],
    chance: Chance,
    tally: Tally,
  ): Promise<void> {
    const asking = this.askingAs(look, face)
    const before: string[][] = []
    for (const document of documents) {
      const answers = await this.pagesOf(asking, document)
      before.push(answers.map(withoutCursors))
      await this.checkTaint(face, look, document, answers, tally)
      this.answered.push({ face, look, document, answers: before.at(-1)! })
    }
    const other = await otherwise(this.hub, this.world, look, chance)
    tally.hiddenChanges += other.changes
    try {
      for (const [i, document] of documents.entries()) {
        const answers = (await this.pagesOf(asking, document)).map(withoutCursors)
        tally.answers += answers.length
        if (isDeepStrictEqual(answers, before[i])) continue
        const { text: asked, variables } = document
        tally.findings.push({ kind: 'interference', face, look, asked, variables, expected: before[i], got: answers })
      }
    } finally {
      await other.back()
    }
    tally.documents[face] = (tally.documents[face] ?? 0) + documents.length
  }

  /** Spoils the way from the rules to the statement in each way that is known, and asks again until an answer is another one. */
  async spoil(tally: Tally): Promise<void> {
    const questions = this.answered.filter(({ document }) => !document.text.includes('asOf'))
    for (const [name, mutant] of Object.entries(mutants)) {
      if (tally.mutants[name]) continue
      const reader = this.hub.readerWith({ parts: { ...parts, ...mutant.parts } })
      const db = mutant.rewrite ? rewriting(this.hub.db, mutant.rewrite) : this.hub.db
      tally.mutants[name] = false
      for (const [i, { face, look, document, answers }] of questions.entries()) {
        const got = (await this.pagesOf(this.askingAs(look, face, { reader, db }), document)).map(withoutCursors)
        if (isDeepStrictEqual(got, answers)) continue
        tally.mutants[name] = true
        // What noticed one notices others.
        questions.unshift(...questions.splice(i, 1))
        break
      }
    }
  }

  /**
   * Takes something away, again and again. From the moment that it is acknowledged nobody sees more than the oracle says of what is so now, though no model has read of it;
   * and while models read of it, in pages of any length, nobody ever sees anything that they did not see before.
   */
  async takeAway(most: number, seed: number, tally: Tally, { denyFirst = true } = {}): Promise<void> {
    const chance = Chance.of(seed, 'closings')
    for (const closing of (await closingsOf(this.hub, this.story, chance)).slice(0, most)) {
      const looks = this.concernedBy(closing, chance)
      const before = await this.tokensOf(looks)
      // Found out once, it is found out.
      if (!denyFirst && tally.findings.length > 0) return
      if ((await this.hub.happen(closing)) === undefined) continue
      if (!denyFirst) await this.hub.settle()
      tally.closings[closing.event.type] = (tally.closings[closing.event.type] ?? 0) + 1
      const told = canariesIn(JSON.stringify(closing.event.data))
      const truth = await truthOf(this.hub, await this.hub.events())
      const check = async (kind: 'revocation' | 'monotony', moment: string) => {
        const now = await this.tokensOf(looks)
        for (const [i, look] of looks.entries()) {
          const allowed = kind === 'monotony' ? new Set([...before[i]!, ...told]) : this.tokensIn(truth, look)
          const leaked = [...now[i]!].filter(token => !allowed.has(token))
          if (leaked.length > 0)
            tally.findings.push({
              kind,
              face: this.faceOf(look),
              look,
              asked: `everything, ${moment} ${closing.event.type} ${JSON.stringify(closing.event.data)} of ${closing.id}`,
              expected: 'nothing more',
              got: leaked,
            })
        }
      }
      await check('revocation', 'right after')
      const projector = this.hub.projector({ pageSize: 1 })
      while (await projector.step()) await check('monotony', 'while models read of')
      await projector.close()
      await check('revocation', 'once the models have read of')
      await this.hub.settle()
      await check('revocation', 'after')
    }
  }

  /** Those from whom it takes, and a few others. */
  private concernedBy({ closes }: ClosingHappening, chance: Chance): Look[] {
    const looks = faces.flatMap(({ name }) => this.looksOf(name, chance))
    const meant = looks.filter(look =>
      closes.some(({ agencyId, userId }) => (!agencyId || agencyId === look.agencyId) && (!userId || userId === look.userId)),
    )
    return [
      ...new Set([...(meant.length > 0 ? chance.some(meant, Math.min(4, meant.length), 4) : []), ...chance.some(looks, 2, 2)]),
    ]
  }

  /** Every canary that these people are shown, whatever they ask for. */
  private async tokensOf(looks: readonly Look[]): Promise<ReadonlySet<string>[]> {
    const shown: ReadonlySet<string>[] = []
    for (const look of looks) {
      // At the door, as it would be found out there.
      const [held] = this.world.region.agencies.some(({ agencyId }) => agencyId === look.agencyId)
        ? await this.hub.postsHeld(look)
        : [true]
      if (!held) {
        shown.push(new Set())
        continue
      }
      const face = this.faceOf(look)
      const asking = this.askingAs(look, face)
      const tokens = new Set<string>()
      for (const view of views) {
        const node = nodeOf(this.schemas.get(face)!, view)
        const columns = node && Object.keys(node.getFields()).filter(name => Object.hasOwn(view.columns, name))
        if (!columns || !view.subject) continue
        for (const token of canariesIn(
          await asking.ask({ text: `{ rows: ${view.name}(first: 100) { nodes { ${columns.join(' ')} } } }` }),
        ))
          tokens.add(token)
      }
      shown.push(tokens)
    }
    return shown
  }
  private tokensIn(world: World, look: Look): ReadonlySet<string> {
    if (!holdsPost(world, look)) return new Set()
    return new Set(
      views.flatMap(view => [...canariesIn(JSON.stringify(expectedRows(world, look, view, Object.keys(view.columns))))]),
    )
  }

  async close(): Promise<void> {
    await this.hub.close()
  }

  /** The answer, and where it has a next page, that one too: through the cursor that it gave. */
  private async pagesOf(asking: Asking, document: WrittenDocument): Promise<string[]> {
    const first = await asking.ask(document)
    const cursor = /"endCursor":"([\w-]+)"/.exec(first)?.[1]
    const after = cursor && document.text.replace(/\(first: /, `(after: "${cursor}", first: `)
    if (!after || document.text.includes('after:') || document.text.includes('asOf')) return [first]
    return [first, await asking.ask({ ...document, text: after })]
  }

  private async checkTaint(
    face: string,
    look: Look,
    document: WrittenDocument,
    answers: readonly string[],
    tally: Tally,
  ): Promise<void> {
    const asOf =
      /asOf: "([^"]+)"/.exec(document.text)?.[1] ??
      Object.values(document.variables).find(v => this.pastInstants().includes(v as string))
    const allowed = await this.mayKnow(look, asOf as string | undefined)
    for (const answer of answers) {
      const asked = { face, look, asked: document.text, variables: document.variables }
      const leaked = [...canariesIn(answer)].filter(token => !allowed.has(token))
      if (leaked.length > 0) tally.findings.push({ kind: 'canary', ...asked, expected: 'none of what is denied', got: leaked })
      if (answer.includes('"INTERNAL"'))
        tally.findings.push({ kind: 'fault', ...asked, expected: 'an answer, or what is wrong with the document', got: answer })
    }
  }

  private readonly known = new Map<string, Promise<ReadonlySet<string>>>()
  private mayKnow(look: Look, asOf: string | undefined): Promise<ReadonlySet<string>> {
    const key = JSON.stringify([look, asOf])
    let known = this.known.get(key)
    if (!known) this.known.set(key, (known = this.tellable(look, asOf)))
    return known
  }
  /** Whatever stands in a field that the oracle allows, now or as it was. */
  private async tellable(look: Look, asOf: string | undefined): Promise<ReadonlySet<string>> {
    const worlds = asOf === undefined ? [this.world] : [this.world, await this.worldAsOf(asOf)]
    return new Set(worlds.flatMap(world => [...this.tokensIn(world, look)]))
  }
  /** The rows of then, under the facts of now. */
  private async worldAsOf(asOf: string): Promise<World> {
    let world = this.past.get(asOf)
    if (!world) {
      const events = this.events.filter(({ recordedAt }) => recordedAt <= asOf)
      const rows = Object.fromEntries(
        await Promise.all(
          hubDeclaration.plans.map(async ({ view }) => [view.name, await this.hub.rowsOf(view, events)] as const),
        ),
      )
      this.past.set(asOf, (world = { ...this.world, rows }))
    }
    return world
  }
  private pastInstants(): string[] {
    return [0.3, 0.6, 0.9].map(part => this.events[Math.floor(this.events.length * part)]!.recordedAt)
  }

  private faceOf(look: Look): string {
    return faces.find(({ sectors }) => sectors.includes(this.sectorOf(look)))!.name
  }
  private sectorOf({ agencyId }: Post): Sector {
    return agencyId === learnerAgencyId
      ? 'learner'
      : this.world.region.agencies.find(agency => agency.agencyId === agencyId)!.sector
  }
  private ownLearners({ userId }: Post): string[] {
    return this.story.learnerIds.filter(learnerId => userId === learnerId || userId.startsWith(`${learnerId}.`))
  }
}

/** A cursor is sealed with chance: of its text only the length is to be compared. */
const withoutCursors = (answer: string) =>
  answer.replaceAll(
    /"((?:n\d+|cursor|startCursor|endCursor))":"([\w-]{40,})"/g,
    (_, name, cursor) => `"${name}":<${cursor.length}>`,
  )

export interface ProofTools {
  readonly deciders: readonly Decider<any, DomainEvent>[]
  readonly schemas: ReadonlyMap<string, GraphQLSchema>
}
export const proofTools = async (): Promise<ProofTools> => ({ deciders: await everyDecider(), schemas: await faceSchemas() })

/** One region of this size and seed, proved. */
export async function proveRegion(
  tools: ProofTools,
  seed: number,
  size: Size,
  databaseUrl: string | undefined,
  tally: Tally,
): Promise<Story> {
  restartCanaries(seed * 1_000_000)
  const story = storyOf(tools.deciders, seed, size.learners)
  const proof = await Proof.of(story, tools.schemas, databaseUrl)
  try {
    for (const { name } of faces) {
      const chance = Chance.of(seed, `looks ${name}`)
      const looks = proof.looksOf(name, chance)
      await proof.compare(name, chance.some(looks, Math.min(size.readers, looks.length), size.readers), tally)
      await proof.interfere(name, chance.some(looks, Math.min(size.askers, looks.length), size.askers), size, seed, tally)
    }
    if (size.mutants) await proof.spoil(tally)
    await proof.takeAway(size.closings, seed, tally)
  } finally {
    await proof.close()
  }
  return story
}
