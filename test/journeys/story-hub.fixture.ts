import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  buildSchema,
  getNamedType,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isLeafType,
  isObjectType,
} from 'graphql'
import { agency, assignRole, register, registerStaff, staff } from '@passerelle/agency'
import { startApi } from '@passerelle/api'
import { type CommandContext } from '@passerelle/event-log'
import { accountHash, hubDeclaration, openHub, type OpenHub } from '@passerelle/hub'
import { fetchDevToken, type Log, silentLog, startDevIdentityProvider } from '@passerelle/http'
import { waitFor } from '@passerelle/projections'
import { freshStores } from '@passerelle/testing'
import { startWorker } from '@passerelle/worker'
import { root } from '../schemas/contexts.js'

/** Everybody of the story: at which agency, in which role, and through which face they come. */
export const people = {
  admin: { face: 'authority', agencyId: 'authority', role: 'regionAdmin' },
  coordinator: { face: 'education', agencyId: 'school', role: 'educationCoordinator' },
  teacher: { face: 'education', agencyId: 'school', role: 'teacher' },
  otherTeacher: { face: 'education', agencyId: 'school', role: 'teacher' },
  socialWorker: { face: 'social', agencyId: 'social', role: 'socialWorker' },
  otherSocialWorker: { face: 'social', agencyId: 'social', role: 'socialWorker' },
  nurse: { face: 'health', agencyId: 'clinic', role: 'healthProfessional' },
  clinicOfficer: { face: 'health', agencyId: 'clinic', role: 'dataProtectionOfficer' },
  jobAdviser: { face: 'employment', agencyId: 'jobs', role: 'employmentOfficer' },
  tutor: { face: 'employment', agencyId: 'bakery', role: 'placementTutor' },
  socialOfficer: { face: 'social', agencyId: 'social', role: 'dataProtectionOfficer' },
  schoolOfficer: { face: 'education', agencyId: 'school', role: 'dataProtectionOfficer' },
  lead: { face: 'social', agencyId: 'social', role: 'safeguardingLead' },
  regionCoordinator: { face: 'authority', agencyId: 'authority', role: 'educationCoordinator' },
  officer: { face: 'authority', agencyId: 'authority', role: 'dataProtectionOfficer' },
  safeguardingLead: { face: 'education', agencyId: 'school', role: 'safeguardingLead' },
  learner: { face: 'learner', agencyId: 'learner', role: 'learner' },
  mother: { face: 'learner', agencyId: 'learner', role: 'guardian' },
  father: { face: 'learner', agencyId: 'learner', role: 'guardian' },
  uncle: { face: 'learner', agencyId: 'learner', role: 'guardian' },
} as const
export type Who = keyof typeof people
/** The agencies for which they work; the authority and the learner's own are there already. */
export const agencySectors: Readonly<Record<string, string>> = Object.fromEntries(
  Object.values(people).flatMap(({ agencyId, face }) => (face === 'authority' || face === 'learner' ? [] : [[agencyId, face]])),
)

export interface Answer {
  readonly status: number
  readonly data: any
  readonly codes: readonly string[]
  /** The answer as it came over the wire. */
  readonly text: string
}
export interface Download {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}
export interface Done {
  readonly id: string
  readonly version: number
  readonly position: string | null
  readonly visible: boolean
}
export type Rows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>

export type Store = 'PGlite' | 'PostgreSQL 18'
export const stores: readonly Store[] = ['PGlite', 'PostgreSQL 18']
/** As many pages as a document may ask for within its cost. */
const viewsAtOnce = 6
interface StoryOptions {
  readonly store?: Store
  readonly log?: Log
  readonly now?: () => Date
}

/** A whole hub in one process, as `npm start` opens it, with an authority and nobody else; everything after that comes through its doors. */
export class StoryHub {
  /** Every body that a face answered with. */
  readonly answered: { readonly face: string; readonly text: string }[] = []
  private readonly tokens = new Map<Who, string>()
  private readonly versions = new Map<string, number>()

  private constructor(
    readonly hub: OpenHub,
    readonly issuer: string,
    readonly url: string,
    /** Where the hub keeps its files. */
    readonly folder: string,
    private readonly stores: { remove(): Promise<void> },
    private readonly log: Log,
    private worker: Awaited<ReturnType<typeof startWorker>> | undefined,
    private readonly closeDoors: () => Promise<void>,
  ) {}

