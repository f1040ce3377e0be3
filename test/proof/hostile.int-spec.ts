import { createHash, randomUUID } from 'node:crypto'
import { roleTerms, purposes, learnerAgencyId } from '@passerelle/sharing'
import { freshDatabase, type FreshDatabase } from '@passerelle/testing'
import { type GraphQLField, type GraphQLInputObjectType, type GraphQLObjectType, getNamedType, isLeafType } from 'graphql'
import { canariesIn } from './payloads.js'
import { everyFace, HostileDoors } from './hostile-doors.js'
import { bare, type HostileCall, hostileCalls, hostileTexts, mark, Ordinary } from './hostile-inputs.js'
import { filterOracles, keysAsked, keysOf, type OracleQuestion, sortOracles } from './hostile-oracles.js'
import { proofTools } from './proof.js'
import type { Look } from './truth.js'

/**
 * What somebody might try who has a token of their own and means no good: each attack by its name, at every face, over HTTP. What is no matter of a region of
 * learners is tried with a face alone: documents that are too large or nest (`graphql/hardening.int-spec.ts`), tokens that are forged or out of date
 * (`identity/token-verifier.int-spec.ts`), faces where only trusted documents are answered, forms and links (`face.int-spec.ts`), all in `platform/http`.
 */
const attack = (name: string, run: (face: string) => Promise<void>) => test.each(everyFace)(`${name}: %s`, run, 120_000)

let database: FreshDatabase
let doors: HostileDoors
let schemas: Awaited<ReturnType<typeof proofTools>>['schemas']
/** By face, those who see somebody and not everybody: whom they see, and one of whom they may not even know. */
const spies = new Map<string, readonly Spy[]>()
interface Spy {
  readonly look: Look
  readonly seen: readonly string[]
  readonly hidden: string
}

beforeAll(async () => {
  const tools = await proofTools()
  schemas = tools.schemas
  database = await freshDatabase()
  doors = await HostileDoors.open(tools, 11, database.url)
  for (const face of everyFace) spies.set(face, await spiesAt(face))
}, 120_000)
afterAll(async () => {
  await doors?.close()
  await database?.drop()
})
async function spiesAt(face: string): Promise<readonly Spy[]> {
  const found: Spy[] = []
  for (const look of doors.looksOf(face)) {
    const seen = await doors.seenBy(face, look)
    const hidden = await doors.unknownTo(look)
    if (seen.length > 0 && hidden) found.push({ look, seen, hidden })
  }
  return found
}
/** The spy who sees most. */
const spyAt = (face: string): Spy => spies.get(face)!.toSorted((a, b) => b.seen.length - a.seen.length)[0]!
const queriesOf = (face: string) => Object.values(schemas.get(face)!.getQueryType()!.getFields())
const mutationsOf = (face: string) => Object.values(schemas.get(face)!.getMutationType()!.getFields())

test('every face has a spy: somebody who sees somebody, and from whom somebody is hidden', () => {
  expect(everyFace.filter(face => (spies.get(face)?.length ?? 0) === 0)).toEqual([])
})

