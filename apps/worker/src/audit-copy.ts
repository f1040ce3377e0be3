import { type ChainedDisclosure, type ChainFault, type ChainHead, ChainVerifier, type DisclosureLog } from '@passerelle/sharing'

/** A copy of the disclosure log, line by line: first where each chain ends, so that a copy that breaks off says so; then each entry in its place. */
export async function* exportLines(log: DisclosureLog, heads: readonly ChainHead[]): AsyncGenerator<string> {
  yield `${JSON.stringify({ heads })}\n`
  for (const head of heads)
    for await (const { agencyId, sequence, hash, entry } of log.chain(head))
      yield `${JSON.stringify({ agencyId, sequence, hash, entry })}\n`
}

export class DamagedCopy extends Error {}

/** How far an agency's chain was followed, and up to which entry a published head vouches for it: 0 where none was given. */
export interface FollowedChain extends ChainHead {
  readonly vouchedTo: number
}
export interface VerifiedCopy {
  readonly faults: readonly ChainFault[]
  readonly chains: readonly FollowedChain[]
}

/**
 * Follows a copy through to its end. A chain of which neither the copy nor a published head says that it ends there is at fault: so it looks
 * where a copy broke off.
 * @throws DamagedCopy naming the line that is no entry and no head
 */
export async function verifyCopy(lines: AsyncIterable<string>, published: readonly ChainHead[]): Promise<VerifiedCopy> {
  const verifier = new ChainVerifier(published)
  const known = [...published]
  let number = 0
  for await (const line of lines) {
    number++
    if (line.trim() === '') continue
    const read = parse(line, number)
    if (!('stated' in read)) verifier.take(read)
    else
      for (const head of read.stated) {
        verifier.expect(head)
        known.push(head)
      }
  }
  const broken = verifier.faults()
  const followed = verifier.heads().filter(({ agencyId }) => !broken.some(fault => fault.agencyId === agencyId))
  const furthest = (of: readonly ChainHead[], agencyId: string) =>
    Math.max(0, ...of.filter(head => head.agencyId === agencyId).map(({ sequence }) => sequence))
  const endless = followed.filter(({ agencyId, sequence }) => furthest(known, agencyId) < sequence)
  const unstated = endless.map(({ agencyId, sequence }) => ({
    agencyId,
    sequence: sequence + 1,
    why: 'nothing says that the chain ends before it: its head is not stated, cut off?',
  }))
  return {
    faults: [...broken, ...unstated],
    chains: followed
      .filter(chain => !endless.includes(chain))
      .map(chain => ({ ...chain, vouchedTo: furthest(published, chain.agencyId) })),
  }
}

/** A line that states where chains end, or an entry. Copies of before stated each head by itself, after the entries. */
function parse(line: string, number: number): ChainedDisclosure | { readonly stated: readonly ChainHead[] } {
  let value: any
  try {
    value = JSON.parse(line)
  } catch {
    throw new DamagedCopy(`Line ${number} is not JSON. The copy is damaged from there on: export it again.`)
  }
  const isPlace = (at: any) =>
    typeof at?.agencyId === 'string' && Number.isSafeInteger(at.sequence) && at.sequence > 0 && typeof at.hash === 'string'
  const stated = value?.head ? [value.head] : value?.heads
  if (Array.isArray(stated) && stated.every(isPlace)) return { stated }
  if (!stated && isPlace(value) && typeof value.entry === 'object' && value.entry !== null) return value
  throw new DamagedCopy(`Line ${number} is no entry of a disclosure log and no head of one. Give a file that audit:export wrote.`)
}

/** `school:1204:9f86d0…` → a head. @throws Error */
export function parseHead(text: string): ChainHead {
  const [, agencyId, sequence, hash] = /^(.+):(\d+):([0-9a-f]{64})$/.exec(text) ?? []
  if (!agencyId || !sequence || !hash)
    throw new Error('A head is <agency>:<sequence>:<64 hexadecimal digits>, as it was published.')
  return { agencyId, sequence: Number(sequence), hash }
}
