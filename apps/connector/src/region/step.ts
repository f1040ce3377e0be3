import { addDays, type CommandContext, type Decider, type DomainEvent, inTurn } from '@passerelle/event-log'
import type { Purpose, Role } from '@passerelle/sharing'

/** One command of the invented history, with the envelope under which it was given. */
export interface Step {
  readonly decider: Decider<unknown, DomainEvent>
  readonly aggregateId: string
  readonly context: CommandContext
  readonly decide: (state: unknown) => readonly DomainEvent[]
}

/** Who acts. */
export interface Someone {
  readonly userId: string
  readonly agencyId: string
  readonly role: Role
}

const purposeOf: Partial<Record<Role, Purpose>> = {
  teacher: 'educationSupport',
  mentor: 'educationSupport',
  careerAdviser: 'educationSupport',
  educationCoordinator: 'caseCoordination',
  schoolPsychologist: 'educationSupport',
  socialWorker: 'socialSupport',
  safeguardingLead: 'safeguarding',
  healthProfessional: 'healthCare',
  employmentOfficer: 'employmentSupport',
  placementTutor: 'employmentSupport',
  regionAdmin: 'administration',
  learner: 'ownRecord',
  guardian: 'ownRecord',
}
export const purposeOfRole = (role: Role): Purpose => purposeOf[role] ?? 'administration'

/** What `who` does on a day. Several decisions on one aggregate in turn are one step. */
export function step<State, Event extends DomainEvent>(
  who: Someone,
  on: string,
  decider: Decider<State, Event>,
  aggregateId: string,
  ...decisions: readonly ((state: State) => readonly Event[])[]
): Step {
  // Spread over the working day, the same for the same step.
  const minute = [...aggregateId].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 480
  const occurredAt = new Date(Date.parse(`${on}T08:00:00Z`) + minute * 60_000).toISOString()
  const context: CommandContext = {
    actor: who,
    controllerAgencyId: who.agencyId,
    purpose: purposeOfRole(who.role),
    legalBasis: { kind: 'publicTask', statute: 'GDPR 6(1)(e)' },
    occurredAt,
    correlationId: `region-${aggregateId}`,
    causationId: `region-${aggregateId}`,
    language: 'en',
  }
  return {
    decider: decider as unknown as Decider<unknown, DomainEvent>,
    aggregateId,
    context,
    decide: inTurn(decider, ...decisions) as unknown as Step['decide'],
  }
}

/** A day within the story, counted from its first. */
export const dayAt = (start: string, days: number): string => addDays(start, Math.floor(days))
