import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Refused } from '@passerelle/event-log'
import { importJWK, SignJWT } from 'jose'
import { hubScope } from './configuration.js'
import type { DevKeys } from './keys.js'

/** Where a running provider says how to reach it, to those who may read the data folder. */
export const addressFile = (folder: string): string => join(folder, 'dev-identity.json')
export type DevAddress = { readonly issuer: string; readonly secret: string }

/** The client that tokens from the command line are made for. */
const client = 'passerelle-command-line'

export type Minted = {
  readonly keys: DevKeys
  readonly issuer: string
  readonly audience: string
  readonly subject: string
  readonly purpose?: string
  readonly seconds: number
}

/** An access token as the provider itself makes them, without a browser in between. */
export async function mintToken({ keys, issuer, audience, subject, purpose, seconds }: Minted): Promise<string> {
  const { kid } = keys.signing
  return new SignJWT({ scope: `openid ${hubScope}`, client_id: client, jti: randomUUID(), ...(purpose ? { purpose } : {}) })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid })
    .setIssuer(issuer)
    .setSubject(subject)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(`${seconds} s`)
    .sign(await importJWK(keys.signing, 'RS256'))
}

/**
 * Fetches an access token of a demo person from the hub that runs on this machine.
 * @param folder the hub's data folder, `.passerelle`.
 * @param person their alias.
 * @throws Refused `DEV.NO_HUB` where none runs, `DEV.UNKNOWN_PERSON` with the aliases there are, `DEV.UNKNOWN_PURPOSE` with the purposes.
 */
export async function fetchDevToken({
  folder,
  person,
  purpose,
}: {
  readonly folder: string
  readonly person: string
  readonly purpose?: string
}): Promise<string> {
  const { issuer, secret } = await addressOf(folder)
  const answer = await fetch(`${issuer}/dev/token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ person, ...(purpose ? { purpose } : {}) }),
    signal: AbortSignal.timeout(5_000),
  }).catch(() => {
    throw noHub()
  })
  const body = (await answer.json().catch(() => ({}))) as {
    access_token?: string
    code?: string
    what?: string
    next?: string
    which?: Record<string, unknown>
  }
  if (body.access_token) return body.access_token
  throw body.code ? new Refused(body.code, body.what ?? '', body.next ?? '', body.which) : noHub()
}

async function addressOf(folder: string): Promise<DevAddress> {
  try {
    return JSON.parse(await readFile(addressFile(folder), 'utf8')) as DevAddress
  } catch {
    throw noHub()
  }
}

const noHub = () =>
  new Refused(
    'DEV.NO_HUB',
    'No hub with a development sign-in is running on this folder.',
    'Start one with npm start, and ask again from the same folder.',
  )
