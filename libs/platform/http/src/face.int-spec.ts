import { canary, openHub, type Hub } from './face.fixture.js'

let hub: Hub
beforeAll(async () => void (hub = await openHub()))
afterAll(() => hub.close())

describe('a face refuses', () => {
  test('whom it does not know, before it reads what they sent', async () => {
    const { status, code, headers, body } = await hub.ask('{ whoAmI }', undefined, { authorization: 'Bearer nobody' })
    expect([status, code]).toEqual([403, 'AUTH.NO_MEMBERSHIP'])
    expect(body.data).toBeUndefined()
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    // True of strangers, of whoever has left, and of those who were guardians or learners once.
    expect(body.errors![0]!.message).toBe('You are signed in, but there is nothing here that you may see or do now.')
    expect(body.errors![0]!.extensions).not.toHaveProperty('which')
    const unread = await hub.post('education', '{ not json', { authorization: 'Bearer nobody' })
    expect(((await unread.json()) as any).errors[0].extensions.code).toBe('AUTH.NO_MEMBERSHIP')
  })

  test('people of another sector', async () => {
    expect(await hub.ask('{ whoAmI }', undefined, { authorization: 'Bearer nurse' })).toMatchObject({
      status: 403,
      code: 'AUTH.WRONG_FACE',
    })
    expect(await hub.ask('{ whoAmI }', undefined, {}, 'health')).toMatchObject({ status: 403, code: 'AUTH.WRONG_FACE' })
  })

  test('a purpose that the role does not have', async () => {
    expect(await hub.ask('{ whoAmI }', undefined, { 'x-passerelle-purpose': 'audit' })).toMatchObject({
      status: 403,
      code: 'AUTH.PURPOSE_NOT_ALLOWED',
    })
  })

  test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
    'GraphQL by %s, since addresses stand in logs',
    async method => {
      const answer = await fetch(`${hub.url}/education/graphql?query={whoAmI}`, {
        method,
        headers: { authorization: 'Bearer teacher', 'mercurius-require-preflight': '1' },
      })
      expect([404, 405]).toContain(answer.status)
      expect(await answer.text()).not.toContain('u-teacher')
    },
  )

  test.each([
    ['a form', 'application/x-www-form-urlencoded'],
    ['plain text', 'text/plain'],
    ['a file', 'multipart/form-data; boundary=x'],
  ])('%s, which another page could send', async (_, type) => {
    const answer = await hub.post('education', '{"query":"{ whoAmI }"}', { 'content-type': type })
    expect([400, 415]).toContain(answer.status)
    expect(((await answer.json()) as any).errors[0].extensions.code).toMatch(/^REQUEST\./)
  })

  test('a mutation to whom its @Access does not name, by role or by purpose, and to everybody where there is none', async () => {
    expect((await hub.ask('mutation { close }')).code).toBe('FORBIDDEN')
    const note = 'mutation { note(input: { text: "x", day: "2026-01-01" }) }'
    const wrongPurpose = await hub.ask(note, undefined, { 'x-passerelle-purpose': 'caseCoordination' })
    expect(wrongPurpose.body.errors![0]!.extensions).toMatchObject({
      code: 'FORBIDDEN',
      which: { purposes: ['educationSupport'] },
      next: expect.stringContaining('x-passerelle-purpose'),
    })
    expect((await hub.ask('mutation { forgotten }')).code).toBe('FORBIDDEN')
    expect((await hub.ask(note)).body.data).toEqual({ note: true })
  })

  test('input that breaks its rules, naming fields and rules but no value', async () => {
    const { status, body } = await hub.ask('mutation N($input: NoteInput!) { note(input: $input) }', {
      input: { text: canary.repeat(4), day: canary },
    })
    expect(status).toBe(200)
    expect(body.errors![0]!.extensions).toMatchObject({
      code: 'INPUT.INVALID',
      which: {
        faults: [
          { field: 'text', rules: ['maxLength'] },
          { field: 'day', rules: ['isDay'] },
        ],
      },
    })
    expect(JSON.stringify(body)).not.toContain('CANARY')
    const blank = await hub.ask('mutation { note(input: { text: " ", day: "2026-01-01" }) }')
    expect(blank.body.errors![0]!.extensions.which).toEqual({ faults: [{ field: 'text', rules: ['isNotBlank'] }] })
  })
})

