import type { Database } from '@passerelle/database'
import { rewriting } from '@passerelle/testing'
import { conditionsOf, isInPost, viewersOf, worlds, worldViews } from '@passerelle/testing/sharing'
import fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import type { ReadableView, Rule } from './ability.js'
import { rulesFor } from './ability.js'
import { toSql } from './compile.js'
import type { Node } from './conditions.js'
import type { Query } from './query.js'
import { expected, type Look, shown } from './answers.fixture.js'
import type { LearnerFacts } from './facts.js'
import type { Reader } from './reader.js'
import { agenciesToldElse, openRegionOnServer, readerOf, settle } from './tables.fixture.js'
import type { Parts } from './statement.js'

let region: Awaited<ReturnType<typeof openRegionOnServer>>
let db: Database
beforeAll(async () => void ({ db } = region = await openRegionOnServer()))
afterAll(() => region.close())

/** The rules, spoilt: their text with a pattern replaced. */
const ruled = (pattern: RegExp, by: string): Partial<Parts> => ({
  rulesFor: (...of) => JSON.parse(JSON.stringify(rulesFor(...of)).replaceAll(pattern, by)) as Rule[],
})
/** The compiler, spoilt: each node is changed on its way. */
const compiled = (change: (node: Node) => Node): Partial<Parts> => ({
  toSql: (node, expressions, write) => {
    const walk = (n: Node): Node =>
      change(n.op === 'and' || n.op === 'or' ? { ...n, of: n.of.map(walk) } : n.op === 'not' ? { ...n, of: walk(n.of) } : n)
    return toSql(walk(node), expressions, write)
  },
})
const written = (pattern: RegExp, by: string): Partial<Parts> => ({
  toSql: (...of) => toSql(...of).replaceAll(pattern, by),
})
/** The statement, spoilt: its text with a pattern replaced. */
const texted = (pattern: RegExp, by: string): Mutant => ({ rewrite: sql => sql.replaceAll(pattern, by) })

/** The entitlements, spoilt: they are derived from less or other than is known. */
const knowing = (known: (facts: LearnerFacts) => Partial<LearnerFacts>): Mutant => ({
  known: facts => ({ ...facts, ...known(facts) }),
})

interface Mutant {
  readonly known?: (facts: LearnerFacts) => LearnerFacts
  readonly parts?: Partial<Parts>
  readonly rewrite?: (sql: string) => string
}

/** A masked column, without its mask. */
const unmasked = /case when (?:(?!case when).)*? then (v\."\w+") end/g

