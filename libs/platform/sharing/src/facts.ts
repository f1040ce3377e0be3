import type { DataPeriod } from './data-period.js'
import type { AssignmentKind } from './entitlement.js'
import { learnerAgencyId } from './roles.js'
import type { Category, LegalBasisKind, Purpose, Role, Sector } from './vocabulary.js'

/** `2026-03-01T09:30:00.000Z`: UTC with three digits, so that instants compare as text. */
export type Instant = string

/** From `from` (inclusive) until `until` (exclusive; absent: open). */
export interface Period {
  readonly from: Instant
  readonly until?: Instant
}

/** Before and after everything. */
export const dawn: Instant = '0001-01-01T00:00:00.000Z'
export const forever: Instant = '9999-12-31T00:00:00.000Z'

/**
 * Why an agency has to do with a learner at all. `intake`: a referral was sent to it and nobody has accepted it yet: the name, and the
 * referral. `recording`: it recorded something: its own rows, no others. `placement`: it is the host: what its tutor's task needs, and for everybody else
 * there its own rows (R-8.8). All other kinds: what its roles' tasks need.
 * A live consent or mandate that names the agency is standing of its own, for its purpose and categories.
 */
export interface Standing extends Period {
  readonly agencyId: string
  readonly kind: 'registration' | 'enrolment' | 'team' | 'referral' | 'placement' | 'intake' | 'recording'
  /** Absent: every purpose. */
  readonly purposes?: readonly Purpose[]
  /** Of a `recording`: its own rows of these alone. Absent: of every category. */
  readonly categories?: readonly Category[]
}

/** Whether such standing is for every task of the agency. */
export const isWhole = (kind: Standing['kind']): boolean => kind !== 'intake' && kind !== 'recording' && kind !== 'placement'
/** What an agency has to do with the learner at an instant, for a purpose. */
export const standingsFor = (
  standings: readonly Standing[],
  { agencyId, purpose }: { readonly agencyId: string; readonly purpose: Purpose },
  at: Instant,
): Standing[] =>
  standings.filter(s => s.agencyId === agencyId && isLive(s, at) && (s.purposes === undefined || s.purposes.includes(purpose)))
/** Whether an agency works with a learner: with standing for every task of it that serves the purpose. */
export const worksWith = (...of: Parameters<typeof standingsFor>): boolean =>
  standingsFor(...of).some(({ kind }) => isWhole(kind))

/** What ties one person, or whoever holds `role` in the agency, to the learner. */
export interface AssignmentFact extends Period {
  readonly agencyId: string
  /** Absent only for an intake, which then names the role. */
  readonly userId?: string
  /** Absent: whatever role the person holds there. */
  readonly role?: Role
  readonly kind: AssignmentKind
  /** What it is for, where that is known. It decides nothing: whoever works with the learner does; it says to whom it may be told. */
  readonly purposes?: readonly Purpose[]
}

/** Whom and what an answer is about; absent means any. */
export interface Scope {
  readonly agencyId?: string
  /** People who act in this role there, and nobody else. */
  readonly role?: Role
  readonly purpose?: Purpose
  readonly categories?: readonly Category[]
}

/** One thing the learner, or a guardian for them, answered to a request for consent. */
export interface ConsentAnswer extends Scope {
  readonly consentId: string
  readonly answer: 'given' | 'refused' | 'withdrawn'
  readonly at: Instant
  /** Tells apart what was answered at one instant: the later compares greater. */
  readonly order: string
  /** Of a consent given: the end (exclusive). */
  readonly until?: Instant
  readonly guardianId?: string
  /** Only rows whose days all lie in this period. A no closes all that it names, whatever period it speaks of. */
  readonly dataPeriod?: DataPeriod
}

/** A basis besides consent that was stated for one recipient: a legal obligation, vital interest or public task. */
export interface Mandate extends Period, Scope {
  readonly mandateId: string
  readonly agencyId: string
  readonly basis: Exclude<LegalBasisKind, 'consent' | 'agreement'>
}

