import { sharingAgreement, sharingAgreementEvents } from '@passerelle/agency'
import { consent, consentEvents } from '@passerelle/consent'
import { type Acting, dayOf, idOfStream, inTurn } from '@passerelle/event-log'
import { check, findBasis, misfitOf, neededCategories, referral, referralEvents, send } from '@passerelle/referral'
import { defineProcess, type Ports } from './ports.js'

/**
 * A draft is checked when it is drafted or sent elsewhere, and again when the learner says yes to its recipient or an agreement comes
 * into force. Twice a day all drafts are: a restriction may have been lifted, a service opened again.
 */
export const sendReferralWhenItsBasisIsFound = defineProcess('send-referral-when-its-basis-is-found', {
  from: [referralEvents, consentEvents, sharingAgreementEvents],
  on: {
    ReferralDrafted: ({ data }, ports) => sendWhereFound(data.referralId, ports),
    ReferralReRouted: ({ streamId }, ports) => sendWhereFound(idOfStream(streamId), ports),
    ConsentGiven: async ({ streamId }, ports) => {
      const { learnerId, recipientAgencyId } = await ports.load(consent, idOfStream(streamId))
      await sendEach(await ports.worklist.draftReferrals({ learnerId, recipientAgencyId }), ports)
    },
    SharingAgreementEnteredIntoForce: async ({ streamId }, ports) => {
      const { agencyIds } = await ports.load(sharingAgreement, idOfStream(streamId))
      await sendEach(await ports.worklist.draftReferrals({ betweenAgencyIds: agencyIds }), ports)
    },
  },
  clock: {
    everyMinutes: 12 * 60,
    due: ({ worklist }) => worklist.draftReferrals(),
    act: sendWhereFound,
  },
})

async function sendEach(referralIds: readonly string[], ports: Acting & Ports): Promise<void> {
  for (const referralId of referralIds) await sendWhereFound(referralId, ports)
}

/** Where there is no basis, or the service takes nobody now, it stays a draft. */
async function sendWhereFound(referralId: string, { load, decide, idFrom, now, referralFacts }: Acting & Ports): Promise<void> {
  const draft = await load(referral, referralId)
  const { status, learnerId, requesterAgencyId, recipient } = draft
  if (status !== 'draft' || !learnerId || !requesterAgencyId || !recipient) return
  const sharing = await referralFacts.sharingBetween(learnerId, requesterAgencyId, recipient.agencyId)
  const basis = findBasis(neededCategories(draft), sharing)
  const service = await referralFacts.serviceFor(recipient.serviceId, learnerId)
  if (!basis || misfitOf(service)) return
  const terms = await referralFacts.termsOf(recipient.serviceId)
  const command = { taskId: idFrom('task', referralId), today: dayOf(now) }
  await decide(
    referral,
    referralId,
    state =>
      // What was found is about this draft: somebody may have sent it elsewhere or taken it back meanwhile.
      state.status === 'draft' && state.recipient?.serviceId === recipient.serviceId
        ? inTurn(
            referral,
            s => check(s, sharing),
            s => send(s, command, service, terms),
          )(state)
        : [],
    {
      controllerAgencyId: requesterAgencyId,
      purpose: 'caseCoordination',
      legalBasis: {
        kind: basis.kind,
        ...(basis.consentId && { consentRecordId: basis.consentId }),
        ...(basis.agreementId && { agreementId: basis.agreementId }),
        ...(basis.statute && { statute: basis.statute }),
      },
    },
  )
}
