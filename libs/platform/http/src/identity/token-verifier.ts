import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose'
import { RefusedAtTheDoor } from '../errors/refusals.js'
import { type KeySets, createKeySets } from './key-sets.js'
import { createVerifiedTokens } from './verified-tokens.js'

/** All that is believed of a token. Membership, role and relationship come from the hub's own events, never from a claim. */
export type Identity = {
  readonly issuer: string
  readonly subject: string
  /** The client that asks on the person's behalf, or the system itself where it equals the subject. */
  readonly clientId: string | undefined
  readonly scopes: readonly string[]
  /** The purpose that was chosen when the token was made; checked against the role like any other. */
  readonly purpose: string | undefined
}

export type TokenVerifierOptions = {
  /** Issuers that are trusted, by URL: https, or http on loopback. */
  readonly issuers: readonly string[]
  /** What the token must be meant for, e.g. `urn:passerelle:hub`. */
  readonly audience: string
  /** How far the issuer's clock may be from ours: 0–60 s. */
  readonly clockSkewSeconds?: number
  readonly keySets?: KeySets
  /** How long a verified token is believed without looking at its signature again; far below the age of the keys. */
  readonly rememberMs?: number
  readonly now?: () => Date
}

/** Asymmetric only: with these nobody who can verify a token can also make one. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
/** RFC 9068 access tokens, and what providers that predate it send. An ID token fails on its audience. */
const types = new Set(['at+jwt', 'application/at+jwt', 'jwt'])
const maxTokenLength = 8_192

export type VerifyToken = (authorization: string | undefined) => Promise<Identity>

/**
 * Verifies the `authorization` header of a request.
 * @throws RefusedAtTheDoor 401 with one of the AUTH codes, 503 `AUTH.PROVIDER_UNREACHABLE` where no keys can be had.
 */
export function createTokenVerifier(options: TokenVerifierOptions): VerifyToken {
  const {
    issuers,
    audience,
    clockSkewSeconds = 30,
    keySets = createKeySets(),
    rememberMs = 30_000,
    now = () => new Date(),
  } = options
  const verified = createVerifiedTokens(rememberMs)
  if (clockSkewSeconds < 0 || clockSkewSeconds > 60)
    throw new RangeError(`clockSkewSeconds is ${clockSkewSeconds}; choose 0 to 60.`)
  if (!audience || issuers.length === 0)
    throw new RangeError('Name at least one issuer and the audience that tokens are meant for.')

  return async authorization => {
    const token = bearerOf(authorization)
    const at = now()
    const known = verified.find(token, at)
    if (known) return known
    const claimedIssuer = inspect(token)
    // Keys are fetched from issuers we trust only: a token never tells us where to look.
    const issuer = issuers.find(trusted => trusted === claimedIssuer)
    if (!issuer)
      throw unauthorised(
        'WRONG_ISSUER',
        'The token comes from an issuer that is not trusted here.',
        'Sign in with a trusted provider.',
        { trusted: issuers },
      )
    const keys = await keySets.of(issuer)
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms,
        clockTolerance: clockSkewSeconds,
        currentDate: at,
        requiredClaims: ['exp', 'sub', 'aud', 'iss'],
      })
      const identity = toIdentity(issuer, payload)
      verified.keep(token, identity, at, (payload.exp! + clockSkewSeconds) * 1_000)
      return identity
    } catch (error) {
      throw refusalOf(error, audience)
    }
  }
}

function bearerOf(authorization: string | undefined): string {
  if (!authorization) throw unauthorised('MISSING', 'Nobody is signed in.', 'Send authorization: Bearer <access token>.')
  const token = /^Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)$/i.exec(authorization)?.[1]
  if (!token || token.length > maxTokenLength) throw malformed()
  return token
}

/** Refuses by algorithm and form before any key is looked for; gives the issuer the token claims. */
function inspect(token: string): string | undefined {
  let header: { alg?: unknown; typ?: unknown }
  let claims: JWTPayload
  try {
    header = decodeProtectedHeader(token)
    claims = decodeJwt(token)
  } catch {
    throw malformed()
  }
  if (typeof header.alg !== 'string' || !algorithms.includes(header.alg)) throw wrongAlgorithm()
  if (header.typ !== undefined && !types.has(String(header.typ).toLowerCase())) throw malformed()
  return claims.iss
}

function toIdentity(issuer: string, claims: JWTPayload): Identity {
  const { sub, scope, client_id, azp, purpose } = claims
  if (typeof sub !== 'string' || sub === '' || sub.length > 255) throw malformed()
  const clientId = typeof client_id === 'string' ? client_id : typeof azp === 'string' ? azp : undefined
  return {
    issuer,
    subject: sub,
    clientId,
    scopes: typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [],
    purpose: typeof purpose === 'string' ? purpose : undefined,
  }
}

function refusalOf(error: unknown, audience: string): unknown {
  if (error instanceof errors.JWTExpired) return unauthorised('EXPIRED', 'The token has expired.', 'Sign in again.')
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud')
      return unauthorised(
        'WRONG_AUDIENCE',
        'The token is not meant for this hub.',
        'Ask your provider for a token for this audience.',
        { audience },
      )
    if (error.claim === 'nbf')
      return unauthorised('NOT_YET_VALID', 'The token is not valid yet.', 'Wait, or correct the clock of the provider.')
    if (error.claim === 'iss')
      return unauthorised(
        'WRONG_ISSUER',
        'The token comes from an issuer that is not trusted here.',
        'Sign in with a trusted provider.',
      )
    return malformed()
  }
  if (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  )
    return unauthorised('BAD_SIGNATURE', 'The token was not signed with a key of its issuer.', 'Sign in again.')
  if (error instanceof errors.JOSEAlgNotAllowed) return wrongAlgorithm()
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid || error instanceof errors.JOSENotSupported)
    return malformed()
  return error
}

const unauthorised = (reason: string, what: string, next: string, which: Record<string, unknown> = {}) =>
  new RefusedAtTheDoor(401, `AUTH.${reason}`, what, next, which)
const malformed = () =>
  unauthorised('MALFORMED', 'This is not an access token.', 'Send authorization: Bearer <access token>, as the provider gave it.')
const wrongAlgorithm = () =>
  unauthorised(
    'WRONG_ALGORITHM',
    'The token is signed with an algorithm that is not accepted.',
    'Have it signed with RS256, PS256, ES256 or EdDSA.',
  )
