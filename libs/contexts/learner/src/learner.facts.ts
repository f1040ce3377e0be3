/** How the hub makes HMACs of identifiers and accounts; the app gives it. */
export abstract class IdentifierHashes {
  /** Hex HMAC-SHA-256 of an identifier in its system. */
  abstract identifier(system: string, value: string): string
  /** Hex HMAC-SHA-256 of an account: issuer and subject together. */
  abstract account(issuer: string, subject: string): string
}
