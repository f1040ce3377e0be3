import { column, defineView } from '@passerelle/projections'
import type { Category, Purpose } from '@passerelle/sharing'
import { openOf, type Recall, type TellRecipient } from './recall.decider.js'
import { recallEvents } from './recall.events.js'

/** What an agency keeps, and by which law. */
export interface Retained {
  readonly categories: readonly Category[]
  readonly statute: string
  readonly until?: string
  readonly on: string
}

const stays = { from: 'existence' } as const

/**
 * What was asked back, of whom, and what they answered: the learner sees every one, a recipient only its own, and so does the agency that answers
 * for what was shared. Codes and days stay when the learner is forgotten, so that a recipient can do what it is asked to and account for it.
 */
export const recalls = defineView('recalls', {
  from: [recallEvents],
  category: 'C14',
  description: 'A recipient is told that what it was given rests on nothing any more, and answers: deleted, or retained by law.',
  columns: {
    recallId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    agencyId: column('id', { ...stays, owner: true, description: 'The recipient that is told.' }),
    askedByAgencyId: column('id', { ...stays, owner: true, description: 'Who answers for what was shared.' }),
    status: column<Exclude<Recall['status'], 'none'>>('code', {
      ...stays,
      description: 'told, silent (the day passed without an answer) or answered',
    }),
    basis: column<TellRecipient['basis']>('code', {
      ...stays,
      description: 'What ended: a consent, an agreement, or that anything is held at all (erasure).',
    }),
    ref: column('id', { description: 'The consent or agreement.' }),
    because: column('code', {
      ...stays,
      description:
        'withdrawn, partlyWithdrawn, narrowed, fewerDays (only what is of days that the consent names no more), expired, frozen, invalidated, ended, or why it was erased',
    }),
    purposes: column<readonly Purpose[]>('texts', stays),
    categories: column<readonly Category[]>('texts', { ...stays, description: 'What is asked back.' }),
    readCategories: column<readonly Category[]>('texts', {
      description: 'What of it the recipient read, by the disclosure log.',
    }),
    open: column<readonly Category[]>('texts', { ...stays, description: 'Not answered for yet.' }),
    deleted: column<readonly Category[]>('texts', { ...stays, description: 'The recipient says that it deleted these.' }),
    retained: column<readonly Category[]>('texts', { ...stays, description: 'The recipient keeps these by law.' }),
    retentions: column<readonly Retained[]>('json', { ...stays, description: 'Which law keeps what, and until when.' }),
    toldOn: column('day', stays),
    dueBy: column('day', { ...stays, description: 'Last day to answer.' }),
    answeredOn: column('day', { ...stays, description: 'When the last category was answered for.' }),
    silent: column('bool', {
      ...stays,
      description: 'The day passed without an answer: the data protection officers are to see to it.',
    }),
  },
  on: {
    RecipientTold: ({ data }) => ({
      ...data,
      status: 'told',
      open: data.categories,
      deleted: [],
      retained: [],
      retentions: [],
      silent: false,
    }),
    RecipientDeleted: ({ data }, row) => {
      const retained = (row?.retained ?? []).filter(c => !data.categories.includes(c))
      return answer(row, { deleted: [...(row?.deleted ?? []), ...data.categories], retained }, data.on)
    },
    RecipientRetained: ({ data }, row) => ({
      ...answer(row, { deleted: row?.deleted ?? [], retained: [...(row?.retained ?? []), ...data.categories] }, data.on),
      retentions: [...(row?.retentions ?? []), data],
    }),
    RecipientSilent: _ => ({ status: 'silent', silent: true }),
  },
})

type Answers = { readonly deleted: readonly Category[]; readonly retained: readonly Category[] }

function answer(row: { readonly categories: readonly Category[] | null } | undefined, said: Answers, on: string) {
  const open = openOf({ categories: row?.categories ?? [], ...said })
  return { ...said, open, ...(open.length === 0 && { status: 'answered' as const, answeredOn: on }) }
}
