import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isLeafType,
} from 'graphql'
import type { Story } from './happenings.js'

/** Stands in every hostile text, so that any part of one is known again. */
export const mark = 'zqhostile'

/** What is tried in place of a text. */
export const hostileTexts: Readonly<Record<string, string>> = {
  'a statement after a quote': `${mark}'; drop table hub.learners; --`,
  'a condition that always holds': `${mark}") or 1=1 --`,
  'a parameter of the statement': `$1::text) union select '${mark}`,
  'an escaped quote': `${mark}\\'; select pg_sleep(9)`,
  'an id with a condition': `learner-1' or '${mark}'='${mark}`,
  'a NUL': `${mark}\u0000' or true`,
  'half a character': `${mark}\ud800`,
  'a pattern and a template': `%${mark}_%{{7*7}}$\{1}`,
  'a very long text': mark.repeat(5_000),
}
const texts = Object.values(hostileTexts)

/** One text in one place of an argument list, everything else as it should be. */
export interface HostileCall {
  /** `plans(where.headline.eq)` */
  readonly place: string
  /** `where: $where` for each argument that is given, and how they are declared. */
  readonly args: string
  readonly declared: string
  readonly variables: Readonly<Record<string, unknown>>
}

/** Calls of a field with each hostile text in turn, one place after the other, in each place that takes text; `turn` says with which text it begins. */
export function* hostileCalls(field: GraphQLField<any, any>, ordinary: Ordinary, turn = 0): Generator<HostileCall> {
  for (const arg of field.args)
    for (const { path, value } of placesIn(arg.type, ordinary, arg.name, texts, () => turn++)) {
      const others = field.args.filter(other => other !== arg && isNonNullType(other.type))
      const given = [arg, ...others]
      yield {
        place: `${field.name}(${[arg.name, ...path].join('.')})`,
        args: given.length > 0 ? `(${given.map(({ name }) => `${name}: $${name}`).join(', ')})` : '',
        declared: given.map(({ name, type }) => `$${name}: ${String(type)}`).join(', '),
        variables: {
          ...Object.fromEntries(others.map(({ name, type }) => [name, ordinary.value(type, name)])),
          [arg.name]: value,
        },
      }
    }
}

interface Place {
  readonly path: readonly string[]
  readonly value: unknown
}

function* placesIn(
  type: GraphQLInputType,
  ordinary: Ordinary,
  name: string,
  some: readonly string[],
  next: () => number,
): Generator<Place> {
  const of = getNullableType(type)
  if (isListType(of)) {
    for (const { path, value } of placesIn(of.ofType, ordinary, name, some, next)) yield { path, value: [value] }
  } else if (isInputObjectType(of)) {
    const whole = ordinary.input(of)
    for (const field of Object.values(of.getFields())) {
      const named = getNamedType(field.type)
      // Conditions within conditions are conditions.
      if (named === of && field.name !== 'and') continue
      if (named === of) {
        const one = placesIn(of, ordinary, name, some, next).next().value as Place | undefined
        if (one) yield { path: [field.name, ...one.path], value: { and: [one.value] } }
        continue
      }
      // One operator after the other: each column meets one, each operator meets many.
      const all = [...placesIn(field.type, ordinary, field.name, some, next)]
      const taken = named.name.endsWith('Filter') ? all.slice(0, 1) : all
      for (const { path, value } of taken) yield { path: [field.name, ...path], value: { ...whole, [field.name]: value } }
    }
  } else if (!isEnumType(of) && !['Int', 'Float', 'Boolean', 'SafeInt'].includes(of.name)) {
    yield { path: [], value: some[next() % some.length] }
  }
}

/** Values that an honest caller might send: ids of what there is, about one learner. */
export class Ordinary {
  private readonly ids = new Map<string, string[]>()

  constructor(
    story: Story,
    private readonly about: { readonly learnerId: string; readonly userId: string; readonly agencyId: string },
    /** The version of each stream, by the id. */
    private readonly versions: ReadonlyMap<string, number>,
    /** Also what may be left out. */
    private readonly whole = false,
  ) {
    for (const { decider, id } of story.happenings) {
      const [first] = decider.events.definitions.values()
      const own = Object.keys(first!.schemas.at(-1)!.properties).find(key => key.endsWith('Id'))
      if (own) this.ids.set(own, [...new Set([...(this.ids.get(own) ?? []), id])])
    }
  }

  /** With the id of another thing in place of its own, that one's version. */
  input(type: GraphQLInputObjectType, own?: string): Record<string, unknown> {
    const needed = Object.values(type.getFields()).filter(field => this.whole || isNonNullType(field.type))
    const [first] = needed
    const values = needed.map((field: GraphQLInputField) => [
      field.name,
      field === first && own !== undefined ? own : this.value(field.type, field.name),
    ])
    const input = Object.fromEntries(values)
    return 'version' in input ? { ...input, version: Math.max(0, this.versions.get(input[first!.name] as string) ?? 0) } : input
  }

  value(type: GraphQLInputType, name: string): unknown {
    const of = getNullableType(type)
    if (isListType(of)) return [this.value(of.ofType, name.replace(/s$/, ''))]
    if (isEnumType(of)) return of.getValues()[0]!.name
    if (isInputObjectType(of)) return this.input(of)
    switch (of.name) {
      case 'Int':
      case 'SafeInt':
      case 'Float':
        return 1
      case 'Boolean':
        return true
      case 'Date':
        return '2026-03-20'
      case 'DateTime':
        return '2026-03-15T10:00:00.000Z'
      default:
        return this.text(name)
    }
  }

  private text(name: string): string {
    const { learnerId, userId, agencyId } = this.about
    if (name === 'learnerId' || name === 'id') return learnerId
    if (/userId$/i.test(name)) return userId
    if (/agencyId$/i.test(name)) return agencyId
    const ids = this.ids.get(name)
    if (ids) return ids.find(id => id.includes(`${learnerId}.`)) ?? ids[0]!
    if (/Id$/.test(name)) return `${name}.of.${learnerId}`
    if (/until|from|day|due|date|since|by$|end/i.test(name)) return '2026-03-20'
    if (/at$/i.test(name)) return '2026-03-15T09:00:00.000Z'
    if (name === 'language') return 'en'
    return 'fr'
  }
}

/** How a field is asked without anything below it. */
export const bare = (field: GraphQLField<any, any>): string => (isLeafType(getNamedType(field.type)) ? '' : '{ __typename }')
