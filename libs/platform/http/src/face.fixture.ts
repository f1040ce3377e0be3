import 'reflect-metadata'
import { Body, Controller, Get, Module, Post } from '@nestjs/common'
import {
  Args,
  Field,
  GraphQLModule,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
} from '@nestjs/graphql'
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import type { GraphQLSchema } from 'graphql'
import { Refused, Stale } from '@passerelle/event-log'
import type { Sector } from '@passerelle/sharing'
import { Type } from 'class-transformer'
import { IsIn, IsOptional, MaxLength, ValidateNested } from 'class-validator'
import { Access, Asking, Public } from './access/access.decorators.js'
import { IsDay } from './errors/is-day.js'
import { NotFound } from './errors/refusals.js'
import { openFace, type FaceOptions } from './face.js'
import { enumOf } from './graphql/types.js'
import { createAuthenticate } from './identity/authenticate.js'
import { Listener } from './listener.js'
import type { Person, RequestContext } from './request-context.js'
import { createLog } from './telemetry/logs.js'
import { createMetrics } from './telemetry/metrics.js'

/** What must never be read in an error or a log line of a spec. */
export const canary = 'CANARY Amélie'

@ObjectType()
class Learner {
  @Field(() => String) id!: string
  @Field(() => String, { nullable: true }) name?: string
}
@ObjectType()
class LearnerEdge {
  @Field(() => Learner) node!: Learner
}
@ObjectType()
class LearnerConnection {
  @Field(() => [LearnerEdge]) edges!: LearnerEdge[]
}
const ToneEnum = enumOf('Tone', ['plain', 'warm'], 'How a note sounds.')
@InputType()
class NotePart {
  @Field(() => String) @MaxLength(20) text!: string
  @Field(() => [ToneEnum], { nullable: true }) @IsOptional() @IsIn(['plain', 'warm'], { each: true }) tones?: string[]
}
@InputType()
class NoteInput {
  @Field(() => String) @MaxLength(20) text!: string
  @Field(() => String) @IsDay() day!: string
  @Field(() => ToneEnum, { nullable: true }) @IsOptional() @IsIn(['plain', 'warm']) tone?: string
  @Field(() => [NotePart], { nullable: true })
  @IsOptional()
  @ValidateNested({ each: true })
  @Type(() => NotePart)
  parts?: NotePart[]
}

/** A condition, which may hold itself. */
@InputType()
class Where {
  @Field(() => String, { nullable: true }) @IsOptional() @MaxLength(20) name?: string
  @Field(() => [Where], { nullable: true }) @IsOptional() @ValidateNested({ each: true }) @Type(() => Where) and?: Where[]
  @Field(() => Where, { nullable: true }) @IsOptional() @ValidateNested() @Type(() => Where) not?: Where
}

@Resolver(() => Learner)
class LearnerResolver {
  @Query(() => String)
  @Access({ roles: ['teacher'] })
  whoAmI(@Asking() { person, purpose, face, language }: RequestContext): string {
    return [person.userId, person.role, purpose, face, language].join(' ')
  }

  /** Whether it is a compiled document that asks: see {@link tellingWhoAsks}. */
  @Query(() => Boolean)
  @Access({ roles: ['teacher'] })
  isCompiled(): boolean {
    return false
  }

  @Query(() => Boolean)
  @Access({ roles: ['teacher'] })
  found(@Args('where', { type: () => Where }) _where: Where): boolean {
    return false
  }

  @Query(() => LearnerConnection)
  @Access({ roles: ['teacher'] })
  learners(@Args('first', { type: () => Int, nullable: true }) first: number): LearnerConnection {
    return { edges: Array.from({ length: first }, (_, i) => ({ node: { id: `l-${i}` } })) }
  }

  @ResolveField(() => LearnerConnection)
  @Access({ roles: ['teacher'] })
  friends(@Parent() _learner: Learner, @Args('first', { type: () => Int }) first: number): LearnerConnection {
    return this.learners(first)
  }

  @ResolveField(() => String, { nullable: true })
  @Access({ roles: ['teacher'] })
  secret(): string {
    throw new Error(`column "${canary}" does not exist`)
  }

