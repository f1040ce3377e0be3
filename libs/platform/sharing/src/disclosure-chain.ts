import { hash as digest } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Disclosure } from './disclosure.js'

/** An entry in its place: the n-th of its agency, linked to the one before it. */
export interface ChainedDisclosure {
  readonly agencyId: string
  /** From 1, without gaps. */
  readonly sequence: number
  readonly hash: string
  readonly entry: Disclosure
}
/** The last entry of an agency's chain. Whoever keeps it can tell later that nothing before it was changed or taken away. */
export interface ChainHead {
  readonly agencyId: string
  readonly sequence: number
  readonly hash: string
}
export interface ChainFault {
  readonly agencyId: string
  readonly sequence: number
  readonly why: string
}

const sha256 = (text: string) => digest('sha256', text, 'hex')
export const contentHashOf = (entry: Disclosure): string => sha256(canonicalize(entry)!)
/** hex SHA-256 over the hash before it and the content's: as `audit.record` links them. The first follows on ''. */
export const linkOf = (previous: string, content: string): string => sha256(previous + content)

interface Chain {
  sequence: number
  hash: string
  fault?: ChainFault
}

/** Follows the chains of any number of agencies, entry by entry, from their beginnings: in memory alone, whatever their length. */
export class ChainVerifier {
  private readonly chains = new Map<string, Chain>()
  private readonly expected = new Map<string, ChainHead[]>()

  /** `heads`: what was published earlier; each has to be met on the way. */
  constructor(heads: readonly ChainHead[] = []) {
    for (const head of heads) this.expect(head)
  }

  /** Also a head of which one learns later, such as that at the end of a copy; only the end of a chain can still be compared then. */
  expect(head: ChainHead): void {
    this.expected.set(head.agencyId, [...(this.expected.get(head.agencyId) ?? []), head])
  }

  take({ agencyId, sequence, hash, entry }: ChainedDisclosure): void {
    const chain = this.chainOf(agencyId)
    if (chain.fault) return
    const next = chain.sequence + 1
    const fault = (at: number, why: string) => {
      chain.fault = { agencyId, sequence: at, why }
    }
    if (sequence > next)
      return fault(
        next,
        sequence === next + 1 ? 'the entry is missing' : `entries ${next} to ${sequence - 1} are missing, or stand elsewhere`,
      )
    if (sequence !== next) return fault(sequence, `the entry stands after entry ${chain.sequence}: moved, or there twice`)
    if (entry.agencyId !== agencyId) return fault(sequence, 'the entry is one of another agency')
    if (hash !== linkOf(chain.hash, contentHashOf(entry)))
      return fault(sequence, 'its hash does not follow: it, or its link to the one before it, was altered')
    chain.sequence = sequence
    chain.hash = hash
    for (const head of this.expected.get(agencyId) ?? [])
      if (head.sequence === sequence && head.hash !== hash)
        return fault(sequence, 'it is not the entry whose head was published: the chain was written anew')
  }

  /** At the end: the first fault of each agency that has one, in the order of their ids. */
  faults(): readonly ChainFault[] {
    for (const [agencyId, heads] of this.expected) {
      const chain = this.chainOf(agencyId)
      const last = heads.reduce((a, b) => (a.sequence < b.sequence ? b : a))
      if (!chain.fault && last.sequence > chain.sequence)
        chain.fault = {
          agencyId,
          sequence: chain.sequence + 1,
          why: `the chain ends before it, and its head is entry ${last.sequence}: cut off`,
        }
      if (!chain.fault && heads.some(head => head.sequence === chain.sequence && head.hash !== chain.hash))
        chain.fault = { agencyId, sequence: chain.sequence, why: 'it is not the entry that the head names' }
    }
    return [...this.chains.values()]
      .flatMap(({ fault }) => (fault ? [fault] : []))
      .sort((a, b) => (a.agencyId < b.agencyId ? -1 : 1))
  }

  /** How far each chain was followed. */
  heads(): readonly ChainHead[] {
    return [...this.chains].map(([agencyId, { sequence, hash }]) => ({ agencyId, sequence, hash }))
  }

  private chainOf(agencyId: string): Chain {
    let chain = this.chains.get(agencyId)
    if (!chain) this.chains.set(agencyId, (chain = { sequence: 0, hash: '' }))
    return chain
  }
}
