import { isDeepStrictEqual } from 'node:util'
import { views } from '@passerelle/hub'
import type { View } from '@passerelle/projections'
import { getNamedType, type GraphQLEnumType, type GraphQLInputObjectType, type GraphQLSchema } from 'graphql'
import type { World } from '@passerelle/testing/sharing'
import { expectedRows, nodeOf } from './differential.js'
import type { Look } from './truth.js'

/** A page that is asked for by what somebody may not see, and the keys of the rows that may be in it, as the oracle knows them. */
export interface OracleQuestion {
  readonly view: View
  readonly column: string
  /** `(first: 100, where: …)` */
  readonly args: string
  /** Whether the rows that were answered are what can be known without knowing what is hidden. */
  readonly tellsNothing: (keys: readonly string[]) => boolean
}

type Shown = Readonly<Record<string, unknown>>
const keyIn = (view: View, row: Shown): string => view.keys.map(key => String(row[key])).join('|')

/** Each view of the face with its columns, its rows as the look may see them, and as they are. */
function* sightsOf(world: World, look: Look, schema: GraphQLSchema) {
  for (const view of views) {
    const node = nodeOf(schema, view)
    if (!node || !view.subject) continue
    const args = schema.getQueryType()!.getFields()[view.name]!.args
    const type = (name: string) => getNamedType(args.find(arg => arg.name === name)!.type) as GraphQLInputObjectType
    const columns = (getNamedType(type('orderBy').getFields()['column']!.type) as GraphQLEnumType)
      .getValues()
      .map(({ name }) => name)
    const rows = expectedRows(world, look, view, columns) as Shown[]
    const seen = new Map(rows.map(row => [keyIn(view, row), row]))
    const whole = new Map(world.rows[view.name]!.map(({ values }) => [keyIn(view, values), values as Shown]))
    yield { view, columns, seen, whole }
  }
}

/**
 * Filters by values that stand in rows or columns that are hidden, by each column: what is hidden is as empty as what was never recorded, and a row that is hidden is
 * nowhere.
 */
export function* filterOracles(world: World, look: Look, schema: GraphQLSchema): Generator<OracleQuestion> {
  let turn = 0
  for (const { view, columns, seen, whole } of sightsOf(world, look, schema))
    for (const column of columns) {
      const isHidden = ([key, row]: readonly [string, Shown]) => isSaid(row[column]) && !isSaid(seen.get(key)?.[column])
      const value = [...whole].find(isHidden)?.[1][column]
      if (value === undefined) continue
      const literal = JSON.stringify(value)
      const ways = [
        [`{ ${column}: { eq: ${literal} } }`, true],
        [`{ ${column}: { ne: ${literal} } }`, false],
        [`{ ${column}: { in: [${literal}] } }`, true],
        [`{ ${column}: { nin: [${literal}] } }`, false],
        [`{ not: { ${column}: { eq: ${literal} } } }`, false],
        [`{ and: [{ not: { ${column}: { ne: ${literal} } } }] }`, true],
      ] as const
      const [where, finds] = ways[turn++ % ways.length]!
      const expected = [...seen].filter(([, row]) => (row[column] === value) === finds).map(([key]) => key)
      const tellsNothing = (keys: readonly string[]) => isDeepStrictEqual(new Set(keys), new Set(expected))
      yield { view, column, args: `(first: 100, where: ${where})`, tellsNothing }
    }
}
const isSaid = (value: unknown): boolean => value !== null && value !== undefined

/** Orders by columns that are hidden in two rows at least: those stand in the order of their keys, whatever is in them. */
export function* sortOracles(world: World, look: Look, schema: GraphQLSchema): Generator<OracleQuestion> {
  for (const { view, columns, seen, whole } of sightsOf(world, look, schema))
    for (const column of columns) {
      const hidden = [...seen].filter(([key, row]) => row[column] === null && (whole.get(key)![column] ?? null) !== null)
      if (hidden.length < 2) continue
      const empty = [...seen].filter(([, row]) => row[column] === null).map(([key]) => key)
      for (const direction of ['ASC', 'DESC'])
        yield {
          view,
          column,
          args: `(first: 100, orderBy: { column: ${column}, direction: ${direction} })`,
          tellsNothing: got => {
            const order = got.filter(key => empty.includes(key))
            return (
              [empty, empty.toReversed()].some(keys => keys.every((key, i) => key === order[i])) && order.length === empty.length
            )
          },
        }
    }
}

/** The keys of the rows in an answer that was asked for `keysAsked`. */
export const keysAsked = (view: View): string => `totalCount nodes { ${view.keys.join(' ')} }`
export const keysOf = (view: View, answered: { readonly nodes: readonly Shown[] }): string[] =>
  answered.nodes.map(row => keyIn(view, row))
