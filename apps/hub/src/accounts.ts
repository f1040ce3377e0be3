import type { IdentifierHasher } from '@passerelle/keyring'

/** The HMAC of an account: issuer and subject together are the person, and neither stands in the hub. */
export const accountHash = (
  identifiers: IdentifierHasher,
  { issuer, subject }: { readonly issuer: string; readonly subject: string },
): string => identifiers.hashIdentifier('account', JSON.stringify([issuer, subject]))
