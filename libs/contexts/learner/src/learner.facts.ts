/** How the hub makes HMACs of identifiers and accounts; the app gives it. */
export abstract class IdentifierHashes {
  /** Hex HMAC-SHA-256 of an identifier in its system. */
  abstract identifier(system: string, value: string): string
  /** Hex HMAC-SHA-256 of an account: issuer and subject together. */
  abstract account(issuer: string, subject: string): string
}

/** What stands against forgetting; the app fulfils it. */
export abstract class ForgettingFacts {
  /**
   * Whether somebody is kept safe by what is known of the learner: it waits. Where not, it counts as begun, and no restriction that comes later holds
   * it up.
   */
  abstract isHeldForSafety(learnerId: string): Promise<boolean>
}

/** What other cases say of the same records; the app answers. */
export abstract class LinkFacts {
  /** Whether the record is read under another's id already, by another case than this one. */
  abstract isAbsorbed(learnerId: string, exceptLinkCaseId: string): Promise<boolean>
}
