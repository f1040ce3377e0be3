import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { decodeJwt } from 'jose'
import { createTokenVerifier } from '../identity/token-verifier.js'
import { type DevIdentityProvider, startDevIdentityProvider } from './dev-identity-provider.js'
import { fetchDevToken } from './dev-token.js'

const people = [
  { alias: 'amina', subject: 'dev-amina', label: 'Amina <Teacher>', roleLabel: 'teacher at School A' },
  { alias: 'noor', subject: 'dev-noor', label: 'Noor', roleLabel: 'nurse at the health centre', purposes: ['healthCare'] },
]
const redirect = 'http://127.0.0.1:5999/callback'
const browsers = [{ clientId: 'passerelle-console', redirectUris: [redirect] }]
const systems = [{ clientId: 'school-register', clientSecret: 'a-secret-for-tests-only' }]

let folder: string
let provider: DevIdentityProvider
const said: unknown[] = []
const spies = (['info', 'warn', 'error', 'log'] as const).map(name =>
  jest.spyOn(console, name).mockImplementation((...words) => void said.push(...words)),
)
const start = (port = 0) => startDevIdentityProvider({ people, folder, port, browsers, systems })

beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'passerelle-identity-')), '.passerelle')
  provider = await start()
})
afterAll(async () => {
  await provider.close()
  await rm(join(folder, '..'), { recursive: true })
  for (const spy of spies) spy.mockRestore()
})

const verify = (of = provider) => createTokenVerifier({ issuers: [of.issuer], audience: of.audience })

/** A browser: keeps cookies, follows nothing by itself. */
function browser() {
  const cookies = new Map<string, string>()
  return async (address: string, init: RequestInit = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(new URL(address, provider.issuer), {
      ...init,
      redirect: 'manual',
      headers: { ...(init.headers as object), cookie },
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (value) cookies.set(name!, value)
      else cookies.delete(name!)
    }
    return answer
  }
}
const verifier = randomBytes(32).toString('base64url')
const challenge = createHash('sha256').update(verifier).digest('base64url')
const authorization = (more: Record<string, string> = {}) =>
  `/auth?${new URLSearchParams({ client_id: 'passerelle-console', redirect_uri: redirect, response_type: 'code', scope: 'openid profile hub', code_challenge: challenge, code_challenge_method: 'S256', state: 's', ...more })}`
const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) })

async function signIn(visit: ReturnType<typeof browser>, alias: string) {
  const chooser = (await visit(authorization())).headers.get('location')!
  const page = await (await visit(chooser)).text()
  const back = (await visit(chooser, form({ person: alias }))).headers.get('location')!
  const landed = new URL((await visit(back)).headers.get('location')!)
  return { page, code: landed.searchParams.get('code')! }
}

describe('it refuses', () => {
  test('to start in production', async () => {
    const before = process.env['NODE_ENV']
    process.env['NODE_ENV'] = 'production'
    await expect(start()).rejects.toMatchObject({ code: 'DEV.NOT_IN_PRODUCTION' })
    process.env['NODE_ENV'] = before
  })

  test('to start on a port that is taken', async () => {
    await expect(start(Number(new URL(provider.issuer).port))).rejects.toThrow('EADDRINUSE')
  })

  test('a browser without PKCE, an unknown client, an unknown redirect, another resource', async () => {
    const visit = browser()
    const without = new URL(
      (await visit(authorization({ code_challenge: '', code_challenge_method: '' }))).headers.get('location')!,
    )
    expect(without.searchParams.get('error')).toBe('invalid_request')
    expect((await visit(authorization({ client_id: 'nobody' }))).status).toBe(400)
    expect((await visit(authorization({ redirect_uri: 'http://evil.example/' }))).status).toBe(400)
    const elsewhere = new URL((await visit(authorization({ resource: 'urn:other' }))).headers.get('location')!)
    expect(elsewhere.searchParams.get('error')).toBe('invalid_target')
  })

  test('the page of a sign-in that this browser did not begin', async () => {
    const chooser = (await browser()(authorization())).headers.get('location')!
    for (const init of [{}, form({ person: 'amina' })]) {
      const answer = await browser()(chooser, init)
      expect([answer.status, await answer.text()]).toEqual([400, expect.not.stringContaining('Amina')])
    }
  })

  test('somebody who is not among its people, and a purpose that is not theirs', async () => {
    const visit = browser()
    const chooser = (await visit(authorization())).headers.get('location')!
    expect((await visit(chooser, form({ person: 'nobody' }))).status).toBe(400)
    await expect(fetchDevToken({ folder, person: 'nobody' })).rejects.toMatchObject({
      code: 'DEV.UNKNOWN_PERSON',
      which: { people: ['amina', 'noor'] },
    })
    await expect(fetchDevToken({ folder, person: 'noor', purpose: 'nope' })).rejects.toMatchObject({
      code: 'DEV.UNKNOWN_PURPOSE',
      which: { purposes: ['healthCare'] },
    })
  })

  test('a code without the verifier that it was asked with, and a code used before', async () => {
    const { code } = await signIn(browser(), 'amina')
    const exchange = (code_verifier: string) =>
      fetch(
        `${provider.issuer}/token`,
        form({ grant_type: 'authorization_code', code, redirect_uri: redirect, client_id: 'passerelle-console', code_verifier }),
      )
    expect((await exchange('x'.repeat(43))).status).toBe(400)
    expect((await exchange(verifier)).status).toBe(200)
    expect((await exchange(verifier)).status).toBe(400)
  })

  test('a system with a wrong secret', async () => {
    const answer = await fetch(`${provider.issuer}/token`, {
      ...form({ grant_type: 'client_credentials' }),
      headers: { authorization: `Basic ${btoa('school-register:wrong')}` },
    })
    expect(answer.status).toBe(401)
  })

  test('a token to whoever does not know the secret of the folder, or asks under another name', async () => {
    for (const authorization of ['', 'Bearer ', `Bearer ${'x'.repeat(43)}`]) {
      const answer = await fetch(`${provider.issuer}/dev/token`, {
        method: 'POST',
        headers: { authorization },
        body: '{"person":"amina"}',
      })
      expect(answer.status).toBe(403)
    }
    const status = await new Promise(resolve => {
      const { port } = new URL(provider.issuer)
      httpRequest({ port, host: '127.0.0.1', path: '/dev/token', method: 'POST', headers: { host: 'evil.example' } }, answer =>
        resolve(answer.resume().statusCode),
      ).end()
    })
    expect(status).toBe(403)
  })

  test('where no hub runs on the folder, saying so', async () => {
    await expect(fetchDevToken({ folder: join(folder, 'empty'), person: 'amina' })).rejects.toMatchObject({ code: 'DEV.NO_HUB' })
  })
})

