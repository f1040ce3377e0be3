import { createServer } from 'node:http'
import type autocannon from 'autocannon'
import Fastify from 'fastify'
import pg from 'pg'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { agencySchema } from '@passerelle/projections'
import { type Purpose, type Role, roleTerms } from '@passerelle/sharing'

/** Who reads, in which agency. */
export interface Someone {
  readonly subject: string
  readonly userId: string
  readonly agencyId: string
  readonly face: string
  readonly role: Role
  readonly purpose: Purpose
}

/** A page to be asked for: twenty learners with their plans and referrals. */
export interface AskedPage {
  readonly person: Someone
  /** Of one person, the how manieth. */
  readonly number: number
  /** The hub's cursor that the page comes after. */
  readonly after: string | undefined
  /** Whom it shows. */
  readonly learnerIds: readonly string[]
}

export const learnerColumns = ['learnerId', 'givenName', 'familyName']
export const planColumns = ['planId', 'status', 'kind', 'planVersion', 'periodFrom', 'periodUntil', 'nextReviewDueBy']
export const referralColumns = ['referralId', 'status', 'urgency', 'draftedOn', 'sentOn', 'dueBy', 'stage', 'isOverdue']
export const sqlName = (name: string) => name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

const json = { 'content-type': 'application/json' }
const document = `query Page($after: String) { learners(first: 20, after: $after) { nodes { ${learnerColumns.join(' ')}
  plans(first: 3) { nodes { ${planColumns.join(' ')} } } referrals(first: 3) { nodes { ${referralColumns.join(' ')} } } } } }`

export const hubRequest = ({ person, after }: AskedPage, token: string): autocannon.Request => ({
  method: 'POST',
  path: `/${person.face}/graphql`,
  headers: { ...json, authorization: `Bearer ${token}` },
  body: JSON.stringify({ query: document, variables: { after } }),
})
export const restRequest = ({ person, learnerIds }: AskedPage): autocannon.Request => ({
  method: 'POST',
  path: `/${person.agencyId}/learners`,
  headers: json,
  body: JSON.stringify({ learnerIds }),
})

/** The same columns of the same rows, without policy. */
export class Bare {
  private readonly pool: pg.Pool
  constructor(url: string) {
    const asText = {
      getTypeParser: (oid: number) =>
        oid === 16 ? (text: string) => text === 't' : oid === 20 || oid === 23 ? Number : (text: string) => text,
    }
    this.pool = new pg.Pool({ connectionString: url, max: 10, types: asText as pg.CustomTypesConfig })
  }
  async read(agencyId: string, learnerIds: readonly string[]): Promise<unknown> {
    const schema = agencySchema(agencyId)
    const shown = (columns: readonly string[]) => columns.map(column => `"${sqlName(column)}" as "${column}"`).join()
    const { rows } = await this.pool.query({
      name: `learners-${schema}`,
      text: `select ${shown(learnerColumns)} from "${schema}".learners where learner_id = any($1) order by learner_id limit 21`,
      values: [learnerIds],
    })
    const below = (table: string, key: string, columns: readonly string[]) =>
      this.pool.query({
        name: `${table}-${schema}`,
        text: `select ${shown(columns)}, learner_id as "learnerId" from "${schema}"."${table}" where learner_id = any($1) order by learner_id, ${key}`,
        values: [learnerIds],
      })
    const [plans, referrals] = await Promise.all([
      below('plans', 'plan_id', planColumns),
      below('referrals', 'referral_id', referralColumns),
    ])
    const [plansOf, referralsOf] = [plans, referrals].map(each => Map.groupBy(each.rows, row => row.learnerId as string))
    const only = (row: Record<string, unknown>, columns: readonly string[]) =>
      Object.fromEntries(columns.map(column => [column, row[column]]))
    return rows.map(row => ({
      ...only(row, learnerColumns),
      plans: { nodes: (plansOf!.get(row.learnerId) ?? []).slice(0, 3).map(plan => only(plan, planColumns)) },
      referrals: { nodes: (referralsOf!.get(row.learnerId) ?? []).slice(0, 3).map(referral => only(referral, referralColumns)) },
    }))
  }
  close = () => this.pool.end()
}

