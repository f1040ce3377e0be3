import { correctedEvent, type Decider, Refused, sameValue, shorterFrom } from '@passerelle/event-log'
import type { Erased } from '@passerelle/keyring'
import { type EnrolmentEvent, enrolmentEvents } from './enrolment.events.js'

type DataOf<T extends EnrolmentEvent['type']> = Extract<EnrolmentEvent, { type: T }>['data']

/** One learner at one school, or in one class of it; the results belong to it. */
export interface Enrolment {
  readonly status: 'none' | 'enrolled' | 'ended'
  readonly learnerId?: string
  readonly agencyId?: string
  readonly classId?: string
  readonly grade?: string | Erased
  readonly from?: string
  readonly until?: string
  readonly results: Readonly<Record<string, DataOf<'ResultRecorded'>>>
  /** Events that said each result, oldest first: what a correction names. */
  readonly saidBy: Readonly<Record<string, readonly string[]>>
}
export type Enrol = DataOf<'LearnerEnrolled'>
export type RecordResult = DataOf<'ResultRecorded'>

export function enrol(enrolment: Enrolment, command: Enrol): EnrolmentEvent[] {
  const { enrolmentId, learnerId, agencyId, classId, from, until, grade } = command
  if (until !== undefined && until <= from)
    throw new Refused('ENROLMENT.PERIOD', 'The enrolment would end before it begins.', 'Choose a later last day.', {
      from,
      until,
    })
  if (enrolment.status === 'none') return [{ type: 'LearnerEnrolled', data: command }]
  if (enrolment.learnerId !== learnerId || enrolment.agencyId !== agencyId || enrolment.classId !== classId)
    throw new Refused('ENROLMENT.EXISTS', 'An enrolment has this id already.', 'Choose another id.', { enrolmentId })
  if (enrolment.status === 'ended')
    throw new Refused('ENROLMENT.ENDED', 'This enrolment has ended.', 'Enrol anew under another id.', { enrolmentId })
  const same = enrolment.from === from && enrolment.until === until && sameValue(enrolment.grade, grade)
  return same
    ? []
    : [{ type: 'EnrolmentChanged', data: { from, ...(until && { until }), ...(grade !== undefined && { grade }) } }]
}

export function endEnrolment(enrolment: Enrolment, command: DataOf<'EnrolmentEnded'>): EnrolmentEvent[] {
  if (enrolment.status === 'none')
    throw new Refused('ENROLMENT.UNKNOWN', 'There is no such enrolment.', 'Enrol the learner first.')
  return enrolment.status === 'ended' ? [] : [{ type: 'EnrolmentEnded', data: command }]
}

/** A result that says something else than before is a correction: it names the last event that said it, and says why. */
export function recordResult(enrolment: Enrolment, command: RecordResult, reason = 'resent'): EnrolmentEvent[] {
  if (enrolment.status === 'none')
    throw new Refused('ENROLMENT.UNKNOWN', 'There is no such enrolment.', 'Enrol the learner first.')
  const known = enrolment.results[command.resultId]
  if (!known) return [{ type: 'ResultRecorded', data: command }]
  if (sameValue(known, command)) return []
  const said = enrolment.saidBy[command.resultId] ?? []
  const corrects = said.length > 0 && { correctsEventId: correctedEvent(said) }
  return [{ type: 'ResultCorrected', data: { ...command, ...corrects, reason } }]
}

export const enrolment: Decider<Enrolment, EnrolmentEvent> = {
  events: enrolmentEvents,
  initial: { status: 'none', results: {}, saidBy: {} },
  subject: state => state.learnerId,
  closes({ learnerId, agencyId, from, until }, event) {
    if (event.type !== 'EnrolmentEnded' && event.type !== 'EnrolmentChanged') return []
    const shorter = shorterFrom({ from, until }, event.type === 'EnrolmentEnded' ? { from, until: event.data.on } : event.data)
    return shorter ? [{ learnerId, agencyId, ...shorter }] : []
  },
  evolve(state, event) {
    switch (event.type) {
      case 'LearnerEnrolled': {
        const { enrolmentId: _id, ...facts } = event.data
        return { ...state, ...facts, status: 'enrolled' }
      }
      case 'EnrolmentChanged': {
        const { from, until, grade } = event.data
        return { ...state, from, until, grade }
      }
      case 'EnrolmentEnded':
        return { ...state, status: 'ended', until: event.data.on }
      case 'ResultRecorded':
        return withResult(state, event.data, event.eventId)
      case 'ResultCorrected': {
        const { correctsEventId: _c, reason: _r, ...result } = event.data
        return withResult(state, result, event.eventId)
      }
    }
  },
}

function withResult(state: Enrolment, result: DataOf<'ResultRecorded'>, eventId: string | undefined): Enrolment {
  const { resultId } = result
  const said = state.saidBy[resultId] ?? []
  return {
    ...state,
    results: { ...state.results, [resultId]: result },
    saidBy: { ...state.saidBy, [resultId]: eventId === undefined ? said : [...said, eventId] },
  }
}
