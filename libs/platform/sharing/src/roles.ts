import type { AssignmentKind } from './entitlement.js'
import { type Purpose, type Role, roles, type Sector } from './vocabulary.js'

export interface RoleTerm {
  readonly title: string
  /** Kinds of agency that have this role. */
  readonly sectors: readonly Sector[]
  /** Purposes it may choose from, its usual one first. */
  readonly purposes: readonly Purpose[]
  /**
   * `agency`: works for all learners on whom the agency has standing. Otherwise the person needs one of these assignments
   * on the learner; no other kind counts for the role (R-8.8: an employer is never a team member).
   */
  readonly reach: 'agency' | readonly AssignmentKind[]
  /** Whoever holds it in the target agency may look at a referral that nobody has accepted yet. */
  readonly intake?: true
  /** Works with young people: may be in a team, and may look in an emergency (R-V.4); at what, the matrix says. */
  readonly practitioner?: true
}

export const roleTerms: Readonly<Record<Role, RoleTerm>> = {
  learner: { title: 'Learner', sectors: ['learner'], purposes: ['ownRecord'], reach: ['self'] },
  guardian: { title: 'Guardian', sectors: ['learner'], purposes: ['ownRecord'], reach: ['guardian'] },
  teacher: {
    title: 'Teacher, trainer',
    sectors: ['education'],
    purposes: ['educationSupport', 'caseCoordination'],
    reach: ['class', 'team'],
    practitioner: true,
  },
  mentor: {
    title: 'Mentor',
    sectors: ['education', 'social', 'employment'],
    purposes: ['educationSupport', 'socialSupport', 'employmentSupport', 'caseCoordination'],
    reach: ['team'],
    practitioner: true,
  },
  educationCoordinator: {
    title: 'Education coordinator',
    sectors: ['education', 'authority'],
    purposes: ['educationSupport', 'caseCoordination'],
    reach: 'agency',
    practitioner: true,
  },
  careerAdviser: {
    title: 'Career adviser',
    sectors: ['education', 'employment'],
    purposes: ['educationSupport', 'employmentSupport', 'caseCoordination'],
    reach: ['team', 'referral'],
    practitioner: true,
  },
  schoolLeader: {
    title: 'School leader',
    sectors: ['education'],
    purposes: ['educationSupport', 'administration'],
    reach: 'agency',
    practitioner: true,
  },
  socialWorker: {
    title: 'Social worker',
    sectors: ['social'],
    purposes: ['socialSupport', 'caseCoordination', 'safeguarding'],
    reach: ['team', 'referral'],
    intake: true,
    practitioner: true,
  },
  safeguardingLead: {
    title: 'Safeguarding lead',
    sectors: ['education', 'social', 'health', 'authority'],
    purposes: ['safeguarding', 'caseCoordination'],
    reach: 'agency',
    practitioner: true,
  },
  healthProfessional: {
    title: 'Health professional',
    sectors: ['health'],
    purposes: ['healthCare', 'caseCoordination', 'safeguarding'],
    reach: ['team', 'referral'],
    intake: true,
    practitioner: true,
  },
  schoolPsychologist: {
    title: 'School psychologist',
    sectors: ['education', 'health'],
    purposes: ['educationSupport', 'healthCare', 'caseCoordination'],
    reach: ['team', 'referral'],
    practitioner: true,
  },
  employmentOfficer: {
    title: 'Employment service',
    sectors: ['employment'],
    purposes: ['employmentSupport', 'caseCoordination'],
    reach: ['team', 'referral'],
    intake: true,
    practitioner: true,
  },
  placementTutor: {
    title: 'Employer, placement tutor',
    sectors: ['employment'],
    purposes: ['employmentSupport'],
    reach: ['placement'],
  },
  regionAdmin: { title: 'Region administrator', sectors: ['authority'], purposes: ['administration'], reach: 'agency' },
  policyAnalyst: { title: 'Policy analyst', sectors: ['authority'], purposes: ['administration'], reach: 'agency' },
  dataProtectionOfficer: {
    title: 'Data protection officer, auditor',
    sectors: ['education', 'social', 'health', 'employment', 'authority'],
    purposes: ['audit'],
    reach: 'agency',
  },
}

/** The agency that learners and guardians act for. */
export const learnerAgencyId = 'learner'

export const practitioners: readonly Role[] = roles.filter(role => roleTerms[role].practitioner)

export const rolesOf = (sector: Sector): readonly Role[] => bySector.get(sector)!
export const mayChoose = (role: Role, purpose: Purpose): boolean => roleTerms[role].purposes.includes(purpose)
/** Whether an assignment of this kind counts for the role. */
export const counts = (role: Role, kind: AssignmentKind): boolean =>
  roleTerms[role].reach !== 'agency' && roleTerms[role].reach.includes(kind)

const bySector = new Map(
  (['education', 'social', 'health', 'employment', 'authority', 'learner'] as const).map(sector => [
    sector,
    roles.filter(role => roleTerms[role].sectors.includes(sector)),
  ]),
)
