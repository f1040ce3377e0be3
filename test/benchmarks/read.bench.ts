/**
 * How fast an agency's people read, beside what the database could at best give them and beside a peer, all in the same run. Prints one JSON
 * object a line, then a table.
 */
import './as-deployed.js'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import autocannon from 'autocannon'
import { startApi } from '@passerelle/api'
import { accountHash, hubDeclaration, openHub, type OpenHub, readLineOrExit, views } from '@passerelle/hub'
import { createLog, fetchDevToken, startDevIdentityProvider } from '@passerelle/http'
import { HubSecrets } from '@passerelle/keyring'
import { agencySchema, rebuild } from '@passerelle/projections'
import { type Role, roleTerms } from '@passerelle/sharing'
import { startPostgres } from '@passerelle/testing'
import {
  type AskedPage,
  Bare,
  hubRequest,
  learnerColumns,
  planColumns,
  referralColumns,
  restRequest,
  type Someone,
  sqlName,
  startPostgraphile,
  startRest,
} from './read-peers.js'
import { endDay, loadLog, recordRegion } from './recorded-region.js'

// The tokens come from the development sign-in, which refuses to be there in production.
delete process.env['NODE_ENV']
const { values: options } = readLineOrExit('bench:read', {
  options: {
    help: { type: 'boolean', short: 'h' },
    learners: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '32' },
  },
})
if (options.help) {
  console.log(`npm run bench:read -- [--learners 100000] [--seconds 5] [--rounds 5] [--connections 32]

A page of 20 learners, each with plans and referrals, asked in turn by four people of four agencies: a school's coordinator, the
safeguarding leads of a social service and a health centre, an employment officer with a caseload.
  --learners N     learners in the region
  --seconds N      how long each side is asked in each round
  --rounds N       how many rounds; the median of their ratios counts
  --connections N  how many ask at the same time over HTTP; each side reads through ten connections to PostgreSQL
PostgreSQL 18 is started for the run.
  sql.vs.bare          the hub's statements, against the same columns of the same rows without policy (bar: 0.5)
  page.vs.rest         the whole page over HTTP, against a Fastify route that sends the same from the bare statements (bar: 0.5)
  page.vs.postgraphile against PostGraphile 5 on the same tables under row-level security (bar: 4)
  rest.vs.postgraphile the route without policy against PostGraphile: as far as any policy could come
  page.vs.unlogged     against the same hub with a disclosure log that writes nothing down: what the log costs`)
  process.exit(0)
}
const learners = Number(options.learners)
const seconds = Number(options.seconds)
const rounds = Number(options.rounds)
const connections = Number(options.connections)
/** Learners whose year is recorded and projected; the others are made of their rows. */
const told = Math.min(1_000, learners)
const pagesEach = 25

const people = [
  { subject: 'education-coordinator-2', agencyId: 'school-north', face: 'education', role: 'educationCoordinator' },
  { subject: 'safeguarding-lead-4', agencyId: 'social-service', face: 'social', role: 'safeguardingLead' },
  { subject: 'safeguarding-lead-5', agencyId: 'health-centre', face: 'health', role: 'safeguardingLead' },
  { subject: 'employment-officer-1', agencyId: 'employment-service', face: 'employment', role: 'employmentOfficer' },
] as const satisfies readonly { subject: string; agencyId: string; face: string; role: Role }[]

interface Line {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly against?: string
  readonly ratio?: number
  readonly [more: string]: unknown
}
const lines: Line[] = []
function say(line: Line): void {
  lines.push(line)
  console.log(JSON.stringify(line))
}
const note = (text: string) => process.stderr.write(`${text}\n`)
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
const rounded = (n: number, digits = 2) => Number(n.toFixed(digits))

