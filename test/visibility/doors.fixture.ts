import { randomUUID } from 'node:crypto'
import { buildClientSchema, getIntrospectionQuery, type GraphQLSchema } from 'graphql'
import { agencyEvents, staffEvents } from '@passerelle/agency'
import { startApi } from '@passerelle/api'
import type { DomainEvent, EventDefinitions, EventStore } from '@passerelle/event-log'
import { fetchDevToken, silentLog, startDevIdentityProvider } from '@passerelle/http'
import { accountHash, type Mounted, mounted as product, openHub, type OpenHub } from '@passerelle/hub'
import type { Projector } from '@passerelle/projections'
import { learnerAgencyId, type Role, type Sector } from '@passerelle/sharing'
import { type FreshStores, freshStores } from '@passerelle/testing'

export interface Somebody {
  /** Also the name of the face. */
  readonly sector: Sector
  readonly agencyId: string
  readonly role: Role
}
export interface Answer {
  readonly data: any
  readonly codes: readonly string[]
  /** As it came over the wire. */
  readonly text: string
}

/** Every face over one hub, into whose log anything is written that could have happened: for what people see, not for what they may do. */
export class Doors<Who extends string> {
  private readonly tokens = new Map<Who, string>()
  private readonly schemas = new Map<Sector, GraphQLSchema>()
  private readonly projector: Projector

  private constructor(
    readonly hub: OpenHub,
    private readonly people: Readonly<Record<Who, Somebody>>,
    private readonly issuer: string,
    private readonly url: string,
    private readonly stores: FreshStores,
    private readonly closeDoors: () => Promise<void>,
  ) {
    this.projector = hub.projector()
  }

  /** With agencies for all these people, who work there from long ago. Learners and guardians are linked with their records by whoever makes those. */
  static async open<Who extends string>(
    people: Readonly<Record<Who, Somebody>>,
    mounted: Mounted = product,
  ): Promise<Doors<Who>> {
    const stores = await freshStores()
    const hub = await openHub(stores.config, { mounted })
    const identity = await startDevIdentityProvider({
      people: Object.keys(people).map(name => ({ alias: name, subject: name, label: name, roleLabel: name })),
      folder: stores.config.dataFolder,
      port: 0,
    })
    const { issuer, audience } = identity
    const api = await startApi({ hub, issuers: [issuer], audience, log: silentLog })
    const doors = new Doors(hub, people, issuer, api.url, stores, async () => {
      await api.close()
      await identity.close()
    })
    const staff = (Object.entries(people) as [Who, Somebody][]).filter(([, { agencyId }]) => agencyId !== learnerAgencyId)
    for (const [agencyId, sector] of new Map(staff.map(([, each]) => [each.agencyId, each.sector])))
      await doors.openAgency(agencyId, sector)
    for (const [userId, { agencyId, role }] of staff)
      await doors.happened(
        staffEvents,
        userId,
        agencyId,
        [
          { type: 'StaffMemberRegistered', data: { userId, accountHash: doors.accountOf(userId), name: userId } },
          { type: 'StaffRoleAssigned', data: { agencyId, role, from: '2020-01-01' } },
        ],
        userId,
      )
    return doors
  }

  openAgency(agencyId: string, sector: Sector): Promise<void> {
    const data = { agencyId, name: agencyId, sector, region: 'FR10' }
    return this.happened(agencyEvents, agencyId, agencyId, [{ type: 'AgencyRegistered', data }])
  }

  accountOf = (who: Who): string => accountHash(this.hub.identifiers, { issuer: this.issuer, subject: who })

  happened(events: EventDefinitions, id: string, by: string, some: readonly DomainEvent[], about?: string): Promise<void> {
    return writeDown(this.hub.store, events, id, by, some, about)
  }

  /** Comes back when every view knows all that happened. */
  async projected(): Promise<void> {
    await this.projector.catchUp()
  }

  async ask(who: Who, query: string, variables: object = {}): Promise<Answer> {
    if (!this.tokens.has(who)) this.tokens.set(who, await fetchDevToken({ folder: this.stores.config.dataFolder, person: who }))
    const answer = await fetch(`${this.url}/${this.people[who].sector}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.tokens.get(who)}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    const text = await answer.text()
    const { data, errors = [] } = JSON.parse(text)
    return { data, codes: errors.map((error: any) => error.extensions.code), text }
  }

  /** The face through which somebody comes, as it tells of itself. */
  async schemaFor(who: Who): Promise<GraphQLSchema> {
    const { sector } = this.people[who]
    let schema = this.schemas.get(sector)
    if (!schema) {
      const { data, text } = await this.ask(who, getIntrospectionQuery({ descriptions: false }))
      if (!data) throw new Error(`The face of ${sector} tells nothing of itself: ${text.slice(0, 300)}`)
      this.schemas.set(sector, (schema = buildClientSchema(data)))
    }
    return schema
  }

  async close(): Promise<void> {
    await this.closeDoors()
    await this.projector.close()
    await this.hub.close()
    await this.stores.remove()
  }
}

/** Writes down what happened, without asking whether it may. */
export async function writeDown(
  store: EventStore,
  events: EventDefinitions,
  id: string,
  by: string,
  some: readonly DomainEvent[],
  about?: string,
): Promise<void> {
  const decider = { events, initial: {}, evolve: (state: object) => state, subject: () => about }
  const under = {
    actor: { userId: 'somebody', agencyId: by, role: 'teacher' as const },
    controllerAgencyId: by,
    purpose: 'educationSupport' as const,
    legalBasis: { kind: 'publicTask' as const },
    occurredAt: new Date().toISOString(),
    correlationId: randomUUID(),
    causationId: randomUUID(),
    language: 'en',
  }
  await store.handle(decider, id, under, () => some)
}
