import { Ability } from '@casl/ability'
import type { Column, ColumnType } from './columns.js'
import { BadQuery, type Condition, type FieldTypes, matches, type Node, understand } from './conditions.js'
import { cellOf } from './matrix.js'
import { circumstances, type Circumstance, type Grant } from './readings.js'
import { mayChoose } from './roles.js'
import { rankOf } from './sight.js'
import { categories, type Category, levels, type Purpose, type Role } from './vocabulary.js'

/** What sharing needs to know of a view; `defineView` makes it. */
export interface ReadableView {
  readonly name: string
  readonly category: Category
  readonly columns: Readonly<Record<string, Column>>
  readonly keys: readonly string[]
  readonly subject: string | undefined
  readonly audience: 'everyone' | 'ownAgency' | 'authority' | 'nobody' | undefined
  /** Its rows are for the person they are about, and for oversight in the agencies whose own they are: for nobody else, whatever they may see. */
  readonly addressed?: boolean
}

/** What stands beside every row: what a command must name, and when the row last changed. Both tell of what is hidden, so both ask for much. */
export const rowColumns = { version: 'int', updatedAt: 'instant' } as const satisfies Record<string, ColumnType>

/**
 * What rules speak of, for one row and one viewer: the levels held on its learner, whether each category is denied just now, whether
 * the row is the agency's own, and the circumstances of the matrix. Made by the reader, in SQL or in memory.
 */
export type PolicyRow = Readonly<Record<string, number | boolean | null>> & { readonly '~view': never }

export const policyFields: FieldTypes = Object.fromEntries([
  ...categories.flatMap(c => [
    [`level${c}`, 'int'],
    [`ownLevel${c}`, 'int'],
    [`denied${c}`, 'bool'],
  ]),
  ['own', 'bool'],
  ...Object.keys(circumstances).map(name => [name, 'bool']),
]) as FieldTypes

export interface Rule {
  readonly action: 'read'
  readonly subject: string
  readonly fields: string[]
  readonly conditions?: Condition
  readonly inverted?: boolean
}

/** More rules than this make a slow ability and a long statement: a sign that a view mixes too much. */
export const mostRules = 50

/**
 * The rules by which people of this role read the view: what may be seen of each group of columns (category, least level), and last, without
 * any condition, what the role may never see. One set for everybody in the role: who works with which learner stands in the rows.
 */
export function rulesFor(role: Role, purpose: Purpose, view: ReadableView): Rule[] {
  if (!mayChoose(role, purpose) || (view.addressed && !addressees.includes(purpose))) return []
  const ownAlone = view.addressed === true && purpose !== 'ownRecord'
  const named = Object.entries(view.columns)
  const rules: Rule[] = []
  const never: string[] = []
  for (const category of categories) {
    const ofCategory = named.filter(([, column]) => column.category === category)
    if (ofCategory.length === 0) continue
    const cell = cellOf(category, role)
    if (!cell.all && !cell.own) {
      never.push(...ofCategory.map(([name]) => name))
      continue
    }
    for (const from of levels.slice(1)) {
      const fields = ofCategory
        .filter(([name, column]) => column.from === from && !isExcepted(name, cell.all))
        .map(([name]) => name)
      const conditions = held(category, rankOf[from], cell, ownAlone)
      if (fields.length > 0 && conditions) rules.push({ action: 'read', subject: view.name, fields, conditions })
    }
    if (category === view.category) rules.push(ofTheRow(view, category, ownAlone))
  }
  if (never.length > 0) rules.push({ action: 'read', subject: view.name, fields: never, inverted: true })
  if (rules.length > mostRules)
    throw new Error(`View ${view.name} needs ${rules.length} rules for ${role}; ${mostRules} is the most`)
  return rules
}

/** For what somebody reads what is addressed. */
const addressees: readonly Purpose[] = ['ownRecord', 'audit']

/** When the viewer may know that a row has something of the category, however little of it they see; undefined: never. */
export const existenceOf = (category: Category, role: Role): Condition | undefined =>
  held(category, rankOf.existence, cellOf(category, role))

/** Undefined where the role never reaches the level. */
function held(
  category: Category,
  from: number,
  { all, own }: { all?: Grant; own?: Grant },
  ownAlone = false,
): Condition | undefined {
  const ways: Condition[] = []
  if (!ownAlone && all && rankOf[all.level] >= from) ways.push({ [`level${category}`]: { gte: from }, ...met(all.when) })
  // Where the agency only recorded something, its own rows alone are open, at the level of all rows.
  if (Math.max(own ? rankOf[own.level] : 0, all ? rankOf[all.level] : 0) >= from)
    ways.push({ own: { eq: true }, [`ownLevel${category}`]: { gte: from }, ...met(own ? own.when : all!.when) })
  return ways.length > 0 ? { [`denied${category}`]: { eq: false }, or: ways } : undefined
}

/** Version and time of the last change: to whoever sees the category in full, and to the agency whose row it is, so that it can act on it. */
function ofTheRow(view: ReadableView, category: Category, ownAlone: boolean): Rule {
  const conditions = {
    [`denied${category}`]: { eq: false },
    or: [
      ...(ownAlone ? [] : [{ [`level${category}`]: { gte: rankOf.full } }]),
      { own: { eq: true }, [`ownLevel${category}`]: { gte: rankOf.existence } },
    ],
  }
  return { action: 'read', subject: view.name, fields: Object.keys(rowColumns), conditions }
}

const met = (when: Circumstance | undefined): Condition => (when ? { [when]: { eq: true } } : {})
const isExcepted = (name: string, grant: Grant | undefined) => grant?.except?.includes(name) ?? false

/** Rules in force, asked for one column of one row at a time. */
export class ReadAbility {
  private readonly ability: Ability
  constructor(
    rules: readonly Rule[],
    private readonly subject: string,
  ) {
    for (const rule of rules) assertClosed(rule)
    this.ability = new Ability(rules as never[], {
      conditionsMatcher: (condition: unknown) => {
        const node = understand(policyFields, condition as Condition)
        return Object.assign((row: object) => matches(node, row as never), { ast: node as never })
      },
      // Names as they are: no wildcards, no paths.
      fieldMatcher: (fields: readonly string[]) => (field: string) => fields.includes(field),
      detectSubjectType: () => subject,
    })
  }

  may(row: PolicyRow, column: string): boolean {
    if (typeof row !== 'object' || row === null)
      throw new Error('Only a row can be asked about: a name of a type would skip its conditions')
    return this.ability.can('read', row as never, column)
  }

  /** The ways to one column, any of which suffices; empty: none. */
  waysTo(column: string): readonly Node[] {
    const ways: Node[] = []
    // The last rule counts first, and what it forbids no earlier one gives.
    for (const rule of this.ability.rulesFor('read', this.subject, column)) {
      if (rule.inverted) break
      ways.push(rule.ast as unknown as Node)
    }
    return ways
  }
}

/**
 * CASL fails open on what it does not understand, so only two kinds of rule come in: allow with conditions of the closed language on named
 * columns, and forbid named columns without any. @throws BadQuery, Error
 */
function assertClosed(rule: Rule): void {
  if (rule.fields.length === 0 || rule.fields.some(name => !/^[a-zA-Z][a-zA-Z0-9]*$/.test(name)))
    throw new Error('A rule names its columns, without wildcards or paths')
  if (rule.inverted) {
    if (rule.conditions !== undefined) throw new Error('What a rule forbids, it forbids without conditions')
    return
  }
  if (rule.conditions === undefined) throw new BadQuery('A rule that allows says when.')
  understand(policyFields, rule.conditions)
}
