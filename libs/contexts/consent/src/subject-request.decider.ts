import { addMonths, type Decider, Refused } from '@passerelle/event-log'
import { categories as allCategories, type Category, type Closing } from '@passerelle/sharing'
import type { Party } from './consent.decider.js'
import {
  type SubjectRequestEvent,
  subjectRequestEvents,
  type extensionReasons,
  type subjectRequestKinds,
  type subjectRequestOutcomes,
} from './subject-request.events.js'

export type SubjectRequestKind = (typeof subjectRequestKinds)[number]
export type SubjectRequestOutcome = (typeof subjectRequestOutcomes)[number]
type DataOf<T extends SubjectRequestEvent['type']> = Extract<SubjectRequestEvent, { type: T }>['data']
export type Retention = DataOf<'SubjectRequestAnswered'>['retained'][number]

export interface SubjectRequest {
  readonly status: 'none' | 'received' | 'answered' | 'withdrawn'
  readonly received?: DataOf<'SubjectRequestReceived'>
  readonly dueBy?: string
  readonly extended: boolean
  readonly overdue: boolean
  readonly answer?: DataOf<'SubjectRequestAnswered'>
}

export type ReceiveSubjectRequest = Party &
  Omit<DataOf<'SubjectRequestReceived'>, 'by' | 'guardianId' | 'text' | 'receivedOn' | 'dueBy'> & {
    readonly text?: string
    readonly today: string
  }

/** One month to answer (Art 12(3)), counted as Regulation 1182/71 counts. Asked again under the same id: nothing new. */
export function receive(request: SubjectRequest, { today, ...command }: ReceiveSubjectRequest): SubjectRequestEvent[] {
  const { requestId, kind, learnerId, targetEventId, text } = command
  if (request.received) {
    if (request.received.kind === kind && request.received.learnerId === learnerId) return []
    throw new Refused('SUBJECT_REQUEST.EXISTS', 'Another request has this id.', 'Choose another id.', { requestId })
  }
  if ((command.purpose && kind !== 'objection') || (command.fromAgencyId && kind !== 'objection' && kind !== 'restriction'))
    throw new Refused(
      'SUBJECT_REQUEST.INVALID_SCOPE',
      'Only an objection is against a purpose, and only that and a restriction against somebody.',
      'Leave out fromAgencyId and purpose.',
      { kind },
    )
  if (kind === 'rectification' && targetEventId === undefined && text === undefined)
    throw new Refused(
      'SUBJECT_REQUEST.INVALID_RECTIFICATION',
      'Nobody can correct what is not named.',
      'Say in your words what is wrong, or name the event that says it.',
    )
  return [
    {
      type: 'SubjectRequestReceived',
      data: { ...command, categories: distinct(command.categories), receivedOn: today, dueBy: addMonths(today, 1) },
    },
  ]
}

/** Once, by two more months, and told while the first is running (Art 12(3)). */
export function extend(request: SubjectRequest, reason: (typeof extensionReasons)[number], today: string): SubjectRequestEvent[] {
  refuseClosed(request)
  if (request.extended) return []
  if (today > request.dueBy!)
    throw new Refused(
      'SUBJECT_REQUEST.TOO_LATE_TO_EXTEND',
      'That it takes longer is told within the first month.',
      'Answer it now.',
      { dueBy: request.dueBy },
    )
  return [{ type: 'SubjectRequestExtended', data: { dueBy: addMonths(request.received!.receivedOn, 3), reason } }]
}

/** The clock’s. */
export function noticeOverdue(request: SubjectRequest, today: string): SubjectRequestEvent[] {
  if (request.status !== 'received' || request.overdue || today <= request.dueBy!) return []
  return [{ type: 'SubjectRequestOverdue', data: { dueBy: request.dueBy! } }]
}

export interface AnswerSubjectRequest {
  readonly outcome: SubjectRequestOutcome
  readonly answeredBy: string
  /** Of an answer in part: what was granted. */
  readonly categories?: readonly Category[]
  readonly ledTo?: readonly string[]
  readonly retained?: readonly Retention[]
  readonly statute?: string
  readonly words?: string
  readonly complaintTo?: string
  readonly today: string
}
/** What is known of the learner besides the request. */
export interface AnswerFacts {
  /** Somebody is kept safe by what would be forgotten: it waits, and nothing tells. */
  readonly heldForSafety: boolean
  /** Those of `ledTo` that are corrections of the learner’s data, or a restriction of it. */
  readonly found: readonly string[]
}

export function answer(request: SubjectRequest, command: AnswerSubjectRequest, facts: AnswerFacts): SubjectRequestEvent[] {
  const { outcome, ledTo = [], retained = [], today, categories: _named, ...said } = command
  if (request.answer?.outcome === outcome) return []
  refuseClosed(request)
  const { kind } = request.received!
  const granted = grantedBy(request, command)
  if (outcome !== 'fulfilled' && !(command.statute && command.complaintTo))
    throw new Refused(
      'SUBJECT_REQUEST.NO_REASON',
      'Whoever is refused is told on what statute, and where to complain (GDPR 12(4)).',
      'Give statute and complaintTo.',
      { outcome },
    )
  if (outcome !== 'refused') {
    if (kind === 'erasure') refuseSilentErasure(command, facts)
    const missing = ledTo.filter(each => !facts.found.includes(each))
    if ((kind === 'rectification' || kind === 'restriction') && (ledTo.length === 0 || missing.length > 0))
      throw new Refused(
        'SUBJECT_REQUEST.NOT_DONE',
        kind === 'rectification' ? 'Nothing was corrected yet.' : 'Nothing is held back yet.',
        'Do it first, and name in ledTo what it led to.',
        { kind, missing },
      )
  }
  const data = { ...said, outcome, categories: granted, ledTo: distinct(ledTo), retained: [...retained], answeredOn: today }
  return [{ type: 'SubjectRequestAnswered', data }]
}

