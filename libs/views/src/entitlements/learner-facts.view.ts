import { assessmentEvents } from '@passerelle/assessment'
import { caseFileEvents } from '@passerelle/casework'
import {
  breakGlassEvents,
  consentEvents,
  contestEvents,
  type Grounds,
  keepersOf,
  recallEvents,
  restrictionEvents,
  subjectRequestEvents,
} from '@passerelle/consent'
import { earlier, type EventDefinitions, idOfStream, instantOf, startOf } from '@passerelle/event-log'
import { learnerEvents } from '@passerelle/learner'
import { enrolmentEvents, placementEvents } from '@passerelle/participation'
import { planEvents } from '@passerelle/plan'
import { column, defineView } from '@passerelle/projections'
import { referralEvents } from '@passerelle/referral'
import type {
  BreakGlass,
  Category,
  ConsentAnswer,
  LegalBasisKind,
  Objection,
  Purpose,
  Restriction,
  Role,
} from '@passerelle/sharing'
import { diagnosisEvents, supportNeedEvents } from '@passerelle/support'

/** By the id of what they come from, so that what happens to it later finds them. Instants as sharing compares them. */
export type ById<T> = Readonly<Record<string, T>>

export interface StandingRecord {
  readonly from: string
  readonly until?: string
}
export interface EnrolmentRecord extends StandingRecord {
  readonly agencyId: string
  readonly classId?: string
}
export interface PlacementRecord {
  readonly hostAgencyId: string
  readonly tutorUserId: string
  /** Since when it runs; absent: it has not begun. */
  readonly from?: string
  readonly until: string
  readonly endedAt?: string
}
export interface Membership {
  readonly userId: string
  readonly agencyId: string
  readonly role: Role
  readonly purpose: Purpose
  readonly from: string
  readonly until: string
}
export interface ReferralRecord {
  readonly targetAgencyId: string
  /** Where it was sent on another basis than consent or agreement: the basis, and what it carries besides the referral itself. */
  readonly mandate?: {
    readonly basis: Exclude<LegalBasisKind, 'consent' | 'agreement'>
    readonly categories: readonly Category[]
  }
  readonly sentAt?: string
  readonly acceptedAt?: string
  readonly acceptedBy?: string
  readonly endedAt?: string
}
export interface ConsentRecord {
  readonly agencyId: string
  readonly role?: Role
  readonly purpose: Purpose
  readonly answers: readonly Omit<ConsentAnswer, 'consentId' | 'agencyId' | 'role' | 'purpose'>[]
}
/** What a person asks for by right: whoever has to answer must be able to know of them meanwhile. */
export interface RequestRecord extends StandingRecord {
  readonly agencyId: string
  /** Since when the region’s officer may answer in the agency’s place. */
  readonly overdueSince?: string
}
export interface BreakGlassRecord extends Omit<BreakGlass, 'breakGlassId'> {
  /** Whose officer was told that nobody reviewed it, since when. */
  readonly told?: { readonly agencyId: string; readonly from: string }
}
export interface GuardianRecord extends StandingRecord {
  readonly verified: boolean
  readonly mayConsent: boolean
  readonly excluded: readonly Category[]
}
export interface ExclusionRecord extends StandingRecord {
  readonly guardianId: string
  readonly categories: readonly Category[]
}
export interface CompetenceRecord extends StandingRecord {
  readonly categories: readonly Category[]
}

/** Every kind of stream that is about a learner: whoever records in one of them has something of the learner's. */
export const aboutLearners: readonly EventDefinitions[] = [
  learnerEvents,
  consentEvents,
  restrictionEvents,
  contestEvents,
  subjectRequestEvents,
  breakGlassEvents,
  assessmentEvents,
  planEvents,
  enrolmentEvents,
  placementEvents,
  supportNeedEvents,
  diagnosisEvents,
  caseFileEvents,
  referralEvents,
]

