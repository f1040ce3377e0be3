import { getNamedType, type GraphQLObjectType, isLeafType } from 'graphql'
import { fetchDevToken } from '@passerelle/http'
import { people, schemaOf, type StoryHub } from '../journeys/story-hub.fixture.js'
import { canariesIn } from '../visibility/canary-story.js'
import { isWithdrawn, type Opening, type Route } from './openings.js'

/** One way in which somebody reads what an opening lets them read. Returns what stands in the answer. */
interface Reading {
  readonly opening: Opening
  readonly route: Route
  readonly read: () => Promise<Answer>
}
interface Answer {
  readonly status: number
  readonly text: string
  readonly canaries: readonly string[]
}
export interface Count {
  /** Withdrawn canaries seen while it was open. */
  seenBefore: number
  readsBefore: number
  /** Reads begun after the end was acknowledged: while the models knew nothing of it, and since they do. */
  readsUntold: number
  readsTold: number
}

const empty = (): Count => ({ seenBefore: 0, readsBefore: 0, readsUntold: 0, readsTold: 0 })
/** Views asked for in one document. */
const together = 2
/** What folds the log anew is read in one turn of so many. */
const slow: ReadonlySet<Route> = new Set(['asOf', 'explain', 'json', 'html'])
const slowOnceIn = 10

/** Reads without pause over many connections, and remembers of each answer what it must not have held. */
export class Race {
  readonly counts = new Map<string, Count>()
  /** Withdrawn canaries in answers to what was asked after the acknowledgement. */
  readonly leaks: string[] = []
  readonly faults: string[] = []
  reads = 0
  private readonly readings: Reading[] = []
  private readonly ended = new Set<Opening>()
  private readonly told = new Set<Opening>()
  private readonly stop = new AbortController()
  private running: Promise<unknown> = Promise.resolve()

  private constructor(
    private readonly story: StoryHub,
    private readonly openings: readonly Opening[],
    private readonly canaries: ReadonlyMap<string, ReadonlySet<string>>,
  ) {}

  /** Finds by which views each reader sees what will be withdrawn, and opens their cursors. */
  static async prepare(
    story: StoryHub,
    openings: readonly Opening[],
    canaries: ReadonlyMap<string, ReadonlySet<string>>,
  ): Promise<Race> {
    const race = new Race(story, openings, canaries)
    for (const opening of openings) race.readings.push(...(await race.readingsOf(opening)))
    return race
  }

  start(connections: number): void {
    const round = Array.from({ length: slowOnceIn }, (_, turn) =>
      this.readings.filter(({ route }, i) => !slow.has(route) || i % slowOnceIn === turn),
    ).flat()
    let next = 0
    const oneAfterAnother = async () => {
      while (!this.stop.signal.aborted) await this.once(round[next++ % round.length]!)
    }
    this.running = Promise.all(Array.from({ length: connections }, oneAfterAnother))
  }
  async finish(): Promise<void> {
    this.stop.abort()
    await this.running
  }

  /** From now on nothing of these may be told. */
  acknowledge(...openings: readonly Opening[]): void {
    for (const opening of openings) this.ended.add(opening)
  }
  /** The models know it. */
  modelsKnow(...openings: readonly Opening[]): void {
    for (const opening of openings) this.told.add(opening)
  }

  /** The least of what was counted, over every way of reading these. */
  least(count: keyof Count, openings: readonly Opening[] = this.openings): number {
    const of = this.readings.filter(({ opening }) => openings.includes(opening))
    return Math.min(...of.map(reading => this.countOf(reading)[count]))
  }

  /** Ways of reading in which it was not counted at all. */
  never(count: keyof Count): string[] {
    return this.readings.flatMap(reading =>
      this.countOf(reading)[count] === 0 ? [`${reading.opening.kind} ${reading.route}`] : [],
    )
  }
  /** How much was read of what, in a line for each opening. */
  summary(): string {
    const lines = this.openings.map(({ kind }) => {
      const of = [...this.counts].filter(([key]) => key.startsWith(`${kind} `)).map(([, count]) => count)
      const sum = (name: keyof Count) => of.reduce((total, count) => total + count[name], 0)
      return `${kind}: ${sum('seenBefore')} canaries in ${sum('readsBefore')} reads before; none in ${sum('readsUntold')} while no model knew, and ${sum('readsTold')} since`
    })
    return [
      `${this.reads} reads, ${this.leaks.length} with something that had ended, ${this.faults.length} failed`,
      ...lines,
    ].join('\n')
  }

  private countOf({ opening, route }: Reading): Count {
    const key = `${opening.kind} ${route}`
    let count = this.counts.get(key)
    if (!count) this.counts.set(key, (count = empty()))
    return count
  }

  private async once(reading: Reading): Promise<void> {
    const { opening } = reading
    const isEnded = this.ended.has(opening)
    const isTold = this.told.has(opening)
    const { status, text, canaries } = await reading.read()
    this.reads++
    if (status >= 500 || text.includes('"INTERNAL"'))
      this.faults.push(`${opening.kind} ${reading.route}: ${status} ${text.slice(0, 300)}`)
    const withdrawn = canaries.filter(canary => this.isWithdrawn(opening, canary))
    const count = this.countOf(reading)
    if (isEnded) {
      count[isTold ? 'readsTold' : 'readsUntold']++
      if (withdrawn.length > 0)
        this.leaks.push(`${opening.kind} ${reading.route} ${isTold ? 'told' : 'untold'}: ${withdrawn.slice(0, 3).join(' ')}`)
    } else if (!this.ended.has(opening)) {
      count.readsBefore++
      count.seenBefore += withdrawn.length
    }
  }