describe('oracles', () => {
  const asked = { filter: 0, sort: 0 }
  const tryAll = async (face: string, kind: keyof typeof asked, questionsOf: typeof filterOracles) => {
    for (const { look } of kind === 'filter' ? [spyAt(face)] : spies.get(face)!.slice(0, 3)) {
      const questions = [...questionsOf(doors.proof.world, look, schemas.get(face)!)]
      for (let i = 0; i < questions.length; i += 40) await together(questions.slice(i, i + 40))
      async function together(some: readonly OracleQuestion[]) {
        const parts = some.map(({ view, args }, n) => `n${n}: ${view.name}${args} { ${keysAsked(view)} }`)
        const { data, text } = await doors.ask(face, look, `{ ${parts.join(' ')} }`)
        for (const [n, { view, column, args, tellsNothing }] of some.entries()) {
          const answered = data?.[`n${n}`]
          const keys = answered ? keysOf(view, answered) : text
          const told = answered && tellsNothing(keys as string[]) && answered.totalCount === keys.length
          if (!told) expect({ look, view: view.name, column, args, keys }).toBe('what can be known without what is hidden')
          asked[kind]++
        }
      }
    }
  }
  attack('a filter on a hidden column matches no row, and counts none', face => tryAll(face, 'filter', filterOracles))
  attack('an order by a hidden column is the order of the keys', face => tryAll(face, 'sort', sortOracles))
  test('of each enough were tried', () => {
    expect(asked.filter).toBeGreaterThan(500)
    expect(asked.sort).toBeGreaterThan(20)
  })

  attack('totalCount counts the rows that can be paged to, and no other', async face => {
    const { look } = spyAt(face)
    for (const { name, type, args } of queriesOf(face).filter(({ args }) => args.some(arg => arg.name === 'after'))) {
      expect(args.length).toBeGreaterThan(1)
      const rows = getNamedType((getNamedType(type) as GraphQLObjectType).getFields()['nodes']!.type) as GraphQLObjectType
      let [paged, after, totalCount] = [0, '', 0]
      do {
        const page = `(first: 100${after && `, after: "${after}"`})`
        const { data } = await doors.ask(
          face,
          look,
          `{ rows: ${name}${page} { totalCount nodes { ${leafOf(rows)} } pageInfo { hasNextPage endCursor } } }`,
        )
        paged += data.rows.nodes.length
        totalCount = data.rows.totalCount
        after = data.rows.pageInfo.hasNextPage ? data.rows.pageInfo.endCursor : ''
      } while (after)
      expect([name, totalCount]).toEqual([name, paged])
    }
  })
})

describe('cursors', () => {
  attack('one is opaque, and opens nothing for another viewer, another query, or once it was touched', async face => {
    const { look, seen } = spyAt(face)
    const other = spies.get(face)!.find(spy => spy.look.userId !== look.userId)!.look
    const text = (after?: string) =>
      `{ rows: learners(first: 1${after ? `, after: "${after}"` : ''}) { edges { cursor node { __typename } } pageInfo { endCursor } } }`
    const { endCursor } = (await doors.ask(face, look, text())).data.rows.pageInfo
    expect((await doors.ask(face, look, text(endCursor))).codes).toEqual([])
    const plain = Buffer.from(endCursor, 'base64url').toString('latin1')
    for (const word of [...seen, ...doors.proof.story.learnerIds, look.userId, look.agencyId]) expect(plain).not.toContain(word)
    const touched = [0, 20, endCursor.length - 2].map(
      at => endCursor.slice(0, at) + (endCursor[at] === 'A' ? 'B' : 'A') + endCursor.slice(at + 1),
    )
    const refused = [
      await doors.ask(face, other, text(endCursor)),
      await doors.ask(face, look, text(endCursor).replace('first: 1', 'first: 1, orderBy: { column: familyName }')),
      ...(await Promise.all(
        [...touched, 'made-up', '', `${mark}'`].filter(Boolean).map(each => doors.ask(face, look, text(each))),
      )),
    ]
    expect(refused.map(({ codes, data }) => [codes[0], data?.rows ?? null])).toEqual(refused.map(() => ['QUERY.INVALID', null]))
  })
})

