import type { Days } from './data-period.js'
import type { ConsentAnswer, Instant, LearnerFacts, RegionFacts } from './facts.js'
import { decide, type Decision, type Viewer } from './decide.js'
import { learnerAgencyId, roleTerms } from './roles.js'
import { categories, type Category, type Purpose, type Role, type Sector } from './vocabulary.js'

/** For specs: one region, one learner with nothing to their name, and what is added to them. */
export const now: Instant = '2026-03-15T10:00:00.000Z'
export const past: Instant = '2026-01-01T00:00:00.000Z'
export const future: Instant = '2026-12-01T00:00:00.000Z'
export const learnerId = 'learner-1'

export const agencyOf: Readonly<Record<Sector, string>> = {
  education: 'school',
  social: 'social',
  health: 'clinic',
  employment: 'jobs',
  authority: 'region',
  learner: learnerAgencyId,
}
/** The agency in which a role is looked at. */
export const seatOf = (role: Role): string => agencyOf[roleTerms[role].sectors[0]!]
export const viewerOf = (role: Role): Viewer => ({
  userId: role === 'learner' ? learnerId : role === 'guardian' ? 'mother' : `the-${role}`,
  agencyId: seatOf(role),
  role,
})

export const region: RegionFacts = {
  agencies: (['education', 'social', 'health', 'employment', 'authority'] as const).map(sector => ({
    agencyId: agencyOf[sector],
    sector,
  })),
  staff: (Object.keys(roleTerms) as Role[])
    .filter(role => seatOf(role) !== learnerAgencyId)
    .map(role => ({ ...viewerOf(role), from: past })),
  agreements: [],
  ageOfDecision: { years: 16 },
}

export const nothingKnown: LearnerFacts = {
  learnerId,
  birthDate: '2012-05-01',
  standings: [],
  assignments: [],
  answers: [],
  mandates: [],
  objections: [],
  restrictions: [],
  releases: [],
  guardians: [],
  competences: [],
  breakGlass: [],
  erased: [],
  recordedBy: [],
}

/** Enrolled, known and worked with everywhere: all that a role's own task needs. */
export const known = (role: Role): LearnerFacts => {
  const { userId, agencyId } = viewerOf(role)
  const { reach } = roleTerms[role]
  return {
    ...nothingKnown,
    standings: agencyId === learnerAgencyId ? [] : [{ agencyId, kind: 'registration', from: past }],
    assignments: reach === 'agency' ? [] : [{ agencyId, userId, role, kind: reach[0]!, from: past }],
    guardians: [{ guardianId: 'mother', verified: true, mayConsent: true, excluded: [], from: past }],
  }
}

export const given = (
  agencyId: string,
  purpose: Purpose,
  some: readonly Category[] = categories,
  more: Partial<ConsentAnswer> = {},
): ConsentAnswer => ({
  consentId: 'c1',
  answer: 'given',
  agencyId,
  purpose,
  categories: some,
  at: past,
  order: '1',
  until: future,
  ...more,
})

export const look = (
  facts: LearnerFacts,
  role: Role,
  category: Category,
  more: { purpose?: Purpose; at?: Instant; in?: RegionFacts; viewer?: Viewer; days?: Days } = {},
): Decision =>
  decide(
    { learner: id => (id === facts.learnerId ? facts : undefined), region: more.in ?? region },
    more.viewer ?? viewerOf(role),
    more.purpose ?? roleTerms[role].purposes[0]!,
    more.at ?? now,
    learnerId,
    category,
    more.days,
  )
