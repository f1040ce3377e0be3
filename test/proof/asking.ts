import { type DocumentNode, execute, type ExecutionResult, type GraphQLError, type GraphQLSchema, parse, validate } from 'graphql'
import { readContexts } from '@passerelle/api'
import type { Database } from '@passerelle/database'
import { type Caller, formatErrors, silentLog } from '@passerelle/http'
import { learnerAgencyId, type Reader, type Sector } from '@passerelle/sharing'
import type { ProofHub } from './proof-hub.js'
import type { Look } from './truth.js'

/** A document with its variables. */
export interface Question {
  readonly text: string
  readonly variables?: Readonly<Record<string, unknown>>
}

/** Whatever answers questions: a face, with its door or without. */
export interface Answers {
  /** All that leaves, as text. */
  ask(question: Question): Promise<string>
}

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
export class Asking implements Answers {
  private readonly contextFor: ReturnType<typeof readContexts>

  constructor(
    hub: ProofHub,
    private readonly schema: GraphQLSchema,
    private readonly caller: Caller,
    { reader, db }: { readonly reader: Reader; readonly db: Database } = { reader: hub.reader, db: hub.readerDb },
  ) {
    this.contextFor = readContexts({ ...hub.open, reader, readerDb: db })
  }

  /** What stands in the body of the answer. */
  async ask({ text, variables = {} }: Question): Promise<string> {
    const { schema } = this
    const { document, faults } = understood(schema, text)
    const contextValue = this.contextFor(this.caller)
    const result: Partial<ExecutionResult> =
      faults.length > 0 ? { errors: faults } : await execute({ schema, document, contextValue, variableValues: variables })
    const { response } = result.errors
      ? formatErrors(result, 'r', silentLog, () => ({ schema, variables }))
      : { response: { data: result.data } }
    return JSON.stringify(response)
  }
}

interface Understood {
  readonly document: DocumentNode
  readonly faults: readonly GraphQLError[]
}
const mostUnderstood = 1_000
const understoodBy = new WeakMap<GraphQLSchema, Map<string, Understood>>()

/** Parsed and checked once, as a face does it, for the documents that were asked last. */
function understood(schema: GraphQLSchema, text: string): Understood {
  let known = understoodBy.get(schema)
  if (!known) understoodBy.set(schema, (known = new Map()))
  let found = known.get(text)
  if (!found) {
    const document = parse(text)
    found = { document, faults: validate(schema, document) }
    if (known.size >= mostUnderstood) known.delete(known.keys().next().value!)
    known.set(text, found)
  }
  return found
}

/** Does the same for each of many, some at once: what reads wait for is the database. The results stand in order. */
export async function atOnce<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>, width = 16): Promise<R[]> {
  const results: R[] = []
  for (let from = 0; from < items.length; from += width)
    results.push(...(await Promise.all(items.slice(from, from + width).map((item, i) => work(item, from + i)))))
  return results
}