describe('ids', () => {
  /**
   * One answer for another, but for the ids that were sent and those of the request; and the same statements. What a command has to know to decide is partly looked up
   * before it is known who may: of commands the answers are compared.
   */
  const alike = async (
    face: string,
    look: Look,
    query: string,
    [hidden, unknown]: readonly object[],
    ids: readonly string[],
    compared: 'answer' | 'statements' = 'statements',
  ) => {
    const [known, nowhere] = [
      await doors.overheard(() => doors.ask(face, look, query, hidden)),
      await doors.overheard(() => doors.ask(face, look, query, unknown)),
    ]
    const plain = ({ text }: { readonly text: string }) =>
      ids.reduce((left, id) => left.replaceAll(id, '…'), text).replaceAll(/"requestId":"[^"]+"/g, '')
    expect({ query, text: plain(known.answer), statements: compared === 'statements' ? known.statements : [] }).toEqual({
      query,
      text: plain(nowhere.answer),
      statements: compared === 'statements' ? nowhere.statements : [],
    })
    return known
  }

  attack(
    'whoever asks for a learner whom they may not know of gets the answer, from the statements, of one who is nowhere',
    async face => {
      for (const { look, hidden } of spies.get(face)!) {
        const ids = [hidden, 'nobody-at-all']
        for (const query of [
          `query($id: ID!) { learner(id: $id) { __typename learnerId } }`,
          `query($id: ID!) { learners(first: 5, where: { learnerId: { eq: $id } }) { totalCount nodes { learnerId } } }`,
          `query($id: ID!) { learners(first: 5, where: { learnerId: { in: [$id] } }) { totalCount pageInfo { hasNextPage endCursor } } }`,
          // The officer of the authority may ask of anybody, and is told where there is nobody (ADR 9).
          ...(face === 'authority' && look.role === 'dataProtectionOfficer'
            ? []
            : [`query($id: ID!) { explainAccess(learnerId: $id, role: ${look.role}, purpose: ${look.purpose}) { learnerId } }`]),
          `query($id: ID!) { learner(id: $id, asOf: "2026-03-10T10:00:00.000Z") { __typename } }`,
        ]) {
          const { statements } = await alike(
            face,
            look,
            query,
            ids.map(id => ({ id })),
            ids,
          )
          expect(statements.length).toBeGreaterThan(0)
        }
      }
    },
  )

  attack('a query that names a hidden thing is answered as one that names nothing', async face => {
    const { look, hidden } = spyAt(face)
    let named = 0
    for (const { id, own } of doors.thingsOf(hidden))
      for (const field of queriesOf(face).filter(({ args }) => args.some(arg => arg.name === own))) {
        const call = (of: string) => Object.fromEntries(field.args.map(arg => [arg.name, arg.name === own ? of : 'fr']))
        const declared = field.args.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ')
        const args = field.args.map(({ name }) => `${name}: $${name}`).join(', ')
        await alike(
          face,
          look,
          `query(${declared}) { ${field.name}(${args}) ${bare(field)} }`,
          [call(id), call('nothing')],
          [id, 'nothing'],
        )
        named++
      }
    expect(named).toBeGreaterThan(0)
  })

  attack('a command on a hidden thing, or about a hidden learner, is answered as one on nothing', async face => {
    let refused = 0
    // Whoever finds somebody in danger may break the glass on anybody (R-V.4), and not twice before it is reviewed: one person cannot compare two. Whoever registers
    // somebody chooses the id: one that is taken is refused as where nothing is, and one that is free is theirs.
    for (const field of mutationsOf(face).filter(({ name }) => name !== 'useBreakGlass' && name !== 'registerLearner')) {
      const spy = spies.get(face)!.find(({ look }) => doors.actsBy(field, look))
      if (!spy) continue
      const look = doors.actsBy(field, spy.look)!
      const type = getNamedType(field.args[0]!.type) as never
      const query = `mutation($input: ${String(field.args[0]!.type)}) { ${field.name}(input: $input) ${bare(field)} }`
      const inputs = (learnerId: string) => new Ordinary(doors.proof.story, { ...look, learnerId }, doors.versions).input(type)
      const hidden = inputs(spy.hidden)
      const [own, id] = Object.entries(hidden)[0]! as [string, string]
      if (!('learnerId' in hidden) && !doors.thingsOf(spy.hidden).some(thing => thing.own === own && thing.id === id)) continue
      // A thing is begun under a name that nobody has yet.
      const fresh = 'version' in hidden || own === 'learnerId' ? {} : { [own]: 'begun-now' }
      const unknown = {
        ...inputs('nobody-at-all'),
        ...('version' in hidden && { [own]: 'nothing', version: hidden['version'] }),
      }
      const ids = [id, 'nothing', spy.hidden, 'nobody-at-all', 'begun-now']
      const { answer } = await alike(
        face,
        look,
        query,
        [{ input: { ...hidden, ...fresh } }, { input: { ...unknown, ...fresh } }],
        ids,
        'answer',
      )
      if (answer.codes[0] === 'NOT_FOUND') refused++
    }
    expect(refused).toBeGreaterThan(5)
  })
})

