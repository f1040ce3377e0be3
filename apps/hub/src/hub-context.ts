import type { CommandContext } from '@passerelle/event-log'

interface Cause {
  readonly legalBasis: CommandContext['legalBasis']
  readonly correlationId: string
  readonly causationId?: string
  /** Which part of the hub, where it is not the hub as such. */
  readonly userId?: string
}

/** What the hub itself does, asked by nobody. */
export const hubContext = (
  now: Date,
  { legalBasis, correlationId, causationId = correlationId, userId = 'hub' }: Cause,
): CommandContext => ({
  actor: { userId, agencyId: 'hub', role: 'system' },
  controllerAgencyId: 'hub',
  purpose: 'administration',
  legalBasis,
  occurredAt: now.toISOString(),
  correlationId,
  causationId,
  language: 'en',
})
