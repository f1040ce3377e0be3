import type { IdentifierHasher } from '@passerelle/keyring'

/**
 * Names that stay the same from feed to feed and tell nothing: an HMAC of what the partner calls a thing, and a UUID made of it
 * (RFC 9562, version 8). The partner's own ids never leave the connector.
 */
export class FeedIds {
  constructor(
    private readonly hasher: IdentifierHasher,
    private readonly agencyId: string,
    private readonly system: string,
  ) {}

  /** 64 hex characters. `kind` keeps apart what bears the same id in different files. */
  hash(kind: string, externalId: string): string {
    return this.hasher.hashIdentifier(`feed/${this.agencyId}/${this.system}/${kind}`, externalId)
  }
  of(kind: string, externalId: string): string {
    return uuidOf(this.hash(kind, externalId))
  }
  ofHash(idHash: string): string {
    return uuidOf(idHash)
  }
  /** Keyed digest of a record's content. */
  readonly digest = (content: string): string => this.hasher.hashIdentifier('feed/content', content)
}

export function uuidOf(hash: string): string {
  const variant = ((parseInt(hash[16]!, 16) & 3) | 8).toString(16)
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}
