import { column, defineView } from '@passerelle/projections'
import type { Category, Purpose, Role } from '@passerelle/sharing'
import type { Consent, GiveConsent } from './consent.decider.js'
import { consentEvents } from './consent.events.js'

/** One thing that happened to a consent. */
export interface ConsentMoment {
  readonly state:
    | 'requested'
    | 'given'
    | 'renewed'
    | 'refused'
    | 'partlyWithdrawn'
    | 'withdrawn'
    | 'expired'
    | 'invalidated'
    | 'frozen'
    | 'cancelled'
  /** ISO instant, or the day where only the day counts. */
  readonly at: string
  /** The learner, a guardian, the agency that asked or decided, or nobody: the clock. */
  readonly entityId?: string
  readonly categories?: readonly Category[]
  /** Of a question and a yes: first day on which it holds no more. */
  readonly validUntil?: string
  /** Of a yes: how it was said, and of which days it is. */
  readonly method?: GiveConsent['method']
  readonly dataFrom?: string
  readonly dataUntil?: string
  /** Receipts that the person was handed before anything else happened: of the consent as it was then. */
  readonly receiptIds?: readonly string[]
}

/** Every consent that was asked, and where it stands. */
export const consents = defineView('consents', {
  from: [consentEvents],
  category: 'C14',
  version: 3,
  description: 'A consent: what was asked, of whom, for whom and why, and where it stands.',
  columns: {
    consentId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    status: column<Consent['status']>('code', {
      from: 'existence',
      description: 'requested, given, refused, withdrawn, expired, invalidated, frozen or cancelled',
    }),
    requestedByAgencyId: column('id', { owner: true }),
    recipientAgencyId: column('id', { from: 'summary', owner: true }),
    recipientRole: column<Role>('code', {
      from: 'summary',
      description: 'Who of the recipient may have it; absent: whoever’s task it is there.',
    }),
    purpose: column<Purpose>('code', { from: 'summary' }),
    asked: column<readonly Category[]>('texts'),
    given: column<readonly Category[]>('texts', { description: 'Categories said yes to and not withdrawn since.' }),
    by: column<'learner' | 'guardian'>('code'),
    guardianId: column('id', { description: 'The guardian who is asked, or who answered.' }),
    method: column<GiveConsent['method']>('code', { description: 'How the person said yes.' }),
    noticeVersion: column('code'),
    language: column('code'),
    easyRead: column('bool'),
    givenAt: column('instant'),
    validUntil: column('day', { from: 'summary', description: 'First day on which it holds no more.' }),
    dataFrom: column('day', {
      description: 'Only rows about this day and later ones: wholly, from their first day to their last.',
    }),
    dataUntil: column('day', { description: 'Only rows about this day and earlier ones.' }),
    renewalDueBy: column('day', { description: 'It ends on this day, and may be renewed before.' }),
    reason: column('text', { description: 'Why it was refused or withdrawn, where the person said so.' }),
    receiptIds: column<readonly string[]>('texts', { description: 'Receipts that were handed to the person.' }),
    history: column<readonly ConsentMoment[]>('json', { description: 'What happened to it, oldest first.' }),
  },
  on: {
    ConsentRequested: ({ data, occurredAt }) => ({
      ...data,
      status: 'requested',
      asked: data.categories,
      given: [],
      receiptIds: [],
      history: [
        {
          state: 'requested',
          at: occurredAt,
          entityId: data.requestedByAgencyId,
          categories: data.categories,
          validUntil: data.validUntil,
        },
      ],
    }),
    ConsentGiven: ({ data, subjectRef }, row) => ({
      status: 'given',
      given: data.categories,
      by: data.by,
      guardianId: data.guardianId ?? row?.guardianId,
      method: data.method,
      givenAt: data.at,
      validUntil: data.validUntil,
      dataFrom: data.dataFrom ?? null,
      dataUntil: data.dataUntil ?? null,
      renewalDueBy: null,
      reason: null,
      history: [
        ...before(row),
        {
          state: row?.status === 'given' ? 'renewed' : 'given',
          at: data.at,
          entityId: data.guardianId ?? subjectRef,
          categories: data.categories,
          validUntil: data.validUntil,
          method: data.method,
          ...(data.dataFrom && { dataFrom: data.dataFrom }),
          ...(data.dataUntil && { dataUntil: data.dataUntil }),
        },
      ],
    }),
    ConsentRefused: ({ data, ...event }, row) => ({
      status: 'refused',
      by: data.by,
      guardianId: data.guardianId ?? row?.guardianId,
      reason: data.reason ?? null,
      history: [...before(row), moment('refused', event, data)],
    }),
    ConsentPartlyWithdrawn: ({ data, ...event }, row) => ({
      given: (row?.given ?? []).filter(c => !data.categories.includes(c)),
      history: [...before(row), moment('partlyWithdrawn', event, data)],
    }),
    ConsentWithdrawn: ({ data, ...event }, row) => ({
      status: 'withdrawn',
      given: [],
      renewalDueBy: null,
      by: data.by,
      guardianId: data.guardianId ?? row?.guardianId,
      reason: data.reason ?? null,
      history: [...before(row), moment('withdrawn', event, data)],
    }),
    ConsentExpired: ({ data }, row) => ({
      status: 'expired',
      given: [],
      renewalDueBy: null,
      history: [...before(row), { state: 'expired', at: data.on }],
    }),
    ConsentFrozen: ({ data, occurredAt }, row) => {
      const without = (of: readonly Category[] | null | undefined) => (of ?? []).filter(c => !data.categories.includes(c))
      const [given, asked] = [without(row?.given), without(row?.asked)]
      const isOver = (row?.status === 'given' ? given : asked).length === 0
      const history = [...before(row), { state: 'frozen' as const, at: occurredAt, categories: data.categories }]
      return { given, asked, history, ...(isOver && { status: 'frozen' as const }) }
    },
    ConsentInvalidated: ({ occurredAt, controllerAgencyId }, row) => ({
      status: 'invalidated',
      given: [],
      renewalDueBy: null,
      history: [...before(row), { state: 'invalidated', at: occurredAt, entityId: controllerAgencyId }],
    }),
    ConsentRequestCancelled: ({ data, occurredAt }, row) => ({
      status: 'cancelled',
      history: [...before(row), { state: 'cancelled', at: occurredAt, entityId: data.agencyId }],
    }),
    ConsentRenewalDue: ({ data }) => ({ renewalDueBy: data.validUntil }),
    ReceiptIssued: ({ data }, row) => ({
      receiptIds: [...(row?.receiptIds ?? []), data.receiptId],
      history: before(row).map((each, i, all) =>
        i === all.length - 1 ? { ...each, receiptIds: [...(each.receiptIds ?? []), data.receiptId] } : each,
      ),
    }),
  },
})

const before = (row: { readonly history: readonly ConsentMoment[] | null } | undefined): readonly ConsentMoment[] =>
  row?.history ?? []

const moment = (
  state: ConsentMoment['state'],
  { occurredAt, subjectRef }: { readonly occurredAt: string; readonly subjectRef?: string },
  data: { readonly guardianId?: string; readonly categories?: readonly Category[] },
): ConsentMoment => ({
  state,
  at: occurredAt,
  entityId: data.guardianId ?? subjectRef,
  ...(data.categories && { categories: data.categories }),
})