/** The same JSON, by a route as one would write it without policy. */
export async function startRest(bare: Bare): Promise<{ url: string; close(): Promise<void> }> {
  const app = Fastify()
  app.post('/:agencyId/learners', async request => {
    const { learnerIds } = request.body as { learnerIds: string[] }
    const { agencyId } = request.params as { agencyId: string }
    return { data: { learners: { nodes: await bare.read(agencyId, learnerIds) } } }
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url, close: () => app.close() }
}

export interface Peer {
  readonly url: string
  requests(pages: readonly AskedPage[]): Promise<autocannon.Request[]>
  /** Row-level security only while it is asked: it guards nothing of the hub, which would pay for it. */
  guarded<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** PostGraphile as its documentation says: a role, settings of the request, and policies on the tables that look up the same entitlements. */
export async function startPostgraphile(databaseUrl: string, asking: readonly Someone[]): Promise<Peer> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 })
  pool.on('error', () => undefined)
  const role = 'bench_postgraphile'
  await pool.query(`create role ${role}`)
  const tables = { learners: 1, plans: 3, referrals: 12 }
  for (const { agencyId, role: heldRole } of asking) {
    const schema = agencySchema(agencyId)
    await pool.query(`grant usage on schema ${schema} to ${role}; grant select on all tables in schema ${schema} to ${role}`)
    // As its users learn to write policies: a caseload is looked up once, and a function is looked into for each row. As an EXISTS in the policy, the
    // planner would hash the entitlements of everybody for each page.
    const mine =
      roleTerms[heldRole].reach === 'agency'
        ? ''
        : `learner_id = any (array(select a.learner_id from ${schema}.assignments a where (a.user_id = current_setting('bench.user') or a.user_id is null)
             and (a.role = current_setting('bench.role') or a.role is null) and a.valid_from <= now() and a.valid_until > now())) and`
    await pool.query(`create or replace function ${schema}.bench_entitled(learner text, category int) returns boolean stable parallel safe language sql as $$
      select exists (select from ${schema}.entitlements e where e.learner_id = learner and e.agency_id = current_setting('bench.agency')
        and e.role = current_setting('bench.role') and e.purpose = current_setting('bench.purpose')
        and e.valid_from <= now() and e.valid_until > now() and e.own_levels[category] > 0) $$`)
    for (const [table, category] of Object.entries(tables)) {
      await pool.query(
        `create policy entitled on ${schema}.${table} for select to ${role} using (${mine} ${schema}.bench_entitled(learner_id, ${category}))`,
      )
      await pool.query(`create policy whole on ${schema}.${table} for select to ${schema} using (true)`)
      if (table !== 'learners')
        await pool.query(
          `comment on table ${schema}.${table} is '@foreignKey (learner_id) references ${schema}.learners (learner_id)'`,
        )
    }
  }
  const http = createServer()
  const servers = new Map<string, Awaited<ReturnType<typeof serve>>>()
  for (const person of asking) servers.set(person.agencyId, await serve(person))
  http.on('request', (request, response) => servers.get(request.url!.split('/')[1]!)!.handler(request, response))
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(http.address() as { port: number }).port}`
  return { url, requests, guarded, close }

  async function serve({ agencyId, role: heldRole, purpose, userId }: Someone) {
    const pgSettings = { role, 'bench.agency': agencyId, 'bench.role': heldRole, 'bench.purpose': purpose, 'bench.user': userId }
    const instance = postgraphile({
      extends: [PostGraphileAmberPreset],
      pgServices: [makePgService({ pool, schemas: [agencySchema(agencyId)] })],
      grafast: { context: () => ({ pgSettings }), explain: false },
      grafserv: { graphqlPath: `/${agencyId}/graphql`, graphiql: false, graphiqlOnGraphQLGET: false, watch: false },
    })
    const grafservInstance = instance.createServ(grafserv)
    await grafservInstance.ready()
    return { handler: grafservInstance.createHandler(), close: () => instance.release() }
  }
  /** The same pages by its own cursors. */
  async function requests(pages: readonly AskedPage[]): Promise<autocannon.Request[]> {
    const query = `query Page($after: Cursor) { learners: allLearners(first: 20, after: $after, orderBy: PRIMARY_KEY_ASC) { nodes { ${learnerColumns.join(' ')}
      plans: plansByLearnerId(first: 3) { nodes { ${planColumns.join(' ')} } } referrals: referralsByLearnerId(first: 3) { nodes { ${referralColumns.join(' ')} } } } } }`
    const ends = new Map<AskedPage, string>()
    const asked: autocannon.Request[] = []
    for (const page of pages) {
      const before = pages.find(each => each.person === page.person && each.number === page.number - 1)
      const path = `/${page.person.agencyId}/graphql`
      const ask = (text: string) => ({
        method: 'POST' as const,
        headers: json,
        body: JSON.stringify({ query: text, variables: { after: before && ends.get(before) } }),
      })
      const end = await fetch(`${url}${path}`, ask(query.replace(/\{ nodes .*/s, '{ pageInfo { endCursor } } }')))
      ends.set(
        page,
        ((await end.json()) as { data: { learners: { pageInfo: { endCursor: string } } } }).data.learners.pageInfo.endCursor,
      )
      asked.push({ ...ask(query), path })
    }
    return asked
  }
  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    const guard = async (on: boolean) => {
      for (const { agencyId } of asking)
        for (const table of Object.keys(tables))
          await pool.query(`alter table ${agencySchema(agencyId)}.${table} ${on ? 'enable' : 'disable'} row level security`)
    }
    await guard(true)
    try {
      return await work()
    } finally {
      await guard(false)
    }
  }
  async function close(): Promise<void> {
    await new Promise<void>(resolve => {
      http.close(() => resolve())
      http.closeAllConnections()
    })
    for (const each of servers.values()) await each.close()
    await pool.end()
  }
}
