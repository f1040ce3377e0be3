import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { faces, startApi } from '@passerelle/api'
import { Chance } from '@passerelle/connector'
import { breakGlass, emergencies, subjectRequest } from '@passerelle/consent'
import type { Database, Sql } from '@passerelle/database'
import { type AccessRule, createLog, fetchDevToken, startDevIdentityProvider } from '@passerelle/http'
import { accountHash } from '@passerelle/hub'
import { HubSecrets } from '@passerelle/keyring'
import { categories, learnerAgencyId, mayChoose, purposes } from '@passerelle/sharing'
import type { GraphQLField } from 'graphql'
import { importJWK, SignJWT } from 'jose'
import { type Happening, type Story, storyOf } from './happenings.js'
import { Proof, type ProofTools } from './proof.js'
import type { Look } from './truth.js'

export interface Answer {
  readonly status: number
  readonly data: any
  readonly codes: readonly string[]
  /** As it came over the wire. */
  readonly text: string
}

/** The region of a story behind its real doors: every face over HTTP, and its people signed in with the development identity provider. */
export class HostileDoors {
  private readonly tokens = new Map<string, string>()
  /** What the database was asked since somebody began to listen, and what is to happen before the next statement. */
  readonly statements: string[] = []
  readonly logged: string[] = []
  /** The errors of every answer. */
  readonly refusals: string[] = []
  /** The version of each stream, by the id that it is named by. */
  readonly versions = new Map<string, number>()
  private beforeNext: { readonly that: RegExp; readonly happen: () => Promise<unknown> } | undefined

  private constructor(
    readonly proof: Proof,
    private readonly folder: string,
    private readonly identity: Awaited<ReturnType<typeof startDevIdentityProvider>>,
  ) {}

  url = ''
  close: () => Promise<void> = async () => undefined

  static async open({ deciders, schemas }: ProofTools, seed: number, databaseUrl: string): Promise<HostileDoors> {
    const folder = await mkdtemp(join(tmpdir(), 'passerelle-hostile-'))
    const told = withStranger(storyOf(deciders, seed, 5))
    const people = [...new Set(told.posts.map(({ userId }) => userId))]
    const identity = await startDevIdentityProvider({
      people: people.map(name => ({ alias: name, subject: name, label: name, roleLabel: name })),
      folder,
      port: 0,
    })
    const { issuer, audience } = identity
    const identifiers = HubSecrets.generate().identifiers()
    const story = signedIn(told, subject => accountHash(identifiers, { issuer, subject }))
    const doors = new HostileDoors(await Proof.of(story, { schemas }, databaseUrl), folder, identity)
    const { open } = doors.proof.hub
    const db = doors.listening(open.db)
    const log = createLog({ level: 'debug', destination: { write: line => void doors.logged.push(line) } })
    const api = await startApi({ hub: { ...open, db, readerDb: db, identifiers }, issuers: [issuer], audience, log })
    const moving = new AbortController()
    const projector = open.projector()
    const moved = projector.run(moving.signal)
    for (const { decider, id } of story.happenings)
      if (!doors.versions.has(id)) doors.versions.set(id, (await doors.proof.hub.store.load(decider, id)).version)
    doors.url = api.url
    doors.close = async () => {
      await api.close()
      moving.abort()
      await moved
      await projector.close()
      await identity.close()
      await doors.proof.close()
      await rm(folder, { recursive: true, force: true })
    }
    return doors
  }

  /** Who may come in by a face. */
  looksOf(face: string): readonly Look[] {
    return this.proof.looksOf(face, Chance.of(1, face))
  }

  /** Whom somebody sees; nobody where the door does not know them. */
  async seenBy(face: string, look: Look): Promise<readonly string[]> {
    const { data } = await this.ask(face, look, '{ learners(first: 100) { nodes { learnerId } } }')
    return data?.learners.nodes.map(({ learnerId }: { learnerId: string }) => learnerId) ?? []
  }

