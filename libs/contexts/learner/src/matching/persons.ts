import type { Link } from './links.js'

/**
 * Who is who, from links that are likely: each list holds the records of one person. The strongest links come first; two groups become one only
 * when, on the whole, their members are likelier one person than two, so that one wrong link does not pull two families together.
 */
export function toPersons(size: number, links: readonly Pick<Link, 'left' | 'right' | 'score'>[]): number[][] {
  const scores = new Map(links.map(({ left, right, score }) => [key(left, right), score]))
  const groups = Array.from({ length: size }, (_, record) => [record])
  for (const { left, right } of [...links].sort((a, b) => b.score - a.score)) {
    const [one, other] = [groups[left]!, groups[right]!]
    if (one === other || meanScore(one, other) <= 0) continue
    one.push(...other)
    for (const record of other) groups[record] = one
  }
  return [...new Set(groups)]

  function key(a: number, b: number): number {
    return Math.min(a, b) * size + Math.max(a, b)
  }
  function meanScore(one: readonly number[], other: readonly number[]): number {
    let sum = 0
    for (const a of one) for (const b of other) sum += scores.get(key(a, b)) ?? unlinked
    return sum / (one.length * other.length)
  }
}
/** What a pair without a link says against its groups. */
const unlinked = -5
