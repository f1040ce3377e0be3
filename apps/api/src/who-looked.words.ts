import type { AccessBasis, Category, Purpose, Role } from '@passerelle/sharing'

/** What a learner is told about who looked, in one language: plain words, and none that judge them. */
export interface LookedWords {
  /** Somebody in a role, at an agency. */
  readonly who: (role: string, agency: string) => string
  readonly yourself: string
  readonly guardian: string
  readonly someAgency: string
  readonly roles: Readonly<Record<Exclude<Role, 'learner' | 'guardian'>, string>>
  readonly what: Readonly<Record<Category, string>>
  readonly why: Readonly<Record<Purpose, string>>
  readonly basis: Readonly<Record<AccessBasis, string>>
  /** Where the right to one's own record is the basis. */
  readonly ownRecord: string
  readonly unknownBasis: string
}

const en: LookedWords = {
  who: (role, agency) => `${role}, ${agency}`,
  yourself: 'You',
  guardian: 'Your parent or guardian',
  someAgency: 'an agency of the region',
  roles: {
    teacher: 'Teacher or trainer',
    mentor: 'Mentor',
    educationCoordinator: 'Education coordinator',
    careerAdviser: 'Career adviser',
    schoolLeader: 'Head of a school',
    socialWorker: 'Social worker',
    safeguardingLead: 'Person in charge of protecting young people',
    healthProfessional: 'Doctor, nurse or other health professional',
    schoolPsychologist: 'School psychologist',
    employmentOfficer: 'Employment adviser',
    placementTutor: 'Tutor at your placement',
    regionAdmin: 'Administrator of the region',
    policyAnalyst: 'Analyst of the region',
    dataProtectionOfficer: 'Data protection officer',
  },
  what: {
    C1: 'who you are and how to reach you',
    C2: 'school, attendance and results',
    C3: 'your plan and your goals',
    C4: 'your skills',
    C5: 'what helps you to learn and take part',
    C6: 'your health and your treatment',
    C7: 'answers you gave in a questionnaire',
    C8: 'how you are doing',
    C9: 'your family, home and money',
    C10: 'your safety',
    C11: 'your languages and where you come from',
    C12: 'to whom you were referred',
    C13: 'notes about you',
    C14: 'what you agreed to, and who looked',
    C15: 'your certificates',
    C16: 'hints that support may be useful',
    C17: 'your placement or job',
    C18: 'payments to you',
  },
  why: {
    educationSupport: 'to support you at school or in training',
    socialSupport: 'to support you and your family',
    healthCare: 'to care for your health',
    employmentSupport: 'to help you find or keep work or a placement',
    caseCoordination: 'to agree who helps you with what',
    safeguarding: 'to keep you safe',
    administration: 'to keep the registers right',
    audit: 'to check that the law is kept',
    ownRecord: 'to see what is kept about you',
  },
  basis: {
    consent: 'you, or your parent or guardian, said yes',
    publicTask: 'it belongs to their work',
    legalObligation: 'a law says so',
    vitalInterest: 'it was an emergency',
    agreement: 'the agencies have agreed on it, as the law allows',
    contract: 'you work there, and have signed for it',
  },
  ownRecord: 'everybody may see what is kept about them, or about their child',
  unknownBasis: 'this was not kept at that time',
}

const fr: LookedWords = {
  who: (role, agency) => `${role}, ${agency}`,
  yourself: 'Vous',
  guardian: 'Votre parent ou représentant légal',
  someAgency: 'un organisme de la région',
  roles: {
    teacher: 'Personnel enseignant ou de formation',
    mentor: 'Mentor',
    educationCoordinator: 'Coordination éducative',
    careerAdviser: 'Conseil en orientation',
    schoolLeader: 'Direction d’un établissement',
    socialWorker: 'Travail social',
    safeguardingLead: 'Personne chargée de la protection des jeunes',
    healthProfessional: 'Médecin, infirmier ou autre professionnel de santé',
    schoolPsychologist: 'Psychologue scolaire',
    employmentOfficer: 'Conseil en emploi',
    placementTutor: 'Tuteur ou tutrice de votre stage',
    regionAdmin: 'Administration de la région',
    policyAnalyst: 'Analyse pour la région',
    dataProtectionOfficer: 'Protection des données',
  },
  what: {
    C1: 'qui vous êtes et comment vous joindre',
    C2: 'votre scolarité, vos présences et vos résultats',
    C3: 'votre projet et vos objectifs',
    C4: 'vos compétences',
    C5: 'ce qui vous aide à apprendre et à participer',
    C6: 'votre santé et vos soins',
    C7: 'vos réponses à un questionnaire',
    C8: 'comment vous allez',
    C9: 'votre famille, votre logement et vos ressources',
    C10: 'votre sécurité',
    C11: 'vos langues et d’où vous venez',
    C12: 'vers qui vous avez été orienté·e',
    C13: 'des notes à votre sujet',
    C14: 'ce que vous avez accepté, et qui a consulté',
    C15: 'vos certificats',
    C16: 'des signes qu’un appui serait utile',
    C17: 'votre stage ou votre emploi',
    C18: 'les paiements que vous recevez',
  },
  why: {
    educationSupport: 'pour vous soutenir à l’école ou en formation',
    socialSupport: 'pour vous soutenir, vous et votre famille',
    healthCare: 'pour prendre soin de votre santé',
    employmentSupport: 'pour vous aider à trouver ou garder un emploi ou un stage',
    caseCoordination: 'pour convenir de qui vous aide, et pour quoi',
    safeguarding: 'pour vous protéger',
    administration: 'pour tenir les registres à jour',
    audit: 'pour vérifier que la loi est respectée',
    ownRecord: 'pour voir ce qui est conservé à votre sujet',
  },
  basis: {
    consent: 'vous, ou votre parent ou représentant légal, avez dit oui',
    publicTask: 'cela fait partie de leur travail',
    legalObligation: 'une loi le prévoit',
    vitalInterest: 'c’était une urgence',
    agreement: 'les organismes en sont convenus, comme la loi le permet',
    contract: 'vous y travaillez, et avez signé pour cela',
  },
  ownRecord: 'chacun peut voir ce qui est conservé à son sujet, ou au sujet de son enfant',
  unknownBasis: 'cela n’était pas encore noté à cette date',
}

/** By BCP-47 tag, the usual one first. */
export const lookedWords: Readonly<Record<string, LookedWords>> = { en, fr }
export const lookedLanguages: readonly string[] = Object.keys(lookedWords)