  /** On either store, by a clock that a test can move. */
  static async open({ store = 'PostgreSQL 18', log = silentLog, now }: StoryOptions = {}): Promise<StoryHub> {
    const stores = store === 'PGlite' ? await embeddedStores() : await freshStores()
    const folder = stores.config.dataFolder
    const hub = await openHub(stores.config, { now })
    const identity = await startDevIdentityProvider({
      people: Object.keys(people).map(name => ({ alias: name, subject: name, label: name, roleLabel: name })),
      folder,
      port: 0,
    })
    const { issuer, audience } = identity
    const founded = await found(hub, issuer)
    const worker = await startWorker({ hub, port: 0, log })
    const api = await startApi({ hub, issuers: [issuer], audience, log })
    const story = new StoryHub(hub, issuer, api.url, folder, stores, log, worker, async () => {
      await api.close()
      await identity.close()
    })
    await story.arrived(founded)
    return story
  }

  async ask(who: Who, query: string, variables: object = {}, more: Record<string, string> = {}): Promise<Answer> {
    const { face } = people[who]
    const headers = { ...(await this.bearer(who)), 'content-type': 'application/json', ...more }
    const body = JSON.stringify({ query, variables })
    const answer = await fetch(`${this.url}/${face}/graphql`, { method: 'POST', headers, body })
    const text = await answer.text()
    this.answered.push({ face, text })
    const { data, errors = [] } = JSON.parse(text)
    return { status: answer.status, data, codes: errors.map((error: any) => error.extensions.code), text }
  }