describe('an error in an answer', () => {
  test.each([
    ['stale', 'STALE', { currentVersion: 4, expectedVersion: 3, streamId: 'learner-1' }],
    ['refused', 'CONSENT.EXPIRED', { consentId: 'c-1' }],
    ['l-unknown', 'NOT_FOUND', { kind: 'learner', id: 'l-unknown' }],
  ])('says what, which one, what next: %s', async (id, code, which) => {
    const { status, body } = await hub.ask(`{ learner(id: "${id}") { id } }`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      data: { learner: null },
      errors: [{ path: ['learner'], message: expect.any(String), extensions: { code, which, next: expect.any(String) } }],
    })
  })

  test.each(['broken', 'odd'])('has no word of what a resolver threw, only the request id to look it up by: %s', async id => {
    const { body, headers } = await hub.ask(`{ learner(id: "${id}") { id } }`)
    expect(body.errors![0]).toMatchObject({
      message: 'Something went wrong on our side.',
      extensions: { code: 'INTERNAL', which: { requestId: headers.get('x-request-id') } },
    })
    expect(JSON.stringify(body)).not.toMatch(/CANARY/)
    expect(hub.log()).toContainEqual(expect.objectContaining({ event: 'graphql.failed', requestId: headers.get('x-request-id') }))
  })

  test('keeps the rest of the answer, and its path counts list items by number', async () => {
    const { body } = await hub.ask('{ learners(first: 2) { edges { node { id secret } } } }')
    expect(body.data.learners.edges[1].node).toEqual({ id: 'l-1', secret: null })
    expect(body.errors![1]!.path).toEqual(['learners', 'edges', 1, 'node', 'secret'])
    expect(JSON.stringify(body)).not.toContain('CANARY')
  })

  test('does not guess at names, which would tell of fields that are hidden', async () => {
    const { body } = await hub.ask('{ whoAmI learner(id: "x") { id nam } }')
    expect(body.errors![0]).toMatchObject({
      message: 'Cannot query field "nam" on type "Learner".',
      extensions: { code: 'GRAPHQL.INVALID' },
    })
    expect(JSON.stringify(body)).not.toContain('mean')
  })

  test('of variables names the variable, each place in it and what is expected there, told once', async () => {
    const note = 'mutation N($i: NoteInput!) { note(input: $i) }'
    const faultsOf = async (query: string, variables?: object) =>
      (await hub.ask(query, variables)).body.errors!.map(({ message, extensions: { code, which } }) => [
        code,
        message,
        which?.faults,
      ])
    const faulty = (name: string, ...faults: [string, string][]) => [
      'GRAPHQL.VARIABLES',
      `Variable "$${name}" does not fit its type.`,
      faults.map(([field, expected]) => ({ field, expected })),
    ]
    const good = { text: 'a', day: '2026-01-01' }
    const i = (...faults: [string, string][]) => [faulty('i', ...faults)]
    expect(await faultsOf(note, { i: { ...good, tone: 'WARM' } })).toEqual(i(['i.tone', 'Tone: plain, warm']))
    expect(await faultsOf(note, { i: { text: 5, more: 1, [canary]: canary } })).toEqual(
      i(
        ['i.text', 'String!'],
        ['i.day', 'String!'],
        ['i.more', 'nothing: NoteInput has no such field'],
        ['i.?', 'nothing: NoteInput has no such field'],
      ),
    )
    expect(
      await faultsOf(note, { i: { ...good, parts: [{ text: 'a' }, { text: null, tones: ['warm', canary] }, canary] } }),
    ).toEqual(i(['i.parts.1.text', 'String!'], ['i.parts.1.tones.1', 'Tone!: plain, warm'], ['i.parts.2', 'NotePart!']))
    expect(await faultsOf(note, { i: { ...good, parts: { text: 'a', tones: canary } } })).toEqual(
      i(['i.parts.tones', '[Tone!]: plain, warm']),
    )
    for (const none of [{}, { i: null }, undefined]) expect(await faultsOf(note, none)).toEqual(i(['i', 'NoteInput!']))
    expect(await faultsOf(note, { i: canary })).toEqual(i(['i', 'NoteInput!']))
    const two = 'query L($n: Int!, $id: String!) { learners(first: $n) { edges { node { id } } } learner(id: $id) { id } }'
    expect(await faultsOf(two, { n: canary, id: 5 })).toEqual([faulty('n', ['n', 'Int!']), faulty('id', ['id', 'String!'])])
  })

  test('of a value in the document says what is expected where it stands', async () => {
    const wrong = (value: string) => hub.ask(`mutation { note(input: { text: "a", day: "2026-01-01", ${value} }) }`)
    for (const [value, expected] of [
      ['tone: WARM', 'Tone: plain, warm'],
      ['tone: "warm"', 'Tone: plain, warm'],
      ['parts: [{ text: 5 }]', 'String!'],
      ['parts: [{ text: "a", tones: [warm, CANARY] }]', 'Tone!: plain, warm'],
      ['parts: [null]', 'NotePart!'],
      ['parts: "CANARY"', '[NotePart!]'],
    ] as const) {
      const { body } = await wrong(value)
      expect([value, body.errors]).toMatchObject([
        value,
        [{ message: 'A value does not fit its type.', extensions: { code: 'GRAPHQL.INVALID', which: { expected } } }],
      ])
      expect(JSON.stringify(body)).not.toContain('CANARY')
    }
  })

  test.each([
    [`{ learner(id: ${JSON.stringify([canary])}) { id } }`, undefined],
    [`{ learner(id: 5, nam: "${canary}") { id } }`, undefined],
    [`{ learner(id: "x" "${canary}") { id } }`, undefined],
    ['mutation N($input: NoteInput!) { note(input: $input) }', { input: { text: 5, [canary]: canary } }],
    ['query L($id: String!) { learner(id: $id) { id } }', { id: [canary] }],
    ['query L($id: String!) { learner(id: $id) { id } }', {}],
  ])('repeats no value that was sent: %s', async (query, variables) => {
    const { body, code } = await hub.ask(query, variables)
    expect(code).toMatch(/^GRAPHQL\./)
    expect(JSON.stringify(body)).not.toContain('CANARY')
  })
})