const columns = {
  learnerId: column('id', { key: true, subject: true }),
  birthDate: column('text', { category: 'C1', description: 'A day, or a year or month where no more is known.' }),
  registrations: column<ById<StandingRecord>>('json', { description: 'By agency.' }),
  enrolments: column<ById<EnrolmentRecord>>('json'),
  placements: column<ById<PlacementRecord>>('json'),
  teams: column<ById<readonly Membership[]>>('json', { description: 'By case.' }),
  referrals: column<ById<ReferralRecord>>('json'),
  consents: column<ById<ConsentRecord>>('json'),
  restrictions: column<ById<Omit<Restriction, 'restrictionId'>>>('json'),
  breakGlass: column<ById<BreakGlassRecord>>('json'),
  guardians: column<ById<GuardianRecord>>('json'),
  requests: column<ById<RequestRecord>>('json'),
  objections: column<ById<Omit<Objection, 'objectionId'>>>('json'),
  told: column<ById<string>>('json', { description: 'Agencies of which something was asked back, since when.' }),
  exclusions: column<ById<ExclusionRecord>>('json', { description: 'What is kept from one guardian.' }),
  competences: column<ById<CompetenceRecord>>('json', { description: 'Where a minor decides alone.' }),
  ofAge: column<readonly Category[]>('texts', { description: 'Categories in which coming of age was said.' }),
  erased: column<readonly Category[]>('texts'),
  recordedBy: column<readonly string[]>('texts', { description: 'Agencies that recorded anything about the learner.' }),
}
export interface FactsRow {
  readonly learnerId: string
  readonly birthDate: string | null
  readonly registrations: ById<StandingRecord> | null
  readonly enrolments: ById<EnrolmentRecord> | null
  readonly placements: ById<PlacementRecord> | null
  readonly teams: ById<readonly Membership[]> | null
  readonly referrals: ById<ReferralRecord> | null
  readonly consents: ById<ConsentRecord> | null
  readonly restrictions: ById<Omit<Restriction, 'restrictionId'>> | null
  readonly breakGlass: ById<BreakGlassRecord> | null
  readonly guardians: ById<GuardianRecord> | null
  readonly requests: ById<RequestRecord> | null
  readonly objections: ById<Omit<Objection, 'objectionId'>> | null
  readonly told: ById<string> | null
  readonly exclusions: ById<ExclusionRecord> | null
  readonly competences: ById<CompetenceRecord> | null
  readonly ofAge: readonly Category[] | null
  readonly erased: readonly Category[] | null
  readonly recordedBy: readonly string[] | null
}
type Changed = Partial<Omit<FactsRow, 'learnerId'>>

/** An event about a learner, whatever its type: folds look at `data` as their type says. */
export interface Known {
  readonly streamId: string
  readonly subjectRef?: string
  readonly controllerAgencyId: string
  readonly occurredAt: string
  readonly globalPosition: string
  readonly data: any
}
type Change = (event: Known, row: FactsRow, id: string) => Changed

const set = <T>(records: ById<T> | null, id: string, record: T): ById<T> => ({ ...records, [id]: record })
const change = <T>(records: ById<T> | null, id: string, by: (record: T) => T): ById<T> | null =>
  records?.[id] ? { ...records, [id]: by(records[id]) } : records
const without = <T>(records: ById<T> | null, id: string): ById<T> =>
  Object.fromEntries(Object.entries(records ?? {}).filter(([known]) => known !== id))

const answered = (event: Known, answer: ConsentAnswer['answer'], categories: readonly Category[]) => ({
  answer,
  categories,
  at: instantOf(event.data.at ?? event.occurredAt),
  order: event.globalPosition,
  ...(event.data.guardianId && { guardianId: event.data.guardianId as string }),
})
const endReferral: Change = ({ occurredAt }, row, id) => ({
  referrals: change(row.referrals, id, r => ({ ...r, endedAt: r.endedAt ?? instantOf(occurredAt) })),
})
const endRequest: Change = ({ occurredAt }, row, id) => ({
  requests: change(row.requests, id, r => ({ ...r, until: r.until ?? instantOf(occurredAt) })),
})