  private isWithdrawn(opening: Opening, canary: string): boolean {
    const isTheirs = canary.endsWith('x-explained') || this.canaries.get(opening.learnerId)!.has(canary)
    return isTheirs && isWithdrawn(opening, canary)
  }

  private tells(opening: Opening, text: string): boolean {
    return canariesIn(text).some(canary => this.isWithdrawn(opening, canary))
  }

  private async readingsOf(opening: Opening): Promise<Reading[]> {
    const { reader, learnerId, by, purpose, consentId } = opening
    const { face, role } = people[reader]
    const authorization = `Bearer ${await fetchDevToken({ folder: this.story.folder, person: reader })}`
    const fetched = async (path: string, init: RequestInit = {}) => {
      const answer = await fetch(`${this.story.url}/${face}${path}`, {
        ...init,
        headers: { authorization, 'x-passerelle-purpose': purpose, 'content-type': 'application/json' },
      })
      const text = await answer.text()
      // Who is refused is told what they asked for by its id.
      return { status: answer.status, text, canaries: answer.ok ? canariesIn(text) : [] }
    }
    const ask = (query: string, variables: object = {}): Promise<Answer> =>
      fetched('/graphql', { method: 'POST', body: JSON.stringify({ query, variables }) })
    const asked = async (query: string, variables: object = {}): Promise<any> => {
      const { text } = await ask(query, variables)
      const { data, errors } = JSON.parse(text)
      if (errors) throw new Error(`${reader} asked ${query} and was answered ${text.slice(0, 500)}`)
      return data
    }

    /** Of each view, the columns in which something stands that will be withdrawn. */
    const columnsOf = new Map<string, readonly string[]>()
    for (const { name, columns } of viewsOf(face)) {
      const { nodes } = (await asked(`{ ${name}(first: 50) { nodes { ${columns.join(' ')} } } }`))[name]
      const telling = columns.filter(column =>
        nodes.some((node: Record<string, unknown>) => this.tells(opening, JSON.stringify(node[column] ?? null))),
      )
      if (telling.length > 0) columnsOf.set(name, telling)
    }
    const showing = [...columnsOf.keys()]
    if (showing.length === 0) throw new Error(`${reader} sees nothing of ${learnerId} that could be withdrawn`)
    const page = (name: string, args = 'first: 50', more = '') =>
      `${name}(${args}) { nodes { ${columnsOf.get(name)!.join(' ')} } ${more} }`

    const document = (fields: readonly string[], args?: string) => fields.map(name => page(name, args)).join(' ')
    const below = showing.filter(name => name !== 'learners').slice(0, together)
    const cursor = by.includes('cursor')
      ? await this.cursorOf(
          opening,
          showing,
          name => asked(`{ ${page(name, 'first: 1', 'pageInfo { endCursor hasNextPage }')} }`),
          (name, after) => asked(`{ ${page(name, `first: 50, after: "${after}"`)} }`),
        )
      : undefined
    const until = new Date(Date.now() - 1).toISOString()
    const mine = `first: 50, where: { learnerId: { eq: "${learnerId}" } }`
    const ways: Readonly<Record<Route, () => Promise<Answer>>> = {
      plain: () => ask(`{ ${document(showing.slice(0, together))} }`),
      nested: () => ask(`{ learners(first: 10) { nodes { learnerId ${document(below, 'first: 10')} } } }`),
      filter: () => ask(`{ ${document(showing.slice(0, 1), mine)} }`),
      asOf: () => ask(`query($at: DateTime) { ${document(showing.slice(0, 1), `${mine}, asOf: $at`)} }`, { at: until }),
      cursor: () => ask(`{ ${page(cursor!.name, `first: 50, after: "${cursor!.after}"`)} }`),
      explain: async () => {
        const answer = await ask(
          `{ explainAccess(learnerId: "${learnerId}", role: ${role}, purpose: ${purpose}) { agencyId categories { category level ownLevel } } }`,
        )
        const explained: { category: string; level: string; ownLevel: string }[] =
          JSON.parse(answer.text).data?.explainAccess?.categories ?? []
        const open = explained.filter(({ level, ownLevel }) => level !== 'none' || ownLevel !== 'none')
        return { ...answer, canaries: open.map(({ category }) => `canary${category}x-explained`) }
      },
      download: () => fetched(`/consents/${consentId}/consent.fhir.json`),
      json: () => fetched(`/record/${learnerId}?format=json`),
      html: () => fetched(`/record/${learnerId}?format=html`),
    }
    return by.map(route => ({ opening, route, read: ways[route] }))
  }

  /** A page that was begun and goes on to what will be withdrawn. */
  private async cursorOf(
    opening: Opening,
    views: readonly string[],
    begin: (name: string) => Promise<any>,
    goOn: (name: string, after: string) => Promise<any>,
  ): Promise<{ readonly name: string; readonly after: string }> {
    for (const name of views) {
      const { endCursor, hasNextPage } = (await begin(name))[name].pageInfo
      if (!hasNextPage) continue
      if (this.tells(opening, JSON.stringify(await goOn(name, endCursor)))) return { name, after: endCursor }
    }
    throw new Error(`No view has a second page for ${opening.reader}`)
  }
}

/** The views about learners that a face has, and what can be asked of each. */
function viewsOf(face: string): { readonly name: string; readonly columns: readonly string[] }[] {
  return Object.values(schemaOf(face).getQueryType()!.getFields()).flatMap(({ name, args, type }) => {
    if (name === 'learner' || !args.some(arg => arg.name === 'asOf')) return []
    const connection = getNamedType(type) as GraphQLObjectType
    const node = getNamedType(connection.getFields()['nodes']!.type) as GraphQLObjectType
    const plain = Object.values(node.getFields()).filter(field => isLeafType(getNamedType(field.type)))
    return [{ name, columns: plain.map(field => field.name) }]
  })
}
