import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { categories, type Category, type Level, type Role, roles } from '@passerelle/sharing'
import { root } from '../schemas/contexts.js'

/** One row, as somebody comes to it. */
export interface Circumstances {
  /** Recorded by their agency, or naming it. */
  readonly own: boolean
  /** The learner said yes to this agency, for this purpose, about every category. */
  readonly consent: boolean
  readonly row: Readonly<Record<string, unknown>>
}
/** The guardian who asks. */
export const guardianId = 'guardian-1'

const always = (level: Level) => () => level
const onConsent =
  (level: Level) =>
  ({ consent }: Circumstances): Level =>
    consent ? level : 'none'
const ofOwn =
  (level: Level) =>
  ({ own }: Circumstances): Level =>
    own ? level : 'none'

/** What each notation gives, written here by hand: whoever changes how the code reads a cell has to change it in two places. */
const says: Readonly<Record<string, (of: Circumstances) => Level>> = {
  F: always('full'),
  S: always('summary'),
  E: always('existence'),
  '–': always('none'),
  'F c': onConsent('full'),
  'S c': onConsent('summary'),
  'E c': onConsent('existence'),
  c: onConsent('summary'),
  O: ofOwn('full'),
  own: ofOwn('full'),
  'own agency': ofOwn('full'),
  'F(own)': ofOwn('full'),
  'F(payer)': ofOwn('full'),
  'F(own placement)': ofOwn('full'),
  'E(own)': ofOwn('existence'),
  'O + c': of => (of.own ? 'full' : onConsent('summary')(of)),
  // Here every teacher teaches the learner's class.
  'F(own class)': always('full'),
  'F(own acts)': ({ row }) => (row['guardianId'] === guardianId ? 'full' : 'none'),
  'F to education/employment; else E c': of =>
    of.own && ['education', 'employment'].includes(of.row['targetSector'] as string) ? 'full' : onConsent('existence')(of),
  'F + shares': always('full'),
  'F⁴': always('full'),
  'S(name)': always('summary'),
  'S(LoI level)': always('summary'),
  'S c(actions)': onConsent('summary'),
  'S c(instructions)': onConsent('summary'),
  'S²': always('none'),
  // Nothing is released here.
  '–³': always('none'),
  'E(counts)': always('none'),
  agg: always('none'),
}

/** The table of docs/visibility.md, as people read it: the notation of each of its cells. */
export const cells: Readonly<Record<Category, Readonly<Record<Role, string>>>> = table()

export function levelIn(notation: string, of: Circumstances): Level {
  const reading = says[notation]
  if (!reading) throw new Error(`docs/visibility.md has a cell "${notation}" of which nobody wrote down here what it says`)
  return reading(of)
}

function table() {
  const lines = readFileSync(join(root, 'docs/visibility.md'), 'utf8').split('\n')
  const rows = categories.map(category => {
    const line = lines.find(each => each.startsWith(`| **${category}** `))
    const notations = line
      ?.split('|')
      .slice(2, -1)
      .map(cell => cell.trim())
    if (notations?.length !== roles.length)
      throw new Error(`docs/visibility.md has no row of ${roles.length} cells for ${category}`)
    return [category, Object.fromEntries(roles.map((role, i) => [role, notations[i]!]))]
  })
  return Object.fromEntries(rows) as Record<Category, Record<Role, string>>
}
