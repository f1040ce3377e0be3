import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'

/**
 * Makes identifiers comparable without keeping them: an HMAC with the hub's secret, not a hash, because whoever knows how national
 * numbers or e-mail addresses are built can try them all against a hash.
 */
export interface IdentifierHasher {
  /**
   * 64 hex characters of HMAC-SHA-256 over system and value. The value is brought to NFKC, trimmed, and put in lower case where the
   * system takes `a` and `A` for the same. The same value of another system gives another hash.
   */
  hashIdentifier(system: string, value: string): string
}

/** Nothing to hash, or no system to tell what it is. The message never repeats the value. */
export class InvalidIdentifier extends Error {
  readonly code = 'KEYRING.INVALID_IDENTIFIER'
}

export interface IdentifierOptions {
  /**
   * Whether a system takes `a` and `A` for the same. Unless said, it does not: a match that was missed is found by people later, two
   * persons taken for one is a breach.
   */
  readonly ignoresCase?: (system: string) => boolean
}

export class HmacIdentifierHasher implements IdentifierHasher {
  private readonly secret: KeyObject

  /** @param secret at least 32 bytes; changing it loses every match with what was recorded before */
  constructor(
    secret: Buffer,
    private readonly options: IdentifierOptions = {},
  ) {
    if (secret.length < 32) throw new InvalidIdentifier('The secret for identifiers needs at least 32 bytes.')
    this.secret = createSecretKey(secret)
  }

  hashIdentifier(system: string, value: string): string {
    if (system === '' || system.includes('\n')) throw new InvalidIdentifier('The system of an identifier is a name on one line.')
    const trimmed = value.normalize('NFKC').trim()
    if (trimmed === '') throw new InvalidIdentifier(`The identifier of system ${system} is empty.`)
    const normal = this.options.ignoresCase?.(system) ? trimmed.toLowerCase().normalize('NFKC') : trimmed
    return createHmac('sha256', this.secret).update(`identifier\n${system}\n${normal}`, 'utf8').digest('hex')
  }
}
