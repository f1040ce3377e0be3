/** The words in which sharing is decided. Everything else in the hub imports them from here. */

/** Data categories C1–C18; `docs/glossary.md` gives each its sentence. */
export const categories = [
  'C1',
  'C2',
  'C3',
  'C4',
  'C5',
  'C6',
  'C7',
  'C8',
  'C9',
  'C10',
  'C11',
  'C12',
  'C13',
  'C14',
  'C15',
  'C16',
  'C17',
  'C18',
] as const
export type Category = (typeof categories)[number]

/** How much of a category may be seen; each level includes those before it. */
export const levels = ['none', 'existence', 'summary', 'full'] as const
export type Level = (typeof levels)[number]

/** What kind of body an agency is. `authority` is the regional authority; `learner` is the pseudo-agency of learners and guardians. */
export const sectors = ['education', 'social', 'health', 'employment', 'authority', 'learner'] as const
export type Sector = (typeof sectors)[number]

/** The columns of the matrix in `design/3-domain.md` §5. */
export const roles = [
  'learner',
  'guardian',
  'teacher',
  'mentor',
  'educationCoordinator',
  'careerAdviser',
  'schoolLeader',
  'socialWorker',
  'safeguardingLead',
  'healthProfessional',
  'schoolPsychologist',
  'employmentOfficer',
  'placementTutor',
  'regionAdmin',
  'policyAnalyst',
  'dataProtectionOfficer',
] as const
export type Role = (typeof roles)[number]

/** Why somebody looks; chosen per request, checked against the role, recorded. Mapped to DPV purposes in `purposes.ts`. */
export const purposes = [
  'educationSupport',
  'socialSupport',
  'healthCare',
  'employmentSupport',
  'caseCoordination',
  'safeguarding',
  'administration',
  'audit',
  'ownRecord',
] as const
export type Purpose = (typeof purposes)[number]

/** GDPR Art 6(1)(a), (e), (c), (d); `agreement` stands for a sharing agreement that carries its own basis (Art 26/28). */
export const legalBases = ['consent', 'publicTask', 'legalObligation', 'vitalInterest', 'agreement'] as const
export type LegalBasisKind = (typeof legalBases)[number]

/** On what something is shown: besides, a contract to which the learner is a party (GDPR Art 6(1)(b)), on which nothing is recorded in the hub. */
export const accessBases = [...legalBases, 'contract'] as const
export type AccessBasis = (typeof accessBases)[number]
