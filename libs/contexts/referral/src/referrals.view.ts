import { column, defineView } from '@passerelle/projections'
import type { Category, LegalBasisKind, Sector } from '@passerelle/sharing'
import type { Referral, Stage, Urgency } from './referral.decider.js'
import { referralEvents } from './referral.events.js'

/**
 * Every referral and where it stands. At `existence` that there is one, and its status: not where to, for a clinic's name says
 * what somebody has. At `summary` when it began and whether it is late: enough to ask the learner how it goes.
 */
export const referrals = defineView('referrals', {
  from: [referralEvents],
  category: 'C12',
  version: 2,
  description: 'A referral of a learner to a service of another agency, and where it stands.',
  columns: {
    referralId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    status: column<Referral['status']>('code', {
      from: 'existence',
      description:
        'draft, requested, accepted, inProgress, onHold, outcomeReported, declined, failed, learnerDeclined, cancelled, closed, lost, withdrawn or enteredInError',
    }),
    declinedBy: column<'learner' | 'guardian' | 'staff'>('code', {
      from: 'summary',
      description: 'Of a no of the learner’s: who said it. staff: somebody wrote down what they say the learner told them.',
    }),
    requesterAgencyId: column('id', { from: 'summary' }),
    requestedBy: column('id'),
    targetAgencyId: column('id', {
      owner: true,
      description: 'Who has it: from the sending until it is declined, goes elsewhere or is taken back.',
    }),
    targetSector: column<Sector>('code', { description: 'What kind of body it goes to.' }),
    recipientAgencyId: column('id', { description: 'Who is meant to have it, sent or not.' }),
    serviceId: column('id'),
    reasonCode: column('code'),
    message: column('text'),
    urgency: column<Urgency>('code', { from: 'summary' }),
    picked: column<readonly Category[]>('texts', { description: 'What goes along beyond the reason’s template (R-8.3).' }),
    basis: column<LegalBasisKind>('code', { description: 'On what it was sent.' }),
    sharedCategories: column<readonly Category[]>('texts', { description: 'What the basis carries to the target.' }),
    consentId: column('id'),
    taskId: column('id'),
    draftedOn: column('day', { from: 'summary' }),
    sentOn: column('day', { from: 'summary' }),
    acceptedOn: column('day', { from: 'summary' }),
    firstContactOn: column('day', { from: 'summary' }),
    startedOn: column('day', { from: 'summary' }),
    dueBy: column('day', { from: 'summary', description: 'Last day of the term that runs (R-8.2).' }),
    stage: column<Stage>('code', { from: 'summary', description: 'What is due: accept, firstContact or outcome.' }),
    isOverdue: column('bool', { from: 'summary' }),
    resultCode: column('code'),
    outputs: column<readonly string[]>('texts'),
    outcomeOn: column('day', { from: 'summary' }),
    endReasonCode: column('code', { description: 'Why it was declined, put on hold, cancelled, failed or entered in error.' }),
    endReason: column('text'),
  },
  on: {
    ReferralDrafted: ({ data, occurredAt }) => ({
      referralId: data.referralId,
      learnerId: data.learnerId,
      status: 'draft',
      requesterAgencyId: data.requesterAgencyId,
      requestedBy: data.requestedBy,
      recipientAgencyId: data.targetAgencyId,
      targetSector: data.targetSector,
      serviceId: data.serviceId,
      reasonCode: data.reasonCode,
      message: data.message ?? null,
      urgency: data.urgency,
      picked: data.sharedCategories,
      draftedOn: dayIn(occurredAt),
    }),
    ReferralConsentChecked: ({ data }) => ({
      basis: data.basis,
      sharedCategories: data.categories,
      consentId: data.consentId ?? null,
    }),
    ReferralSent: ({ data, occurredAt }, row) => ({
      status: 'requested',
      targetAgencyId: row?.recipientAgencyId ?? null,
      taskId: data.taskId,
      sentOn: dayIn(occurredAt),
      ...term('accept', data.acceptBy),
    }),
    ReferralAccepted: ({ data, occurredAt }) => ({
      status: 'accepted',
      acceptedOn: dayIn(occurredAt),
      ...term('firstContact', data.firstContactBy),
    }),
    ReferralDeclined: ({ data }) => ({ ...takenBack, status: 'declined', ...ended(data) }),
    FirstContactMade: ({ data }) => ({ firstContactOn: data.on, ...noTerm }),
    ServiceStarted: ({ data }) => ({ status: 'inProgress', startedOn: data.on, ...term('outcome', data.outcomeBy) }),
    ReferralPutOnHold: ({ data }) => ({ status: 'onHold', endReasonCode: data.reasonCode }),
    ReferralResumed: ({ data }, row) => ({
      status: row?.startedOn ? 'inProgress' : 'accepted',
      endReasonCode: null,
      ...(data.dueBy && { dueBy: data.dueBy, isOverdue: false }),
    }),
    OutcomeReported: ({ data }) => ({
      status: 'outcomeReported',
      resultCode: data.resultCode,
      outputs: data.outputs,
      outcomeOn: data.on,
      ...noTerm,
    }),
    ReferralClosed: ({ data }) => ({ status: data.loop, ...noTerm }),
    ReferralReRouted: ({ data }) => ({
      ...takenBack,
      status: 'draft',
      serviceId: data.serviceId,
      recipientAgencyId: data.targetAgencyId,
      targetSector: data.targetSector,
      basis: null,
      sharedCategories: null,
      consentId: null,
      taskId: null,
      sentOn: null,
      acceptedOn: null,
      firstContactOn: null,
      startedOn: null,
      endReasonCode: null,
      endReason: null,
    }),
    ReferralCancelled: ({ data }) => ({ ...takenBack, status: 'cancelled', ...ended(data) }),
    LearnerDeclinedReferral: ({ data }) => ({
      ...takenBack,
      status: 'learnerDeclined',
      declinedBy: data.by,
      endReason: data.reason ?? null,
    }),
    ReferralFailed: ({ data }) => ({ status: 'failed', ...ended(data), ...noTerm }),
    ReferralEnteredInError: ({ data }) => ({ ...takenBack, status: 'enteredInError', ...ended(data) }),
    ReferralOverdue: ({ data }) => ({ stage: data.stage, dueBy: data.dueBy, isOverdue: true }),
  },
})

const dayIn = (instant: string) => instant.slice(0, 10)
const term = (stage: Stage, dueBy: string) => ({ stage, dueBy, isOverdue: false })
const noTerm = { stage: null, dueBy: null, isOverdue: null } as const
/** The target keeps nothing: the row counts as its own no more. */
const takenBack = { targetAgencyId: null, ...noTerm } as const
const ended = <Reason>({ reasonCode, reason }: { reasonCode: string; reason?: Reason }) => ({
  endReasonCode: reasonCode,
  endReason: reason ?? null,
})
