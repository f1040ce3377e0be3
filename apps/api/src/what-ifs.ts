import { type Consent, type ConsentEvent, type ConsentFacts, consent, consents, type Party } from '@passerelle/consent'
import { type EventStore, streamIdOf } from '@passerelle/event-log'
import type { Caller } from '@passerelle/http'
import type { HubRows } from '@passerelle/projections'
import type { HubReferralFacts } from '@passerelle/hub'
import { referrals } from '@passerelle/referral'
import { asToldToLearner, compareAccess, learnerAgencyId } from '@passerelle/sharing'
import { factsAfter } from '@passerelle/views'
import { type FactsOnRecord, toOracleFacts } from './facts-on-record.js'
import type { Reads } from './reads.js'
import { answerOf, questionOf, toWhatIf, unasked, type WhatIf, type WhatIfInput } from './what-if.js'
import { type Consequences, whatFollows } from './what-follows.js'
import { isKept } from './who-looked.js'

/** Shows what an answer to a consent would change: the decision is asked, its events are folded over the facts, and nothing is written. */
export class WhatIfs {
  constructor(
    readonly store: EventStore,
    readonly rows: HubRows,
    private readonly facts: FactsOnRecord,
    private readonly capacityOf: ConsentFacts['capacityOf'],
    readonly referralFacts: HubReferralFacts,
    private readonly now: () => Date,
  ) {}

  /** Undefined alike for a consent that nobody asked, and for one that the caller may not answer. @throws Refused as the answer would be */
  async of(caller: Caller, reads: Reads, input: WhatIfInput): Promise<WhatIf | undefined> {
    const now = this.now()
    const consentId = input.consentId ?? undefined
    const known = await (consentId === undefined ? this.unasked(caller, input, now) : this.asked(caller, consentId))
    if (!known) return undefined
    const { learnerId, questions } = known
    const state = questions.reduce((before, event) => consent.evolve(before, event), known.state)
    const party: Party = caller.role === 'guardian' ? { by: 'guardian', guardianId: caller.userId } : { by: 'learner' }
    const { mayDecide } = await this.capacityOf(learnerId, party, input.categories ?? state.asked)
    if (party.by === 'guardian' && !mayDecide) return undefined
    const answers = answerOf(state, input, party, mayDecide, now)
    const onRecord = await this.facts.of(learnerId)
    if (!onRecord) return undefined
    const was = toOracleFacts(onRecord)
    const kept = isKept(was.learner, now.toISOString())
    const id = consentId ?? unasked
    const answered = answers.reduce((before, event) => consent.evolve(before, event), state)
    const follows = await whatFollows(this, id, answered, answers, now)
    const row = factsAfter(
      onRecord.row,
      [...questions, ...answers, ...follows.events].map(event => ({
        streamId: streamIdOf(consent, id),
        subjectRef: learnerId,
        controllerAgencyId: learnerAgencyId,
        ...event,
        occurredAt: now.toISOString(),
        // After all that is recorded.
        globalPosition: '~',
      })),
    )
    const is = toOracleFacts({ ...onRecord, row })
    const told = ({ learner }: typeof was) => asToldToLearner(learner, kept)
    reads.told(learnerId, ['C14'])
    const given = answers.find(event => event.type === 'ConsentGiven')
    return {
      ...toWhatIf(compareAccess(told(was), told(is), was.region, now.toISOString()), state),
      referrals: await shownOf(reads, learnerId, follows),
      ...(given && { validUntil: given.data.validUntil }),
    }
  }

  /** One that was asked; of a guardian, only what was asked of them: the rest are not their acts. */
  private async asked({ role, userId, ownLearnerIds }: Caller, consentId: string): Promise<Question | undefined> {
    const { state } = await this.store.load(consent, consentId)
    const { learnerId } = state
    if (learnerId === undefined || !ownLearnerIds.includes(learnerId)) return undefined
    const [row] = role === 'guardian' ? await this.rows.find(consents, { consentId }) : []
    if (role === 'guardian' && row?.guardianId !== userId) return undefined
    return { learnerId, state, questions: [] }
  }

  /** One that nobody asked yet: for the learner, to try out. */
  private unasked({ role, ownLearnerIds }: Caller, input: WhatIfInput, now: Date): Question | undefined {
    const [learnerId] = ownLearnerIds
    if (role !== 'learner' || learnerId === undefined) return undefined
    return { learnerId, state: consent.initial, questions: questionOf(learnerId, input, now) }
  }
}

/** Those that the caller reads on the face, and no other. */
async function shownOf(reads: Reads, learnerId: string, { referrals: changed }: Consequences): Promise<WhatIf['referrals']> {
  if (changed.length === 0) return []
  const where = { referralId: { in: changed.map(({ referralId }) => referralId) } }
  const page = await reads.page(referrals, {
    columns: ['referralId', 'learnerId'],
    where,
    learnerIds: [learnerId],
    first: changed.length,
  })
  const shown = new Set(page.rows.map(({ values }) => values['referralId']))
  return changed
    .filter(({ referralId }) => shown.has(referralId))
    .map(({ referralId, state: { status } }) => ({ referralId, status }))
}

interface Question {
  readonly learnerId: string
  readonly state: Consent
  readonly questions: readonly ConsentEvent[]
}
