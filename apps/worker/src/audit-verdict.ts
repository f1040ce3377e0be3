import type { FollowedChain, VerifiedCopy } from './audit-copy.js'

export interface Verdict {
  /** Nothing was found wrong, and there was something to look at. */
  readonly sound: boolean
  readonly lines: readonly string[]
}

/** What is said of a copy: never more than the heads that were given can vouch for. */
export function verdictOn({ faults, chains }: VerifiedCopy): Verdict {
  const unharmed = chains.filter(({ agencyId }) => !faults.some(fault => fault.agencyId === agencyId))
  const said = [
    ...faults.map(({ agencyId, sequence, why }) => `${agencyId}: entry ${sequence}: ${why}.`),
    ...unharmed.map(wordsOf),
  ]
  if (faults.length > 0) return { sound: false, lines: [...said, `${faults.length} chain(s) are broken.`] }
  if (chains.length === 0) return { sound: false, lines: ['There is no entry in it: nothing was verified.'] }
  return { sound: true, lines: [...said, summaryOf(chains)] }
}

function wordsOf({ agencyId, sequence, hash, vouchedTo }: FollowedChain): string {
  const links = `the links hold up to entry ${sequence}, head ${hash}`
  if (vouchedTo === 0) return `${agencyId}: ${links}`
  if (vouchedTo < sequence) return `${agencyId}: whole up to entry ${vouchedTo}, whose head was published; ${links}`
  return `${agencyId}: whole up to entry ${sequence}, head ${hash}`
}

function summaryOf(chains: readonly FollowedChain[]): string {
  const unvouched = chains.filter(({ vouchedTo }) => vouchedTo === 0).map(({ agencyId }) => agencyId)
  if (unvouched.length > 0)
    return `The links hold. Whether an end was cut off or a chain written anew only the head tells that was published: give --head for ${unvouched.join(', ')}.`
  return chains.every(({ vouchedTo, sequence }) => vouchedTo === sequence)
    ? 'The disclosure log is whole.'
    : 'The disclosure log is whole up to the heads that were given.'
}