  /** A file, as a browser would fetch it: `/consents/…` under the person's face. */
  async download(who: Who, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Download> {
    const { face } = people[who]
    const answer = await fetch(`${this.url}/${face}${path}`, { headers: { ...(await this.bearer(who)), ...headers } })
    const text = await answer.text()
    this.answered.push({ face, text })
    return { status: answer.status, headers: answer.headers, text }
  }

  /** What somebody reads, where nothing is refused. */
  async read(who: Who, query: string, variables: object = {}): Promise<any> {
    const answer = await this.ask(who, query, variables)
    if (answer.codes.length > 0) throw new Error(`${who} read ${query} and got ${answer.text}`)
    return answer.data
  }

  /** Tries a mutation. Without a version in the input, it names the last one that was answered for the id. */
  async tries(who: Who, mutation: string, input: Readonly<Record<string, unknown>>): Promise<Answer> {
    const field = schemaOf(people[who].face).getMutationType()!.getFields()[mutation]
    if (!field) throw new Error(`The face of ${who} has no ${mutation}`)
    const type = field.args[0]!.type
    const needsVersion = 'version' in (getNamedType(type) as GraphQLInputObjectType).getFields()
    const version = this.versions.get(input[Object.keys(input)[0]!] as string)
    return this.ask(
      who,
      `mutation($input: ${String(type)}) { ${mutation}(input: $input) { id version position visible learner { learnerId } } }`,
      { input: { ...(needsVersion && { version }), ...input } },
    )
  }

  /** Does it, and comes back once every view says so: whoever reads next reads it. The first field of the input is the thing's own id. */
  async does(who: Who, mutation: string, input: Readonly<Record<string, unknown>>): Promise<Done> {
    const done = await this.records(who, mutation, input)
    if (done.position !== null) await this.arrived(done.position)
    return done
  }

  /** Does it, and waits for no view. */
  async records(who: Who, mutation: string, input: Readonly<Record<string, unknown>>): Promise<Done> {
    const answer = await this.tries(who, mutation, input)
    if (answer.codes.length > 0) throw new Error(`${who} tried ${mutation} and got ${answer.text}`)
    const done: Done = answer.data[mutation]
    this.versions.set(done.id, done.version)
    return done
  }

  /** The codes with which a mutation is refused; none where it was done. */
  async refusal(who: Who, mutation: string, input: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
    return (await this.tries(who, mutation, input)).codes
  }

  /** For what a process did meanwhile: the next command names this version. */
  sawVersion(id: string, version: number): void {
    this.versions.set(id, version)
  }

  /** Every field of every row about learners that the face has and this person is shown, by view; what is empty is left out. */
  async everything(who: Who, asOf?: string): Promise<Rows> {
    const views = Object.values(schemaOf(people[who].face).getQueryType()!.getFields()).filter(
      ({ name, args }) => name !== 'learner' && args.some(arg => arg.name === 'asOf'),
    )
    const shown: Record<string, readonly Record<string, unknown>[]> = {}
    for (let from = 0; from < views.length; from += viewsAtOnce) {
      const asked = views.slice(from, from + viewsAtOnce).map(({ name, type }) => {
        const node = getNamedType((getNamedType(type) as GraphQLObjectType).getFields()['nodes']!.type) as GraphQLObjectType
        return `${name}(first: 50, asOf: $asOf) { totalCount nodes { ${leaves(node)} } }`
      })
      const pages: Record<string, any> = await this.read(who, `query($asOf: DateTime) { ${asked.join(' ')} }`, { asOf })
      for (const [view, { totalCount, nodes }] of Object.entries(pages)) {
        if (totalCount !== nodes.length) throw new Error(`${view} counts ${totalCount} and shows ${nodes.length}`)
        if (totalCount > 0) shown[view] = nodes
      }
    }
    return shown
  }

  private async bearer(who: Who): Promise<{ readonly authorization: string }> {
    if (!this.tokens.has(who)) this.tokens.set(who, await fetchDevToken({ folder: this.folder, person: who }))
    return { authorization: `Bearer ${this.tokens.get(who)}` }
  }

  async arrived(position: string): Promise<void> {
    const views = hubDeclaration.plans.map(plan => plan.view)
    if (!(await waitFor(this.hub.db, position, { views, timeoutMs: 30_000 }))) throw new Error('The views did not come so far.')
    const closed = `select from sharing.denials where position <= $1 collate "C"`
    if (this.worker)
      await until('what was closed beforehand is settled', async () => (await this.hub.db.query(closed, [position])).length === 0)
  }

  /** From here on nothing is projected and no process runs, until it is taken up again. */
  async stopWorker(): Promise<void> {
    await this.worker?.close()
    this.worker = undefined
  }
  async startWorker(): Promise<void> {
    this.worker = await startWorker({ hub: this.hub, port: 0, log: this.log })
  }

  async close(): Promise<void> {
    await this.closeDoors()
    await this.stopWorker()
    await this.hub.close()
    await this.stores.remove()
  }
}

/** Asks again until it has come about: for what a process does in its own time. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false | null>, seconds = 30): Promise<T> {
  for (let i = 0; i < seconds * 10; i++) {
    const seen = await look()
    if (seen) return seen
    await delay(100)
  }
  throw new Error(`It did not come about that ${what}.`)
}

/** The face as it is committed: what its clients know of it. */
export const schemaOf = (face: string): GraphQLSchema => {
  let schema = schemas.get(face)
  if (!schema) schemas.set(face, (schema = buildSchema(readFileSync(join(root, `schemas/graphql/${face}.graphql`), 'utf8'))))
  return schema
}
const schemas = new Map<string, GraphQLSchema>()

/** When a row was written says nothing that the story is about. */
export const leaves = (type: GraphQLObjectType): string =>
  Object.values(type.getFields())
    .flatMap(({ name, type: of }) => {
      if (name === 'updatedAt') return []
      if (isLeafType(getNamedType(of))) return [name]
      return isObjectType(getNamedType(of)) && name === 'redactions' ? ['redactions { field }'] : []
    })
    .join(' ')

/** Stores that a hub makes in a folder by itself. */
async function embeddedStores() {
  const dataFolder = await mkdtemp(join(tmpdir(), 'passerelle-story-'))
  return {
    config: { dataFolder, host: '127.0.0.1', port: 0 },
    remove: () => rm(dataFolder, { recursive: true, force: true }),
  }
}

/** Somebody has to be there before anybody can be registered: the authority and who administers it. Gives the position of the last event. */
async function found({ store, identifiers }: OpenHub, issuer: string): Promise<string> {
  const { agencyId, role } = people.admin
  const under: CommandContext = {
    actor: { userId: 'founder', agencyId, role: 'system' },
    controllerAgencyId: agencyId,
    purpose: 'administration',
    legalBasis: { kind: 'publicTask', statute: 'GDPR 6(1)(e)' },
    occurredAt: new Date().toISOString(),
    correlationId: randomUUID(),
    causationId: randomUUID(),
    language: 'en',
  }
  const account = accountHash(identifiers, { issuer, subject: 'admin' })
  await store.handle(agency, agencyId, under, state =>
    register(state, { agencyId, name: 'Regional authority', sector: 'authority', region: 'ZZ11' }),
  )
  await store.handle(staff, 'admin', under, state => registerStaff(state, { userId: 'admin', accountHash: account, name: 'Ada' }))
  const { position } = await store.handle(staff, 'admin', under, state =>
    assignRole(state, { agencyId, role, from: '2020-01-01' }, { status: 'open', sector: 'authority' }),
  )
  return position!
}
