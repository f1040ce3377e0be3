import { createServer } from 'node:http'
import { base64url, exportSPKI, generateKeyPair } from 'jose'
import { createKeySets } from './key-sets.js'
import { createTokenVerifier } from './token-verifier.js'
import { audience, seconds, startTestIssuer, type TestIssuer } from './issuer.fixture.js'

let issuer: TestIssuer
let other: TestIssuer
beforeAll(async () => void ([issuer, other] = await Promise.all([startTestIssuer(), startTestIssuer()])))
afterAll(() => Promise.all([issuer.close(), other.close()]))

const verifier = (more: object = {}) => createTokenVerifier({ issuers: [issuer.issuer], audience, clockSkewSeconds: 30, ...more })
const codeOf = async (authorization: string | undefined, verify = verifier()) =>
  verify(authorization).then(
    () => 'accepted',
    (error: { code?: string; status?: number; message: string }) => `${error.status} ${error.code}`,
  )
const unsigned = (header: object, claims: object) =>
  `Bearer ${base64url.encode(JSON.stringify(header))}.${base64url.encode(JSON.stringify(claims))}.`
const claims = (more: object = {}) => ({ iss: issuer.issuer, sub: 'person-1', aud: audience, exp: seconds(300), ...more })

describe('a token is refused', () => {
  test('that is not there', async () => {
    expect(await codeOf(undefined)).toBe('401 AUTH.MISSING')
    expect(await codeOf('')).toBe('401 AUTH.MISSING')
  })

  test.each([
    'Basic dXNlcjpwYXNz',
    'Bearer',
    'Bearer ',
    'Bearer abc',
    'Bearer a.b.c',
    'Bearer ..',
    'Bearer a.b.c.d.e',
    `Bearer ${'a'.repeat(9000)}.b.c`,
    'a.b.c',
    'Bearer eyJhbGciOiJSUzI1NiJ9.bm90IGpzb24.c2ln',
    'Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln, Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln',
  ])('that is not a token: %.40s', async header => {
    expect(await codeOf(header)).toBe('401 AUTH.MALFORMED')
  })

  test('of an issuer that is not trusted, though the subject is the same and the signature is good', async () => {
    expect(await codeOf(await other.bearer())).toBe('401 AUTH.WRONG_ISSUER')
    expect(other.asked).toEqual({ discovery: 0, keys: 0 })
  })

  test('that names a trusted issuer but was signed by another, with the same key id', async () => {
    expect(await codeOf(await other.bearer({ iss: issuer.issuer }))).toBe('401 AUTH.BAD_SIGNATURE')
  })

  test('without an issuer, or with one that only resembles ours', async () => {
    expect(await codeOf(await issuer.bearer({ iss: undefined }))).toBe('401 AUTH.WRONG_ISSUER')
    expect(await codeOf(await issuer.bearer({ iss: `${issuer.issuer}/` }))).toBe('401 AUTH.WRONG_ISSUER')
    expect(await codeOf(await issuer.bearer({ iss: [issuer.issuer] as never }))).toBe('401 AUTH.WRONG_ISSUER')
  })

  test('meant for somebody else, or for nobody', async () => {
    expect(await codeOf(await issuer.bearer({ aud: 'urn:other' }))).toBe('401 AUTH.WRONG_AUDIENCE')
    expect(await codeOf(await issuer.bearer({ aud: [] }))).toBe('401 AUTH.WRONG_AUDIENCE')
    expect(await codeOf(await issuer.bearer({ aud: undefined }))).toBe('401 AUTH.WRONG_AUDIENCE')
  })

  test('with algorithm none', async () => {
    expect(await codeOf(unsigned({ alg: 'none' }, claims()))).toBe('401 AUTH.WRONG_ALGORITHM')
    expect(await codeOf(unsigned({ alg: 'None', kid: 'key-1' }, claims()))).toBe('401 AUTH.WRONG_ALGORITHM')
    expect(await codeOf(unsigned({}, claims()))).toMatch(/^401 AUTH\.(WRONG_ALGORITHM|MALFORMED)$/)
  })

  test('signed with HS256 and the public key as the secret', async () => {
    const secret = new TextEncoder().encode(await exportSPKI(issuer.publicKey))
    expect(await codeOf(await issuer.bearer({}, { alg: 'HS256' }, secret))).toBe('401 AUTH.WRONG_ALGORITHM')
  })

  test('whose key id is unknown, or belongs to a key of another kind', async () => {
    expect(await codeOf(await issuer.bearer({}, { kid: 'key-2' }))).toBe('401 AUTH.BAD_SIGNATURE')
    const { privateKey } = await generateKeyPair('ES256')
    expect(await codeOf(await issuer.bearer({}, { alg: 'ES256' }, privateKey))).toBe('401 AUTH.BAD_SIGNATURE')
  })

  test('that carries its own key', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
    const { exportJWK } = await import('jose')
    expect(await codeOf(await issuer.bearer({}, { jwk: await exportJWK(publicKey) }, privateKey))).toBe('401 AUTH.BAD_SIGNATURE')
  })

  test('that was altered after it was signed', async () => {
    const [header, , signature] = (await issuer.sign()).split('.')
    expect(await codeOf(`Bearer ${header}.${base64url.encode(JSON.stringify(claims({ sub: 'person-2' })))}.${signature}`)).toBe(
      '401 AUTH.BAD_SIGNATURE',
    )
  })

  test('that has expired, beyond the clock skew', async () => {
    expect(await codeOf(await issuer.bearer({ exp: seconds(-31) }))).toBe('401 AUTH.EXPIRED')
  })

  test('that never expires, or says so in words', async () => {
    expect(await codeOf(await issuer.bearer({ exp: undefined }))).toBe('401 AUTH.MALFORMED')
    expect(await codeOf(await issuer.bearer({ exp: 'never' as never }))).toBe('401 AUTH.MALFORMED')
  })

  test('that is not valid yet', async () => {
    expect(await codeOf(await issuer.bearer({ nbf: seconds(120) }))).toBe('401 AUTH.NOT_YET_VALID')
  })

  test('of nobody', async () => {
    expect(await codeOf(await issuer.bearer({ sub: undefined }))).toBe('401 AUTH.MALFORMED')
    expect(await codeOf(await issuer.bearer({ sub: '' }))).toBe('401 AUTH.MALFORMED')
  })

  test('of another type, such as a logout token, or with a critical extension nobody here knows', async () => {
    expect(await codeOf(await issuer.bearer({}, { typ: 'logout+jwt' }))).toBe('401 AUTH.MALFORMED')
    const header = { alg: 'RS256', kid: 'key-1', crit: ['x'], x: 1 }
    const token = `Bearer ${base64url.encode(JSON.stringify(header))}.${base64url.encode(JSON.stringify(claims()))}.c2ln`
    expect(await codeOf(token)).toBe('401 AUTH.MALFORMED')
  })

  test('and the refusal repeats nothing of the token', async () => {
    const canary = 'CANARY-subject'
    const refusals = [
      await other.bearer({ sub: canary }),
      await issuer.bearer({ sub: canary, aud: canary }),
      await issuer.bearer({ sub: canary, exp: 1 }),
    ]
    for (const authorization of refusals) {
      const error = await verifier()(authorization).catch(refusal => refusal as Error)
      expect(JSON.stringify({ ...error, message: (error as Error).message })).not.toContain(canary)
    }
  })
})

