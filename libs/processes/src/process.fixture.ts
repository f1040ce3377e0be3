import {
  type CommandContext,
  type Decider,
  type DomainEvent,
  EventStore,
  MemoryLog,
  MemoryProcessDesk,
  type Process,
  ProcessRunner,
} from '@passerelle/event-log'
import { MemoryKeyring } from '@passerelle/keyring'
import type { ReferralFacts } from '@passerelle/referral'
import type { Disclosures, Ports, Worklist } from './ports.js'

const nothing = async () => []
export const noWork: Worklist = {
  draftReferrals: nothing,
  referralsOnConsent: nothing,
  referralsPastDue: nothing,
  consentsPast: nothing,
  consentsEndingBy: nothing,
  casesOf: nothing,
  casesWithoutLead: nothing,
  staffWithRolesPast: nothing,
  staffOf: nothing,
  agreementsOf: nothing,
  agreementsPast: nothing,
  referralsHeldBy: nothing,
  learnersOf: nothing,
  subjectRequestsPastDue: nothing,
  contestsPastDue: nothing,
  erasuresToCarryOut: nothing,
  safeguardingRestrictions: nothing,
  restrictionProposalsPastDue: nothing,
  restrictionProposalsPast: nothing,
  plansWithReviewPastDue: nothing,
  recallsPastDue: nothing,
  breakGlassesPastDue: nothing,
  learnersNotOfAge: nothing,
  consentsOfGuardians: nothing,
}
export const nobodyRead: Disclosures = { readings: nothing }
export const noReferralFacts: ReferralFacts = {
  serviceFor: async () => ({ applicant: {}, alternatives: [] }),
  termsOf: async () => ({ calendar: { closed: [] } }),
  sharingBetween: async () => ({ bases: [], denied: [] }),
}

const noCopies = { clear: async () => {} }

/** A log in memory and one process that follows it, with a clock that stands where the test puts it. */
export function aHub(process: Process<Ports>, ports: Partial<Ports> = {}) {
  const keyring = new MemoryKeyring()
  const store = new EventStore(new MemoryLog(), keyring)
  const clock = { now: new Date('2026-03-06T09:00:00.000Z') }
  const desk = new MemoryProcessDesk()
  const all: Ports = {
    worklist: noWork,
    referralFacts: noReferralFacts,
    authority: async () => 'authority',
    ageLinesOn: async () => ({ years: 16 }),
    disclosures: nobodyRead,
    keyring,
    copies: noCopies,
    ...ports,
  }
  const runner = new ProcessRunner<Ports>({
    store,
    desk,
    processes: [process],
    portsAt: async () => all,
    now: () => clock.now,
    retryDelaysMs: [],
  })
  return {
    clock,
    runner,
    keyring,
    /** Records what somebody decided. */
    record: <State, Event extends DomainEvent>(
      decider: Decider<State, Event>,
      id: string,
      decide: (state: State) => readonly Event[],
      under: Partial<CommandContext> = {},
    ) => store.handle(decider, id, { ...context, occurredAt: clock.now.toISOString(), ...under }, decide),
    /** What the process recorded so far. */
    followed: async () =>
      (await store.log.readAll('', 10_000))
        .filter(event => event.actor.role === 'system')
        .map(({ streamId, type, causationId, controllerAgencyId, legalBasis }) => ({
          streamId,
          type,
          causationId,
          controllerAgencyId,
          legalBasis,
        })),
    /** What it said in its events of this type. */
    saidIn: async (type: string) =>
      (await store.log.readAll('', 10_000))
        .filter(event => event.actor.role === 'system' && event.type === type)
        .map(({ data }) => data),
    stateOf: async <State, Event extends DomainEvent>(decider: Decider<State, Event>, id: string) =>
      (await store.load(decider, id)).state,
    /** As after a crash before the checkpoint: everything is delivered again. */
    handleAllAgain: async () => {
      const again = new ProcessRunner<Ports>({
        store,
        desk: new MemoryProcessDesk(),
        processes: [process],
        portsAt: async () => all,
        now: () => clock.now,
        retryDelaysMs: [],
      })
      await again.catchUp()
      await again.tick()
      return again.parked()
    },
  }
}

const context = {
  actor: { userId: 'u-1', agencyId: 'school', role: 'educationCoordinator' },
  controllerAgencyId: 'school',
  purpose: 'educationSupport',
  legalBasis: { kind: 'publicTask' },
  correlationId: 'corr-1',
  causationId: 'req-1',
  language: 'fr',
} as const
