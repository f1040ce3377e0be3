import type { Recorded } from '@passerelle/event-log'
import {
  matches,
  parts,
  prepare,
  type Query,
  type ReadableView,
  type ReaderOptions,
  type Rule,
  rulesFor,
  type ValidViewer,
  type WholeRow,
} from '@passerelle/sharing'
import type { Kind } from './asking-why.js'

type Parts = NonNullable<ReaderOptions['parts']>
interface PastAsked {
  readonly rows: readonly WholeRow[]
  readonly query: Query
}
export interface Mutant {
  readonly parts?: Partial<Parts>
  readonly rewrite?: (sql: string) => string
  /** What is made of rows of the past, and of what is asked of them, before they are masked. */
  readonly past?: (rows: readonly WholeRow[], view: ReadableView, query: Query, viewer: ValidViewer) => PastAsked
  /** How events of the log are opened, for whoever folds them again. */
  readonly opened?: (event: Recorded) => Recorded
  /** Only asking in two worlds tells, by documents of this kind alone. */
  readonly betweenWorlds?: Kind
  /** Shows only while something is being taken away. */
  readonly whileClosing?: true
}

const texted = (pattern: RegExp, by: string): Mutant => ({ rewrite: sql => sql.replaceAll(pattern, by) })
const ruled = (pattern: RegExp, by: string): Mutant => ({
  parts: { rulesFor: (...of) => JSON.parse(JSON.stringify(rulesFor(...of)).replaceAll(pattern, by)) as Rule[] },
})
const retold = (type: string, change: (data: any) => object, betweenWorlds: Kind): Mutant => ({
  opened: event => (event.type === type ? { ...event, data: { ...(event.data as object), ...change(event.data) } } : event),
  betweenWorlds,
})
const unhidden = () => ({ hidden: false })
const forSupport = ({ purpose }: { purpose: string }) => (purpose === 'safeguarding' ? { purpose: 'socialSupport' } : {})
const now = String.raw`coalesce\(\$1::timestamptz, now\(\)\)`

/**
 * Ways of being wrong that an answer of a face must tell of. `libs/platform/sharing/src/mutants.int-spec.ts` has them all, each killed below GraphQL; these
 * are the ones that open something, killed by documents alone.
 */
export const mutants: Readonly<Record<string, Mutant>> = {
  'columns are not masked': { parts: { masked: (_, value) => value } },
  'the compiler drops every not': {
    parts: { toSql: (node, ...more) => parts.toSql(node.op === 'not' ? node.of : node, ...more) },
  },
  'the compiler takes or for and': {
    parts: { toSql: (node, ...more) => parts.toSql(node.op === 'and' ? { ...node, op: 'or' } : node, ...more) },
  },
  'rules forget which columns they are about': {
    parts: {
      rulesFor: (...of) => rulesFor(...of).map(rule => (rule.inverted ? rule : { ...rule, fields: Object.keys(of[2].columns) })),
    },
  },
  'rules forget the deny list': {
    ...ruled(/"denied(C\d+)":\{"eq":false\}/g, '"denied$1":{"in":[true,false]}'),
    whileClosing: true,
  },
  'rules take existence for a summary': ruled(/\{"gte":2\}/g, '{"gte":1}'),
  'rules take a summary for all': ruled(/\{"gte":3\}/g, '{"gte":2}'),
  'rules take every row for the own agency’s': ruled(/"own":\{"eq":true\}/g, '"own":{"in":[true,false]}'),
  'rules take the own level for rows of others': ruled(/"level(C\d+)"/g, '"ownLevel$1"'),
  'an entitlement of another role counts': texted(/and e\.role = '\w+'::text/g, ''),
  'an entitlement for another purpose counts': texted(/and e\.purpose = '\w+'::text/g, ''),
  'an entitlement outlives its end': texted(new RegExp(`and e\\.valid_until > ${now}`, 'g'), ''),
  'an assignment of anybody counts': texted(/\(a\.user_id = \$3::text or a\.user_id is null\)/g, 'true'),
  'an assignment outlives its end': texted(new RegExp(`and a\\.valid_until > ${now}`, 'g'), ''),
  'descending is ascending': texted(/ desc nulls/g, ' nulls'),
  'a page begins again where the last one ended': texted(/(v\."\w+_id") > /g, '$1 >= '),
  'the past is filtered before it is masked': {
    past: (rows, view, { where, ...query }) => {
      const filter = prepare(view, { ...query, where }).where
      const nothing = Object.fromEntries(Object.keys(view.columns).map(name => [name, null]))
      return { rows: filter ? rows.filter(({ values }) => matches(filter, { ...nothing, ...values })) : rows, query }
    },
    betweenWorlds: 'past',
  },
  'the past takes every row for the own agency’s': {
    past: (rows, _, query, { agencyId }) => ({ rows: rows.map(row => ({ ...row, ownerAgencyIds: [agencyId] })), query }),
    betweenWorlds: 'past',
  },
  'an explanation tells of a hidden restriction': retold('RestrictionPlaced', unhidden, 'explanation'),
  'an explanation of the past tells of a hidden restriction': retold('RestrictionPlaced', unhidden, 'pastExplanation'),
  'an explanation tells who works on a case for safeguarding': retold('CaseOpened', forSupport, 'explanation'),
  'an explanation of the past tells who worked on a case for safeguarding': retold('CaseOpened', forSupport, 'pastExplanation'),
  'what an answer would change tells who works on a case for safeguarding': retold('CaseOpened', forSupport, 'whatIf'),
}
