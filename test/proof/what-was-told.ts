import { views } from '@passerelle/hub'
import type { Category } from '@passerelle/sharing'
import type { World } from '@passerelle/testing/sharing'
import { getNamedType, type GraphQLField, type GraphQLObjectType, type GraphQLSchema, isLeafType, isNonNullType } from 'graphql'
import { canariesIn } from './payloads.js'
import type { Ordinary } from './hostile-inputs.js'

/** One field of a face, asked about one learner and with nothing beside it. */
export interface FieldQuestion {
  /** `Plan.headline`, or `PlanConnection.totalCount in Query.plans` */
  readonly field: string
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
  /** Undefined where a list is of no learner: whoever stands in it nevertheless is known by their id and words. */
  readonly learnerId: string | undefined
  /** The list that it stands in; of each, how long it is is asked first. */
  readonly list: string
  readonly isLength: boolean
  /** What the schema says the field is of. */
  readonly category: Category | undefined
}
/** Of whom, and what: as the disclosure log says it, or as an answer does. */
export type Told = ReadonlyMap<string, ReadonlySet<Category>>

/** Every field that the face answers, wherever it can be asked of a learner. */
export function* fieldsOf(schema: GraphQLSchema, learnerId: string, ordinary: Ordinary): Generator<FieldQuestion> {
  const learner = schema.getType('Learner') as GraphQLObjectType
  for (const root of Object.values(schema.getQueryType()!.getFields())) {
    if (root.name === 'me') continue
    const view = views.find(({ name }) => name === root.name)
    const subject = view?.subject
    // How long an agency's log is says nothing of anybody in it.
    const whose = (view && !subject) || root.name.startsWith('disclosureLogHead') ? undefined : learnerId
    const about = subject ? `, where: { ${subject}: { eq: "${learnerId}" } }` : ''
    if (getNamedType(root.type) === learner) continue
    yield* within(root, `in Query.${root.name}`, about, text => `{ ${text} }`, whose)
  }
  for (const own of Object.values(learner.getFields()))
    yield* within(own, 'of Learner', '', text => `{ learner(id: "${learnerId}") { ${text} } }`, learnerId)

  function* within(
    field: GraphQLField<any, any>,
    where: string,
    about: string,
    write: (text: string) => string,
    whose: string | undefined,
  ): Generator<FieldQuestion> {
    const isPaged = field.args.some(({ name }) => name === 'after')
    const asked = field.args.filter(({ type }) => isNonNullType(type))
    const args = isPaged
      ? `(first: 100${about})`
      : asked.length > 0
        ? `(${asked.map(({ name }) => `${name}: $${name}`).join(', ')})`
        : ''
    const declared =
      isPaged || asked.length === 0 ? '' : `query(${asked.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ')}) `
    const variables = isPaged
      ? {}
      : Object.fromEntries(asked.map(({ name, type }) => [name, name === 'first' ? 100 : ordinary.value(type, name)]))
    const ask = (leaf: GraphQLField<any, any>, selection: string): FieldQuestion => ({
      field:
        where === 'of Learner' && leaf === field
          ? `Learner.${field.name}`
          : `${leaf === field ? field.name : `${getNamedType(field.type).name}.${leaf.name}`} ${where === 'of Learner' ? `in Learner.${field.name}` : where}`,
      query: `${declared}${write(`${field.name}${args} ${selection}`)}`,
      variables,
      learnerId: whose,
      list: `${where} ${field.name}`,
      isLength: leaf.name === 'totalCount',
      category: leaf.extensions['category'] as Category | undefined,
    })
    const type = getNamedType(field.type)
    if (isLeafType(type)) return void (yield ask(field, ''))
    const fields = (type as GraphQLObjectType).getFields()
    // Other learners are read as by their own ids.
    if (type === learner) return void (yield ask(field, '{ learnerId }'))
    if (!isPaged) {
      for (const leaf of Object.values(fields)) yield ask(leaf, `{ ${selected(leaf)} }`)
      return
    }
    yield ask(fields['totalCount']!, '{ totalCount }')
    const node = getNamedType(fields['nodes']!.type) as GraphQLObjectType
    // A row is answered alike wherever it stands: by its first field in each list, by the others once.
    for (const [i, leaf] of Object.values(node.getFields()).entries())
      if (!leaf.args.some(({ type: of }) => isNonNullType(of))) {
        const asked = ask(leaf, `{ nodes { ${selected(leaf)} } }`)
        yield i === 0 ? asked : { ...asked, field: `${node.name}.${leaf.name}` }
      }
    yield ask(fields['edges']!, '{ edges { cursor } }')
    yield ask(fields['pageInfo']!, '{ pageInfo { endCursor } }')
  }
}

/** A field with all that is said below it. */
export function selected({ name, type }: GraphQLField<any, any>, args = ''): string {
  const named = getNamedType(type)
  if (isLeafType(named)) return `${name}${args}`
  const below = Object.values((named as GraphQLObjectType).getFields()).filter(({ args }) => args.length === 0)
  const leaves = named.name === 'Learner' ? below.filter(each => each.name === 'learnerId') : below
  return `${name}${args} { ${leaves.map(leaf => selected(leaf)).join(' ')} }`
}

/** Of whom each canary of the region is, and of which kinds of data. */
export function ownersOf(world: World): ReadonlyMap<string, readonly (readonly [learnerId: string, Category])[]> {
  const owners = new Map<string, (readonly [string, Category])[]>()
  for (const view of views)
    for (const { values } of view.subject ? world.rows[view.name]! : [])
      for (const [name, { category }] of Object.entries(view.columns))
        for (const token of canariesIn(JSON.stringify(values[name] ?? null)))
          owners.set(token, [...(owners.get(token) ?? []), [values[view.subject!] as string, category]])
  return owners
}

/** Whether an answer says anything at all. */
export function saysAnything(data: unknown): boolean {
  if (Array.isArray(data)) return data.some(saysAnything)
  if (typeof data === 'object' && data !== null) return Object.values(data).some(saysAnything)
  return data !== null && data !== undefined && data !== 0 && data !== false
}

/** What an answer tells that was not written down; nothing where all was. */
export function untold(
  { learnerId, category }: Pick<FieldQuestion, 'learnerId' | 'category'>,
  data: unknown,
  written: Told,
  { owners, learnerIds }: { readonly owners: ReturnType<typeof ownersOf>; readonly learnerIds: readonly string[] },
): string[] {
  const text = JSON.stringify(data)
  const isWritten = (of: string, what?: Category) => (what ? written.get(of)?.has(what) : written.has(of)) ?? false
  return [
    ...(learnerId !== undefined && saysAnything(data) && !isWritten(learnerId, category)
      ? [`${learnerId} ${category ?? 'in general'}`]
      : []),
    ...learnerIds.filter(id => text.includes(`"${id}"`) && !isWritten(id)),
    ...[...canariesIn(text)].flatMap(token => {
      const whose = owners.get(token)
      return whose && !whose.some(([of, what]) => isWritten(of, what))
        ? [`${token} of ${whose.map(each => each.join(' ')).join(', ')}`]
        : []
    }),
  ]
}