/** What waits for an answer; and an objection that was upheld, which would otherwise close for ever. */
export function withdraw(request: SubjectRequest, party: Party): SubjectRequestEvent[] {
  if (request.status === 'withdrawn') return []
  if (!isUpheld(request)) refuseClosed(request)
  return [{ type: 'SubjectRequestWithdrawn', data: party }]
}

const isUpheld = ({ received, answer }: SubjectRequest): boolean =>
  received?.kind === 'objection' && answer !== undefined && answer.outcome !== 'refused'

/** What it asks about: the categories named, or all there are. */
export const askedBy = ({ received }: SubjectRequest): readonly Category[] =>
  received && received.categories.length > 0 ? received.categories : allCategories

export const subjectRequest: Decider<SubjectRequest, SubjectRequestEvent> = {
  events: subjectRequestEvents,
  initial: { status: 'none', extended: false, overdue: false },
  subject: state => state.received?.learnerId,
  closes(state, event) {
    if (event.type !== 'SubjectRequestAnswered' && event.type !== 'SubjectRequestWithdrawn') return []
    const { received, overdue, status } = state
    if (!received) return []
    // Whoever had to answer knew of the learner as long as it waited; once it was overdue, the region's officer too.
    const { learnerId, agencyId } = received
    const waiting: Closing = { learnerId, purpose: 'audit', ...(!overdue && { agencyId }) }
    return [
      ...(status === 'received' ? [waiting] : []),
      ...(event.type === 'SubjectRequestAnswered' ? upheldBy(received, event.data) : []),
    ]
  },
  evolve(state, event) {
    switch (event.type) {
      case 'SubjectRequestReceived':
        return { ...state, status: 'received', received: event.data, dueBy: event.data.dueBy }
      case 'SubjectRequestExtended':
        return { ...state, extended: true, dueBy: event.data.dueBy }
      case 'SubjectRequestOverdue':
        return { ...state, overdue: true }
      case 'SubjectRequestAnswered':
        return { ...state, status: 'answered', answer: event.data }
      case 'SubjectRequestWithdrawn':
        return { ...state, status: 'withdrawn' }
    }
  },
}

/** What an objection that is upheld, in whole or in part, takes. */
function upheldBy(received: DataOf<'SubjectRequestReceived'>, answer: DataOf<'SubjectRequestAnswered'>): Closing[] {
  if (received.kind !== 'objection' || answer.outcome === 'refused') return []
  const { learnerId, fromAgencyId, purpose, categories: asked } = received
  const of = answer.outcome === 'partly' ? answer.categories : asked
  return [
    {
      learnerId,
      ...(fromAgencyId && { agencyId: fromAgencyId }),
      ...(purpose && { purpose }),
      ...(of.length > 0 && { categories: of }),
    },
  ]
}

function grantedBy(request: SubjectRequest, { outcome, categories: named, retained = [] }: AnswerSubjectRequest): Category[] {
  if (outcome === 'refused') return []
  const asked = askedBy(request)
  const kept = retained.flatMap(({ category }) => category ?? [])
  if (outcome === 'fulfilled') {
    if (kept.some(category => asked.includes(category)))
      throw new Refused(
        'SUBJECT_REQUEST.NOT_ALL',
        'What is kept was not granted.',
        'Answer in part, with the statute and where to complain.',
        { kept },
      )
    return [...asked]
  }
  const granted = (named ?? asked).filter(category => asked.includes(category) && !kept.includes(category))
  if (granted.length === 0 || granted.length === asked.length)
    throw new Refused(
      'SUBJECT_REQUEST.NOT_PARTLY',
      'In part is some of what was asked, and not all of it.',
      'Name the categories that are granted.',
      { asked },
    )
  return distinct(granted)
}

/** Erasing says what stays and why; and it waits as long as somebody is kept safe by what is known. */
function refuseSilentErasure({ retained = [] }: AnswerSubjectRequest, { heldForSafety }: AnswerFacts): void {
  if (heldForSafety)
    throw new Refused(
      'SUBJECT_REQUEST.WAITS',
      'A safeguarding restriction is in force: nothing is forgotten meanwhile.',
      'Leave the request pending and say nothing of why; answer once the restriction has ended.',
    )
  if (retained.length === 0)
    throw new Refused(
      'SUBJECT_REQUEST.RETENTION_UNSAID',
      'Something always stays: ids, types and times, and who looked.',
      'Say in retained what stays and under what law (GDPR 17(3)).',
    )
}

function refuseClosed({ status }: SubjectRequest): void {
  if (status === 'none') throw new Refused('SUBJECT_REQUEST.UNKNOWN', 'Nobody asked for this.', 'Check the id.')
  if (status !== 'received')
    throw new Refused('SUBJECT_REQUEST.CLOSED', `This request is ${status}.`, 'Make a new one where something is left to ask.', {
      status,
    })
}

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)]
