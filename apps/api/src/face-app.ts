import { Module, type Type } from '@nestjs/common'
import { GraphQLModule, Query, Resolver } from '@nestjs/graphql'
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import type { FastifyRequest } from 'fastify'
import type { GraphQLSchema } from 'graphql'
import { ConsentFacts } from '@passerelle/consent'
import { defaultRecordTerms, factOf, HubLinks, HubReferralFacts, type OpenHub, type RecordTerms } from '@passerelle/hub'
import {
  type Authenticate,
  type Caller,
  type Face,
  type Listener,
  type Log,
  type Metrics,
  openFace,
  Public,
  type RequestContext,
  toCaller,
} from '@passerelle/http'
import { DatabaseHubRows, type View } from '@passerelle/projections'
import { columnEverHeld } from './ever.js'
import { ExportController, ExportParts } from './export/export.controller.js'
import { commandsModule } from './commands.module.js'
import { consentDownloads } from './consent-downloads.js'
import { consentFields } from './consent-fields.js'
import { disclosureFields } from './disclosure-fields.js'
import { explanationFields } from './explanation-fields.js'
import { Explanations } from './explanations.js'
import { FactsOnRecord } from './facts-on-record.js'
import { faceSchema } from './face-schema.js'
import { rolesAt } from './faces.js'
import { identityFields } from './identity-fields.js'
import { PastRows } from './past-rows.js'
import { type FaceContext, together } from './read/face-context.js'
import { Reads } from './reads.js'
import { WhatIfs } from './what-ifs.js'
import { agencyNamesOf } from './who-looked.js'

export interface FaceAppOptions {
  readonly face: Face
  readonly hub: OpenHub
  readonly listener: Listener
  readonly authenticate: Authenticate
  readonly log: Log
  readonly metrics: Metrics
  /** How often a document is asked before it is compiled. */
  readonly compiledAfter?: number
  /** Told of the schema once it is made. */
  readonly onSchema?: (schema: GraphQLSchema) => void
}

/** The schema of a face, without anything that runs behind it: what is committed to `schemas/graphql`. */
export function schemaOfFace(
  face: Face,
  commands: GraphQLSchema,
  views: readonly View[],
  terms: RecordTerms = defaultRecordTerms,
): GraphQLSchema {
  const roles = rolesAt(face)
  const extra = together(
    disclosureFields(face),
    explanationFields(face, commands),
    consentFields(face, terms),
    identityFields(face),
  )
  return faceSchema(commands, { views, roles, mayEver: columnEverHeld(roles), extra })
}

/** Nest builds no schema without a query; the face puts its own in the place of this one. */
@Resolver()
class RootResolver {
  @Query(() => Boolean)
  @Public('Stands in no face: the read side takes its place.')
  placeholder(): boolean {
    return true
  }
}

/** What the read side of a face is answered with: made anew for each request, and for one caller and purpose. */
export function readContexts(hub: OpenHub): (caller: Caller) => FaceContext {
  const links = new HubLinks(hub.db)
  const past = new PastRows(hub.db, hub.store, hub.declaration)
  const onRecord = new FactsOnRecord(hub.db, hub.store, hub.declaration, hub.denials)
  const explanations = new Explanations(onRecord, hub.store.log, hub.now)
  const capacityOf: ConsentFacts['capacityOf'] = (...of) => factOf(hub, ConsentFacts).capacityOf(...of)
  const whatIfs = new WhatIfs(
    hub.store,
    new DatabaseHubRows(hub.db),
    onRecord,
    capacityOf,
    new HubReferralFacts(hub.db, hub.now),
    hub.now,
  )
  const agencyNames = agencyNamesOf(hub.db)
  return caller => ({
    caller,
    reads: new Reads(hub.reader, hub.readerDb, past, caller, hub.now),
    loaders: new Map(),
    disclosures: hub.disclosures,
    explanations,
    whatIfs,
    links,
    agencyNames,
    now: hub.now,
  })
}

/** Starts one face: the read side derived from the views, the mutations of every context, and the disclosure log between them and the door. */
export async function startFace({ face, hub, onSchema, ...door }: FaceAppOptions): Promise<NestFastifyApplication> {
  const opened = openFace({ face, ...door, mayIntrospect: () => process.env['NODE_ENV'] !== 'production' })
  const contextFor = readContexts(hub)
  const readsFor = (asking: RequestContext) => contextFor(toCaller(asking)).reads
  const contextOf = opened.graphql.context as (request: FastifyRequest) => RequestContext
  const graphql: MercuriusDriverConfig = {
    ...opened.graphql,
    autoSchemaFile: true,
    transformSchema(commands) {
      const schema = schemaOfFace(face, commands, hub.views, hub.config.recordTerms)
      onSchema?.(schema)
      return schema
    },
    context(request: FastifyRequest): FaceContext & RequestContext {
      const asking = contextOf(request)
      // Who was refused at the door is answered there: nothing is read for them.
      if (!asking.person) return asking as FaceContext & RequestContext
      return { ...asking, ...contextFor(toCaller(asking)) }
    },
    hooks: {
      ...opened.graphql.hooks,
      /** The answer does not leave before it is written down who saw what: where that fails, there is no answer. */
      async onResolution(_execution, context) {
        const { reads } = context as unknown as Partial<FaceContext>
        if (reads) await hub.disclosures.record(reads.disclosures())
      },
    },
  }
  @Module({
    imports: [
      commandsModule(hub),
      GraphQLModule.forRoot<MercuriusDriverConfig>({ driver: MercuriusDriver, ...graphql }),
      ...hub.contexts.map((context): Type => context.module),
    ],
    controllers: [...consentDownloads(face, hub, readsFor), ...(face.sectors.includes('learner') ? [ExportController] : [])],
    providers: [RootResolver, { provide: ExportParts, useValue: { hub, readsFor } }, ...opened.providers],
  })
  class FaceModule {}
  return opened.start(FaceModule)
}
