import { isWhole } from './birth-date.js'
import type { Person } from './person.js'

/** Two of a list of people that are worth comparing, and what they have in common. */
export interface Candidate {
  readonly left: number
  readonly right: number
  /** The kinds of keys that brought them together (`birthDate`, `name+municipality`), never their values. */
  readonly blockingKey: string
}

interface Block {
  readonly kinds: string
  readonly members: readonly number[]
}
/** Neighbours that are compared in a block which nothing splits any further. */
const reach = 4
const mostKeysOfABlock = 3

/**
 * Brings together who has something in common. A key that more than `fullAt` people share does not count alone: they are split by what else they
 * share, up to three keys. In what is still too full, sorted, only neighbours meet. So the candidates of one person stay few however many people there are, and those who are the
 * same in everything always meet, directly or over others who are the same.
 */
export function* candidatesOf(people: readonly Person[], fullAt = 30): Generator<Candidate> {
  const blocks = toBlocks(people, fullAt)
  const blocksOf: number[][] = people.map(() => [])
  blocks.forEach(({ members }, index) => members.forEach(member => blocksOf[member]!.push(index)))
  const metBy = new Int32Array(people.length).fill(-1)
  for (let left = 0; left < people.length; left++)
    for (const index of blocksOf[left]!)
      for (const right of blocks[index]!.members)
        if (right > left && metBy[right] !== left) {
          metBy[right] = left
          yield { left, right, blockingKey: blocks[index]!.kinds }
        }
}

function toBlocks(people: readonly Person[], fullAt: number): Block[] {
  const keys = people.map(keysOf)
  const signatures = keys.map(own => own.join('\n'))
  const blocks: Block[] = []
  const full = new Map<string, readonly number[]>()
  for (const [key, members] of group(people.keys(), member => keys[member]!))
    if (members.length > fullAt) full.set(key, members)
    else blocks.push({ kinds: kindOf(key), members })
  const fullKeys = keys.map(own => own.filter(key => full.has(key)).sort())
  for (const [key, members] of full) split([key], members)
  return blocks

  function split(shared: readonly string[], members: readonly number[]): void {
    const kinds = shared.map(kindOf).join('+')
    if (members.length <= fullAt) return void blocks.push({ kinds, members })
    const last = shared.at(-1)!
    const furtherKeys = (member: number) => (shared.length < mostKeysOfABlock ? fullKeys[member]!.filter(key => key > last) : [])
    const unsplit = members.filter(member => furtherKeys(member).length === 0)
    unsplit.sort((a, b) => (signatures[a]! < signatures[b]! ? -1 : signatures[a] === signatures[b] ? a - b : 1))
    for (let first = 0; first < unsplit.length - 1; first += reach)
      blocks.push({ kinds: `${kinds}+neighbours`, members: unsplit.slice(first, first + 2 * reach) })
    // A key that is not full has brought its people together already.
    for (const [key, inner] of group(members, furtherKeys)) split([...shared, key], inner)
  }
}

function group(members: Iterable<number>, keysOfMember: (member: number) => readonly string[]): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const member of members)
    for (const key of keysOfMember(member)) {
      const known = groups.get(key)
      if (known) known.push(member)
      else groups.set(key, [member])
    }
  for (const [key, known] of groups) if (known.length === 1) groups.delete(key)
  return groups
}
const kindOf = (key: string) => key.slice(0, key.indexOf(':'))

/** Given and family names share a kind of key, so that the exchanged meet too. */
function keysOf({ names, birthDate, texts, identifiers }: Person): readonly string[] {
  const keys: string[] = []
  for (const name of names.flatMap(({ given, family }) => [given, family])) {
    if (!name) continue
    keys.push(`name:${name.sorted}`)
    if (name.sound) keys.push(`sound:${name.sound}`)
    if (name.words.length > 1) keys.push(...name.words.map(word => `name:${word}`))
  }
  if (birthDate) {
    const { year, month, day } = birthDate
    keys.push(`birthYear:${year}`)
    if (isWhole(birthDate)) keys.push(`birthDate:${year}-${month}-${day}`, `birthday:${month}-${day}`)
  }
  for (const field of ['street', 'locality', 'municipality', 'houseNumber', 'postcode', 'email'] as const)
    if (texts[field]) keys.push(`${placeKinds.has(field) ? 'place' : field}:${texts[field]}`)
  for (const [system, value] of Object.entries(identifiers)) keys.push(`identifier:${system}:${value}`)
  return [...new Set(keys)]
}
const placeKinds = new Set(['street', 'locality'])
