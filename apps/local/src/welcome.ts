import Table from 'cli-table3'
import { faces } from '@passerelle/api'
import { devBanner } from '@passerelle/http'
import type { Local } from './start-local.js'

/** What a running hub says for itself: where it answers, whom one may be, one query to paste, and what next. */
export function welcome({ url, issuer, people }: Local, dataFolder: string): string {
  const parts = [
    `Passerelle answers.`,
    ...faces.map(({ name }) => `  ${url}/${name}/graphql`),
    `  ${url}/health/ready   ${url}/metrics`,
    '',
    `${devBanner} ${issuer}`,
  ]
  if (people.length > 0) {
    const table = new Table({ head: ['person', 'role', 'agency'], style: { head: [], border: [], compact: true } })
    // One of each role; the others are numbered on.
    const byRole = Map.groupBy(people, ({ role }) => role)
    for (const [role, [first, ...others]] of byRole)
      table.push([first!.alias + (others.length > 0 ? ` (and ${others.length} more)` : ''), role, first!.agencyId])
    parts.push(table.toString(), '', 'A query to paste, as the first teacher:', '', queryToPaste(url), '')
  } else parts.push('', 'The store is empty: npm run feed -- --help says how to take in a register.', '')
  parts.push(
    'Next:',
    '  npm run --silent token -- <person> [--purpose <purpose>]    a token of anybody above',
    '  npm run feed -- --help                                      take in what a school or clinic sends, while this runs',
    '  npm run region -- --help                                    a bigger region, in another folder',
    '  npm test                                                    every rule, tried',
    '  Ctrl-C                                                      stops it',
    '',
    `Everything stands in ${dataFolder}. It survives a killed process, but not a power cut: the embedded store does not wait for the disk.`,
    'For data that matters run it on PostgreSQL: deploy/README.md.',
  )
  return parts.join('\n')
}

const queryToPaste = (url: string): string =>
  `  curl -s ${url}/education/graphql -H 'content-type: application/json' \\
    -H "authorization: Bearer $(npm run --silent token -- teacher-1)" \\
    -d '{"query":"{ learners(first: 5) { totalCount nodes { givenName familyName plans(first: 3) { nodes { status longTermGoal nextReviewDueBy } } } } }"}'`
