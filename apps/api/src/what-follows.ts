import { type Consent, consent, type ConsentEvent } from '@passerelle/consent'
import { type Decider, type DomainEvent, type EventStore, streamIdOf } from '@passerelle/event-log'
import type { AnsweredConsent, HubReferralFacts } from '@passerelle/hub'
import type { HubRows } from '@passerelle/projections'
import { type Ports, sendReferralWhenItsBasisIsFound, withdrawReferralWhenConsentIsWithdrawn } from '@passerelle/processes'
import { type Referral, referral, referrals } from '@passerelle/referral'

/** What hangs on a consent so that others see more or less of the learner by it. */
const processes = [withdrawReferralWhenConsentIsWithdrawn, sendReferralWhenItsBasisIsFound]

export interface Foreseen {
  readonly type: string
  readonly data: unknown
  readonly streamId: string
  readonly controllerAgencyId?: string
}
export interface Consequences {
  readonly events: readonly Foreseen[]
  /** Referrals that would be sent or taken back, as they would be then. */
  readonly referrals: readonly { readonly referralId: string; readonly state: Referral }[]
}

interface WhereToLook {
  readonly store: EventStore
  readonly rows: HubRows
  readonly referralFacts: HubReferralFacts
}

/**
 * What the hub itself would do at once of an answer to a consent: its own processes are asked, in memory, with the answer as if it were recorded. Nothing
 * is written.
 */
export async function whatFollows(
  { store, rows, referralFacts }: WhereToLook,
  consentId: string,
  answered: Consent,
  answers: readonly ConsentEvent[],
  now: Date,
): Promise<Consequences> {
  const events: Foreseen[] = []
  const changed = new Map<string, Referral>()
  const load = async <State, Event extends DomainEvent>(decider: Decider<State, Event>, id: string): Promise<State> => {
    const streamId = streamIdOf(decider, id)
    if (streamId === streamIdOf(consent, consentId)) return answered as State
    const { state: recorded } = await store.load(decider, id)
    const foreseen = events.filter(event => event.streamId === streamId) as unknown as Event[]
    return foreseen.reduce<State>((before, event) => decider.evolve(before, event), recorded)
  }
  const acting = {
    now,
    load,
    decide: async <State, Event extends DomainEvent>(
      decider: Decider<State, Event>,
      id: string,
      decide: (state: State) => readonly Event[],
      under: { readonly controllerAgencyId?: string } = {},
    ) => {
      const before = await load(decider, id)
      const said = decide(before)
      events.push(...said.map(({ type, data }) => ({ type, data, streamId: streamIdOf(decider, id), ...under })))
      const after = said.reduce<State>((s, event) => decider.evolve(s, event), before)
      if (said.length > 0 && (decider as unknown) === referral) changed.set(id, after as unknown as Referral)
      return { state: after, events: said }
    },
    idFrom: (...parts: readonly string[]) => parts.join('-'),
    worklist: {
      referralsOnConsent: async (id: string) => idsOf(await rows.find(referrals, { consentId: id })),
      draftReferrals: async (which: { readonly learnerId: string; readonly recipientAgencyId: string }) =>
        idsOf(await rows.find(referrals, { status: 'draft', ...which })),
    },
    referralFacts: referralFacts.withAnswer(rowOf(consentId, answered)),
  }
  for (const event of answers)
    for (const { on } of processes)
      await on.get(event.type)?.({ ...event, streamId: streamIdOf(consent, consentId) } as never, acting as unknown as Acting)
  return { events, referrals: [...changed].map(([referralId, state]) => ({ referralId, state })) }
}
type Acting = Parameters<NonNullable<ReturnType<(typeof processes)[number]['on']['get']>>>[1] & Ports

const idsOf = (found: readonly { readonly referralId: string | null }[]) => found.map(({ referralId }) => referralId!)

/** The row of the consent as it would be then. */
const rowOf = (
  consentId: string,
  { learnerId, recipientAgencyId, status, asked, given, ...state }: Consent,
): AnsweredConsent => ({
  consentId,
  learnerId: learnerId!,
  recipientAgencyId: recipientAgencyId!,
  status: status as AnsweredConsent['status'],
  asked,
  given,
  validUntil: state.validUntil ?? null,
  dataFrom: state.dataPeriod?.from ?? null,
  dataUntil: state.dataPeriod?.until ?? null,
})
