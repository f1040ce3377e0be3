import { addMonths, type Decider, Refused, sameValue } from '@passerelle/event-log'
import { type Category, learnerAgencyId } from '@passerelle/sharing'
import type { Party } from './consent.decider.js'
import { type ContestEvent, contestEvents, type contestOutcomes } from './contest.events.js'

type DataOf<T extends ContestEvent['type']> = Extract<ContestEvent, { type: T }>['data']
export type ContestTarget = DataOf<'LearnerContested'>['target']
export type ContestOutcome = (typeof contestOutcomes)[number]

export interface Contest {
  readonly status: 'none' | 'open' | 'answered' | 'withdrawn'
  readonly contested?: DataOf<'LearnerContested'>
  readonly outcome?: ContestOutcome
  readonly overdue?: true
}

/** What is contested, as the hub knows it. */
export interface ContestedItem {
  readonly target: ContestTarget
  readonly category: Category
  /** Who recorded it, and so answers. */
  readonly agencyId: string
}

export type ContestItem = Party & {
  readonly contestId: string
  readonly learnerId: string
  readonly targetEventId?: string
  readonly words: string
  readonly today: string
}

/** the learner says it in their own words; nothing about the item changes. */
export function contestItem(contest: Contest, command: ContestItem, item: ContestedItem | undefined): ContestEvent[] {
  const { words, today, ...said } = command
  if (contest.contested) {
    const { contested } = contest
    const isSame = item && contested.learnerId === said.learnerId && sameTarget(contested.target, item.target)
    // Other words under the id would be lost.
    if (isSame && sameValue(contested.words, { [item.category]: words })) return []
    throw new Refused('CONTEST.EXISTS', 'Another contest has this id.', 'Choose another id.', { contestId: said.contestId })
  }
  if (!item)
    throw new Refused('CONTEST.NO_ITEM', 'There is no such item to contest.', 'Name the view and the key of a row that you see.')
  if (item.agencyId === learnerAgencyId)
    throw new Refused(
      'CONTEST.OWN_WORDS',
      'No agency recorded this: nobody could answer.',
      'Take it back, or say anew what you meant.',
    )
  return [{ type: 'LearnerContested', data: { ...said, ...item, words: { [item.category]: words }, on: today } }]
}

/** The last day to answer: a contest asks to put something right, within a month (GDPR 12(3), 16). */
export const contestDueBy = ({ on }: { readonly on: string }): string => addMonths(on, 1)

/** The clock’s. */
export function noticeOverdueContest({ status, contested, overdue }: Contest, today: string): ContestEvent[] {
  if (status !== 'open' || overdue || today <= contestDueBy(contested!)) return []
  return [{ type: 'ContestationOverdue', data: { dueBy: contestDueBy(contested!) } }]
}

export interface AnswerContest {
  readonly outcome: ContestOutcome
  readonly answeredBy: string
  readonly words: string
  readonly today: string
}

export function answerContest(contest: Contest, { words, today, ...said }: AnswerContest): ContestEvent[] {
  if (contest.status === 'answered' && contest.outcome === said.outcome) return []
  if (contest.status !== 'open')
    throw new Refused('CONTEST.NOT_OPEN', `Nothing here waits for an answer.`, 'Check the id.', { status: contest.status })
  const { target, category } = contest.contested!
  return [{ type: 'ContestationAnswered', data: { ...said, target, words: { [category]: words }, on: today } }]
}

export function withdrawContest(contest: Contest, party: Party): ContestEvent[] {
  if (contest.status === 'withdrawn') return []
  if (contest.status === 'none') throw new Refused('CONTEST.UNKNOWN', 'Nothing was contested under this id.', 'Check the id.')
  return [{ type: 'ContestationWithdrawn', data: { target: contest.contested!.target, ...party } }]
}

export const contest: Decider<Contest, ContestEvent> = {
  events: contestEvents,
  initial: { status: 'none' },
  subject: state => state.contested?.learnerId,
  evolve(state, event) {
    switch (event.type) {
      case 'LearnerContested':
        return { status: 'open', contested: event.data }
      case 'ContestationAnswered':
        return { ...state, status: 'answered', outcome: event.data.outcome }
      case 'ContestationOverdue':
        return { ...state, overdue: true }
      case 'ContestationWithdrawn':
        return { ...state, status: 'withdrawn' }
    }
  },
}

const sameTarget = (a: ContestTarget, b: ContestTarget) => a.view === b.view && a.key.join('|') === b.key.join('|')
