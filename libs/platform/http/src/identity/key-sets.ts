import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose'
import { TooBusy } from '../errors/refusals.js'

/** The signing keys of issuers. */
export type KeySets = {
  /** @throws TooBusy `AUTH.PROVIDER_UNREACHABLE` where the issuer cannot be asked. */
  of(issuer: string): Promise<JWTVerifyGetKey>
}

export type KeySetOptions = {
  /** How long an issuer may take to answer. */
  readonly timeoutMs?: number
  /** How long its discovery document and its keys are used before they are asked for again. */
  readonly maxAgeMs?: number
  /** A token with an unknown key id makes us look again, at most this often. */
  readonly cooldownMs?: number
  /** After an issuer did not answer, the next attempt waits this long. */
  readonly retryAfterMs?: number
}

/**
 * Keys by OpenID Connect discovery. One request at a time per issuer, remembered; a failure is remembered too, for a short while,
 * so that an issuer that is down is not asked once per request.
 */
export function createKeySets({
  timeoutMs = 5_000,
  maxAgeMs = 600_000,
  cooldownMs = 30_000,
  retryAfterMs = 2_000,
}: KeySetOptions = {}): KeySets {
  const known = new Map<string, { until: number; keys: Promise<JWTVerifyGetKey> }>()

  return {
    of(issuer) {
      const remembered = known.get(issuer)
      if (remembered && Date.now() < remembered.until) return remembered.keys
      const entry = { until: Date.now() + maxAgeMs, keys: discover(issuer) }
      entry.keys.catch(() => (entry.until = Date.now() + retryAfterMs))
      known.set(issuer, entry)
      return entry.keys
    },
  }

  async function discover(issuer: string): Promise<JWTVerifyGetKey> {
    assertSafe(issuer)
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const document = await ask(address)
    const { issuer: named, jwks_uri: keysAt } = document as { issuer?: unknown; jwks_uri?: unknown }
    // An answer that names another issuer, or keys elsewhere in the clear, is no answer of this issuer.
    if (named !== issuer || typeof keysAt !== 'string' || !isSafe(keysAt)) throw unreachable()
    const keys = createRemoteJWKSet(new URL(keysAt), {
      timeoutDuration: timeoutMs,
      cooldownDuration: cooldownMs,
      cacheMaxAge: maxAgeMs,
      [customFetch]: (url, options) => fetch(url, { ...options, redirect: 'error' }),
    })
    return async (header, token) => {
      try {
        return await keys(header, token)
      } catch (error) {
        // What jose says of the token is the verifier's business; all else means that no keys could be had.
        if (
          error instanceof errors.JWKSNoMatchingKey ||
          error instanceof errors.JWKSMultipleMatchingKeys ||
          error instanceof errors.JOSENotSupported
        )
          throw error
        throw unreachable()
      }
    }
  }

  async function ask(address: string): Promise<unknown> {
    try {
      const response = await fetch(address, {
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
        headers: { accept: 'application/json' },
      })
      if (!response.ok) throw unreachable()
      return (await response.json()) ?? {}
    } catch {
      throw unreachable()
    }
  }
}

const unreachable = () =>
  new TooBusy('AUTH.PROVIDER_UNREACHABLE', 'The identity provider does not answer, so the token cannot be checked.')

function assertSafe(issuer: string): void {
  if (!isSafe(issuer)) throw new RangeError('An issuer is an https URL, or http on loopback for development.')
}

function isSafe(address: string): boolean {
  const url = URL.parse(address)
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname))
}
