import { askedBy, mayForget, restriction, restrictionEvents, subjectRequest, subjectRequestEvents } from '@passerelle/consent'
import { type Acting, dayOf, idOfStream } from '@passerelle/event-log'
import { forgetCategory, forgetLearner, learner } from '@passerelle/learner'
import { categories } from '@passerelle/sharing'
import { defineProcess, type Ports } from './ports.js'

/**
 * GDPR 17: what the officer granted is forgotten. Whoever asked for everything is forgotten as a whole, but for categories that a law keeps;
 * anything less goes category by category. Where somebody was put under a restriction for safety meanwhile it waits, without a word of it, and goes on
 * when that is over.
 */
export const forgetWhenErasureIsGranted = defineProcess('forget-when-erasure-is-granted', {
  from: [subjectRequestEvents, restrictionEvents],
  on: {
    SubjectRequestAnswered: ({ streamId }, ports) => carryOut(idOfStream(streamId), ports),
    RestrictionLifted: ({ streamId }, ports) => goOn(idOfStream(streamId), ports),
    RestrictionDeclined: ({ streamId }, ports) => goOn(idOfStream(streamId), ports),
    RestrictionProposalExpired: ({ streamId }, ports) => goOn(idOfStream(streamId), ports),
  },
  clock: { everyMinutes: 60, due: ({ worklist }) => worklist.erasuresToCarryOut(), act: carryOut },
})

async function goOn(restrictionId: string, ports: Acting & Ports): Promise<void> {
  const { hold } = await ports.load(restriction, restrictionId)
  if (hold?.grounds !== 'safeguarding') return
  for (const requestId of await ports.worklist.erasuresToCarryOut(hold.learnerId)) await carryOut(requestId, ports)
}

async function carryOut(requestId: string, ports: Acting & Ports): Promise<void> {
  const { decide, load, now, worklist } = ports
  const request = await load(subjectRequest, requestId)
  const { kind, learnerId, agencyId } = request.received!
  const { categories: granted = [], retained = [] } = request.answer ?? {}
  if (kind !== 'erasure' || granted.length === 0) return
  // Nothing tells what it waited for: it is done in the name of who granted it, and not of who lifted a restriction.
  const under = {
    controllerAgencyId: agencyId,
    purpose: 'audit',
    legalBasis: { kind: 'legalObligation', statute: 'GDPR 17' },
  } as const
  if ((await worklist.safeguardingRestrictions(learnerId, dayOf(now))).length > 0) return
  if (!(await mayForget(ports, learnerId, requestId, under))) return
  const kept = retained.flatMap(({ category }) => category ?? [])
  const isWhole = askedBy(request).length === categories.length && granted.length + kept.length === categories.length
  const reason = 'erasureRequest' as const
  const stays = retained.map(({ what, statute }) => `${what}:${statute}`.slice(0, 200))
  await decide(
    learner,
    learnerId,
    state =>
      isWhole
        ? forgetLearner(state, { reason, retained, requestId })
        : granted.flatMap(category => forgetCategory(state, { category, reason, retained: stays })),
    under,
  )
}