const leafOf = (type: GraphQLObjectType) =>
  Object.values(type.getFields()).find(({ type: of }) => isLeafType(getNamedType(of)))!.name

describe('documents', () => {
  attack('__typename tells of nobody: a hidden learner has none, and no other field has one in their place', async face => {
    const { look, hidden } = spyAt(face)
    const { data } = await doors.ask(
      face,
      look,
      `{ __typename a: learner(id: "${hidden}") { __typename } b: learners(first: 1, where: { learnerId: { eq: "${hidden}" } }) { __typename nodes { __typename } edges { __typename } } }`,
    )
    expect(data).toEqual({ __typename: 'Query', a: null, b: { __typename: 'LearnerConnection', nodes: [], edges: [] } })
  })

  attack('a batch of documents is refused whole', async face => {
    const { look } = spyAt(face)
    for (const batch of [
      [{ query: '{ me { userId } }' }],
      Array.from({ length: 100 }, () => ({ query: '{ me { userId } }' })),
      [],
    ]) {
      const { status, data, codes } = await doors.send(face, look, batch)
      expect([status, data, codes]).toEqual([400, undefined, ['REQUEST.MALFORMED']])
    }
  })

  attack('what is asked under other names is not more, is not mixed up, and has an end', async face => {
    const { look, seen, hidden } = spyAt(face)
    const of = (id: string) =>
      `learner(id: "${id}") { learnerId givenName standings(first: 2) { totalCount nodes { agencyId } } }`
    const one = (await doors.ask(face, look, `{ x: ${of(seen[0]!)} }`)).data.x
    const { data } = await doors.ask(
      face,
      look,
      `{ ${Array.from({ length: 20 }, (_, i) => `s${i}: ${of(seen[0]!)} h${i}: ${of(hidden)}`).join(' ')} }`,
    )
    for (let i = 0; i < 20; i++) expect([data[`s${i}`], data[`h${i}`]]).toEqual([one, null])
    const rows = (n: number) => `{ ${Array.from({ length: n }, (_, i) => `a${i}: me { userId }`).join(' ')} }`
    expect((await doors.ask(face, look, rows(51))).codes).toEqual(['GRAPHQL.TOO_MANY_ALIASES'])
    const counts = await doors.ask(face, look, '{ a: learners(first: 3) { totalCount } b: learners(first: 1) { totalCount } }')
    expect(counts.data.a).toEqual(counts.data.b)
  })

  attack('a document that was not persisted cannot be called by its hash, nor registered by sending both', async face => {
    const { look } = spyAt(face)
    const query = '{ me { userId } }'
    const sha256Hash = createHash('sha256').update(query).digest('hex')
    const persistedQuery = { version: 1, sha256Hash }
    for (const body of [
      { persisted: true, query: sha256Hash },
      { extensions: { persistedQuery } },
      { persisted: true },
      { query: sha256Hash },
      { persisted: true, query: '__proto__' },
    ]) {
      // Whoever sends both is answered, and nothing is remembered of it.
      await doors.send(face, look, { query, extensions: { persistedQuery } })
      const { data, codes } = await doors.send(face, look, body)
      expect([body, data, codes[0]]).toEqual([body, undefined, expect.stringMatching(/^(GRAPHQL|REQUEST)\./)])
    }
  })

  attack('a loader serves one request: asked at once, everybody gets for each purpose what they get alone', async face => {
    const looks = spies
      .get(face)!
      .slice(0, 4)
      .flatMap(({ look }) => roleTerms[look.role].purposes.map(purpose => ({ ...look, purpose })))
    const below = queriesOf(face)
      .map(({ name }) => name)
      .filter(name => ['plans', 'standings', 'caseFiles', 'consents', 'notes'].includes(name))
    const query = `{ me { userId role purpose } learners(first: 10) { nodes { learnerId familyName ${below.map(name => `${name}(first: 5) { totalCount nodes { __typename redactions { field } } }`).join(' ')} } } }`
    const alone: string[] = []
    for (const look of looks) alone.push((await doors.ask(face, look, query)).text)
    const thrice = [...looks, ...looks, ...looks]
    const atOnce = await Promise.all(thrice.map(look => doors.ask(face, look, query)))
    expect(atOnce.map(({ text }) => text)).toEqual(thrice.map((_, i) => alone[i % looks.length]))
    expect(alone[0]).toContain('"me"')
  })
})