describe('two faces behind one listener', () => {
  test('each know whom they serve, for what, and in which language', async () => {
    expect((await hub.ask('{ whoAmI }')).body.data).toEqual({ whoAmI: 'u-teacher teacher educationSupport education en' })
    expect((await hub.ask('{ whoAmI }', undefined, { authorization: 'Bearer nurse' }, 'health')).body.data).toEqual({
      whoAmI: 'u-nurse healthProfessional healthCare health en',
    })
  })

  test('answer that nothing is cached and that the type is what it says', async () => {
    const { headers } = await hub.ask('{ whoAmI }')
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-type': 'application/json; charset=utf-8',
    })
  })

  test('serve REST under their prefix by the same rules', async () => {
    const teacher = { authorization: 'Bearer teacher' }
    const get = async (path: string, init: RequestInit = {}) => {
      const answer = await fetch(hub.url + path, init)
      return { status: answer.status, body: (await answer.json()) as unknown }
    }
    expect(await get('/education/desk')).toMatchObject({ status: 403, body: { code: 'AUTH.NO_MEMBERSHIP' } })
    expect(await get('/education/desk', { method: 'POST', headers: teacher })).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    })
    expect(await get('/education/nothing', { headers: teacher })).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    const broken = await get('/education/broken', { headers: teacher })
    expect(broken).toMatchObject({ status: 500, body: { code: 'INTERNAL', which: { requestId: expect.any(String) } } })
    expect(JSON.stringify(broken)).not.toContain('CANARY')
    expect(await get('/education/version')).toEqual({ status: 200, body: { version: '0.1.0' } })
    expect(await get('/education/desk', { headers: teacher })).toEqual({ status: 200, body: { for: 'u-teacher' } })
  })
})

test.each(['/education/%CANARY', `/education/${'x'.repeat(20_000)}`, '/education/CANARY?x=%'])(
  'an address that cannot be read is refused without repeating it: %.30s',
  async path => {
    const answer = await fetch(hub.url + path)
    expect([400, 404, 431]).toContain(answer.status)
    expect(await answer.text()).not.toContain('CANARY')
  },
)

describe('what is written down of a request', () => {
  test('is its route, kind, status and duration, for which agency, role and purpose, and never a word that was sent or answered', async () => {
    hub.lines.length = 0
    await hub.ask(
      `query ${'CANARYname'} { whoAmI }`,
      { CANARY: canary },
      { 'x-canary': 'CANARY', traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 'user-agent': 'CANARY' },
    )
    await hub.ask(`{ learner(id: "CANARY") { id } }`)
    await hub.ask(`{ CANARY }`)
    await hub.ask('{ whoAmI }', undefined, { authorization: 'Bearer CANARY' })
    await fetch(`${hub.url}/education/desk?name=CANARY`, { headers: { authorization: 'Bearer teacher', cookie: 'CANARY' } })
    await fetch(`${hub.url}/education/CANARY/x?name=CANARY`)
    await fetch(`${hub.url}/education/%CANARY`)
    await hub.post('education', '{"CANARY', {})
    const [first] = hub.log()
    expect(first).toMatchObject({
      event: 'request',
      face: 'education',
      method: 'POST',
      route: '/education/graphql',
      operation: 'query',
      status: 200,
      agencyId: 'school-1',
      role: 'teacher',
      purpose: 'educationSupport',
      correlationId: '4bf92f3577b34da6a3ce929d0e0e4736',
    })
    expect(hub.lines.join('')).not.toContain('CANARY')
    expect(hub.lines.join('')).not.toContain('u-teacher')
    const metrics = await (await fetch(`${hub.url}/metrics`)).text()
    expect(metrics).not.toContain('CANARY')
    expect(metrics).toMatch(
      /passerelle_graphql_operation_duration_seconds_count\{face="education",operation="query",outcome="ok"\} \d+/,
    )
    expect(metrics).toContain('passerelle_refusals_total{face="education",code="NOT_FOUND"}')
  })
})