describe('it lets', () => {
  test('a person sign in by choosing who to be, and come away with a token for the hub', async () => {
    const { page, code } = await signIn(browser(), 'amina')
    expect(page).toContain('Never for real data')
    expect(page).toContain('Amina &#60;Teacher&#62;')
    expect(page).toContain('<html lang="en">')
    const answer = await fetch(
      `${provider.issuer}/token`,
      form({
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirect,
        client_id: 'passerelle-console',
        code_verifier: verifier,
      }),
    )
    const { access_token: token, id_token: idToken } = (await answer.json()) as { access_token: string; id_token: string }
    expect(await verify()(`Bearer ${token}`)).toMatchObject({
      issuer: provider.issuer,
      subject: 'dev-amina',
      clientId: 'passerelle-console',
      scopes: ['hub'],
    })
    expect(decodeJwt(idToken)['name']).toBe('Amina <Teacher>')
    await expect(verify()(`Bearer ${idToken}`)).rejects.toMatchObject({ code: 'AUTH.WRONG_AUDIENCE' })
  })

  test('a system in by its secret, as itself', async () => {
    const answer = await fetch(`${provider.issuer}/token`, {
      ...form({ grant_type: 'client_credentials', scope: 'hub' }),
      headers: { authorization: `Basic ${btoa('school-register:a-secret-for-tests-only')}` },
    })
    const { access_token: token } = (await answer.json()) as { access_token: string }
    expect(await verify()(`Bearer ${token}`)).toMatchObject({ subject: 'school-register', clientId: 'school-register' })
  })

  test('the command line have a token of anybody, with a purpose where one is named', async () => {
    expect(await verify()(`Bearer ${await fetchDevToken({ folder, person: 'noor' })}`)).toMatchObject({
      subject: 'dev-noor',
      purpose: undefined,
      scopes: ['openid', 'hub'],
    })
    expect(await verify()(`Bearer ${await fetchDevToken({ folder, person: 'noor', purpose: 'healthCare' })}`)).toMatchObject({
      purpose: 'healthCare',
    })
  })

  test('a browser application of its own ask from its own origin, and no other', async () => {
    const cors = async (origin: string) =>
      (
        await fetch(`${provider.issuer}/token`, {
          ...form({ grant_type: 'authorization_code', client_id: 'passerelle-console' }),
          headers: { origin },
        })
      ).headers.get('access-control-allow-origin')
    expect(await cors('http://127.0.0.1:5999')).toBe('http://127.0.0.1:5999')
    expect(await cors('http://evil.example')).toBeNull()
  })
})

test('a token outlives a restart on the same port; the address and its secret do not outlive the provider', async () => {
  const token = await fetchDevToken({ folder, person: 'amina' })
  const port = Number(new URL(provider.issuer).port)
  await provider.close()
  await expect(fetchDevToken({ folder, person: 'amina' })).rejects.toMatchObject({ code: 'DEV.NO_HUB' })
  provider = await start(port)
  expect(await verify()(`Bearer ${token}`)).toMatchObject({ subject: 'dev-amina' })
})

test('what it keeps in the folder only its owner may read', async () => {
  const files = await readdir(folder)
  expect(files.sort()).toEqual(['dev-identity-keys.json', 'dev-identity.json'])
  for (const file of files) expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600)
})

test('it prints nothing', () => expect(said).toEqual([]))
