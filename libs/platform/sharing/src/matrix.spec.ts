import { given, known, look, seatOf } from './decide.fixture.js'
import { matrix } from './matrix.js'
import { roleTerms } from './roles.js'
import { rankOf } from './sight.js'
import { categories, roles } from './vocabulary.js'

/**
 * What each cell must give, by hand: four digits, 0 nothing, 1 existence, 2 summary, 3 full. The first two on the role's own task alone, of all rows
 * and of own rows; the other two with a consent of the learner to everything.
 */
const cells = `
  C1  | 33 33 | 22 22 | 22 22 | 22 22 | 33 33 | 22 22 | 22 22 | 33 33 | 33 33 | 33 33 | 33 33 | 22 22 | 22 22 | 00 00 | 00 00 | 11 11
  C2  | 33 33 | 33 33 | 33 33 | 22 22 | 33 33 | 22 22 | 33 33 | 00 22 | 22 22 | 00 22 | 00 22 | 00 00 | 01 01 | 00 00 | 00 00 | 11 11
  C3  | 33 33 | 22 22 | 33 33 | 33 33 | 33 33 | 33 33 | 22 22 | 00 22 | 22 22 | 00 22 | 00 22 | 00 22 | 00 00 | 00 00 | 00 00 | 11 11
  C4  | 33 33 | 22 22 | 33 33 | 22 22 | 33 33 | 33 33 | 22 22 | 00 00 | 00 00 | 00 00 | 00 33 | 00 22 | 00 00 | 00 00 | 00 00 | 11 11
  C5  | 33 33 | 33 33 | 22 22 | 00 22 | 33 33 | 00 22 | 22 22 | 00 22 | 22 22 | 33 33 | 33 33 | 00 22 | 00 22 | 00 00 | 00 00 | 11 11
  C6  | 33 33 | 00 22 | 00 00 | 00 00 | 00 00 | 00 00 | 00 00 | 00 00 | 00 22 | 33 33 | 00 22 | 00 00 | 00 00 | 00 00 | 00 00 | 11 11
  C7  | 33 33 | 00 00 | 00 00 | 00 00 | 00 00 | 00 00 | 00 00 | 00 00 | 00 00 | 33 33 | 03 03 | 00 00 | 00 00 | 00 00 | 00 00 | 11 11
  C8  | 33 33 | 00 22 | 00 22 | 00 22 | 00 22 | 00 00 | 00 00 | 00 22 | 22 22 | 33 33 | 33 33 | 00 00 | 00 00 | 00 00 | 00 00 | 11 11
  C9  | 33 33 | 00 00 | 00 00 | 00 00 | 00 22 | 00 00 | 00 00 | 33 33 | 33 33 | 00 22 | 00 22 | 00 22 | 00 00 | 00 00 | 00 00 | 11 11
  C10 | 00 00 | 00 00 | 03 03 | 03 03 | 11 11 | 00 00 | 03 03 | 33 33 | 33 33 | 00 22 | 03 03 | 00 00 | 00 00 | 00 00 | 00 00 | 11 11
  C11 | 33 33 | 33 33 | 22 22 | 22 22 | 33 33 | 22 22 | 22 22 | 00 22 | 22 22 | 00 22 | 22 22 | 00 22 | 00 00 | 00 00 | 00 00 | 11 11
  C12 | 33 33 | 00 22 | 00 00 | 00 11 | 03 13 | 03 03 | 00 00 | 03 23 | 33 33 | 03 23 | 03 23 | 03 03 | 00 00 | 00 00 | 00 00 | 11 11
  C13 | 33 33 | 00 00 | 03 03 | 03 03 | 03 23 | 03 03 | 00 00 | 03 03 | 00 33 | 03 03 | 03 03 | 03 03 | 00 00 | 00 00 | 00 00 | 11 11
  C14 | 33 33 | 33 33 | 00 00 | 00 00 | 03 03 | 00 00 | 00 00 | 03 03 | 03 03 | 03 03 | 03 03 | 03 03 | 00 00 | 00 00 | 00 00 | 33 33
  C15 | 33 33 | 00 22 | 22 22 | 22 22 | 33 33 | 33 33 | 22 22 | 00 00 | 00 00 | 00 00 | 00 00 | 00 22 | 00 22 | 00 00 | 00 00 | 11 11
  C16 | 33 33 | 00 22 | 22 22 | 22 22 | 33 33 | 00 00 | 00 00 | 00 22 | 22 22 | 00 00 | 00 22 | 00 00 | 00 00 | 00 00 | 00 00 | 11 11
  C17 | 33 33 | 00 22 | 22 22 | 22 22 | 33 33 | 33 33 | 22 22 | 00 22 | 00 00 | 00 00 | 00 00 | 33 33 | 03 03 | 00 00 | 00 00 | 11 11
  C18 | 33 33 | 00 22 | 00 00 | 00 00 | 22 22 | 00 00 | 00 00 | 03 03 | 00 00 | 00 00 | 00 00 | 03 03 | 00 00 | 00 00 | 00 00 | 11 11`
  .trim()
  .split('\n')
  .map(line => line.split('|').map(word => word.trim()))

test('R-V.1 the matrix has 18 rows and 16 columns', () => {
  expect(cells.map(([category]) => category)).toEqual(categories)
  for (const [, ...row] of cells) expect(row).toHaveLength(roles.length)
})

describe.each(cells.map(([category, ...row]) => ({ category: category as (typeof categories)[number], row })))(
  'R-V.1 $category',
  ({ category, row }) => {
    test.each(roles.map((role, i) => ({ role, notation: matrix[category][role].notation, want: row[i]! })))(
      '$role "$notation" gives $want',
      ({ role, want }) => {
        const facts = known(role)
        const answers = [given(seatOf(role), roleTerms[role].purposes[0]!)]
        const digits = [facts, { ...facts, answers }].map(each => {
          const { level, ownLevel } = look(each, role, category)
          return `${rankOf[level]}${rankOf[ownLevel]}`
        })
        expect(digits.join(' ')).toBe(want)
      },
    )
  },
)

test('R-V.1 nothing at all is seen of a learner whom an agency does not know', () => {
  for (const role of roles) {
    if (role === 'learner' || role === 'guardian') continue
    for (const category of categories)
      expect(look({ ...known(role), standings: [] }, role, category)).toMatchObject({ level: 'none', ownLevel: 'none' })
  }
})

test('a circumstance of the matrix is told where the rows must be asked', () => {
  expect(look(known('guardian'), 'guardian', 'C14')).toMatchObject({ level: 'full', when: 'ownActs' })
  expect(look(known('educationCoordinator'), 'educationCoordinator', 'C12')).toMatchObject({ ownWhen: 'toEducationOrEmployment' })
})

test('a teacher of the team who does not teach the class sees no attendance and no results', () => {
  const facts = known('teacher')
  const [assignment] = facts.assignments
  expect(look({ ...facts, assignments: [{ ...assignment!, kind: 'team' }] }, 'teacher', 'C2').level).toBe('none')
  expect(look(facts, 'teacher', 'C2').level).toBe('full')
})