  /** Sends a body to a face as somebody, by the post and for the purpose of the look, unless the headers say otherwise. */
  async send(face: string, look: Look, body: unknown, more: Readonly<Record<string, string | undefined>> = {}): Promise<Answer> {
    const headers = {
      authorization: `Bearer ${await this.tokenOf(look)}`,
      'content-type': 'application/json',
      'x-passerelle-agency': look.agencyId,
      'x-passerelle-role': look.role,
      'x-passerelle-purpose': look.purpose,
      ...(look.emergency && { 'x-passerelle-emergency': 'true' }),
      ...more,
    }
    const given = Object.entries(headers).filter((each): each is [string, string] => each[1] !== undefined)
    const answer = await fetch(`${this.url}/${face}/graphql`, { method: 'POST', headers: given, body: JSON.stringify(body) })
    const text = await answer.text()
    const { data, errors = [] } = JSON.parse(text)
    if (errors.length > 0) this.refusals.push(JSON.stringify(errors))
    for (const done of Object.values<any>(data ?? {}))
      if (typeof done?.version === 'number') this.versions.set(done.id, done.version)
    return { status: answer.status, data, codes: errors.map((error: any) => error.extensions.code), text }
  }

  ask(face: string, look: Look, query: string, variables: object = {}, more = {}): Promise<Answer> {
    return this.send(face, look, { query, variables }, more)
  }

  async get(face: string, look: Look, path: string): Promise<{ readonly status: number; readonly text: string }> {
    const authorization = `Bearer ${await this.tokenOf(look)}`
    const answer = await fetch(`${this.url}/${face}/${path}`, { headers: { authorization } })
    return { status: answer.status, text: await answer.text() }
  }

  /** Somebody of whom the look may not even know that they are there. */
  async unknownTo(look: Look): Promise<string | undefined> {
    const { reader, db } = this.proof.hub
    const { learnerIds } = this.proof.story
    const held = await reader.as(db, look, sql => reader.permissions(sql, look, look.purpose, learnerIds))
    return learnerIds.find(learnerId => !held.has(learnerId))
  }

  /** What was recorded of a learner, and in which field its id is named. */
  thingsOf(learnerId: string): readonly { readonly id: string; readonly own: string }[] {
    const things = new Map<string, string>()
    for (const { decider, id, event } of this.proof.story.happenings) {
      const [first] = decider.events.definitions.values()
      const own = Object.keys(first!.schemas.at(-1)!.properties).find(key => key.endsWith('Id'))
      if (own && (event.data as { learnerId?: string }).learnerId === learnerId) things.set(id, own)
    }
    return [...things].map(([id, own]) => ({ id, own }))
  }

  /** The look under which a mutation gets past its @Access; undefined where the role is not among those that may ask it. */
  actsBy(field: GraphQLField<any, any>, look: Look): Look | undefined {
    const rule = field.extensions['access'] as AccessRule
    const purpose = [look.purpose, ...purposes].find(
      each => (rule.purposes ?? purposes).includes(each) && mayChoose(look.role, each),
    )
    return rule.roles.includes(look.role) && purpose ? { ...look, purpose } : undefined
  }

  /** Whoever may ask it: a spy rather than somebody who sees nobody. */
  actorFor(face: string, field: GraphQLField<any, any>, spies: readonly { readonly look: Look }[]): Look | undefined {
    const looks = [...spies.map(({ look }) => look), ...this.looksOf(face)]
    return looks.map(look => this.actsBy(field, look)).find(look => look !== undefined)
  }

  /** For each role at a face somebody who holds it. */
  async actorsAt(face: string): Promise<readonly Look[]> {
    const actors = new Map<string, Look>()
    for (const look of this.looksOf(face))
      if (!actors.has(look.role) && (await this.seenBy(face, look)).length > 0) actors.set(look.role, look)
    return [...actors.values()]
  }

  async destroyKeysOf(learnerId: string): Promise<void> {
    for (const category of categories) await this.proof.hub.keyring.destroy(learnerId, category, 'erasureRequest')
  }

