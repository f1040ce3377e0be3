import type { IdentifierHasher } from '@passerelle/keyring'

/** How an account stands in the log: as at sign-in, where the token's issuer and subject are hashed in the same way. */
export const accountHash = (hasher: IdentifierHasher, { issuer, subject }: { issuer: string; subject: string }): string =>
  hasher.hashIdentifier('account', JSON.stringify([issuer, subject]))