  @Query(() => Learner, { nullable: true })
  @Access({ roles: ['teacher'] })
  learner(@Args('id', { type: () => String }) id: string): Learner {
    if (id === 'stale') throw new Stale('learner-1', 3, 4)
    if (id === 'refused')
      throw new Refused('CONSENT.EXPIRED', 'The consent has expired.', 'Ask for it again.', { consentId: 'c-1' })
    if (id === 'broken') throw Object.assign(new Error(canary), { code: 'ECANARY' })
    if (id === 'odd') throw canary as never
    throw new NotFound('learner', id)
  }

  @Mutation(() => Boolean)
  @Access({ roles: ['teacher'], purposes: ['educationSupport'] })
  note(@Args('input', { type: () => NoteInput }) _input: NoteInput): boolean {
    return true
  }

  @Mutation(() => Boolean)
  @Access({ roles: ['schoolLeader'] })
  close(): boolean {
    return true
  }

  @Mutation(() => Boolean)
  forgotten(): boolean {
    return true
  }
}

/** Without Nest between: the executor stands on the stack. */
function tellingWhoAsks(schema: GraphQLSchema): GraphQLSchema {
  const { isCompiled } = schema.getQueryType()!.getFields()
  if (isCompiled) isCompiled.resolve = () => new Error().stack!.includes('graphql-jit')
  return schema
}

function controllerAt(face: string) {
  @Controller(face)
  class DeskController {
    @Get('version')
    @Public('Says nothing but the version.')
    version() {
      return { version: '0.1.0' }
    }

    @Get('desk')
    @Access({ roles: ['teacher'] })
    desk(@Asking() { person }: RequestContext) {
      return { for: person.userId }
    }

    @Post('desk')
    @Access({ roles: ['schoolLeader'] })
    change(@Body() _body: unknown) {
      return {}
    }

    @Get('broken')
    @Access({ roles: ['teacher'] })
    broken() {
      throw new Error(canary)
    }
  }
  return DeskController
}

export const people: Record<string, Person> = {
  teacher: { userId: 'u-teacher', agencyId: 'school-1', sector: 'education', role: 'teacher' },
  nurse: { userId: 'u-nurse', agencyId: 'clinic-1', sector: 'health', role: 'healthProfessional' },
}

/** Two faces behind one listener; tokens are the names of people. */
export async function openHub(more: Partial<FaceOptions> = {}) {
  const lines: string[] = []
  const log = createLog({ level: 'debug', destination: { write: line => void lines.push(line) } })
  const metrics = createMetrics({ withProcess: false })
  const listener = new Listener()
  listener.mount('metrics', metrics.handler)
  const authenticate = createAuthenticate({
    verify: async authorization => ({
      issuer: 'i',
      subject: authorization?.replace('Bearer ', '') ?? '',
      clientId: undefined,
      scopes: [],
      purpose: undefined,
    }),
    membershipsOf: async ({ subject }) => (people[subject] ? [people[subject]] : []),
    purposesOf: role => (role === 'teacher' ? ['educationSupport', 'caseCoordination'] : ['healthCare']),
  })
  const apps: NestFastifyApplication[] = []
  for (const name of ['education', 'health'] satisfies Sector[]) {
    const face = openFace({ face: { name, sectors: [name] }, listener, authenticate, log, metrics, ...more })
    @Module({
      imports: [
        GraphQLModule.forRoot<MercuriusDriverConfig>({
          ...{ driver: MercuriusDriver, autoSchemaFile: true, transformSchema: tellingWhoAsks },
          ...face.graphql,
        }),
      ],
      providers: [LearnerResolver, ...face.providers],
      controllers: [controllerAt(name)],
    })
    class FaceModule {}
    apps.push(await face.start(FaceModule))
  }
  const { url } = await listener.listen()

  const post = (face: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}/${face}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer teacher', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return {
    url,
    post,
    /** The answer's status and body. */
    async ask(query: string, variables?: object, headers: Record<string, string> = {}, face = 'education') {
      const answer = await post(face, { query, ...(variables ? { variables } : {}) }, headers)
      const body = (await answer.json()) as {
        data?: any
        errors?: { message: string; path?: unknown[]; extensions: { code: string; which?: any; next?: string } }[]
      }
      return { status: answer.status, body, code: body.errors?.[0]?.extensions.code, headers: answer.headers }
    },
    lines,
    log: () => lines.map(line => JSON.parse(line) as Record<string, unknown>),
    async close() {
      await listener.close()
      for (const app of apps) await app.close()
    },
  }
}
export type Hub = Awaited<ReturnType<typeof openHub>>
