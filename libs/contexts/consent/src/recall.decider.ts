import { addDays, type Decider, Refused } from '@passerelle/event-log'
import type { Category, Purpose } from '@passerelle/sharing'
import { type RecallEvent, recallEvents } from './recall.events.js'

/** Days in which a recipient answers: a month, as GDPR 12(3) gives for what a person asks. */
export const answerWithinDays = 30

export interface Recall {
  /** `told` until every category is answered for; `silent` where the day passed first. */
  readonly status: 'none' | 'told' | 'silent' | 'answered'
  readonly learnerId?: string
  readonly agencyId?: string
  readonly askedByAgencyId?: string
  readonly dueBy?: string
  /** What is asked back. */
  readonly categories: readonly Category[]
  readonly deleted: readonly Category[]
  readonly retained: readonly Category[]
}

export interface TellRecipient {
  readonly recallId: string
  readonly learnerId: string
  readonly agencyId: string
  readonly askedByAgencyId: string
  readonly basis: 'consent' | 'agreement' | 'erasure'
  /** The consent or agreement that ended, or the event by which somebody was forgotten. */
  readonly ref: string
  readonly because: string
  readonly purposes: readonly Purpose[]
  readonly categories: readonly Category[]
  /** What the disclosure log shows that it read. */
  readonly readCategories: readonly Category[]
  readonly today: string
}

export function tell(recall: Recall, { today, ...told }: TellRecipient): RecallEvent[] {
  if (recall.status !== 'none') {
    if (recall.learnerId === told.learnerId && recall.agencyId === told.agencyId) return []
    throw new Refused('RECALL.EXISTS', 'Another recall has this id.', 'Tell under a new id.', { recallId: told.recallId })
  }
  const categories = unique(told.categories)
  if (categories.length === 0) return []
  const readCategories = categories.filter(c => told.readCategories.includes(c))
  const dueBy = addDays(today, answerWithinDays)
  return [
    { type: 'RecipientTold', data: { ...told, purposes: [...told.purposes], categories, readCategories, toldOn: today, dueBy } },
  ]
}

export interface ConfirmDeletion {
  /** Absent: everything that is not answered for yet. */
  readonly categories?: readonly Category[]
  readonly today: string
}
/** Also of what was retained, once the law that kept it is over. */
export function confirmDeletion(recall: Recall, { categories, today }: ConfirmDeletion): RecallEvent[] {
  const named = namedIn(recall, categories ?? openOf(recall))
  const deleted = named.filter(c => !recall.deleted.includes(c))
  return deleted.length === 0 ? [] : [{ type: 'RecipientDeleted', data: { categories: deleted, on: today } }]
}

export interface StateRetention {
  readonly categories: readonly Category[]
  /** The law that obliges the agency to keep them (GDPR 17(3)). */
  readonly statute: string
  readonly until?: string
  readonly today: string
}
export function stateRetention(recall: Recall, { categories, statute, until, today }: StateRetention): RecallEvent[] {
  const named = namedIn(recall, categories)
  const gone = named.filter(c => recall.deleted.includes(c))
  if (gone.length > 0)
    throw new Refused('RECALL.DELETED', 'What was said to be deleted cannot be kept.', 'Leave these categories out.', {
      categories: gone,
    })
  if (until !== undefined && until <= today)
    throw new Refused('RECALL.OVER', 'The law would keep it no longer.', 'Confirm its deletion, or name a later day.', { until })
  const retained = named.filter(c => !recall.retained.includes(c))
  if (retained.length === 0) return []
  return [{ type: 'RecipientRetained', data: { categories: retained, statute, ...(until && { until }), on: today } }]
}

/** The clock's: the last day to answer is over. Said once. */
export function noticeSilence(recall: Recall, today: string): RecallEvent[] {
  if (recall.status !== 'told' || today <= recall.dueBy!) return []
  return [{ type: 'RecipientSilent', data: { categories: openOf(recall), dueBy: recall.dueBy! } }]
}

export const recall: Decider<Recall, RecallEvent> = {
  events: recallEvents,
  initial: { status: 'none', categories: [], deleted: [], retained: [] },
  subject: state => state.learnerId,
  evolve(state, event) {
    switch (event.type) {
      case 'RecipientTold': {
        const { learnerId, agencyId, askedByAgencyId, dueBy, categories } = event.data
        return { ...state, status: 'told', learnerId, agencyId, askedByAgencyId, dueBy, categories }
      }
      case 'RecipientDeleted': {
        const { categories } = event.data
        const retained = state.retained.filter(c => !categories.includes(c))
        return answered({ ...state, deleted: unique([...state.deleted, ...categories]), retained })
      }
      case 'RecipientRetained':
        return answered({ ...state, retained: unique([...state.retained, ...event.data.categories]) })
      case 'RecipientSilent':
        return { ...state, status: 'silent' }
    }
  },
}

/** What nothing was said about yet. */
export const openOf = ({ categories, deleted, retained }: Pick<Recall, 'categories' | 'deleted' | 'retained'>): Category[] =>
  categories.filter(c => !deleted.includes(c) && !retained.includes(c))

const answered = (state: Recall): Recall => (openOf(state).length === 0 ? { ...state, status: 'answered' } : state)
const unique = (categories: readonly Category[]) => [...new Set(categories)]

function namedIn(recall: Recall, categories: readonly Category[]): Category[] {
  if (recall.status === 'none')
    throw new Refused('RECALL.UNKNOWN', 'Nothing was asked back under this id.', 'Look up the recall.')
  const notAsked = categories.filter(c => !recall.categories.includes(c))
  if (notAsked.length > 0)
    throw new Refused('RECALL.NOT_ASKED', 'These categories were not asked back.', 'Answer for those that were.', {
      categories: notAsked,
    })
  return unique(categories)
}