/** What each event changes in what decides who may see the learner. All others only tell who recorded something. */
const changes: Readonly<Record<string, Change>> = {
  PersonRegistered: ({ data, occurredAt }, row) => ({
    birthDate: data.birthDate ?? row.birthDate,
    registrations: set(row.registrations, data.agencyId, { from: instantOf(occurredAt) }),
  }),
  AgencyStandingRecorded: ({ data }, row) => ({
    registrations: set(row.registrations, data.agencyId, {
      from: startOf(data.from),
      ...(data.until && { until: startOf(data.until) }),
    }),
  }),
  AgencyStandingEnded: ({ data, occurredAt }, row) => ({
    registrations: change(row.registrations, data.agencyId, r => ({ ...r, until: instantOf(occurredAt) })),
  }),
  DemographicsCorrected: ({ data }, row) => ({
    birthDate: data.birthDate ?? row.birthDate,
    ...(data.birthDate !== undefined && { ofAge: [] }),
  }),
  GuardianRecorded: ({ data }, row) => ({
    guardians: set(row.guardians, data.guardianId, {
      // Who may not even be informed sees nothing.
      verified: data.verified && data.authority.length > 0,
      mayConsent: data.authority.includes('consents'),
      excluded: data.excluded,
      from: startOf(data.from),
      ...(data.until && { until: startOf(data.until) }),
    }),
  }),
  GuardianEnded: ({ data, occurredAt }, row) => ({
    guardians: change(row.guardians, data.guardianId, g => ({ ...g, until: instantOf(occurredAt) })),
  }),
  GuardianExcluded: ({ data }, row) => ({
    exclusions: set(row.exclusions, data.exclusionId, {
      guardianId: data.guardianId,
      categories: data.categories,
      from: startOf(data.from),
      ...(data.until && { until: startOf(data.until) }),
    }),
  }),
  GuardianExclusionEnded: ({ data, occurredAt }, row) => ({
    exclusions: change(row.exclusions, data.exclusionId, e => ({ ...e, until: instantOf(occurredAt) })),
  }),
  CompetenceRecorded: ({ data }, row) => ({
    competences: set(row.competences, data.competenceId, {
      categories: data.categories,
      from: startOf(data.from),
      until: startOf(data.reviewBy),
    }),
  }),
  CompetenceEnded: ({ data, occurredAt }, row) => ({
    competences: change(row.competences, data.competenceId, c => ({ ...c, until: instantOf(occurredAt) })),
  }),
  AgeOfDecisionReached: ({ data }, row) => ({ ofAge: [...new Set([...(row.ofAge ?? []), ...data.categories])].sort() }),
  // What closes must not be lost with what it closed: of all these facts only the birthday is forgotten.
  CategoryKeyDestroyed: ({ data }, row) => ({
    erased: [...new Set([...(row.erased ?? []), data.category as Category])].sort(),
    ...(data.category === 'C1' && { birthDate: null }),
  }),
  // Where nothing is kept nobody works with them any more: only who forgot them has a skeleton left to account for.
  LearnerForgotten: ({ data, controllerAgencyId }, row) => ({
    erased: [...new Set([...(row.erased ?? []), ...(data.categories as Category[])])].sort(),
    ...(data.categories.includes('C1') && { birthDate: null }),
    guardians: {},
    ...(data.retained.every(({ category }: { category?: Category }) => category === undefined) && {
      registrations: {},
      enrolments: {},
      placements: {},
      teams: {},
      referrals: {},
      consents: {},
      requests: {},
      objections: {},
      recordedBy: [controllerAgencyId],
    }),
  }),

  LearnerEnrolled: ({ data }, row, id) => ({
    enrolments: set(row.enrolments, id, {
      agencyId: data.agencyId,
      ...(data.classId && { classId: data.classId }),
      from: startOf(data.from),
      ...(data.until && { until: startOf(data.until) }),
    }),
  }),
  EnrolmentChanged: ({ data }, row, id) => ({
    enrolments: change(row.enrolments, id, ({ until: _, ...e }) => ({
      ...e,
      from: startOf(data.from),
      ...(data.until && { until: startOf(data.until) }),
    })),
  }),
  EnrolmentEnded: ({ data }, row, id) => ({ enrolments: change(row.enrolments, id, e => ({ ...e, until: startOf(data.on) })) }),

  PlacementPlanned: ({ data: { hostAgencyId, tutorUserId, until } }, row, id) => ({
    placements: set(row.placements, id, { hostAgencyId, tutorUserId, until: startOf(until) }),
  }),
  PlacementRescheduled: ({ data }, row, id) => ({
    placements: change(row.placements, id, p => ({ ...p, until: startOf(data.until) })),
  }),
  PlacementTutorChanged: ({ data }, row, id) => ({
    placements: change(row.placements, id, p => ({ ...p, tutorUserId: data.tutorUserId })),
  }),
  PlacementStarted: ({ data }, row, id) => ({
    placements: change(row.placements, id, p => ({ ...p, from: startOf(data.on) })),
  }),
  PlacementCancelled: (_, row, id) => ({ placements: without(row.placements, id) }),
  PlacementEnded: ({ data }, row, id) => ({
    placements: change(row.placements, id, p => ({ ...p, endedAt: startOf(data.on) })),
  }),

  CaseOpened: ({ data, occurredAt }, row, id) => ({
    teams: set(row.teams, id, [
      {
        userId: data.leadUserId,
        agencyId: data.leadAgencyId,
        role: data.leadRole,
        purpose: data.purpose,
        from: instantOf(occurredAt),
        until: startOf(data.until),
      },
    ]),
  }),
  TeamMemberAdded: ({ data, occurredAt }, row, id) => ({
    teams: set(row.teams, id, [
      ...(row.teams?.[id] ?? []).filter(m => m.userId !== data.userId),
      {
        userId: data.userId,
        agencyId: data.agencyId,
        role: data.role,
        purpose: data.purpose,
        from: instantOf(occurredAt),
        until: startOf(data.until),
      },
    ]),
  }),
  TeamMembershipExtended: ({ data }, row, id) => ({
    teams: change(row.teams, id, team => team.map(m => (m.userId === data.userId ? { ...m, until: startOf(data.until) } : m))),
  }),
  TeamMemberRemoved: ({ data }, row, id) => ({
    teams: change(row.teams, id, team => team.filter(m => m.userId !== data.userId)),
  }),
  CaseClosed: (_, row, id) => ({ teams: without(row.teams, id) }),

  ReferralDrafted: ({ data }, row, id) => ({ referrals: set(row.referrals, id, { targetAgencyId: data.targetAgencyId }) }),
  ReferralConsentChecked: ({ data }, row, id) => ({
    referrals: change(row.referrals, id, ({ mandate: _, ...r }) => {
      // The target has the referral as its own row: C12 as a whole would tell it of other referrals.
      const categories = (data.categories as Category[]).filter(category => category !== 'C12')
      const stated = data.basis !== 'consent' && data.basis !== 'agreement' && categories.length > 0
      return { ...r, ...(stated && { mandate: { basis: data.basis, categories } }) }
    }),
  }),
  ReferralSent: ({ occurredAt }, row, id) => ({
    referrals: change(row.referrals, id, r => ({ ...r, sentAt: instantOf(occurredAt) })),
  }),
  ReferralAccepted: ({ data, occurredAt }, row, id) => ({
    referrals: change(row.referrals, id, r => ({ ...r, acceptedAt: instantOf(occurredAt), acceptedBy: data.by })),
  }),
  // The first target keeps nothing, and the next one has nothing before it is sent there.
  ReferralReRouted: ({ data }, row, id) => ({ referrals: set(row.referrals, id, { targetAgencyId: data.targetAgencyId }) }),
  ReferralDeclined: endReferral,
  ReferralClosed: endReferral,
  ReferralCancelled: endReferral,
  LearnerDeclinedReferral: endReferral,
  ReferralFailed: endReferral,
  ReferralEnteredInError: endReferral,

  ConsentRequested: ({ data }, row, id) => ({
    consents: set(row.consents, id, {
      agencyId: data.recipientAgencyId,
      ...(data.recipientRole && { role: data.recipientRole as Role }),
      purpose: data.purpose,
      answers: [],
    }),
  }),
  ConsentGiven: (event, row, id) => ({
    consents: change(row.consents, id, c => ({
      ...c,
      answers: [
        // Given anew, the old yes is replaced; every no stays known.
        ...c.answers.filter(a => a.answer !== 'given'),
        {
          ...answered(event, 'given', event.data.categories),
          until: startOf(event.data.validUntil),
          ...((event.data.dataFrom || event.data.dataUntil) && {
            dataPeriod: {
              ...(event.data.dataFrom && { from: event.data.dataFrom }),
              ...(event.data.dataUntil && { until: event.data.dataUntil }),
            },
          }),
        },
      ],
    })),
  }),
  ConsentRefused: (event, row, id) => ({
    consents: change(row.consents, id, c => ({
      ...c,
      answers: [...c.answers, answered(event, 'refused', event.data.categories)],
    })),
  }),
  ConsentPartlyWithdrawn: (event, row, id) => ({
    consents: change(row.consents, id, c => ({
      ...c,
      answers: [...c.answers, answered(event, 'withdrawn', event.data.categories)],
    })),
  }),
  ConsentWithdrawn: (event, row, id) => ({
    consents: change(row.consents, id, c => ({
      ...c,
      answers: [...c.answers, answered(event, 'withdrawn', c.answers.findLast(a => a.answer === 'given')?.categories ?? [])],
    })),
  }),
  ConsentExpired: ({ data }, row, id) => ({
    consents: change(row.consents, id, c => ({
      ...c,
      answers: c.answers.map(a => (a.until !== undefined && startOf(data.on) < a.until ? { ...a, until: startOf(data.on) } : a)),
    })),
  }),
  // A guardian's yes, and no other: the oracle counts it no more by its own clock.
  ConsentFrozen: ({ data }, row, id) => ({
    consents: change(row.consents, id, c => ({
      ...c,
      answers: c.answers.flatMap(a => {
        if (a.answer !== 'given' || a.guardianId === undefined) return [a]
        const categories = (a.categories ?? []).filter(category => !data.categories.includes(category))
        return categories.length > 0 ? [{ ...a, categories }] : []
      }),
    })),
  }),
  ConsentInvalidated: (_, row, id) => ({
    consents: change(row.consents, id, c => ({ ...c, answers: c.answers.filter(a => a.answer !== 'given') })),
  }),

  RestrictionPlaced: ({ data, occurredAt }, row, id) => ({
    restrictions: set(row.restrictions, id, {
      categories: data.categories,
      agencyIds: data.agencyIds,
      fromLearner: data.fromLearner,
      hidden: data.hidden,
      keptBy: keepersOf(data.grounds as Grounds),
      from: instantOf(occurredAt),
      until: startOf(data.until),
    }),
  }),
  RestrictionLifted: (_, row, id) => ({ restrictions: without(row.restrictions, id) }),
  RestrictionEndAnnounced: ({ data }, row, id) => ({
    restrictions: change(row.restrictions, id, r => ({ ...r, until: earlier(r.until, startOf(data.until)) })),
  }),

  SubjectRequestReceived: ({ data, occurredAt }, row, id) => ({
    requests: set(row.requests, id, { agencyId: data.agencyId, from: instantOf(occurredAt) }),
    ...(data.kind === 'objection' && {
      objections: set(row.objections, id, {
        status: 'raised',
        from: instantOf(occurredAt),
        ...(data.fromAgencyId && { agencyId: data.fromAgencyId as string }),
        ...(data.purpose && { purpose: data.purpose as Purpose }),
        ...(data.categories.length > 0 && { categories: data.categories as Category[] }),
      }),
    }),
  }),
  SubjectRequestOverdue: ({ occurredAt }, row, id) => ({
    requests: change(row.requests, id, r => ({ ...r, overdueSince: instantOf(occurredAt) })),
  }),
  SubjectRequestAnswered: (event, row, id) => ({
    ...endRequest(event, row, id),
    // Upheld for what was granted; rejected, it stays known and closes nothing.
    objections: change(row.objections, id, objection => ({
      ...objection,
      status: event.data.outcome === 'refused' ? 'rejected' : 'upheld',
      from: instantOf(event.occurredAt),
      ...(event.data.outcome === 'partly' && { categories: event.data.categories as Category[] }),
    })),
  }),
  SubjectRequestWithdrawn: (event, row, id) => ({
    ...endRequest(event, row, id),
    ...(row.objections?.[id] && { objections: without(row.objections, id) }),
  }),
  BreakGlassUsed: ({ data }, row, id) => ({
    breakGlass: set(row.breakGlass, id, {
      userId: data.userId,
      agencyId: data.agencyId,
      role: data.role,
      categories: data.categories,
      kept: data.kept,
      from: instantOf(data.at),
      until: instantOf(data.until),
    }),
  }),
  BreakGlassReviewed: ({ data, occurredAt }, row, id) =>
    data.outcome === 'unjustified'
      ? {
          breakGlass: change(row.breakGlass, id, glass => ({ ...glass, until: earlier(glass.until, instantOf(occurredAt)) })),
        }
      : {},
  BreakGlassReviewOverdue: ({ data, occurredAt }, row, id) => ({
    breakGlass: change(row.breakGlass, id, glass => ({
      told: { agencyId: data.toldAgencyId, from: instantOf(occurredAt) },
      // Told once: whoever was first goes on knowing of it.
      ...glass,
    })),
  }),
}

