import { type Decider, Refused, sameValue } from '@passerelle/event-log'
import type { Erased } from '@passerelle/keyring'
import { type SupportNeedEvent, supportNeedEvents } from './support-need.events.js'

type DataOf<T extends SupportNeedEvent['type']> = Extract<SupportNeedEvent, { type: T }>['data']

/** What a learner requires in order to learn, in words of function. */
export interface SupportNeed {
  readonly status: 'none' | 'open' | 'ended'
  readonly learnerId?: string
  readonly instruction?: string | Erased
  readonly description?: string | Erased
  readonly accommodations: Readonly<Record<string, DataOf<'AccommodationAgreed'>>>
}

export type IdentifyNeed = DataOf<'NeedIdentified'>
export type ReviseNeed = DataOf<'NeedRevised'>
export type AgreeAccommodation = DataOf<'AccommodationAgreed'>

/** Codes of systems that name illnesses: ICD-10 and ICD-11 by their form, others by their name. ICF, which names functions, writes small letters. */
const namesAnIllness = /^(?:icd|dsm|snomed|icpc)[-_:/.0-9]/i
const formOfIcd = /^(?:[A-Z][0-9][0-9A-Z]|[0-9A-Z][A-Z][0-9][0-9A-Z])(?:\.|$)/

export function identify(need: SupportNeed, command: IdentifyNeed): SupportNeedEvent[] {
  const { needCode } = command
  if (typeof needCode === 'string' && (namesAnIllness.test(needCode) || formOfIcd.test(needCode)))
    throw new Refused(
      'SUPPORT.DIAGNOSIS',
      'A need is coded by what helps, not by what it is called.',
      'Choose a code of function; health records the diagnosis apart.',
    )
  if (need.status === 'none') return [{ type: 'NeedIdentified', data: command }]
  const { learnerId, instruction, description } = need
  if (
    learnerId === command.learnerId &&
    sameValue(instruction, command.instruction) &&
    sameValue(description, command.description)
  )
    return []
  throw new Refused('SUPPORT.EXISTS', 'A need has this id already.', 'Revise it, or choose another id.', {
    needId: command.needId,
  })
}

export function revise(need: SupportNeed, command: ReviseNeed): SupportNeedEvent[] {
  refuseUnlessOpen(need)
  const { instruction, description } = need
  if (sameValue(instruction, command.instruction) && sameValue(description, command.description)) return []
  return [{ type: 'NeedRevised', data: command }]
}

export function agreeAccommodation(need: SupportNeed, command: AgreeAccommodation): SupportNeedEvent[] {
  refuseUnlessOpen(need)
  const known = need.accommodations[command.accommodationId]
  if (known && sameValue(known, command)) return []
  if (known)
    throw new Refused('SUPPORT.ACCOMMODATION_EXISTS', 'An accommodation has this id already.', 'Agree on it under another id.', {
      accommodationId: command.accommodationId,
    })
  if (command.contexts.length === 0)
    throw new Refused('SUPPORT.NO_CONTEXT', 'An accommodation holds somewhere.', 'Name exam, class or workplace.')
  return [{ type: 'AccommodationAgreed', data: command }]
}

export function end(need: SupportNeed, reason: string): SupportNeedEvent[] {
  if (need.status === 'none') throw unknown()
  return need.status === 'ended' ? [] : [{ type: 'NeedEnded', data: { reason } }]
}

export const supportNeed: Decider<SupportNeed, SupportNeedEvent> = {
  events: supportNeedEvents,
  initial: { status: 'none', accommodations: {} },
  subject: state => state.learnerId,
  evolve(state, event) {
    switch (event.type) {
      case 'NeedIdentified': {
        const { learnerId, instruction, description } = event.data
        return { ...state, status: 'open', learnerId, instruction, description }
      }
      case 'NeedRevised': {
        const { instruction, description } = event.data
        return { ...state, instruction, description }
      }
      case 'AccommodationAgreed':
        return { ...state, accommodations: { ...state.accommodations, [event.data.accommodationId]: event.data } }
      case 'NeedEnded':
        return { ...state, status: 'ended' }
    }
  },
}

const unknown = () => new Refused('SUPPORT.UNKNOWN', 'There is no such need.', 'Identify it first.')
function refuseUnlessOpen(need: SupportNeed): void {
  if (need.status === 'none') throw unknown()
  if (need.status === 'ended') throw new Refused('SUPPORT.ENDED', 'This need has ended.', 'Identify it anew.')
}
