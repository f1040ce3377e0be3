import type { GraphQLError, GraphQLSchema } from 'graphql'
import type { Problem } from '../errors/problem.js'
import { expectedInPlaceOf, variableFaults, variableOf } from './value-faults.js'

/** What a document is held against. */
export type Asked = { readonly schema: GraphQLSchema; readonly variables: Readonly<Record<string, unknown>> }

/** More than these are of no use to anybody. */
export const mostFaults = 20

/**
 * What graphql says of a document, as far as it speaks of names in the schema and in the document only. A match is passed on and
 * what stands behind it is not: no "Did you mean", which would tell of fields that this face hides, and no value that was sent.
 */
const speakable: readonly RegExp[] = [
  /^Cannot query field "\w+" on type "\w+"\./,
  /^Unknown (type|fragment|directive|operation named) "@?\w+"/,
  /^Unknown argument "\w+" on (field|directive) "@?[\w.]+"\./,
  /^(Field|Directive) "@?\w+" argument "\w+" of type "[\w[\]!]+" is required, but it was not provided\./,
  /^Field "\w+" of type "[\w[\]!]+" must have a selection of subfields\./,
  /^Field "\w+" must not have a selection since type "[\w[\]!]+" has no subfields\./,
  /^Field "[\w.]+" is not defined by type "\w+"\./,
  /^Field "[\w.]+" of required type "[\w[\]!]+" was not provided\./,
  /^Fields "\w+" conflict because/,
  /^Variable "\$\w+" is (not defined|never used)( by operation "\w+"| in operation "\w+")?\./,
  /^Variable "\$\w+" of (required )?type "[\w[\]!]+" (was not provided|used in position expecting type "[\w[\]!]+")\./,
  /^Fragment "\w+" (is never used|cannot condition on non composite type "\w+"|cannot be spread here)/,
  /^Cannot spread fragment "\w+" within itself/,
  /^There can be only one (operation|fragment|variable|argument|input field) named "\$?\w+"\./,
  /^This anonymous operation must be the only defined operation\./,
  /^Must provide (an operation|operation name if query contains multiple operations)\./,
  /^The directive "@\w+" can only be used once at this location\./,
  /^Directive "@\w+" may not be used on \w+\./,
  /^Operation cannot be performed via a GET request/,
  /^Too many errors processing variables/,
]

/** The fault of a document, or of variables, as the caller may read it. `error` is as graphql located it, `root` what it said in the first place. */
export function toDocumentProblem(error: GraphQLError, root: GraphQLError, asked: Asked): Problem {
  const variable = variableOf(error)
  const faults = variable ? variableFaults(asked.schema, variable, asked.variables) : []
  if (variable && faults.length > 0)
    return fault(
      'VARIABLES',
      `Variable "$${variable.variable.name.value}" does not fit its type.`,
      'Send what is expected there.',
      {
        faults: faults.slice(0, mostFaults),
      },
    )
  return problemOf(root, () => expectedInPlaceOf(asked.schema, error))
}

function problemOf(error: GraphQLError, expectedThere: () => string | undefined): Problem {
  if (/^Syntax Error: Document contains more tha[nt] \d+ tokens/.test(error.message))
    return fault('TOO_LONG', 'The document is too long.', 'Ask for less, or in several requests.')
  if (error.message.startsWith('Syntax Error'))
    return fault('SYNTAX', 'The document is not GraphQL.', 'Correct it where the location points.')
  const spoken = speakable.map(each => each.exec(error.message)?.[0]).find(Boolean)
  const expected = spoken ? undefined : expectedThere()
  if (expected)
    return fault('INVALID', 'A value does not fit its type.', 'Send what is expected where the location points.', { expected })
  return fault(
    'INVALID',
    spoken ?? 'The document does not fit the schema of this face.',
    'Look the field up in the schema of this face.',
  )
}

const fault = (reason: string, what: string, next: string, which?: Problem['which']): Problem => ({
  code: `GRAPHQL.${reason}`,
  what,
  ...(which ? { which } : {}),
  next,
})