/**
 * GDPR 21, from the moment it was raised or decided. Raised, it opens a review and changes nothing. Upheld, it closes what rests on a public task
 * or an agreement; never what a law or vital interest demands, nor what the learner says yes to.
 */
export interface Objection extends Period, Scope {
  readonly objectionId: string
  readonly status: 'raised' | 'upheld' | 'rejected'
}

/** A hold above everything (GDPR 18, court order, safeguarding). No categories or agencies named: all of them. */
export interface Restriction extends Period {
  readonly restrictionId: string
  readonly categories?: readonly Category[]
  readonly agencyIds?: readonly string[]
  /** The learner may not see it either. */
  readonly fromLearner: boolean
  /** The restriction itself is not told. */
  readonly hidden: boolean
  /** Roles that keep it, and may end it. Absent: nobody does. */
  readonly keptBy?: readonly Role[]
}

/** What a safeguarding lead let go, with a second person's approval. */
export interface Release extends Period {
  readonly categories: readonly Category[]
  readonly to: readonly Role[]
}

export interface Guardian extends Period {
  /** Also the id they act under. */
  readonly guardianId: string
  readonly verified: boolean
  /** May consent for the learner, while under the age line. */
  readonly mayConsent: boolean
  /** Categories that a court or custody order keeps from them, for as long as they are a guardian. */
  readonly excluded: readonly Category[]
  /** What is kept from them for a time: an order with an end, a conflict of interest. */
  readonly exclusions?: readonly Exclusion[]
}
export interface Exclusion extends Period {
  readonly categories: readonly Category[]
}

/** A minor whom somebody who may judge it found able to decide these matters alone, until it is looked at again. */
export interface Competence extends Period {
  readonly competenceId: string
  readonly categories: readonly Category[]
}

/** Ages in years from which the learner alone decides: `years`, but where `byCategory` names another. */
export interface AgeLines {
  readonly years: number
  readonly byCategory?: Readonly<Partial<Record<Category, number>>>
}
/** In force from an instant until the next ones are. */
export interface AgeLinesFact extends AgeLines {
  readonly from: Instant
}

/** R-V.4: one person in one role in an emergency, named categories, an hour. */
export interface BreakGlass extends Period {
  readonly breakGlassId: string
  readonly userId: string
  readonly agencyId: string
  readonly role: Role
  readonly categories: readonly Category[]
  /** For the learner's safety, they are not told of it now. */
  readonly kept: boolean
}

/** All that is known of one learner and matters for who may see them. */
export interface LearnerFacts {
  readonly learnerId: string
  /** A day, or a year or month where no more is known; absent: unknown. */
  readonly birthDate?: string
  readonly standings: readonly Standing[]
  readonly assignments: readonly AssignmentFact[]
  readonly answers: readonly ConsentAnswer[]
  readonly mandates: readonly Mandate[]
  readonly objections: readonly Objection[]
  readonly restrictions: readonly Restriction[]
  readonly releases: readonly Release[]
  readonly guardians: readonly Guardian[]
  readonly competences: readonly Competence[]
  readonly breakGlass: readonly BreakGlass[]
  /** Categories whose key was destroyed: no more than that something was there. */
  readonly erased: readonly Category[]
  /** Every agency that recorded something about the learner. */
  readonly recordedBy: readonly string[]
}

export interface AgencyFact {
  readonly agencyId: string
  readonly sector: Sector
  /** Closed since (exclusive end). */
  readonly until?: Instant
}
export interface StaffFact extends Period {
  readonly userId: string
  readonly agencyId: string
  readonly role: Role
}
/** In force between its parties for each other's data: not for what others recorded. */
export interface AgreementFact extends Period {
  readonly agreementId: string
  readonly agencyIds: readonly string[]
  readonly purposes: readonly Purpose[]
  readonly categories: readonly Category[]
}

