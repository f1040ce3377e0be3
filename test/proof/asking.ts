import { type DocumentNode, execute, type ExecutionResult, type GraphQLSchema, parse, validate } from 'graphql'
import { faces, readContexts } from '@passerelle/api'
import type { Database } from '@passerelle/database'
import { type Caller, formatErrors, silentLog } from '@passerelle/http'
import { learnerAgencyId, type Reader, type Sector } from '@passerelle/sharing'
import type { ProofHub } from './proof-hub.js'
import type { Look } from './truth.js'

/** A document, and what stands in its place where a cursor of the answer before is to be sent. */
export interface Question {
  readonly text: string
  readonly variables?: Readonly<Record<string, unknown>>
}

export const faceOf = (sector: Sector): string => faces.find(face => face.sectors.includes(sector))!.name

/** Who asks, as the door would have it: what follows it never looks at a token again. */
export function callerOf(look: Look, sector: Sector, ownLearnerIds: readonly string[]): Caller {
  return {
    ...look,
    sector,
    ownLearnerIds: look.agencyId === learnerAgencyId ? ownLearnerIds : [],
    requestId: '00000000-0000-4000-8000-000000000000',
    correlationId: 'c',
    language: 'en',
  }
}

/** A face without its door: the schema that it serves over the reads that it makes, and its own words for errors. */
export class Asking {
  private readonly contextFor: ReturnType<typeof readContexts>

  constructor(
    hub: ProofHub,
    private readonly schema: GraphQLSchema,
    private readonly caller: Caller,
    { reader, db }: { readonly reader: Reader; readonly db: Database } = hub,
  ) {
    this.contextFor = readContexts({ ...hub.open, reader, readerDb: db })
  }

  /** What stands in the body of the answer. */
  async ask({ text, variables = {} }: Question, document: DocumentNode = parse(text)): Promise<string> {
    const faults = validate(this.schema, document)
    const context = this.contextFor(this.caller)
    const result: Partial<ExecutionResult> =
      faults.length > 0
        ? { errors: faults }
        : await execute({ schema: this.schema, document, contextValue: context, variableValues: variables })
    const { response } = result.errors ? formatErrors(result, 'r', silentLog) : { response: { data: result.data } }
    return JSON.stringify(response)
  }
}
