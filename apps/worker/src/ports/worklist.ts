import { safeguardingRestrictions } from '@passerelle/hub'
import type { Sql } from '@passerelle/database'
import type { Worklist } from '@passerelle/processes'

/** Whether the learner is told of them or not. */
const restrictionProposals = ['restrictions', 'hidden_restrictions']
  .map(table => `select restriction_id, due_by, overdue, until from hub.${table} where status = 'proposed'`)
  .join(' union all ')

/** The processes' worklist, answered by the hub's views. */
export class HubWorklist implements Worklist {
  constructor(private readonly db: Sql) {}

  draftReferrals({
    learnerId,
    recipientAgencyId,
    betweenAgencyIds,
  }: NonNullable<Parameters<Worklist['draftReferrals']>[0]> = {}): Promise<readonly string[]> {
    return this.ids(
      'drafts',
      `select referral_id as id from hub.referrals where status = 'draft'
         and learner_id = coalesce($1, learner_id) and recipient_agency_id = coalesce($2, recipient_agency_id)
         and ($3::text[] is null or (requester_agency_id = any($3) and recipient_agency_id = any($3)))`,
      [learnerId ?? null, recipientAgencyId ?? null, betweenAgencyIds ?? null],
    )
  }

  referralsOnConsent(consentId: string): Promise<readonly string[]> {
    return this.ids('on_consent', 'select referral_id as id from hub.referrals where consent_id = $1', [consentId])
  }

  referralsPastDue(today: string): Promise<readonly string[]> {
    return this.ids(
      'past_due',
      'select referral_id as id from hub.referrals where stage is not null and due_by < $1::date and is_overdue is not true',
      [today],
    )
  }

  consentsPast(today: string): Promise<readonly string[]> {
    return this.ids(
      'consents_past',
      `select consent_id as id from hub.consents where status in ('given', 'requested') and valid_until <= $1::date`,
      [today],
    )
  }

  consentsEndingBy(day: string): Promise<readonly string[]> {
    return this.ids(
      'consents_ending',
      `select consent_id as id from hub.consents
        where status = 'given' and valid_until <= $1::date and renewal_due_by is distinct from valid_until`,
      [day],
    )
  }

  casesOf(userId: string, agencyId: string): Promise<readonly string[]> {
    return this.ids(
      'cases_of',
      `select m.case_id as id from hub.team_members m join hub.case_files c on c.case_id = m.case_id
        where c.status = 'open' and m.user_id = $1 and m.agency_id = $2`,
      [userId, agencyId],
    )
  }

  casesWithoutLead(today: string): Promise<readonly string[]> {
    return this.ids(
      'without_lead',
      `select c.case_id as id from hub.case_files c where c.status = 'open' and c.lead_missing_since is null and not exists (
         select from hub.team_members m where m.case_id = c.case_id and m.user_id = c.lead_user_id and m.until > $1::date)`,
      [today],
    )
  }

  staffWithRolesPast(today: string): Promise<readonly string[]> {
    return this.ids('roles_past', 'select distinct user_id as id from hub.staff_roles where until <= $1::date', [today])
  }

  staffOf(agencyId: string): Promise<readonly string[]> {
    return this.ids('staff_of', 'select distinct user_id as id from hub.staff_roles where agency_id = $1', [agencyId])
  }

  agreementsOf(agencyId: string): Promise<readonly string[]> {
    return this.ids(
      'agreements_of',
      `select agreement_id as id from hub.sharing_agreements where status <> 'ended' and $1::text = any(agency_ids)`,
      [agencyId],
    )
  }

  agreementsPast(today: string): Promise<readonly string[]> {
    return this.ids(
      'agreements_past',
      `select agreement_id as id from hub.sharing_agreements where status <> 'ended' and valid_until <= $1::date`,
      [today],
    )
  }

  referralsHeldBy(agencyId: string): Promise<readonly string[]> {
    return this.ids(
      'held_by',
      `select referral_id as id from hub.referrals
        where target_agency_id = $1 and status in ('requested', 'accepted', 'inProgress', 'onHold')`,
      [agencyId],
    )
  }