export interface RegionFacts {
  readonly agencies: readonly AgencyFact[]
  readonly staff: readonly StaffFact[]
  readonly agreements: readonly AgreementFact[]
  /** From which age the learner alone decides, where the region has set nothing else. */
  readonly ageOfDecision: AgeLines
  /** What the region set, each from its day on. */
  readonly ageLines?: readonly AgeLinesFact[]
}

/** The region's facts as they are asked for; made once for each snapshot. */
export interface Region {
  readonly facts: RegionFacts
  agency(agencyId: string): AgencyFact | undefined
  /** Who ever held which role there. */
  staffOf(agencyId: string): readonly StaffFact[]
  held(userId: string, agencyId: string): readonly StaffFact[]
  rolesHeld(agencyId: string): ReadonlySet<Role>
  agreementsOf(agencyId: string): readonly AgreementFact[]
  ageLine(category: Category, at: Instant): number
}

const known = new WeakMap<RegionFacts, Region>()

export function indexed(facts: RegionFacts): Region {
  let region = known.get(facts)
  if (region) return region
  const agencies = new Map(facts.agencies.map(agency => [agency.agencyId, agency]))
  agencies.set(learnerAgencyId, { agencyId: learnerAgencyId, sector: 'learner' })
  const staff = Map.groupBy(facts.staff, ({ agencyId }) => agencyId)
  const people = Map.groupBy(facts.staff, ({ userId, agencyId }) => `${userId}|${agencyId}`)
  const roles = new Map([...staff].map(([agencyId, members]) => [agencyId, new Set(members.map(({ role }) => role))]))
  const agreements = new Map<string, AgreementFact[]>()
  for (const agreement of facts.agreements)
    for (const agencyId of agreement.agencyIds) agreements.set(agencyId, [...(agreements.get(agencyId) ?? []), agreement])
  const noRoles: ReadonlySet<Role> = new Set()
  region = {
    facts,
    agency: agencyId => agencies.get(agencyId),
    staffOf: agencyId => staff.get(agencyId) ?? [],
    held: (userId, agencyId) => people.get(`${userId}|${agencyId}`) ?? [],
    rolesHeld: agencyId =>
      agencyId === learnerAgencyId ? new Set<Role>(['learner', 'guardian']) : (roles.get(agencyId) ?? noRoles),
    agreementsOf: agencyId => agreements.get(agencyId) ?? [],
    ageLine: (category, at) => {
      const { years, byCategory } = linesAt(facts, at)
      return byCategory?.[category] ?? years
    },
  }
  known.set(facts, region)
  return region
}

/** The age lines in force at an instant: the last that were set, else those from before anybody set any. */
export function linesAt(
  { ageOfDecision, ageLines = [] }: Pick<RegionFacts, 'ageOfDecision' | 'ageLines'>,
  at: Instant,
): AgeLines {
  const begun = ageLines.filter(({ from }) => from <= at)
  return begun.length === 0 ? ageOfDecision : begun.reduce((a, b) => (b.from >= a.from ? b : a))
}

export const isLive = ({ from, until }: Period, at: Instant): boolean => from <= at && (until === undefined || at < until)

/** Whether the category is kept from this guardian at this instant. */
export const isKeptFrom = ({ excluded, exclusions = [] }: Guardian, category: Category, at: Instant): boolean =>
  excluded.includes(category) || exclusions.some(e => e.categories.includes(category) && isLive(e, at))

/**
 * The first instant at which the learner is surely not younger than `years`. Where the day is not known, the earliest it can
 * be: the learner's own say begins too early rather than too late. Undefined where nothing is known.
 */
export function comesOfAge(birthDate: string | undefined, years: number): Instant | undefined {
  if (!birthDate) return undefined
  const [year, month = '01', day = '01'] = birthDate.split('-')
  // 29 February in a common year becomes 1 March.
  return new Date(Date.UTC(Number(year) + years, Number(month) - 1, Number(day))).toISOString()
}