describe('when the provider cannot be asked, nobody comes in, and the caller is told to try again', () => {
  const unreachable = '503 AUTH.PROVIDER_UNREACHABLE'
  const strict = { timeoutMs: 200, retryAfterMs: 0 }

  test('its discovery fails, names another issuer, or points to keys in the clear', async () => {
    for (const wrong of [
      { discovery: false },
      { issuer: 'http://127.0.0.1:1' },
      { keysAt: 'http://keys.example/jwks' },
      { keysAt: 'file:///etc/passwd' },
    ]) {
      const down = await startTestIssuer()
      Object.assign(down.answers, wrong)
      const verify = createTokenVerifier({ issuers: [down.issuer], audience, keySets: createKeySets(strict) })
      expect(await codeOf(await down.bearer(), verify)).toBe(unreachable)
      await down.close()
    }
  })

  test('it does not answer in time', async () => {
    const silent = createServer(() => {})
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
    const address = `http://127.0.0.1:${(silent.address() as { port: number }).port}`
    const verify = createTokenVerifier({ issuers: [address], audience, keySets: createKeySets(strict) })
    expect(await codeOf(await issuer.bearer({ iss: address }), verify)).toBe(unreachable)
    silent.closeAllConnections()
    await new Promise(resolve => silent.close(resolve))
  })

  test('it is asked once, not once per request, and asked again later', async () => {
    const down = await startTestIssuer()
    down.answers.discovery = false
    const verify = createTokenVerifier({ issuers: [down.issuer], audience, keySets: createKeySets({ retryAfterMs: 60_000 }) })
    for (let i = 0; i < 5; i++) expect(await codeOf(await down.bearer(), verify)).toBe(unreachable)
    expect(down.asked.discovery).toBe(1)
    await down.close()
  })

  test('an issuer that is reached in the clear is a mistake of the configuration', async () => {
    await expect(createKeySets().of('http://login.example')).rejects.toThrow('https')
    expect(() => createTokenVerifier({ issuers: [issuer.issuer], audience, clockSkewSeconds: 61 })).toThrow(RangeError)
    expect(() => createTokenVerifier({ issuers: [], audience })).toThrow(RangeError)
  })
})

