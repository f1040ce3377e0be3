import { type ChainedDisclosure, type ChainHead, ChainVerifier, type DisclosureLog } from '@passerelle/sharing'

/** A copy of the disclosure log, line by line: each entry in its place, then the head of each chain. */
export async function* exportLines(log: DisclosureLog, heads: readonly ChainHead[]): AsyncGenerator<string> {
  for (const head of heads)
    for await (const { agencyId, sequence, hash, entry } of log.chain(head))
      yield `${JSON.stringify({ agencyId, sequence, hash, entry })}\n`
  for (const head of heads) yield `${JSON.stringify({ head })}\n`
}

export class DamagedCopy extends Error {}

/** Follows a copy through to its end. @throws DamagedCopy naming the line that is no entry and no head */
export async function verifyCopy(lines: AsyncIterable<string>, published: readonly ChainHead[]): Promise<ChainVerifier> {
  const verifier = new ChainVerifier(published)
  let number = 0
  for await (const line of lines) {
    number++
    if (line.trim() === '') continue
    const { head, ...chained } = parse(line, number)
    if (head) verifier.expect(head)
    else verifier.take(chained as ChainedDisclosure)
  }
  return verifier
}

function parse(line: string, number: number): Partial<ChainedDisclosure> & { head?: ChainHead } {
  let value: any
  try {
    value = JSON.parse(line)
  } catch {
    throw new DamagedCopy(`Line ${number} is not JSON. The copy is damaged from there on: export it again.`)
  }
  const isPlace = (at: any) =>
    typeof at?.agencyId === 'string' && Number.isSafeInteger(at.sequence) && at.sequence > 0 && typeof at.hash === 'string'
  if (!(value?.head ? isPlace(value.head) : isPlace(value) && typeof value.entry === 'object' && value.entry !== null))
    throw new DamagedCopy(
      `Line ${number} is no entry of a disclosure log and no head of one. Give a file that audit:export wrote.`,
    )
  return value
}

/** `school:1204:9f86d0…` → a head. @throws Error */
export function parseHead(text: string): ChainHead {
  const [, agencyId, sequence, hash] = /^(.+):(\d+):([0-9a-f]{64})$/.exec(text) ?? []
  if (!agencyId || !sequence || !hash)
    throw new Error('A head is <agency>:<sequence>:<64 hexadecimal digits>, as it was published.')
  return { agencyId, sequence: Number(sequence), hash }
}
