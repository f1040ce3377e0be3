import type { Category, Purpose } from './vocabulary.js'

/**
 * Each purpose in the words of the W3C Data Privacy Vocabulary 2 (`dpv:Purpose` and `dpv:hasSector` with the NACE Rev. 2 division), for
 * consent records, receipts and disclosure logs. DPV has no narrower term for the services named here: the sector makes the difference.
 */
export const purposeTerms: Readonly<Record<Purpose, { readonly iri: string; readonly sector?: string; readonly says: string }>> =
  {
    educationSupport: {
      iri: dpv('ServiceProvision'),
      sector: 'P85',
      says: 'teaching, guidance and support in education and training',
    },
    socialSupport: { iri: dpv('ServiceProvision'), sector: 'Q88', says: 'social work' },
    healthCare: { iri: dpv('ServiceProvision'), sector: 'Q86', says: 'care and treatment' },
    employmentSupport: { iri: dpv('ServiceProvision'), sector: 'N78', says: 'finding and keeping work or a placement' },
    caseCoordination: { iri: dpv('ServiceProvision'), sector: 'O84', says: 'agreeing between agencies who does what' },
    safeguarding: { iri: dpv('LegalCompliance'), sector: 'Q88', says: 'protecting a young person from harm' },
    administration: { iri: dpv('RecordManagement'), says: 'keeping registers right' },
    audit: { iri: dpv('OrganisationComplianceManagement'), says: 'checking that the law is kept' },
    ownRecord: { iri: dpv('FulfilmentOfObligation'), says: 'seeing and correcting what is held about oneself or one’s child' },
  }

interface CategoryTerm {
  readonly title: string
  /** What the summary level may hold, where the matrix names it in brackets. */
  readonly summary?: string
  /** Special under GDPR Art 9: always, or where it happens to reveal such a thing. */
  readonly special: 'yes' | 'may reveal' | 'no'
}

export const categoryTerms: Readonly<Record<Category, CategoryTerm>> = {
  C1: { title: 'identity and contact', summary: 'the name alone', special: 'no' },
  C2: { title: 'enrolment, attendance, results', special: 'no' },
  C3: { title: 'plan, goals, contract', special: 'no' },
  C4: { title: 'skills', special: 'no' },
  C5: { title: 'functional needs and accommodations', summary: 'the instruction: what to do', special: 'may reveal' },
  C6: { title: 'diagnosis and treatment', special: 'yes' },
  C7: { title: 'screening items', special: 'yes' },
  C8: { title: 'well-being band, health-plan actions', summary: 'the actions', special: 'yes' },
  C9: { title: 'social, family, housing, finance', special: 'may reveal' },
  C10: { title: 'safeguarding', special: 'may reveal' },
  C11: { title: 'language, migration', summary: 'the language of instruction and the level in it', special: 'may reveal' },
  C12: { title: 'referrals', special: 'may reveal' },
  C13: { title: 'notes', special: 'may reveal' },
  C14: { title: 'consents, access log', special: 'no' },
  C15: { title: 'credentials', special: 'no' },
  C16: { title: 'risk signals', special: 'no' },
  C17: { title: 'placement, employment', special: 'no' },
  C18: { title: 'payments', special: 'no' },
}

/**
 * Columns that may stand at `summary` in the categories where the matrix says in brackets what a summary is: `S(name)`,
 * `S(LoI level)`. Where the reading rests on the column, the column is checked.
 */
const summaryColumns: Partial<Record<Category, RegExp>> = {
  C1: /^(name|givenName|familyName|preferredName)$/,
  C11: /^languageOfInstruction/,
}

/** Columns that would tell more at `summary` than the matrix says: `learner.birthDate: C1 at summary is the name alone`. */
export function summaryFaults(view: {
  readonly name: string
  readonly columns: Readonly<Record<string, { category: Category; from: string }>>
}): string[] {
  return Object.entries(view.columns).flatMap(([name, { category, from }]) =>
    from === 'summary' && summaryColumns[category] && !summaryColumns[category].test(name)
      ? [`${view.name}.${name}: ${category} at summary is ${categoryTerms[category].summary}`]
      : [],
  )
}

function dpv(term: string): string {
  return `https://w3id.org/dpv#${term}`
}
