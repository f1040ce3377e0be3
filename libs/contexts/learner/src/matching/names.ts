import { scriptOf, soundOf, toLatin } from './latin.js'
import { isOneSlip, similarity } from './similarity.js'

/** A given name or a family name, prepared for comparing. */
export interface Name {
  /** As it was written, but for capitals and what stands between words. */
  readonly written: string
  readonly words: readonly string[]
  readonly joined: string
  /** The words in one order: two surnames and a patronymic are entered in any. */
  readonly sorted: string
  readonly sound: string
  readonly script: ReturnType<typeof scriptOf>
}

export function readName(text: string | undefined): Name | undefined {
  const words = toLatin(text ?? '')
    .split(' ')
    .filter(Boolean)
  if (words.length === 0) return undefined
  const joined = words.join('')
  const written = text!
    .normalize('NFKC')
    .toLowerCase()
    .split(/[\s-]+/)
    .filter(Boolean)
    .join(' ')
  return { written, words, joined, sorted: [...words].sort().join(' '), sound: soundOf(joined), script: scriptOf(text!) }
}

export const nameLevels = ['same', 'exchanged', 'alike', 'part', 'somewhat', 'differs'] as const
export type NameLevel = (typeof nameLevels)[number]

/** How two names stand to each other; undefined where their scripts cannot be compared, which is no evidence (R-I.3). */
export function compareNames(a: Name, b: Name): NameLevel | undefined {
  if (a.joined === b.joined || a.sorted === b.sorted) return a.script === b.script || isSpelledOut(a, b) ? 'same' : 'alike'
  if (a.script !== b.script && !isSpelledOut(a, b))
    return a.script === 'han' || b.script === 'han' ? undefined : compareSounds(a, b)
  if (isOneSlip(a.joined, b.joined) || (a.sound.length > 1 && a.sound === b.sound)) return 'alike'
  const likeness = similarity(a.joined, b.joined, 0.8)
  if (likeness >= 0.92 && !(a.words.length > 1 && b.words.length > 1)) return 'alike'
  if (isPart(a, b) || isPart(b, a)) return 'part'
  return likeness >= 0.8 ? 'somewhat' : 'differs'
}

/** Both scripts write every sound, so that their romanizations are to be compared letter by letter. */
const isSpelledOut = (...names: readonly Name[]) => names.every(({ script }) => script === 'latin' || script === 'voweled')

function compareSounds(a: Name, b: Name): NameLevel {
  if (a.sound !== '' && a.sound === b.sound) return 'alike'
  return isOneSlip(a.sound, b.sound) ? 'somewhat' : 'differs'
}

/** One of two surnames, a given name without the patronymic, or an initial. */
const isPart = (part: Name, whole: Name) =>
  part.words.every(word => whole.words.some(other => word === other || (word.length === 1 && other.startsWith(word))))
