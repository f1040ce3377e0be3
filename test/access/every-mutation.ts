import 'reflect-metadata'
import { MODULE_METADATA, SELF_DECLARED_DEPS_METADATA } from '@nestjs/common/constants.js'
import { NestFactory } from '@nestjs/core'
import { GraphQLSchemaBuilderModule, GraphQLSchemaFactory } from '@nestjs/graphql'
import { type GraphQLInputType, type GraphQLSchema, isEnumType, isInputObjectType, isListType, isNonNullType } from 'graphql'
import { accessMetadata, type AccessRule, type Caller, Commands, type CommandPorts, type Context } from '@passerelle/http'
import { type Decider, type DomainEvent, EventStore, MemoryLog } from '@passerelle/event-log'
import { contexts } from '@passerelle/hub'
import { MemoryKeyring } from '@passerelle/keyring'
import { loadContexts } from '../schemas/contexts.js'
import { sampleOf } from '../schemas/sample.js'

export interface Mutation {
  readonly name: string
  /** Whose it is. */
  readonly context: Context
  readonly rule: AccessRule
  /** Asks it as Nest would, with an input whose ids are those of {@link aWorld}, changed as said. */
  readonly ask: (commands: Commands, caller: Caller, changes?: object) => Promise<unknown>
}

/** Every mutation that the contexts offer, found as the faces find them. */
export async function everyMutation(): Promise<Mutation[]> {
  const offered = contexts.flatMap(context =>
    ((Reflect.getMetadata(MODULE_METADATA.PROVIDERS, context.module) ?? []) as (new (...parts: unknown[]) => object)[]).map(
      resolver => ({ context, resolver }),
    ),
  )
  const resolvers = offered.map(({ resolver }) => resolver)
  const app = await NestFactory.createApplicationContext(GraphQLSchemaBuilderModule, { logger: false })
  const schema: GraphQLSchema = await app.get(GraphQLSchemaFactory).create(resolvers as never[], { skipCheck: true })
  await app.close()
  return offered.flatMap(({ context, resolver }) =>
    Object.getOwnPropertyNames(resolver.prototype).flatMap(method => {
      const handler = resolver.prototype[method]
      if (Reflect.getMetadata('graphql:resolver_type', handler) !== 'Mutation') return []
      const name: string = Reflect.getMetadata('graphql:resolver_name', handler) ?? method
      const field = schema.getMutationType()!.getFields()[name]!
      const parts = Reflect.getMetadata(SELF_DECLARED_DEPS_METADATA, resolver) as { index: number; param: unknown }[]
      const ask: Mutation['ask'] = (commands, caller, changes = {}) => {
        const given = parts.toSorted((a, b) => a.index - b.index).map(({ param }) => (param === Commands ? commands : anything))
        const instance = new resolver(...given) as Record<string, (input: object, caller: Caller) => Promise<unknown>>
        const input = { ...(inputOf(field.args[0]!.type) as object), ...changes }
        return instance[method]!(input, caller)
      }
      return [{ name, context, rule: Reflect.getMetadata(accessMetadata, handler) as AccessRule, ask }]
    }),
  )
}

/** The day before every day of the samples: nothing is over yet. */
const dayOfTheDoor = '2026-02-28'

/** Whoever is asked about anything says yes: nothing but the door stands between a caller and the log. */
const anything: any = new Proxy(() => undefined, {
  get: (_, key) => {
    if (key === 'then') return undefined
    if (key === Symbol.iterator) return [][Symbol.iterator].bind([])
    if (key === Symbol.toPrimitive) return () => 'a'
    return anything
  },
  apply: () => anything,
})

function inputOf(type: GraphQLInputType, name = 'thing'): unknown {
  if (isNonNullType(type)) return inputOf(type.ofType, name)
  if (isListType(type)) return [inputOf(type.ofType, name.replace(/s$/, ''))]
  if (isEnumType(type)) return type.getValues()[0]!.value
  if (isInputObjectType(type))
    return Object.fromEntries(
      Object.values(type.getFields())
        .filter(field => isNonNullType(field.type))
        .map(field => [field.name, inputOf(field.type, field.name)]),
    )
  switch (type.name) {
    case 'Boolean':
      return true
    case 'Int':
    case 'Float':
      return 0
    default:
      // What is written down as done has been.
      if (name === 'on') return dayOfTheDoor
      return `${name.replace(/Id$/, '')}-1`
  }
}

/** A caller got past the door: what they asked for would be decided and recorded. */
export class PassedTheDoor extends Error {}

/**
 * A store in which something of every kind has happened, to `learner-1` and in `agency-1`, and nothing more will: in each kind of stream
 * all that can, or only the first so many.
 */
export async function aWorld(events = Infinity): Promise<EventStore> {
  const log = new MemoryLog()
  const keyring = new MemoryKeyring()
  const store = new EventStore(log, keyring)
  for (const { deciders } of await loadContexts())
    for (const decider of deciders) {
      const happened = [...decider.events.definitions.values()]
        .slice(0, events)
        .map(({ type, schemas }): DomainEvent => ({ type, data: sampleOf(schemas.at(-1)! as never) }))
      // What names no thing is the region's own.
      const [, id = 'region'] = Object.entries(happened[0]!.data as object).find(([key]) => key.endsWith('Id')) ?? []
      await store.handle(decider as Decider<unknown, DomainEvent>, id as string, context, () => happened)
    }
  return new (class extends EventStore {
    override async handle(): Promise<never> {
      throw new PassedTheDoor()
    }
  })(log, keyring)
}

export const commandsFor = (store: EventStore, levelsOn: CommandPorts['levelsOn']) =>
  new Commands(store, {
    levelsOn,
    isForgotten: async () => false,
    isOpenAgency: async agencyId => agencyId !== 'nowhere',
    waitFor: async () => true,
    now: () => new Date(`${dayOfTheDoor}T09:00:00Z`),
  })

const context = {
  actor: { userId: 'user-1', agencyId: 'agency-1', role: 'teacher' },
  controllerAgencyId: 'agency-1',
  purpose: 'educationSupport',
  legalBasis: { kind: 'publicTask' },
  occurredAt: '2026-03-01T09:00:00.000Z',
  correlationId: 'c-1',
  causationId: 'r-1',
  language: 'fr',
} as const