describe('who asks', () => {
  attack('a token with invented claims is worth what the hub itself knows of the person', async face => {
    const { look } = spyAt(face)
    const query = '{ me { userId agencyId role purpose } learners(first: 100) { totalCount nodes { learnerId } } }'
    const claims = {
      ...{
        role: 'regionAdmin',
        roles: ['regionAdmin', 'dataProtectionOfficer'],
        realm_access: { roles: ['admin'] },
        groups: ['all'],
      },
      ...{ agency: 'clinic', agencyId: 'clinic', agency_id: 'clinic', sector: 'authority', scope: 'openid hub admin audit' },
      ...{
        learnerIds: doors.proof.story.learnerIds,
        userId: 'authority.everything',
        act: { sub: 'authority.everything' },
        emergency: true,
      },
    }
    const authorization = `Bearer ${await doors.tokenClaiming(look, claims)}`
    const honest = await doors.ask(face, look, query)
    expect((await doors.ask(face, look, query, {}, { authorization })).text).toBe(honest.text)
    const stranger = `Bearer ${await doors.tokenClaiming({ ...look, userId: 'nobody' }, claims)}`
    const unnamed = { 'x-passerelle-agency': undefined, 'x-passerelle-role': undefined, 'x-passerelle-purpose': undefined }
    expect((await doors.ask(face, look, query, {}, { ...unnamed, authorization: stranger })).codes).toEqual([
      'AUTH.NO_MEMBERSHIP',
    ])
    const purpose = purposes.find(each => !roleTerms[look.role].purposes.includes(each))!
    const wanting = `Bearer ${await doors.tokenClaiming(look, { ...claims, purpose })}`
    expect((await doors.ask(face, look, query, {}, { authorization: wanting, 'x-passerelle-purpose': undefined })).codes).toEqual(
      ['AUTH.PURPOSE_NOT_ALLOWED'],
    )
  })

  attack('a purpose that the role does not have is refused, to everybody', async face => {
    const roles = new Map<string, Look>()
    // Whose post ended meanwhile is nobody here, whatever they ask for.
    for (const look of doors.looksOf(face))
      if (!roles.has(look.role) && (await doors.ask(face, look, '{ me { userId } }')).status === 200) roles.set(look.role, look)
    expect(roles.size).toBeGreaterThan(0)
    for (const look of roles.values())
      for (const purpose of [
        ...purposes.filter(each => !roleTerms[look.role].purposes.includes(each)),
        `${look.purpose}' or 'a'='a`,
      ]) {
        const { status, data, codes } = await doors.ask(face, { ...look, purpose: purpose as never }, '{ me { userId } }')
        expect([look.role, purpose, status, data, codes]).toEqual([
          look.role,
          purpose,
          403,
          undefined,
          ['AUTH.PURPOSE_NOT_ALLOWED'],
        ])
      }
  })

  attack('the name of another agency, role or person in a header opens nothing', async face => {
    const { look } = spyAt(face)
    const query = '{ me { userId agencyId role } learners(first: 100) { nodes { learnerId } } }'
    const agencies = [
      'school',
      'college',
      'social',
      'clinic',
      'jobs',
      'authority',
      learnerAgencyId,
      `${look.agencyId}' or 'a'='a`,
      '',
    ]
    for (const agencyId of agencies.filter(each => each !== look.agencyId)) {
      const { status, data, codes } = await doors.ask(face, { ...look, agencyId }, query)
      expect([agencyId, status, data, codes]).toEqual([agencyId, 403, undefined, ['AUTH.NO_MEMBERSHIP']])
    }
    const honest = await doors.ask(face, look, query)
    const named = {
      'x-agency': 'clinic',
      'x-user-id': 'authority.everything',
      'x-forwarded-user': 'admin',
      'x-role': 'regionAdmin',
      forwarded: 'for=clinic',
    }
    expect((await doors.ask(face, look, query, {}, named)).text).toBe(honest.text)
  })
})