const folder = mkdtempSync(join(tmpdir(), 'passerelle-bench-read-'))
// Without compiling of plans, as for any server of short statements: it would cost the peer a third of a second for each page.
const server = await startPostgres({ durable: true, settings: ['shared_buffers=1GB', 'max_wal_size=8GB', 'jit=off'] })
const closing: (() => Promise<unknown>)[] = []
try {
  const identity = await startDevIdentityProvider({
    people: people.map(({ subject, role, agencyId }) => ({
      alias: subject,
      subject,
      label: role,
      roleLabel: `${role}, ${agencyId}`,
    })),
    folder,
    port: 0,
  })
  closing.push(() => identity.close())
  const secretsFile = join(folder, 'secrets.json')
  writeFileSync(secretsFile, HubSecrets.generate().toText(), { mode: 0o600 })
  const config = { dataFolder: folder, databaseUrl: server.url, secretsFile, host: '127.0.0.1', port: 0 }
  const hub = await openHub(config, { now: () => new Date(`${endDay}T12:00:00.000Z`) })
  closing.push(() => hub.close())

  note(`Recording ${told} learners' year and making ${learners} of them …`)
  const account = (subject: string) => accountHash(hub.identifiers, { issuer: identity.issuer, subject })
  await loadLog(hub.db, await recordRegion(hub.keyring, told * 42, account))
  await rebuild({ db: hub.db, store: hub.store, hub: hubDeclaration }, 'all')
  await multiply(hub, Math.ceil(learners / told))
  const asking = await Promise.all(people.map(person => knownAs(hub, person, account(person.subject))))

  const api = await startApi({
    hub,
    issuers: [identity.issuer],
    audience: identity.audience,
    log: createLog({ level: 'warn', component: 'bench' }),
    mostLagMs: Number.MAX_SAFE_INTEGER,
  })
  closing.unshift(() => api.close())
  const forgetful = Object.create(hub.disclosures, { record: { value: async () => undefined } }) as OpenHub['disclosures']
  const unlogged = await startApi({
    hub: { ...hub, disclosures: forgetful },
    issuers: [identity.issuer],
    audience: identity.audience,
    log: createLog({ level: 'warn', component: 'bench' }),
    mostLagMs: Number.MAX_SAFE_INTEGER,
  })
  closing.unshift(() => unlogged.close())
  const pages = await pagesOf(hub, asking)
  const tokens = new Map<string, string>()
  for (const { subject } of asking) tokens.set(subject, await fetchDevToken({ folder, person: subject }))
  const bare = new Bare(server.url)
  closing.unshift(() => bare.close())
  const bareOf = ({ person, learnerIds }: AskedPage) => bare.read(person.agencyId, learnerIds)
  const rest = await startRest(bare)
  closing.unshift(() => rest.close())
  const peer = await startPostgraphile(server.url, asking)
  closing.unshift(() => peer.close())

  const ownRequests = pages.map(page => hubRequest(page, tokens.get(page.person.subject)!))
  const sides = {
    page: { url: api.url, requests: ownRequests },
    unlogged: { url: unlogged.url, requests: ownRequests },
    rest: { url: rest.url, requests: pages.map(restRequest) },
    postgraphile: { url: peer.url, requests: await peer.guarded(() => peer.requests(pages)) },
  }
  const alike = await peer.guarded(() => compare(sides))
  note(
    `${pages.length} pages; of the hub's, ${alike.rest} have the same JSON as the route's and ${alike.postgraphile} as PostGraphile's`,
  )

  const sql: { hub: Measured; bare: Measured }[] = []
  for (let round = 0; round < rounds; round++)
    sql.push({
      hub: await loop(i => readPage(hub, pages[i % pages.length]!)),
      bare: await loop(i => bareOf(pages[i % pages.length]!)),
    })
  tell(
    'sql.vs.bare',
    'pages/s',
    'bare',
    sql.map(({ hub: value, bare: against }) => ({ value, against })),
  )

  const http: Record<keyof typeof sides, Measured>[] = []
  for (let round = 0; round < rounds; round++) {
    const page = await load(sides.page)
    const ofRest = await load(sides.rest)
    const postgraphile = await peer.guarded(() => load(sides.postgraphile))
    const withoutLog = await load(sides.unlogged)
    http.push({ page, rest: ofRest, postgraphile, unlogged: withoutLog })
    note(
      `round ${round + 1}: hub ${Math.round(page.perSecond)}, rest ${Math.round(ofRest.perSecond)}, postgraphile ${Math.round(postgraphile.perSecond)}, unlogged ${Math.round(withoutLog.perSecond)} pages/s`,
    )
  }
  const more = { learners, agencies: asking.length, connections }
  tell(
    'page.vs.rest',
    'pages/s',
    'rest',
    http.map(({ page, rest: against }) => ({ value: page, against })),
    { ...more, sameJson: rounded(alike.rest / pages.length) },
  )
  tell(
    'page.vs.postgraphile',
    'pages/s',
    'postgraphile',
    http.map(({ page, postgraphile: against }) => ({ value: page, against })),
    { ...more, sameJson: rounded(alike.postgraphile / pages.length) },
  )
  tell(
    'rest.vs.postgraphile',
    'pages/s',
    'postgraphile',
    http.map(({ rest: value, postgraphile: against }) => ({ value, against })),
    more,
  )
  tell(
    'page.vs.unlogged',
    'pages/s',
    'unlogged',
    http.map(({ page, unlogged: against }) => ({ value: page, against })),
    more,
  )
  table()
} finally {
  for (const close of closing) await close().catch(error => note(String(error)))
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

interface Measured {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}
function tell(
  name: string,
  unit: string,
  against: string,
  measured: readonly { value: Measured; against: Measured }[],
  more = {},
): void {
  const of = (pick: (m: { value: Measured; against: Measured }) => number, digits = 2) =>
    rounded(median(measured.map(pick)), digits)
  say({
    name,
    value: of(m => m.value.perSecond, 0),
    unit,
    against,
    ratio: of(m => m.value.perSecond / m.against.perSecond),
    p50Ms: of(m => m.value.p50Ms),
    p99Ms: of(m => m.value.p99Ms),
    againstValue: of(m => m.against.perSecond, 0),
    againstP50Ms: of(m => m.against.p50Ms),
    againstP99Ms: of(m => m.against.p99Ms),
    ...more,
  })
}

/** Ten readers, one page after the other, without HTTP. */
async function loop(read: (i: number) => Promise<unknown>): Promise<Measured> {
  const tookMs: number[] = []
  const begun = performance.now()
  const end = begun + seconds * 1_000
  let next = 0
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      for (let before = performance.now(); before < end;) {
        await read(next++)
        const now = performance.now()
        tookMs.push(now - before)
        before = now
      }
    }),
  )
  const perSecond = tookMs.length / ((performance.now() - begun) / 1_000)
  tookMs.sort((a, b) => a - b)
  const at = (share: number) => tookMs[Math.min(tookMs.length - 1, Math.floor(tookMs.length * share))]!
  return { perSecond, p50Ms: at(0.5), p99Ms: at(0.99) }
}

