import { matrix } from './matrix.js'
import { categoryTerms, purposeTerms } from './purposes.js'
import { circumstances, type Notation, readings } from './readings.js'
import { roleTerms } from './roles.js'
import { categories, purposes, roles } from './vocabulary.js'

const row = (cells: readonly string[]) => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
const table = (header: readonly string[], rows: readonly (readonly string[])[]) =>
  [row(header), row(header.map(() => '---')), ...rows.map(row)].join('\n')

/** `docs/visibility.md`: the matrix, how it is read, and the roles and purposes it speaks of, from the data that decides. */
export function renderMatrix(): string {
  const used = [...new Set(categories.flatMap(category => roles.map(role => matrix[category][role].notation)))]
  const reach = (role: (typeof roles)[number]) => {
    const { reach, intake } = roleTerms[role]
    return `${reach === 'agency' ? 'every learner of the agency' : reach.join(', ')}${intake ? '; unaccepted referrals' : ''}`
  }
  return `<!-- Generated from libs/platform/sharing by renderMatrix(). Change the data, then run: npm run schemas -->
# Who may see what

Deny by default. A cell opens for somebody who holds the role now, for a purpose that the role may choose, in an agency with standing on the
learner, and with an assignment where the role needs one. A restriction stands above everything; then come an explicit refusal, consent,
agreement, nothing. An objection that was upheld closes what rests on a public task or an agreement. A consent for data of one period opens the rows that
lie wholly in it and no other: [ADR 0033](adr/0033-a-consent-for-data-of-one-period-opens-the-rows-of-that-period.md). How the design's table was read where it
leaves room: [ADR 0004](adr/0004-reading-the-visibility-matrix.md).

${table(
  ['', ...roles.map(role => roleTerms[role].title)],
  categories.map(category => [
    `**${category}** ${categoryTerms[category].title}`,
    ...roles.map(role => matrix[category][role].notation),
  ]),
)}

## How a cell is read

${table(
  ['cell', 'gives', 'levels'],
  used.map(notation => [notation, readings[notation].says, grantsOf(notation)]),
)}

Levels: existence < summary < full. *Own rows* are those that the agency recorded, or that name it as owner.

## Circumstances

${table(
  ['name', 'holds where', 'column'],
  Object.entries(circumstances).map(([name, c]) => [
    name,
    c.says,
    'column' in c ? `\`${c.column}\`; a view without it stays closed` : '',
  ]),
)}

## Categories

${table(
  ['category', 'holds', 'a summary is', 'special (GDPR 9)'],
  categories.map(c => [c, categoryTerms[c].title, categoryTerms[c].summary ?? '', categoryTerms[c].special]),
)}

## Roles

${table(
  ['role', 'in agencies of', 'looks at', 'for'],
  roles.map(role => [
    roleTerms[role].title,
    roleTerms[role].sectors.join(', '),
    reach(role),
    roleTerms[role].purposes.join(', '),
  ]),
)}

## Purposes

${table(
  ['purpose', 'is', 'DPV', 'NACE'],
  purposes.map(p => [p, purposeTerms[p].says, purposeTerms[p].iri, purposeTerms[p].sector ?? '']),
)}
`
}

function grantsOf(notation: Notation): string {
  const { grants } = readings[notation] as (typeof readings)['F']
  return (
    (grants as readonly { level: string; rows: string; basis: string; when?: string; except?: readonly string[] }[])
      .map(
        ({ level, rows, basis, when, except }) =>
          `${level} of ${rows} rows, ${basis === 'role' ? 'by the role’s task' : basis === 'stated' ? 'on a stated basis' : basis === 'consent' ? 'by consent alone' : 'once released'}` +
          `${when ? `, where ${when}` : ''}${except ? `, without \`${except.join('`, `')}\`` : ''}`,
      )
      .join('; ') || 'none'
  )
}