/** A learner of whom nothing is known. */
export const noFacts = (learnerId: string): FactsRow => ({
  learnerId,
  birthDate: null,
  registrations: {},
  enrolments: {},
  placements: {},
  teams: {},
  referrals: {},
  consents: {},
  restrictions: {},
  breakGlass: {},
  guardians: {},
  requests: {},
  objections: {},
  told: {},
  exclusions: {},
  competences: {},
  ofAge: [],
  erased: [],
  recordedBy: [],
})

/** What decides who may see a learner, from every context that has a say in it. For the hub alone. */
export const learnerFacts = defineView('learnerFacts', {
  from: [...aboutLearners, recallEvents],
  category: 'C14',
  version: 3,
  description: 'What decides who may see a learner.',
  columns,
  on: Object.fromEntries([
    ...aboutLearners.flatMap(({ definitions }) =>
      [...definitions.keys()].map(type => [
        type,
        {
          rows: ({ subjectRef }: Known) => (subjectRef ? [subjectRef] : []),
          fold: (event: Known, row: FactsRow | undefined, learnerId: string) => {
            const known = row ?? noFacts(learnerId)
            const changed = changes[type]?.(event, known, idOfStream(event.streamId))
            const recordedBy = known.recordedBy?.includes(event.controllerAgencyId)
              ? undefined
              : [...(known.recordedBy ?? []), event.controllerAgencyId].sort()
            if (row && !changed && !recordedBy) return undefined
            return { ...(row ? { learnerId } : known), ...changed, ...(recordedBy && { recordedBy }) }
          },
        },
      ]),
    ),
    // Whoever is asked for something back sees that, though it holds nothing else any more. It has recorded nothing of the learner's.
    [
      'RecipientTold',
      {
        rows: ({ subjectRef }: Known) => (subjectRef ? [subjectRef] : []),
        fold: ({ data, occurredAt }: Known, row: FactsRow | undefined, learnerId: string) => ({
          ...(row ? { learnerId } : noFacts(learnerId)),
          told: { [data.agencyId]: instantOf(occurredAt), ...row?.told },
        }),
      },
    ],
  ]) as never,
})

/** The facts as they would be if this had happened too: what the view would fold, without anything being written. */
export const factsAfter = (row: FactsRow, events: readonly (Known & { readonly type: string })[]): FactsRow =>
  events.reduce((before, event) => {
    const changed = learnerFacts.on.get(event.type)?.fold(event as never, before, row.learnerId)
    return { ...before, ...(changed as Partial<FactsRow> | undefined) }
  }, row)