/** Asks over HTTP, from a thread of its own. */
async function load({ url, requests }: { url: string; requests: readonly autocannon.Request[] }): Promise<Measured> {
  const result = await autocannon({ url, connections, duration: seconds, requests: [...requests], workers: 1 })
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url}: ${result.non2xx} refusals, ${result.errors} errors`)
  return { perSecond: result.requests.total / result.duration, p50Ms: result.latency.p50, p99Ms: result.latency.p99 }
}

/** Rows of as many more learners, in each agency of the four: with ids of their own, and workers of their own. */
async function multiply({ db }: OpenHub, times: number): Promise<void> {
  const keyed = new Map(['learners', 'plans', 'referrals'].map(name => [name, views.find(view => view.name === name)!]))
  for (const { agencyId } of people) {
    const schema = agencySchema(agencyId)
    for (const table of [...keyed.keys(), 'entitlements', 'assignments']) {
      const own = new Set(
        keyed.has(table) ? [...keyed.get(table)!.keys, 'learnerId'].map(sqlName) : ['learner_id', 'user_id', 'row_key'],
      )
      const columns = await db.query<{ name: string }>(
        `select column_name as name from information_schema.columns where table_schema = $1 and table_name = $2 and is_generated = 'NEVER' order by ordinal_position`,
        [schema, table],
      )
      const names = columns.map(({ name }) => `"${name}"`)
      const values = columns.map(({ name }) => (own.has(name) ? `coalesce("${name}", 'intake') || '-' || n` : `"${name}"`))
      await db.exec(
        `insert into "${schema}"."${table}" (${names.join()}) select ${values.join()} from "${schema}"."${table}", generate_series(1, ${times - 1}) n`,
      )
    }
  }
  await db.exec('vacuum analyse')
}

async function knownAs({ db }: OpenHub, person: (typeof people)[number], account: string): Promise<Someone> {
  const [found] = await db.query<{ person_id: string }>('select person_id from hub.accounts where account_hash = $1', [account])
  if (!found) throw new Error(`Nobody has the account of ${person.subject}`)
  return { ...person, userId: found.person_id, purpose: roleTerms[person.role].purposes[0]! }
}

/** The first pages of each person, in turn, as they would come. */
async function pagesOf(hub: OpenHub, asking: readonly Someone[]): Promise<AskedPage[]> {
  const pages: AskedPage[] = []
  const view = views.find(({ name }) => name === 'learners')!
  for (const person of asking)
    for (let after: string | undefined, number = 0; number < pagesEach; number++) {
      const page = await hub.reader.as(hub.readerDb, person, sql =>
        hub.reader.read(sql, person, person.purpose, view, { columns: ['learnerId'], first: 20, after }),
      )
      const learnerIds = page.rows.map(({ values }) => values['learnerId'] as string)
      if (learnerIds.length === 0) throw new Error(`${person.subject} sees nobody`)
      pages.push({ person, number, after, learnerIds })
      if (!page.hasNextPage) break
      after = page.cursorOf(page.rows.at(-1)!)
    }
  return pages.sort((a, b) => a.number - b.number)
}

/** The page as a face reads it, without GraphQL and HTTP. */
async function readPage({ reader, readerDb }: OpenHub, { person, after }: AskedPage): Promise<unknown> {
  const [learnersView, plansView, referralsView] = ['learners', 'plans', 'referrals'].map(name =>
    views.find(view => view.name === name)!,
  )
  const { purpose } = person
  const below = (view: (typeof views)[number], columns: readonly string[]) => ({
    view,
    query: { columns: [...columns, 'learnerId'], first: 3 },
  })
  return reader.together(readerDb, person, sql =>
    reader.read(sql, person, purpose, learnersView!, {
      columns: learnerColumns,
      first: 20,
      after,
      below: [below(plansView!, planColumns), below(referralsView!, referralColumns)],
    }),
  )
}

/** How many pages are the same as the hub's, to the letter. */
async function compare(
  sides: Record<'page' | 'rest' | 'postgraphile', { url: string; requests: readonly autocannon.Request[] }>,
) {
  const ask = async (side: keyof typeof sides, i: number): Promise<string> => {
    const { path, ...request } = sides[side].requests[i]!
    const answer = await fetch(`${sides[side].url}${path}`, request as RequestInit)
    const body = (await answer.json()) as { data?: { learners?: { nodes: unknown[] } }; errors?: unknown }
    if (body.errors || !body.data?.learners?.nodes.length)
      throw new Error(`${side} answers ${JSON.stringify(body).slice(0, 500)}`)
    return JSON.stringify(body.data.learners.nodes)
  }
  const same = { rest: 0, postgraphile: 0 }
  for (let i = 0; i < sides.page.requests.length; i++) {
    const own = await ask('page', i)
    for (const side of ['rest', 'postgraphile'] as const) {
      // PostGraphile writes integers of 64 bits as text.
      const other = (await ask(side, i)).replaceAll(/"planVersion":"(\d+)"/g, '"planVersion":$1')
      if (other === own) same[side]++
      else if (process.env['BENCH_SHOW']) note(differenceOf(side, i, own, other))
    }
  }
  return same
}

function differenceOf(side: string, i: number, own: string, other: string): string {
  const at = [...own].findIndex((letter, j) => letter !== other[j])
  return `${side}, page ${i}: …${own.slice(Math.max(0, at - 60), at + 60)}… against …${other.slice(Math.max(0, at - 60), at + 60)}…`
}

function table(): void {
  console.log('')
  for (const { name, value, unit, ratio, p50Ms, p99Ms } of lines)
    console.log(
      `${name.padEnd(22)} ${String(value).padStart(8)} ${unit.padEnd(8)} ratio ${String(ratio).padEnd(6)} p50 ${String(p50Ms)} ms, p99 ${String(p99Ms)} ms`,
    )
  console.log(`
What holds it back, beside the bare route: GraphQL itself; every request is somebody's, for a purpose (their membership is read anew), runs under the
database role of their agency, and does not leave before the disclosure log has it on disk. PostGraphile is asked with policies that look each learner's
entitlement up by index and a caseload once; it neither checks a token, nor masks columns, nor writes down who saw what. How far any policy could leave it
behind on this machine, rest.vs.postgraphile says: that route asks for no policy at all.`)
}