  /** As a whole; the models know. */
  async forget(learnerId: string): Promise<void> {
    const { hub, story } = this.proof
    const { decider } = story.happenings.find(each => each.id === learnerId && each.decider.events.streamCategory === 'learner')!
    const retained = [{ what: 'skeleton', statute: 'GDPR17-3-b' }]
    const data = { categories: [...categories], reason: 'erasureRequest', retained, guardianIds: [] }
    const by = { userId: 'authority.everything', agencyId: 'authority', role: 'dataProtectionOfficer' } as const
    await hub.happen({ decider, id: learnerId, by, at: story.now, event: { type: 'LearnerForgotten', data } })
    await hub.catchUp()
    await hub.settle()
  }

  /** What ends the post of the look: the role, or that somebody is the guardian of those whom they see. */
  endingOf({ userId, agencyId, role }: Look, seen: readonly string[]): Happening | undefined {
    const decider = (category: string) =>
      this.proof.story.happenings.find(each => each.decider.events.streamCategory === category)!.decider
    const by = { userId: 'authority.everything', agencyId: 'authority', role: 'regionAdmin' } as const
    const at = this.proof.story.now
    if (agencyId !== learnerAgencyId)
      return {
        decider: decider('staff'),
        id: userId,
        by,
        at,
        event: { type: 'StaffRoleEnded', data: { agencyId, role, reason: 'left' } },
      }
    if (role !== 'guardian' || seen.length !== 1) return undefined
    return {
      decider: decider('learner'),
      id: seen[0]!,
      by,
      at,
      event: { type: 'GuardianEnded', data: { guardianId: userId, reason: 'ended' } },
    }
  }

  /** The answer, and the statements that were run for it. */
  async overheard<T>(asking: () => Promise<T>): Promise<{ readonly answer: T; readonly statements: readonly string[] }> {
    this.statements.length = 0
    const answer = await asking()
    return { answer, statements: [...this.statements] }
  }

  /** What is to have happened, and to be acknowledged, right before the database is next asked for this. */
  before(that: RegExp, happen: () => Promise<unknown>): void {
    this.beforeNext = { that, happen }
  }

  async tokenOf({ userId }: Look): Promise<string> {
    if (!this.tokens.has(userId)) this.tokens.set(userId, await fetchDevToken({ folder: this.folder, person: userId }))
    return this.tokens.get(userId)!
  }

  /** A token that the provider itself could have signed, with whatever somebody talked it into claiming. */
  async tokenClaiming({ userId }: Look, claims: Readonly<Record<string, unknown>>): Promise<string> {
    const { signing } = JSON.parse(await readFile(join(this.folder, 'dev-identity-keys.json'), 'utf8'))
    return new SignJWT({ scope: 'openid hub', client_id: 'c', ...claims })
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: signing.kid })
      .setIssuer(this.identity.issuer)
      .setSubject(userId)
      .setAudience(this.identity.audience)
      .setIssuedAt()
      .setExpirationTime('60 s')
      .sign(await importJWK(signing, 'RS256'))
  }

  private listening(db: Database): Database {
    const through = (sql: Sql): Sql =>
      new Proxy(sql, {
        get: (of, key) => {
          const value: unknown = Reflect.get(of, key)
          if (key === 'query')
            return async (text: string, ...rest: []) => {
              this.statements.push(text)
              const { beforeNext } = this
              if (beforeNext?.that.test(text)) {
                this.beforeNext = undefined
                await beforeNext.happen()
              }
              return sql.query(text, ...rest)
            }
          if (key === 'transaction')
            return (work: (tx: Sql) => Promise<unknown>, options: object) => db.transaction(tx => work(through(tx)), options)
          return typeof value === 'function' ? value.bind(of) : value
        },
      })
    return through(db) as Database
  }
}

/**
 * The same story, in which every agency works with the others, the officers of one have something to answer and to review of everybody, and the last learner lives
 * elsewhere: with an agency that none of these has to do with.
 */
