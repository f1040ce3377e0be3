import { correctedEvent, type Decider, Refused, sameValue } from '@passerelle/event-log'
import type { Erased } from '@passerelle/keyring'
import { type DiagnosisEvent, diagnosisEvents } from './diagnosis.events.js'

type DataOf<T extends DiagnosisEvent['type']> = Extract<DiagnosisEvent, { type: T }>['data']

/** Health's own; nothing that a teacher reads is made of it. */
export interface Diagnosis {
  readonly status: 'none' | 'recorded' | 'refuted'
  readonly learnerId?: string
  readonly code?: string | Erased
  readonly description?: string | Erased
  /** Events that said it, oldest first: what a correction may name. */
  readonly saidBy: readonly string[]
}
export type RecordDiagnosis = DataOf<'DiagnosisRecorded'>
/** Without `correctsEventId`: the last that said it. */
export type CorrectDiagnosis = Omit<DataOf<'DiagnosisCorrected'>, 'correctsEventId'> & { readonly correctsEventId?: string }

export function recordDiagnosis(diagnosis: Diagnosis, command: RecordDiagnosis): DiagnosisEvent[] {
  if (diagnosis.status === 'none') return [{ type: 'DiagnosisRecorded', data: command }]
  const { learnerId, code, description } = diagnosis
  if (learnerId === command.learnerId && sameValue(code, command.code) && sameValue(description, command.description)) return []
  throw new Refused('DIAGNOSIS.EXISTS', 'A diagnosis has this id already.', 'Correct it, or choose another id.', {
    diagnosisId: command.diagnosisId,
  })
}

/** names the event that it corrects. */
export function correctDiagnosis(diagnosis: Diagnosis, command: CorrectDiagnosis): DiagnosisEvent[] {
  if (diagnosis.status === 'none') throw new Refused('DIAGNOSIS.UNKNOWN', 'There is no such diagnosis.', 'Record it first.')
  if (sameValue(diagnosis.code, command.code) && sameValue(diagnosis.description, command.description)) return []
  const correctsEventId = correctedEvent(diagnosis.saidBy, command.correctsEventId)
  return [{ type: 'DiagnosisCorrected', data: { ...command, correctsEventId } }]
}

export function refute(diagnosis: Diagnosis, reason: string): DiagnosisEvent[] {
  if (diagnosis.status === 'none') throw new Refused('DIAGNOSIS.UNKNOWN', 'There is no such diagnosis.', 'Record it first.')
  return diagnosis.status === 'refuted' ? [] : [{ type: 'DiagnosisRefuted', data: { reason } }]
}

export const diagnosis: Decider<Diagnosis, DiagnosisEvent> = {
  events: diagnosisEvents,
  initial: { status: 'none', saidBy: [] },
  subject: state => state.learnerId,
  evolve(state, event) {
    switch (event.type) {
      case 'DiagnosisRecorded': {
        const { learnerId, code, description } = event.data
        return { status: 'recorded', learnerId, code, description, saidBy: also(state, event.eventId) }
      }
      case 'DiagnosisCorrected': {
        const { code, description } = event.data
        return { ...state, status: 'recorded', code, description, saidBy: also(state, event.eventId) }
      }
      case 'DiagnosisRefuted':
        return { ...state, status: 'refuted' }
    }
  },
}

const also = ({ saidBy }: Diagnosis, eventId: string | undefined) => (eventId === undefined ? saidBy : [...saidBy, eventId])
