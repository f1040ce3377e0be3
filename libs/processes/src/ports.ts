import { processesWith } from '@passerelle/event-log'
import type { Keyring } from '@passerelle/keyring'
import type { ReferralFacts } from '@passerelle/referral'
import type { AgeLines, Category, Purpose, Role } from '@passerelle/sharing'

/**
 * Which aggregates a process has to look at, by their ids. The hub's views answer; they may name one too many, since each is decided
 * on its own state, and never one too few.
 */
export interface Worklist {
  /** Drafts that are not sent yet: all, or those meant for one agency, about one learner, or between agencies of this list. */
  draftReferrals(which?: {
    readonly learnerId?: string
    readonly recipientAgencyId?: string
    readonly betweenAgencyIds?: readonly string[]
  }): Promise<readonly string[]>
  /** Referrals that were sent on this consent. */
  referralsOnConsent(consentId: string): Promise<readonly string[]>
  /** Referrals whose term ended before this day and is not told as overdue. */
  referralsPastDue(today: string): Promise<readonly string[]>
  /** Consents in force, and questions that nobody answered, whose first day without force is this one or an earlier one. */
  consentsPast(today: string): Promise<readonly string[]>
  /** Consents in force that end on this day or an earlier one, and of whose end nobody was reminded. */
  consentsEndingBy(day: string): Promise<readonly string[]>
  /** Open cases in whose team the person is for the agency. */
  casesOf(userId: string, agencyId: string): Promise<readonly string[]>
  /** Open cases whose lead is in the team no more on this day. */
  casesWithoutLead(today: string): Promise<readonly string[]>
  /** Staff with a role that was given until this day or an earlier one. */
  staffWithRolesPast(today: string): Promise<readonly string[]>
  /** Staff with a role in the agency. */
  staffOf(agencyId: string): Promise<readonly string[]>
  /** Sharing agreements of the agency that have not ended. */
  agreementsOf(agencyId: string): Promise<readonly string[]>
  /** Sharing agreements that have not ended, and whose first day without force is this one or an earlier one. */
  agreementsPast(today: string): Promise<readonly string[]>
  /** Referrals that the agency has and is not done with. */
  referralsHeldBy(agencyId: string): Promise<readonly string[]>
  /** Learners on whom the agency has standing by registration. */
  learnersOf(agencyId: string): Promise<readonly string[]>
  /** Requests by right that wait for an answer and were due before this day, not told as overdue. */
  subjectRequestsPastDue(today: string): Promise<readonly string[]>
  /** Contests that wait for an answer and were due before this day, not told as overdue. */
  contestsPastDue(today: string): Promise<readonly string[]>
  /** Erasures that were granted and of which something is not forgotten yet; of one learner where one is named. */
  erasuresToCarryOut(learnerId?: string): Promise<readonly string[]>
  /** Restrictions for the safety of the learner that are in force on this day. */
  safeguardingRestrictions(learnerId: string, today: string): Promise<readonly string[]>
  /** Restrictions that are proposed, were to be decided before this day, and are not told as overdue. */
  restrictionProposalsPastDue(today: string): Promise<readonly string[]>
  /** Restrictions that are proposed, and would end on this day or an earlier one. */
  restrictionProposalsPast(today: string): Promise<readonly string[]>
  /** Learners with a guardian who were born on this day or an earlier one and of whom it was not said that they came of age in all of these. */
  learnersNotOfAge(bornBy: string, categories: readonly Category[]): Promise<readonly string[]>
  /** Consents of the learner that a guardian gave, is asked for, or gave before they were frozen. */
  consentsOfGuardians(learnerId: string): Promise<readonly string[]>
  /** Active plans with a scheduled review that was due before this day and is not told as overdue. */
  plansWithReviewPastDue(today: string): Promise<readonly string[]>
  /** Emergencies that were to be reviewed before this day, and neither are nor are told as overdue. */
  breakGlassesPastDue(today: string): Promise<readonly string[]>
  /** Recalls that were to be answered before this day, and neither are nor are told as silent. */
  recallsPastDue(today: string): Promise<readonly string[]>
}

/** What people of one role in one agency read of one learner. */
export interface Reading {
  readonly learnerId: string
  readonly agencyId: string
  readonly role: Role
  readonly categories: readonly Category[]
}
/** The disclosure log, as far as processes need it. */
export interface Disclosures {
  /** What these agencies, or all, read for one of these purposes, of these categories, since then; of one learner where one is named. */
  readings(which: {
    readonly agencyIds?: readonly string[]
    readonly learnerId?: string
    readonly purposes: readonly Purpose[]
    readonly categories: readonly Category[]
    readonly since: string
  }): Promise<readonly Reading[]>
}

/** Copies of people’s data that no event reaches. */
export interface Copies {
  /** Clears what there is of the learner in these categories, or of the whole person. Asked twice, there is nothing left to clear. */
  clear(learnerId: string, what: readonly Category[] | 'everything'): Promise<void>
}

/** What processes are given besides `Acting`; the app fulfils it. */
export interface Ports {
  readonly worklist: Worklist
  readonly referralFacts: ReferralFacts
  readonly disclosures: Disclosures
  /** The agency that answers for the region. */
  readonly authority: () => Promise<string>
  /** From which age the learner alone decides, on that day. */
  readonly ageLinesOn: (day: string) => Promise<AgeLines>
  /** How the hub forgets. */
  readonly keyring: Pick<Keyring, 'destroy'>
  readonly copies: Copies
}

export const defineProcess = processesWith<Ports>()