function withStranger(story: Story): Story {
  const stranger = story.learnerIds.at(-1)!
  const [first] = story.happenings
  const isAbout = ({ id, event }: Happening) =>
    id === stranger || id.includes(`${stranger}.`) || (event.data as { learnerId?: string }).learnerId === stranger
  const elsewhere = { agencyId: 'elsewhere', name: 'Elsewhere', sector: 'education', region: 'ZZ11' }
  const opened: Happening = { ...first!, id: 'elsewhere', event: { type: 'AgencyRegistered', data: elsewhere } }
  const agencyIds = [...new Set(story.posts.map(({ agencyId }) => agencyId))].filter(agencyId => agencyId !== learnerAgencyId)
  const { agencyId: ofOfficers } = story.posts.find(({ role }) => role === 'dataProtectionOfficer')!
  const works = (agencyId: string) => ({ type: 'AgencyStandingRecorded', data: { agencyId, from: '2025-01-01' } })
  const moved = story.happenings.flatMap((happening): Happening[] => {
    if (!isAbout(happening))
      return happening.event.type === 'PersonRegistered'
        ? [
            happening,
            ...agencyIds.map(agencyId => ({ ...happening, event: works(agencyId) })),
            ...waitingIn(ofOfficers, happening),
          ]
        : [happening]
    const { event, by } = happening
    const data = JSON.parse(JSON.stringify(event.data), (key, value) =>
      !/agencyIds?$/i.test(key) ? value : Array.isArray(value) ? ['elsewhere'] : 'elsewhere',
    )
    return [{ ...happening, event: { ...event, data }, by: { ...by, agencyId: 'elsewhere' } }]
  })
  return { ...story, happenings: [opened, ...moved] }
}

/** Of somebody who was just registered: what waits for the officers of one agency, of an emergency in which none of them looked. */
function waitingIn(agencyId: string, { id: learnerId, at, by }: Happening): Happening[] {
  const [requestId, breakGlassId] = [`subjectRequest.${learnerId}.waiting`, `breakGlass.${learnerId}.waiting`]
  const days = { receivedOn: '2026-03-01', dueBy: '2026-04-01' }
  const received = { requestId, learnerId, kind: 'access', by: 'learner', agencyId, categories: ['C2'], ...days }
  const looked = {
    userId: `${agencyId}.hasLeft`,
    agencyId,
    role: 'healthProfessional',
    categories: ['C1'],
    reasonCode: emergencies[0],
  }
  const used = { breakGlassId, learnerId, ...looked, kept: false, at, until: at, reviewDueOn: days.dueBy }
  return [
    { decider: subjectRequest, id: requestId, by, at, event: { type: 'SubjectRequestReceived', data: received } },
    { decider: breakGlass, id: breakGlassId, by, at, event: { type: 'BreakGlassUsed', data: used } },
  ]
}

/** The same story, in which everybody has the account that they sign in with. */
function signedIn(story: Story, accountOf: (userId: string) => string): Story {
  const linked = (happening: Happening): Happening[] => {
    const { event, id } = happening
    const data = event.data as { readonly accountHash?: string; readonly guardianId?: string }
    const account = (userId: string) => ({ accountHash: accountOf(userId) })
    const link = (type: string, more: object, userId: string): Happening => ({
      ...happening,
      event: { type, data: { ...more, ...account(userId) } },
    })
    if (event.type === 'PersonRegistered') return [happening, link('LearnerAccountLinked', {}, id)]
    if (event.type === 'GuardianRecorded')
      return [happening, link('GuardianAccountLinked', { guardianId: data.guardianId }, data.guardianId!)]
    if (data.accountHash === undefined) return [happening]
    return [{ ...happening, event: { ...event, data: { ...data, ...account(data.guardianId ?? id) } } }]
  }
  return { ...story, happenings: story.happenings.flatMap(linked) }
}

export const everyFace = faces.map(({ name }) => name)