describe('a token is accepted', () => {
  test('and only issuer, subject, client, scope and purpose are believed of it', async () => {
    const token = await issuer.bearer({
      scope: 'openid hub',
      client_id: 'console',
      purpose: 'healthCare',
      role: 'regionAdmin',
      agency: 'a-1',
      name: 'x',
    } as never)
    expect(await verifier()(token)).toEqual({
      issuer: issuer.issuer,
      subject: 'person-1',
      clientId: 'console',
      scopes: ['openid', 'hub'],
      purpose: 'healthCare',
    })
  })

  test('within the clock skew, among several audiences, and with the provider’s older type', async () => {
    expect(await codeOf(await issuer.bearer({ exp: seconds(-20), nbf: seconds(20) }))).toBe('accepted')
    expect(await codeOf(await issuer.bearer({ aud: ['urn:other', audience] }))).toBe('accepted')
    expect(await codeOf(await issuer.bearer({}, { typ: 'JWT' }))).toBe('accepted')
  })

  test('a hundred times with one look at the keys', async () => {
    const verify = verifier({ rememberMs: 0 })
    const before = { ...issuer.asked }
    const token = await issuer.bearer()
    await Promise.all(Array.from({ length: 100 }, () => verify(token)))
    expect({ discovery: issuer.asked.discovery - before.discovery, keys: issuer.asked.keys - before.keys }).toEqual({
      discovery: 1,
      keys: 1,
    })
  })

  test('without a second look at its signature for a while, but not beyond its end, and not for one changed letter', async () => {
    let looks = 0
    let now = Date.now()
    const keySets = createKeySets()
    const verify = verifier({ keySets: { of: (name: string) => (looks++, keySets.of(name)) }, now: () => new Date(now) })
    const token = await issuer.bearer({ exp: seconds(10) })
    for (let i = 0; i < 3; i++) expect(await codeOf(token, verify)).toBe('accepted')
    expect(looks).toBe(1)
    const changed = token.slice(0, -3) + (token.at(-3) === 'A' ? 'B' : 'A') + token.slice(-2)
    expect(await codeOf(changed, verify)).toBe('401 AUTH.BAD_SIGNATURE')
    now += 29_000
    expect(await codeOf(token, verify)).toBe('accepted')
    now += 12_500
    expect(await codeOf(token, verify)).toBe('401 AUTH.EXPIRED')
  })

  test('after that while only with another look', async () => {
    let looks = 0
    let now = Date.now()
    const keySets = createKeySets()
    const verify = verifier({ keySets: { of: (name: string) => (looks++, keySets.of(name)) }, now: () => new Date(now) })
    const token = await issuer.bearer()
    await verify(token)
    now += 30_000
    await verify(token)
    expect(looks).toBe(2)
  })

  test('signed with a key that the issuer has added meanwhile', async () => {
    const { exportJWK } = await import('jose')
    const verify = verifier({ keySets: createKeySets({ cooldownMs: 0 }) })
    expect(await codeOf(await issuer.bearer(), verify)).toBe('accepted')
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    issuer.published.keys.push({ ...(await exportJWK(publicKey)), kid: 'key-new', alg: 'ES256', use: 'sig' })
    expect(await codeOf(await issuer.bearer({}, { alg: 'ES256', kid: 'key-new' }, privateKey), verify)).toBe('accepted')
  })
})