describe('SQL through every string', () => {
  const tried = { queries: 0, mutations: 0, accepted: 0 }
  /** Nothing fails on our side, and what is refused is refused without a word of what was sent, or of the database. */
  const harmless = ({ text, codes, data }: Awaited<ReturnType<HostileDoors['ask']>>, place: string) => {
    expect([place, codes.filter(code => code === 'INTERNAL' || code === 'OVERLOADED')]).toEqual([place, []])
    const { errors } = JSON.parse(text)
    const said = errors ? JSON.stringify(errors) : ''
    if (said.includes(mark) || /drop table|union select|pg_sleep|syntax error|relation "|invalid byte/i.test(said))
      expect([place, said.slice(0, 500)]).toBe('an error that repeats nothing')
    return codes.length === 0 && data !== undefined
  }
  const tables = () =>
    doors.proof.hub.db.query(
      `select table_schema, table_name, column_name from information_schema.columns where table_schema not like 'pg\\_%' order by 1, 2, ordinal_position`,
    )
  const inTurns = async <T>(items: readonly T[], work: (item: T) => Promise<void>) => {
    for (let i = 0; i < items.length; i += 8) await Promise.all(items.slice(i, i + 8).map(work))
  }

  attack('of every query, and of every field below a learner', async face => {
    const before = await tables()
    const { look, seen } = spyAt(face)
    const ordinary = new Ordinary(doors.proof.story, { ...look, learnerId: seen[0]! }, doors.versions)
    const turn = everyFace.indexOf(face)
    const learner = schemas.get(face)!.getType('Learner') as GraphQLObjectType
    // What a filter takes below a learner it takes at the root, too.
    const isElsewhere = ({ place }: { readonly place: string }) => place.includes('(where.')
    const calls = [
      ...callsOf(queriesOf(face), call => `query(${call.declared}) { ${call.asked} }`),
      ...[
        ...callsOf(
          Object.values(learner.getFields()),
          call => `query(${call.declared}) { learner(id: "${seen[0]!}") { ${call.asked} } }`,
        ),
      ].filter(call => !isElsewhere(call)),
    ]
    function* callsOf(fields: readonly GraphQLField<any, any>[], write: (call: { declared: string; asked: string }) => string) {
      for (const [i, field] of fields.entries())
        for (const call of hostileCalls(field, ordinary, turn + i))
          yield { ...call, query: write({ declared: call.declared, asked: `${field.name}${call.args} ${bare(field)}` }) }
    }
    await inTurns(
      calls,
      async ({ place, query, variables }) => void harmless(await doors.ask(face, look, query, variables), place),
    )
    tried.queries += calls.length
    expect(await tables()).toEqual(before)
  })

  attack('of every mutation, by whoever may ask it', async face => {
    const before = await tables()
    const calls: (HostileCall & { readonly look: Look; readonly query: string })[] = []
    for (const [i, field] of mutationsOf(face).entries()) {
      const look = doors.actorFor(face, field, spies.get(face)!)
      if (!look) continue
      const seen = spies.get(face)!.find(spy => spy.look.userId === look.userId && spy.look.role === look.role)?.seen[0]
      const ordinary = new Ordinary(doors.proof.story, { ...look, learnerId: seen ?? 'learner-1' }, doors.versions)
      for (const call of hostileCalls(field, ordinary, everyFace.indexOf(face) + i))
        calls.push({ ...call, look, query: `mutation(${call.declared}) { ${field.name}${call.args} ${bare(field)} }` })
    }
    await inTurns(calls, async ({ place, query, variables, look }) => {
      if (harmless(await doors.ask(face, look, query, variables), place)) tried.accepted++
    })
    tried.mutations += calls.length
    expect(await tables()).toEqual(before)
  })

  attack('of every header and address', async face => {
    const { look } = spyAt(face)
    for (const text of Object.values(hostileTexts).filter(each => /^[\x20-\x7e]{1,200}$/.test(each))) {
      for (const header of [
        'x-passerelle-agency',
        'x-passerelle-role',
        'x-passerelle-purpose',
        'x-passerelle-emergency',
        'accept-language',
        'traceparent',
        'authorization',
      ])
        harmless(await doors.ask(face, look, '{ me { userId } }', {}, { [header]: text }), header)
      for (const path of [
        `consents/${encodeURIComponent(text)}/consent.fhir.json`,
        `consents/c/receipts/${encodeURIComponent(text)}`,
        `record/${encodeURIComponent(text)}`,
        encodeURIComponent(text),
      ]) {
        const { status, text: body } = await doors.get(face, look, path)
        expect([path, status]).toEqual([path, 404])
        expect(body).not.toContain(mark)
      }
    }
  })

  test('of each enough were tried, and some of it was taken for the text that it is', () => {
    expect(tried.queries).toBeGreaterThan(1_000)
    expect(tried.mutations).toBeGreaterThan(1_000)
    expect(tried.accepted).toBeGreaterThan(10)
  })
})

describe('while it changes', () => {
  const query = '{ me { userId } learners(first: 100) { totalCount nodes { learnerId } } }'

  attack(
    'what is taken away between the door and the table is not in the answer, and the token is worth nothing afterwards',
    async face => {
      // What ended on another face closes more than it took until the models have read of it.
      await doors.proof.hub.catchUp()
      await doors.proof.hub.settle()
      const found = await spiesAt(face)
      const { look, seen } = found.find(each => doors.endingOf(each.look, each.seen))!
      expect((await doors.ask(face, look, query)).data.learners.totalCount).toBe(seen.length)
      const first = await doors.ask(face, look, '{ learners(first: 1) { pageInfo { endCursor } } }')
      const { endCursor } = first.data.learners.pageInfo
      const ending = doors.endingOf(look, seen)!
      let ended: string | undefined
      // Who they are was looked up already, and what they may see not yet.
      doors.before(/entitlements/, async () => (ended = await doors.proof.hub.happen(ending)))
      const meanwhile = await doors.ask(face, look, query)
      expect(ended).toBeDefined()
      expect(meanwhile.data?.learners ?? { totalCount: 0, nodes: [] }).toEqual({ totalCount: 0, nodes: [] })
      for (const text of [query, `{ learners(first: 1, after: "${endCursor}") { nodes { learnerId } } }`]) {
        const after = await doors.ask(face, look, text)
        expect(after.data?.learners.nodes ?? []).toEqual([])
        if (look.agencyId !== learnerAgencyId) expect([after.status, after.codes]).toEqual([403, ['AUTH.NO_MEMBERSHIP']])
      }
    },
  )
})

describe('somebody of whom the keys are destroyed', () => {
  let asked = 0
  const answers = new Map<string, Set<string>>()
  let forgotten: string
  beforeAll(async () => {
    const seen = [...spies.values()].flat().flatMap(spy => spy.seen)
    const times = Map.groupBy(seen, learnerId => learnerId)
    forgotten = [...times].toSorted(([, a], [, b]) => b.length - a.length)[0]![0]
    await doors.destroyKeysOf(forgotten)
  })
  /** Every command of a face that somebody of each role may ask, with all that one needs and may say of who was forgotten. */
  const commandsAt = async (face: string) => {
    const actors = await doors.actorsAt(face)
    return mutationsOf(face).map(field => {
      const { type } = field.args[0]!
      const asked = actors.flatMap(actor => {
        const look = doors.actsBy(field, actor)
        if (!look) return []
        const about = { ...look, learnerId: forgotten }
        const inputOf = (whole: boolean) =>
          new Ordinary(doors.proof.story, about, doors.versions, whole).value(type, 'input') as Record<string, unknown>
        return [{ look, inputOf }]
      })
      const query = `mutation($input: ${String(type)}) { ${field.name}(input: $input) { id version position } }`
      const names = Object.keys((getNamedType(type) as GraphQLInputObjectType).getFields())
      return { name: field.name, query, names, asked }
    })
  }
  const askAll = async (face: string) => {
    for (const { name, query, asked: by } of await commandsAt(face))
      await Promise.all(
        by.map(async ({ look, inputOf }) => {
          let { codes } = await doors.ask(face, look, query, { input: inputOf(true) })
          // What may be left out does not always go together.
          if (codes.includes('INPUT.INVALID')) ({ codes } = await doors.ask(face, look, query, { input: inputOf(false) }))
          const said = codes.join()
          if (/INTERNAL|KEYRING\.KEY|OVERLOADED/.test(said))
            expect([name, look.role, said]).toBe('refused in words of its matter')
          asked++
          answers.set(said, (answers.get(said) ?? new Set()).add(name))
        }),
      )
  }
  attack('no command fails, or is refused in words that are not of its matter, while the models do not know of it', askAll)
  test('all were asked, and words were refused because they can be kept no more', () => {
    expect(asked).toBeGreaterThan(300)
    const refused = ['answerSubjectRequest', 'recordContact', 'recordDemographics', 'recordLanguages']
    expect([...answers.get('LEARNER.CATEGORY_FORGOTTEN')!]).toEqual(expect.arrayContaining(refused))
    expect([...answers.get('BREAK_GLASS.WORDS_NOT_KEPT')!]).toEqual(['reviewBreakGlass'])
  })
  test('nor does one once the models know that they were forgotten as a whole', async () => {
    await doors.forget(forgotten)
    for (const face of everyFace) await askAll(face)
    expect([...answers.get('LEARNER.FORGOTTEN')!]).toEqual(['registerLearner'])
  }, 120_000)
  test('nothing begins that is about them, but for an emergency, which answers as for an id that never was', async () => {
    const begun = new Set<string>()
    const refused = new Set<string>()
    for (const face of everyFace)
      for (const { name, query, names, asked: by } of await commandsAt(face)) {
        if (!names.includes('learnerId') || names.includes('version')) continue
        for (const { look, inputOf } of by) {
          const input = { ...inputOf(false), ...(names[0] !== 'learnerId' && { [names[0]!]: randomUUID() }) }
          const { codes, data } = await doors.ask(face, look, query, { input })
          if (data?.[name]?.position) begun.add(name)
          if (codes.includes('LEARNER.FORGOTTEN')) refused.add(name)
        }
      }
    begun.delete('useBreakGlass')
    expect([...begun]).toEqual([])
    expect([...refused]).toEqual(expect.arrayContaining(['recordSubjectRequest', 'registerLearner']))
  }, 120_000)
})

describe('error texts', () => {
  test('of all that was refused here tell nothing of anybody, of the database or of the program, and no log line does', () => {
    expect(doors.refusals.length).toBeGreaterThan(1_000)
    const telling = /\bselect\b .*\bfrom\b|hub\.[a-z_]+ |\.ts:\d|node_modules|at async|SqlError|Did you mean/
    for (const said of doors.refusals)
      if (canariesIn(said).size > 0 || telling.test(said)) expect(said).toBe('an error that tells nothing of anybody')
    for (const line of doors.logged) expect(line.includes(mark) || canariesIn(line).size > 0 ? line : '').toBe('')
  })
})