const mutants: Readonly<Record<string, Mutant>> = {
  'the compiler drops every not': { parts: compiled(n => (n.op === 'not' ? n.of : n)) },
  'the compiler takes or for and': { parts: compiled(n => (n.op === 'and' ? { ...n, op: 'or' } : n)) },
  'the compiler takes and for or': { parts: compiled(n => (n.op === 'or' ? { ...n, op: 'and' } : n)) },
  'the compiler takes > for >=': { parts: compiled(n => (n.op === 'gte' ? { ...n, op: 'gt' } : n)) },
  'the compiler takes <= for <': { parts: compiled(n => (n.op === 'lt' ? { ...n, op: 'lte' } : n)) },
  'the compiler takes in for nin': { parts: compiled(n => (n.op === 'nin' ? { ...n, op: 'in' } : n)) },
  'the compiler takes eq for ne': { parts: compiled(n => (n.op === 'ne' ? { ...n, op: 'eq' } : n)) },
  'the compiler takes = for is not distinct from': { parts: written(/is not distinct from/g, '=') },
  'the compiler takes <> for is distinct from': { parts: written(/is distinct from/g, '<>') },
  'a comparison with nothing there is null': { parts: written(/coalesce\((.*?), false\)/g, '($1)') },
  'text is ordered as the language does': {
    parts: { toSql: (...of) => toSql(...of).replaceAll(/ collate "C"/g, ' collate "unicode"') },
  },
  'columns are not masked': { parts: { masked: (_, value) => value } },
  'filters look behind the mask': {
    parts: { toSql: (node, at, write) => toSql(node, field => at(field).replaceAll(unmasked, '$1'), write) },
  },
  'orders look behind the mask': {
    rewrite: sql => {
      const [head, order = ''] = sql.split(/(?= order by (?!.* order by ))/)
      return head + order.replaceAll(unmasked, '$1')
    },
  },
  'a row is there whatever may be seen of it': texted(/ and \(+\(case when/g, ' or ((case when'),
  'rules forget the deny list': { parts: ruled(/"denied(C\d+)":\{"eq":false\}/g, '"denied$1":{"in":[true,false]}') },
  'rules take the level of another category': { parts: ruled(/"level(C\d+)"/g, '"levelC1"') },
  'rules take existence for a summary': { parts: ruled(/\{"gte":2\}/g, '{"gte":1}') },
  'rules take a summary for all': { parts: ruled(/\{"gte":3\}/g, '{"gte":2}') },
  'rules take every row for the own agency’s': { parts: ruled(/"own":\{"eq":true\}/g, '"own":{"in":[true,false]}') },
  'rules take no row for the own agency’s': { parts: ruled(/"own":\{"eq":true\}/g, '"own":{"in":[]}') },
  'rules take the own level for rows of others': { parts: ruled(/"level(C\d+)"/g, '"ownLevel$1"') },
  'rules take the level of others for own rows': { parts: ruled(/"ownLevel(C\d+)"/g, '"level$1"') },
  'rules forget whose class it is': { parts: ruled(/"ownClass":\{"eq":true\}/g, '"ownClass":{"in":[true,false]}') },
  'rules forget where a referral goes': { parts: ruled(/"toEducationOrEmployment":\{"eq":true\}/g, '"own":{"eq":true}') },
  'rules forget which guardian it was': { parts: ruled(/"ownActs":\{"eq":true\}/g, '"ownActs":{"in":[true,false]}') },
  'rules forget which columns they are about': {
    parts: {
      rulesFor: (...of) => rulesFor(...of).map(rule => (rule.inverted ? rule : { ...rule, fields: Object.keys(of[2].columns) })),
    },
  },
  'rules show what names third parties': {
    parts: {
      rulesFor: (...of) =>
        rulesFor(...of).map(rule => ({
          ...rule,
          fields: rule.fields.includes('c13Full') ? [...rule.fields, 'thirdParties'] : rule.fields,
        })),
    },
  },
  'rules forget to whom a row is addressed': {
    parts: { rulesFor: (role, purpose, view) => rulesFor(role, purpose, { ...view, addressed: false }) },
  },
  'an entitlement outlives its end': texted(/and e\.valid_until > coalesce\(\$1::timestamptz, now\(\)\)/g, ''),
  'an entitlement holds before it begins': texted(/and e\.valid_from <= coalesce\(\$1::timestamptz, now\(\)\)/g, ''),
  'an entitlement of another role counts': texted(/and e\.role = '\w+'::text/g, ''),
  'an entitlement for another purpose counts': texted(/and e\.purpose = '\w+'::text/g, ''),
  'an emergency of anybody counts': texted(
    /and e\.purpose = 'emergency:'::text \|\| \$3::text/g,
    `and e.purpose like 'emergency:%'`,
  ),
  'in an emergency all counts that the role may see': texted(
    /and e\.purpose = 'emergency:'::text \|\| \$3::text/g,
    `and (e.purpose = 'emergency:' || $3::text or e.purpose not like 'emergency:%')`,
  ),
  'an assignment outlives its end': texted(/and a\.valid_until > coalesce\(\$1::timestamptz, now\(\)\)/g, ''),
  'an assignment of anybody counts': texted(/\(a\.user_id = \$3::text or a\.user_id is null\)/g, 'true'),
  'an intake is nobody’s': texted(/ or a\.user_id is null/g, ''),
  'an assignment in another role counts': texted(/and \(a\.role = '\w+'::text or a\.role is null\)/g, ''),
  'a denial for another purpose counts': texted(/\(n\.purpose is null or n\.purpose = '\w+'::text\)/g, 'true'),
  'a denial to another role counts': texted(/\(n\.role is null or n\.role = '\w+'::text\)/g, 'true'),
  'a denial to another person counts': texted(/\(n\.user_id is null or n\.user_id = \$3::text\)/g, 'true'),
  'a denial counts before its time': texted(/n\.starts_at <= coalesce\(\$1::timestamptz, now\(\)\)/g, 'true'),
  'a denial of everybody is forgotten': texted(/coalesce\(bit_or\(d\.bits\), 0\)/g, '0'),
  'a denial of one category is one of all': texted(/\((\w\.denied) & \d+\)/g, '$1'),
  'entitlements forget objections': knowing(() => ({ objections: [] })),
  'entitlements take an objection that was raised for one that was upheld': knowing(({ objections }) => ({
    objections: objections.map(o => ({ ...o, status: 'upheld' })),
  })),
  'entitlements take an objection for one to everything': knowing(({ objections }) => ({
    objections: objections.map(({ categories: _, ...o }) => o),
  })),
  'entitlements forget to which role a yes was given': knowing(({ answers }) => ({
    answers: answers.map(({ role: _, ...answer }) => answer),
  })),
  'entitlements forget refusals and withdrawals': knowing(({ answers }) => ({
    answers: answers.filter(({ answer }) => answer === 'given'),
  })),
  'entitlements forget that a yes is about one period': knowing(({ answers }) => ({
    answers: answers.map(({ dataPeriod: _, ...answer }) => answer),
  })),
  'entitlements take two periods for one from the first day to the last': knowing(({ answers }) => {
    const periods = answers.flatMap(({ dataPeriod }) => (dataPeriod ? [dataPeriod] : []))
    const from = periods.every(p => p.from) ? periods.map(p => p.from!).sort()[0] : undefined
    const until = periods.every(p => p.until)
      ? periods
          .map(p => p.until!)
          .sort()
          .at(-1)
      : undefined
    const dataPeriod = { ...(from && { from }), ...(until && { until }) }
    return { answers: answers.map(answer => (answer.dataPeriod ? { ...answer, dataPeriod } : answer)) }
  }),
  'a row that ends in a period is of it': texted(/v\.first_day, v\.last_day/g, 'v.last_day, v.last_day'),
  'a row that begins in a period is of it': texted(/v\.first_day, v\.last_day/g, 'v.first_day, v.first_day'),
  'a row of unknown days is of every period': texted(
    /v\.first_day, v\.last_day/g,
    `coalesce(v.first_day, '2026-01-10'), coalesce(v.last_day, '2026-01-10')`,
  ),
  'a row of a period shows no more than any other': texted(/case when (\w)\.periods is null then/g, 'case when true then'),
  'in a period the own level counts for rows of others': texted(/'levels', v\.first_day/g, `'ownLevels', v.first_day`),
  'in a period the level of others counts for own rows': texted(/'ownLevels', v\.first_day/g, `'levels', v.first_day`),
  'entitlements forget mandates': knowing(() => ({ mandates: [] })),
  'entitlements forget restrictions': knowing(() => ({ restrictions: [] })),
  'entitlements forget who keeps a restriction': knowing(({ restrictions }) => ({
    restrictions: restrictions.map(({ keptBy: _, ...r }) => r),
  })),
  'entitlements take every restriction for one that leads keep': knowing(({ restrictions }) => ({
    restrictions: restrictions.map(r => ({ ...r, keptBy: ['dataProtectionOfficer', 'safeguardingLead'] })),
  })),
  'entitlements take a restriction of one agency for one of all': knowing(({ restrictions }) => ({
    restrictions: restrictions.map(({ agencyIds: _, ...r }) => r),
  })),
  'entitlements forget what was erased': knowing(() => ({ erased: [] })),
  'entitlements forget what a guardian may not see': knowing(({ guardians }) => ({
    guardians: guardians.map(g => ({ ...g, excluded: [], exclusions: [] })),
  })),
  'entitlements forget who was found competent': knowing(() => ({ competences: [] })),
  'entitlements take every standing for a full one': knowing(({ standings }) => ({
    standings: standings.map(s => ({ ...s, kind: 'registration' })),
  })),
  'what is kept from one guardian is shown to them': texted(/ \| coalesce\(m\.kept, 0\)/g, ''),
  'what is kept from one guardian is kept from all': texted(
    /\(a\.user_id = \$3::text or a\.user_id is null\)(?=.*kept)/gs,
    'true',
  ),
  'nothing there comes first': texted(/nulls last/g, 'nulls first'),
  'descending is ascending': texted(/ desc nulls/g, ' nulls'),
  'a page begins again where the last one ended': texted(/(v\."row_id") > /g, '$1 >= '),
}

/** Rules must see these: the same worlds for every mutant. */
const samples = fc.sample(
  worlds(16, 2).chain(world =>
    fc.record({
      world: fc.constant(world),
      looks: viewersOf(world),
      queries: fc.tuple(
        ...worldViews.map(view =>
          fc.array(
            fc.record({
              columns: fc.uniqueArray(fc.constantFrom(...Object.keys(view.columns)), { minLength: 1, maxLength: 8 }),
              where: conditionsOf(view),
              orderBy: fc.uniqueArray(
                fc.record({
                  column: fc.constantFrom(...Object.keys(view.columns).filter(c => view.columns[c]!.type !== 'texts')),
                  descending: fc.boolean(),
                }),
                { minLength: 1, maxLength: 2, selector: o => o.column },
              ),
              first: fc.constantFrom(2, 10),
            }),
            { minLength: 60, maxLength: 60 },
          ),
        ),
      ),
    }),
  ),
  { numRuns: 20, seed: 4 },
)

interface Question {
  /** All rows of the view, with all that may be seen of them: what moves none of these moves no filter, order or count either. */
  readonly isWhole: boolean
  readonly look: Look
  readonly view: ReadableView
  readonly query: Query
  readonly want: unknown
  readonly next: unknown
}

/** What every viewer asks of every view, with the oracle's answers; the small questions first. */
function questionsOf({ world, looks, queries }: (typeof samples)[number]): Question[] {
  const inPost = (looks as readonly Look[]).filter(({ viewer }) => isInPost(world, viewer))
  const ask = (view: ReadableView, queryOf: (i: number) => Query, isWhole = false) =>
    inPost.map((look, i): Question => {
      const query = queryOf(i)
      const want = expected(world, look, view, query)
      return { isWhole, look, view, query, want: want.slice(0, query.first), next: want.slice(query.first, 2 * query.first) }
    })
  return [
    ...worldViews.flatMap((view, v) => ask(view, i => queries[v]![i] as Query)),
    ...worldViews.flatMap((view, v) => ask(view, i => ({ ...(queries[v]![i] as Query), where: undefined }))),
    ...worldViews.flatMap(view => ask(view, () => ({ columns: [...Object.keys(view.columns), 'version'], first: 100 }), true)),
  ]
}

/** The first question that the mutant answers otherwise than the oracle; undefined where it answers all alike. */
async function killedBy(
  { parts, rewrite = sql => sql }: Omit<Mutant, 'known'>,
  questions: readonly Question[],
  unspoilt: Reader,
): Promise<Question | undefined> {
  const reader = parts ? readerOf(parts) : unspoilt
  const spoilt = rewriting(db, rewrite)
  for (const question of questions) {
    const { look, view, query, want, next } = question
    const answer = await reader
      .as(spoilt, look.viewer, async sql => {
        const page = await reader.read(sql, look.viewer, look.purpose, view, query)
        const after = page.hasNextPage ? page.cursorOf(page.rows.at(-1)!) : undefined
        return [shown(page), after ? shown(await reader.read(sql, look.viewer, look.purpose, view, { ...query, after })) : []]
      })
      .catch(() => undefined)
    if (!isDeepStrictEqual(answer, [want, next])) return question
  }
  return undefined
}

test('every way in which the rules, the compiler or the statement could be wrong is noticed', async () => {
  const alive = new Set(Object.keys(mutants))
  for (const sample of samples) {
    await settle(db, sample.world)
    const questions = questionsOf(sample)
    const killers = new Set<Question>()
    // It writes each statement once for all whose rules and compiler are as they should be.
    const unspoilt = readerOf()
    // Those that know other facts come last: each has its own rows to read, at the agencies that are told something else.
    for (const name of [...alive].sort((a, b) => Number(!!mutants[a]!.known) - Number(!!mutants[b]!.known))) {
      const { known, ...mutant } = mutants[name]!
      const toldElse = known && agenciesToldElse(sample.world, known)
      if (toldElse?.size === 0) continue
      if (known) await settle(db, sample.world, known)
      const asked = toldElse ? questions.filter(({ isWhole, look }) => isWhole && toldElse.has(look.viewer.agencyId)) : questions
      const killer = await killedBy(mutant, asked, unspoilt)
      if (!killer) continue
      alive.delete(name)
      killers.add(killer)
      // What killed one kills others.
      questions.splice(questions.indexOf(killer), 1)
      questions.unshift(killer)
    }
    // A question that is answered wrongly anyway tells nothing.
    await settle(db, sample.world)
    expect(await killedBy({}, [...killers], unspoilt)).toBeUndefined()
    if (alive.size === 0) break
  }
  console.log(`${Object.keys(mutants).length - alive.size} mutants of ${Object.keys(mutants).length} killed`)
  expect([...alive]).toEqual([])
}, 600_000)
