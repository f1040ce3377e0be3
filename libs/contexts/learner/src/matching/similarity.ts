/**
 * Jaro–Winkler similarity of two texts: 0 nothing in common, 1 the same; symmetric. Two that cannot reach `least` are told so (0) without
 * being compared, for most pairs are of strangers.
 */
export function similarity(a: string, b: string, least = 0): number {
  if (a === b) return 1
  const [short, long] = a.length < b.length || (a.length === b.length && a < b) ? [a, b] : [b, a]
  if (short.length === 0) return 0
  let prefix = 0
  while (prefix < 4 && prefix < short.length && short.charCodeAt(prefix) === long.charCodeAt(prefix)) prefix++
  const winkler = (jaro: number) => jaro + prefix * 0.1 * (1 - jaro)
  const jaroOf = (common: number, inOrder: number) =>
    common === 0 ? 0 : (common / short.length + common / long.length + inOrder / common) / 3
  const atMost = mostCommon(short, long)
  if (winkler(jaroOf(atMost, atMost)) < least) return 0

  const reach = Math.max(0, (long.length >> 1) - 1)
  const taken = new Uint8Array(long.length)
  const found: number[] = []
  for (let i = 0; i < short.length; i++) {
    const letter = short.charCodeAt(i)
    const end = Math.min(long.length - 1, i + reach)
    for (let j = Math.max(0, i - reach); j <= end; j++)
      if (taken[j] === 0 && letter === long.charCodeAt(j)) {
        taken[j] = 1
        found.push(letter)
        break
      }
  }
  let outOfOrder = 0
  for (let j = 0, next = 0; j < long.length; j++) if (taken[j] === 1 && found[next++] !== long.charCodeAt(j)) outOfOrder++
  return winkler(jaroOf(found.length, found.length - outOfOrder / 2))
}

/** No more letters than these can be common to both; letters are told apart by five bits. */
function mostCommon(short: string, long: string): number {
  let letters = 0
  for (let i = 0; i < long.length; i++) letters |= 1 << (long.charCodeAt(i) & 31)
  let common = 0
  for (let i = 0; i < short.length; i++) common += (letters >>> (short.charCodeAt(i) & 31)) & 1
  return common
}

/** True when one insertion, deletion, replacement or exchange of neighbours makes one text of the other. */
export function isOneSlip(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  if (long.length - short.length > 1) return false
  let start = 0
  while (start < short.length && short.charCodeAt(start) === long.charCodeAt(start)) start++
  let end = 0
  const last = (text: string) => text.charCodeAt(text.length - 1 - end)
  while (end < short.length - start && last(short) === last(long)) end++
  const left = long.length - start - end
  if (left <= 1) return true
  return left === 2 && short.length === long.length && short[start] === long[start + 1] && short[start + 1] === long[start]
}