  subjectRequestsPastDue(today: string): Promise<readonly string[]> {
    return this.ids(
      'subject_requests_past_due',
      `select request_id as id from hub.subject_requests where status = 'received' and due_by < $1::date and overdue is not true`,
      [today],
    )
  }

  contestsPastDue(today: string): Promise<readonly string[]> {
    return this.ids(
      'contests_past_due',
      `select contest_id as id from hub.contested_items where status = 'open' and due_by < $1::date and overdue is not true`,
      [today],
    )
  }

  erasuresToCarryOut(learnerId?: string): Promise<readonly string[]> {
    return this.ids(
      'erasures',
      `select r.request_id as id from hub.subject_requests r
        where r.kind = 'erasure' and r.status = 'answered' and cardinality(r.granted) > 0 and r.learner_id = coalesce($1, r.learner_id)
          and not exists (select from hub.learner_facts f where f.learner_id = r.learner_id and f.erased @> r.granted)`,
      [learnerId ?? null],
    )
  }

  safeguardingRestrictions(learnerId: string, today: string): Promise<readonly string[]> {
    return safeguardingRestrictions(this.db, learnerId, today)
  }

  restrictionProposalsPastDue(today: string): Promise<readonly string[]> {
    return this.ids(
      'restriction_proposals_past_due',
      `select restriction_id as id from (${restrictionProposals}) each where due_by < $1::date and overdue is not true`,
      [today],
    )
  }

  restrictionProposalsPast(today: string): Promise<readonly string[]> {
    return this.ids(
      'restriction_proposals_past',
      `select restriction_id as id from (${restrictionProposals}) each where until <= $1::date`,
      [today],
    )
  }

  plansWithReviewPastDue(today: string): Promise<readonly string[]> {
    return this.ids(
      'reviews_past_due',
      `select distinct p.plan_id as id from hub.plans p join hub.reviews r on r.plan_id = p.plan_id
        where p.status = 'active' and r.status = 'scheduled' and r.due_by < $1::date and r.overdue is not true`,
      [today],
    )
  }

  breakGlassesPastDue(today: string): Promise<readonly string[]> {
    return this.ids(
      'break_glasses_past_due',
      `select break_glass_id as id from
         (select break_glass_id, status, review_due_on, overdue from hub.break_glasses
          union all select break_glass_id, status, review_due_on, overdue from hub.kept_break_glasses) each
        where status = 'used' and review_due_on < $1::date and overdue is not true`,
      [today],
    )
  }

  recallsPastDue(today: string): Promise<readonly string[]> {
    return this.ids('recalls_past_due', `select recall_id as id from hub.recalls where status = 'told' and due_by < $1::date`, [
      today,
    ])
  }

  /** A month or year of birth compares as its beginning: such a learner is named too early, and looked at again. */
  learnersNotOfAge(bornBy: string, categories: readonly string[]): Promise<readonly string[]> {
    return this.ids(
      'not_of_age',
      `select learner_id as id from hub.learner_facts
        where birth_date collate "C" <= $1 and guardians::jsonb <> '{}'::jsonb and not coalesce(of_age, '{}') @> $2::text[]`,
      [bornBy, categories],
    )
  }

  consentsOfGuardians(learnerId: string): Promise<readonly string[]> {
    return this.ids(
      'of_guardians',
      `select consent_id as id from hub.consents where learner_id = $1 and guardian_id is not null and status in ('given', 'requested', 'frozen')`,
      [learnerId],
    )
  }

  learnersOf(agencyId: string): Promise<readonly string[]> {
    return this.ids('learners_of', 'select learner_id as id from hub.standings where agency_id = $1', [agencyId])
  }

  private async ids(name: string, sql: string, params: readonly unknown[]): Promise<readonly string[]> {
    const rows = await this.db.query<{ id: string }>(`${sql} order by 1`, params, { name: `worklist_${name}` })
    return rows.map(({ id }) => id)
  }
}
