import { type Grant, type Notation, readings } from './readings.js'
import { categories, type Category, type Role, roles } from './vocabulary.js'

/**
 * Who may see what of which category: the table of the law, in the notation of `readings.ts`, one row for each category, one
 * column for each role in the order of {@link roles}. Change a cell here and `docs/visibility.md`, the database and every
 * answer follow. F full · S functional summary · E existence or status · O what the own agency recorded ·
 * c needs a live consent or another stated basis · – nothing, as if it were not there.
 */
export const matrix = table(`
| learner | guardian | teacher | mentor | educationCoordinator | careerAdviser | schoolLeader | socialWorker | safeguardingLead | healthProfessional | schoolPsychologist | employmentOfficer | placementTutor | regionAdmin | policyAnalyst | dataProtectionOfficer |
C1  | F   | S      | S            | S            | F          | S   | S         | F          | F   | F          | F          | S        | S(name)            | – | –   | E |
C2  | F   | F      | F(own class) | S            | F          | S   | F         | S c        | S   | S c        | S c        | –        | E(own)             | – | agg | E |
C3  | F   | S      | F            | F            | F          | F   | S         | S c        | S   | S c        | S c        | S c      | –                  | – | agg | E |
C4  | F   | S      | F            | S            | F          | F   | S         | –          | –   | –          | F c        | S c      | –                  | – | agg | E |
C5  | F   | F      | S            | S c          | F          | S c | S         | S c        | S   | F          | F          | S c      | S c(instructions)  | – | agg | E |
C6  | F   | c      | –            | –            | –          | –   | –         | –          | c   | F          | c          | –        | –                  | – | –   | E |
C7  | F   | –      | –            | –            | –          | –   | –         | –          | –   | F          | F(own)     | –        | –                  | – | agg | E |
C8  | F   | S c    | S c(actions) | S c          | S c        | –   | –         | S c        | S   | F          | F          | –        | –                  | – | agg | E |
C9  | F   | S²     | –            | –            | S c        | –   | –         | F          | F   | S c        | S c        | S c      | –                  | – | agg | E |
C10 | –³  | –³     | O            | O            | E          | –   | O         | F          | F   | c          | O          | –        | –                  | – | –   | E |
C11 | F   | F      | S(LoI level) | S            | F          | S   | S         | S c        | S   | S c        | S          | S c      | –                  | – | agg | E |
C12 | F   | S c    | –            | E c          | F to education/employment; else E c | O | – | O + c | F | O + c      | O + c      | O        | –                  | – | agg | E |
C13 | F⁴  | –      | O            | O            | O + c      | O   | –         | O          | F c | O          | O          | O        | –                  | – | –   | E |
C14 | F   | F(own acts) | –       | –            | own agency | –   | –         | own agency | own | own agency | own        | own      | –                  | – | agg | F |
C15 | F + shares | S c | S        | S            | F          | F   | S         | –          | –   | –          | –          | c        | c                  | – | agg | E |
C16 | F   | S c    | S            | S            | F          | –   | E(counts) | S c        | S   | –          | S c        | –        | –                  | – | agg | E |
C17 | F   | S c    | S            | S            | F          | F   | S         | S c        | –   | –          | –          | F        | F(own placement)   | – | agg | E |
C18 | F   | c      | –            | –            | S          | –   | –         | F(payer)   | –   | –          | –          | F(payer) | –                  | – | agg | E |
`)

export interface Cell {
  /** As the table says it. */
  readonly notation: Notation
  /** For every row, whoever recorded it. */
  readonly all: Grant | undefined
  /** For rows that count as the own agency's. */
  readonly own: Grant | undefined
}

export const cellOf = (category: Category, role: Role): Cell => matrix[category][role]

function table(text: string): Readonly<Record<Category, Readonly<Record<Role, Cell>>>> {
  const [header, ...lines] = text
    .trim()
    .split('\n')
    .map(line =>
      line
        .split('|')
        .slice(0, -1)
        .map(word => word.trim()),
    )
  if (header!.slice(1).join() !== roles.join()) throw new Error('The matrix names its roles in the order of the vocabulary')
  if (lines.map(([category]) => category).join() !== categories.join())
    throw new Error('The matrix has one row for each category, in order')
  return Object.fromEntries(
    lines.map(([category, ...cells]) => {
      if (cells.length !== roles.length)
        throw new Error(`Row ${category} of the matrix has ${cells.length} cells, not ${roles.length}`)
      return [category, Object.fromEntries(roles.map((role, i) => [role, cell(`${category} ${role}`, cells[i]!)]))]
    }),
  ) as Record<Category, Record<Role, Cell>>
}

function cell(at: string, notation: string): Cell {
  if (!Object.hasOwn(readings, notation)) throw new Error(`${at}: no reading for "${notation}"`)
  const { grants } = readings[notation as Notation] as { grants: readonly Grant[] }
  const [all, own] = (['all', 'own'] as const).map(rows => grants.filter(grant => grant.rows === rows))
  if (all!.length > 1 || own!.length > 1) throw new Error(`${at}: a cell grants at most once for all rows and once for own rows`)
  // Levels are kept per category as two numbers: what a circumstance narrows must be told from what it does not.
  if (own![0]?.when && all![0]?.basis === 'role')
    throw new Error(`${at}: own rows under a circumstance beside all rows without a stated basis`)
  return { notation: notation as Notation, all: all![0], own: own![0] }
}
