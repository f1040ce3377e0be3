import type { Identity } from './token-verifier.js'

/** Most tokens remembered at once; the oldest goes first. */
const mostTokens = 5_000

/**
 * Tokens that were verified a moment ago: a signature costs a quarter of a millisecond, and a page makes several requests. Keyed by
 * the whole token, so that one changed letter is another token; never longer than the token is valid. Who the person is now is
 * asked every time all the same.
 */
export function createVerifiedTokens(rememberMs: number): {
  find(token: string, now: Date): Identity | undefined
  keep(token: string, identity: Identity, now: Date, validUntilMs: number): void
} {
  const known = new Map<string, { identity: Identity; until: number }>()
  return {
    find(token, now) {
      const entry = known.get(token)
      if (entry && now.getTime() < entry.until) return entry.identity
      known.delete(token)
      return undefined
    },
    keep(token, identity, now, validUntilMs) {
      if (rememberMs === 0) return
      if (known.size >= mostTokens) known.delete(known.keys().next().value!)
      known.set(token, { identity, until: Math.min(now.getTime() + rememberMs, validUntilMs) })
    },
  }
}
