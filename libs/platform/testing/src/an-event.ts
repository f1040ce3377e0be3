import { v7 as uuidv7 } from 'uuid'
import type { NewEvent } from '@passerelle/event-log'

/** A complete, plausible envelope, about nobody in particular. */
export function anEvent(changes: Partial<NewEvent> = {}): NewEvent {
  const eventId = changes.eventId ?? uuidv7()
  return {
    eventId,
    type: 'PlanReviewed',
    schemaVersion: 1,
    occurredAt: '2026-03-01T09:30:00.000Z',
    subjectRef: 'learner-1',
    controllerAgencyId: 'agency-school-1',
    actor: { userId: 'staff-1', agencyId: 'agency-school-1', role: 'teacher' },
    purpose: 'educationSupport',
    legalBasis: { kind: 'publicTask', statute: 'GDPR 6(1)(e)' },
    categories: ['C3'],
    keyRefs: ['learner-1/C3'],
    correlationId: eventId,
    causationId: eventId,
    language: 'en',
    data: { reviewId: 'review-1', onDay: '2026-03-01', outcome: 'onTrack' },
    ...changes,
  }
}
