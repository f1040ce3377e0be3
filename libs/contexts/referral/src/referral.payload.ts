import type { Category, LegalBasisKind } from '@passerelle/sharing'

/**
 * what goes along with a referral by its reason, and nothing else unless it is picked by hand. A reason that is not in
 * the table takes nothing along. No template names diagnoses (C6), screening (C7) or anything that is never a referral's.
 */
export const categoriesByReason: Readonly<Record<string, readonly Category[]>> = {
  learningSupport: ['C3', 'C4'],
  languageSupport: ['C4', 'C11'],
  careerGuidance: ['C3', 'C4'],
  employmentSupport: ['C3', 'C4'],
  workPlacement: ['C3'],
  reEntry: ['C2', 'C3', 'C4'],
  accommodation: ['C5'],
  schoolPsychology: ['C2', 'C5'],
  healthAssessment: ['C5'],
  mentalHealth: ['C8'],
  familySupport: ['C9'],
  housing: ['C9'],
  financialSupport: ['C9'],
}

/** What people choose from; `other` takes nothing along. Feeds bring their partners' own codes, which are kept as they are. */
export const referralReasons = [...Object.keys(categoriesByReason), 'other']

/** Safeguarding is released by its lead, notes belong to those who wrote them, consents to the learner, signals to nobody else. */
export const neverWithAReferral: readonly Category[] = ['C10', 'C12', 'C13', 'C14', 'C16', 'C18']

/** What goes along: by the reason's template, and picked by hand. A reason that was erased is no reason. */
export function payloadOf(reasonCode: unknown, picked: readonly Category[]): Category[] {
  const template =
    typeof reasonCode === 'string' && Object.hasOwn(categoriesByReason, reasonCode) ? categoriesByReason[reasonCode]! : []
  return [...new Set([...template, ...picked])]
}

/** Something on which data may go from the requester to the target today, and which categories it covers. */
export interface Basis {
  readonly kind: LegalBasisKind
  readonly categories: readonly Category[]
  readonly consentId?: string
  readonly agreementId?: string
  readonly statute?: string
}
/** What is known today of sharing between the two agencies about the learner. */
export interface SharingFacts {
  readonly bases: readonly Basis[]
  /** Refused or withdrawn by the learner for this target, or under a restriction: above every basis (R-V.8). */
  readonly denied: readonly Category[]
}

/** R-V.8: the learner's own yes before an agreement, an agreement before what the law allows anyway. */
const precedence: readonly LegalBasisKind[] = ['consent', 'agreement', 'publicTask', 'legalObligation', 'vitalInterest']

/** One basis that covers everything; several are not added up, since each was given for what it names. */
export function findBasis(needed: readonly Category[], { bases, denied }: SharingFacts): Basis | undefined {
  if (needed.some(category => denied.includes(category))) return undefined
  return bases
    .filter(basis => needed.every(category => basis.categories.includes(category)))
    .sort((a, b) => precedence.indexOf(a.kind) - precedence.indexOf(b.kind))[0]
}
