import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Refused } from '@passerelle/event-log'
import type Provider from 'oidc-provider'
import { sendJson } from '../listener.js'
import { configurationOf } from './configuration.js'
import { addressFile, type DevAddress, mintToken } from './dev-token.js'
import { type DevKeys, loadDevKeys, writeSecret } from './keys.js'
import { banner, peopleForm, sendPage } from './page.js'

/** Somebody one may sign in as. */
export type DevPerson = {
  /** What they are called on the command line: `amina-teacher`. */
  readonly alias: string
  /** Who they are to the hub, together with the issuer. */
  readonly subject: string
  readonly label: string
  /** Their role and agency, for people to read. */
  readonly roleLabel: string
  /** What they may ask a token for; absent: anything. */
  readonly purposes?: readonly string[]
}

export type DevIdentityOptions = {
  readonly people: readonly DevPerson[]
  /** The hub's data folder, `.passerelle`: keys and address are kept there, readable by the owner only. */
  readonly folder: string
  /** On 127.0.0.1; 0 takes a free one. A token belongs to one port, since the issuer names it. */
  readonly port: number
  readonly audience?: string
  readonly tokenSeconds?: number
  /** Browser applications that people sign in to, by code and PKCE. */
  readonly browsers?: readonly { readonly clientId: string; readonly redirectUris: readonly string[] }[]
  /** Systems with a secret of their own. */
  readonly systems?: readonly { readonly clientId: string; readonly clientSecret: string }[]
}

export type DevIdentityProvider = {
  readonly issuer: string
  readonly audience: string
  /** To be shown wherever it is started. */
  readonly banner: string
  close(): Promise<void>
}

/**
 * An OpenID Connect provider for development and tests: invented people, no passwords, on loopback only.
 * @throws Refused `DEV.NOT_IN_PRODUCTION`
 */
export async function startDevIdentityProvider(given: DevIdentityOptions): Promise<DevIdentityProvider> {
  if (process.env['NODE_ENV'] === 'production')
    throw new Refused(
      'DEV.NOT_IN_PRODUCTION',
      'The development sign-in has no passwords.',
      'Name a real OpenID Connect provider as the issuer.',
    )
  const options = { audience: 'urn:passerelle:hub', tokenSeconds: 28_800, ...given }
  const { folder, audience } = options
  const keys = await loadDevKeys(folder)
  const server = createServer()
  await new Promise<void>((resolve, reject) => void server.once('error', reject).listen(options.port, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`

  const { default: OidcProvider, errors } = await import('oidc-provider')
  const provider = new OidcProvider(issuer, configurationOf(options, keys, errors.InvalidTarget as never))
  // Without somebody to hear it, Koa prints what went wrong; the answer says it already.
  ;(provider as EventEmitter).on('error', () => {})

  const address: DevAddress = { issuer, secret: randomBytes(32).toString('base64url') }
  await writeSecret(addressFile(folder), address)
  server.on('request', doors({ ...options, provider, keys, address }))
  return {
    issuer,
    audience,
    banner,
    async close() {
      await rm(addressFile(folder), { force: true })
      await new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

type Open = DevIdentityOptions & {
  audience: string
  tokenSeconds: number
  provider: Provider
  keys: DevKeys
  address: DevAddress
}

function doors(open: Open): (request: IncomingMessage, response: ServerResponse) => void {
  const { host } = new URL(open.address.issuer)
  const toProvider = open.provider.callback()
  return (request, response) => {
    const path = new URL(request.url ?? '/', open.address.issuer).pathname
    // A name that somebody else points at 127.0.0.1 is not ours.
    if (request.headers.host !== host && request.headers.host !== host.replace('127.0.0.1', 'localhost'))
      return sendJson(response, 403, {
        code: 'DEV.WRONG_HOST',
        what: 'This provider answers on loopback only.',
        next: `Ask ${open.address.issuer}.`,
      })
    const answer =
      path === '/dev/token'
        ? giveToken(open, request, response)
        : path.startsWith('/interaction/')
          ? choosePerson(open, path, request, response)
          : toProvider(request, response)
    answer.catch(() => {
      if (!response.headersSent)
        sendPage(
          response,
          400,
          'This did not work',
          '<p>The sign-in has expired or was begun in another browser. Begin it again.</p>',
        )
    })
  }
}

/** The page on which one chooses whom to be, and what happens then. */
async function choosePerson(
  { provider, people }: Open,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Throws where this browser did not begin this sign-in: the cookie that says so is bound to it.
  await provider.interactionDetails(request, response)
  if (request.method === 'GET') return sendPage(response, 200, 'Sign in as', peopleForm(people, path))
  const chosen = new URLSearchParams(request.method === 'POST' ? await bodyOf(request) : '').get('person')
  const person = people.find(({ alias }) => alias === chosen)
  if (!person) return sendPage(response, 400, 'Sign in as', peopleForm(people, path))
  await provider.interactionFinished(request, response, { login: { accountId: person.subject } })
}

/** A token for the command line, for whoever can read the data folder. */
async function giveToken(
  { address, keys, people, audience, tokenSeconds }: Open,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST' || !isSame(request.headers.authorization ?? '', `Bearer ${address.secret}`))
    return sendJson(response, 403, {
      code: 'DEV.FORBIDDEN',
      what: 'This door is for the command line of this machine.',
      next: 'Use npm run token.',
    })
  const { person: wanted, purpose } = JSON.parse(await bodyOf(request)) as { person?: unknown; purpose?: unknown }
  const person = people.find(({ alias }) => alias === wanted)
  if (!person)
    return sendJson(response, 404, {
      code: 'DEV.UNKNOWN_PERSON',
      what: 'There is nobody of this name.',
      which: { people: people.map(({ alias }) => alias) },
      next: 'Choose one of the people named.',
    })
  const { purposes } = person
  if (typeof purpose === 'string' && purposes && !purposes.includes(purpose))
    return sendJson(response, 404, {
      code: 'DEV.UNKNOWN_PURPOSE',
      what: 'This person does not work for this purpose.',
      which: { purposes },
      next: 'Choose one of the purposes named, or leave it out.',
    })
  const chosen = typeof purpose === 'string' ? { purpose } : {}
  const token = await mintToken({
    keys,
    issuer: address.issuer,
    audience,
    subject: person.subject,
    seconds: tokenSeconds,
    ...chosen,
  })
  sendJson(response, 200, { access_token: token, token_type: 'Bearer', expires_in: tokenSeconds })
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) {
    body += chunk
    if (body.length > 4_096) throw new RangeError('The body is too long')
  }
  return body
}

const digest = (text: string) => createHash('sha256').update(text).digest()
const isSame = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other))
