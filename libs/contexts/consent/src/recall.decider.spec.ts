import { columnsFrom, foldView, type Told } from '@passerelle/testing'
import {
  answerWithinDays,
  confirmDeletion,
  noticeSilence,
  openOf,
  recall,
  type Recall,
  stateRetention,
  tell,
  type TellRecipient,
} from './recall.decider.js'
import type { RecallEvent } from './recall.events.js'
import { recalls } from './recalls.view.js'

const telling: TellRecipient = {
  recallId: 'k-1',
  learnerId: 'l-1',
  agencyId: 'social',
  askedByAgencyId: 'school',
  basis: 'consent',
  ref: 'c-1',
  because: 'withdrawn',
  purposes: ['socialSupport'],
  categories: ['C3', 'C5', 'C9'],
  readCategories: ['C3', 'C6'],
  today: '2026-03-01',
}
const today = '2026-03-10'
const dueBy = '2026-03-31'
const after = (...events: RecallEvent[]): Recall => events.reduce((s, e) => recall.evolve(s, e), recall.initial)
const asked = tell(recall.initial, telling)
const told = after(...asked)
const code = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return (e as { code: string }).code
  }
}
const retention = { categories: ['C9'], statute: 'FR-CASF-L221', until: '2031-03-01', today } as const

describe('telling a recipient', () => {
  test('it is told what is asked back, what it read of that and nothing else, and by when to answer', () => {
    expect(answerWithinDays).toBe(30)
    expect(asked).toMatchObject([
      { type: 'RecipientTold', data: { categories: ['C3', 'C5', 'C9'], readCategories: ['C3'], toldOn: '2026-03-01', dueBy } },
    ])
  })
  test('asked twice, nothing new; nothing is asked back where nothing is, and one recall is of one recipient', () => {
    expect(tell(told, { ...telling, today: '2026-03-02' })).toEqual([])
    expect(tell(recall.initial, { ...telling, categories: [] })).toEqual([])
    expect(code(() => tell(told, { ...telling, agencyId: 'clinic' }))).toBe('RECALL.EXISTS')
    expect(code(() => tell(told, { ...telling, learnerId: 'l-2' }))).toBe('RECALL.EXISTS')
  })
})

describe('its answer', () => {
  test('nobody answers what was not asked', () => {
    expect(code(() => confirmDeletion(recall.initial, { today }))).toBe('RECALL.UNKNOWN')
    expect(code(() => stateRetention(recall.initial, retention))).toBe('RECALL.UNKNOWN')
    expect(code(() => confirmDeletion(told, { categories: ['C6'], today }))).toBe('RECALL.NOT_ASKED')
    expect(code(() => stateRetention(told, { ...retention, categories: ['C9', 'C6'] }))).toBe('RECALL.NOT_ASKED')
  })
  test('deleted: everything that is open, where nothing is named', () => {
    expect(confirmDeletion(told, { today })).toEqual([
      { type: 'RecipientDeleted', data: { categories: ['C3', 'C5', 'C9'], on: today } },
    ])
  })
  test('part deleted and part retained by a law is a whole answer, and only then', () => {
    const part = after(...asked, ...confirmDeletion(told, { categories: ['C3'], today }))
    expect([part.status, openOf(part)]).toEqual(['told', ['C5', 'C9']])
    const whole = after(
      ...asked,
      ...confirmDeletion(told, { categories: ['C3', 'C5'], today }),
      ...stateRetention(told, retention),
    )
    expect([whole.status, whole.deleted, whole.retained]).toEqual(['answered', ['C3', 'C5'], ['C9']])
    expect(confirmDeletion(whole, { today })).toEqual([])
  })
  test('what was deleted cannot be kept; what was kept is deleted once the law is over', () => {
    const deleted = after(...asked, ...confirmDeletion(told, { today }))
    expect(code(() => stateRetention(deleted, retention))).toBe('RECALL.DELETED')
    const kept = after(...asked, ...stateRetention(told, retention))
    const gone = [...asked, ...stateRetention(told, retention), ...confirmDeletion(kept, { categories: ['C9'], today })]
    expect(after(...gone)).toMatchObject({ deleted: ['C9'], retained: [] })
  })
  test('a law that would keep it no longer is none', () => {
    expect(code(() => stateRetention(told, { ...retention, until: today }))).toBe('RECALL.OVER')
    expect(stateRetention(told, { ...retention, until: undefined })).toHaveLength(1)
  })
  test('answered twice, nothing new', () => {
    const kept = after(...asked, ...stateRetention(told, retention))
    expect(stateRetention(kept, retention)).toEqual([])
    const deleted = after(...asked, ...confirmDeletion(told, { categories: ['C3'], today }))
    expect(confirmDeletion(deleted, { categories: ['C3'], today })).toEqual([])
  })
})

describe('silence', () => {
  test('is none on the last day, is one the day after, and is said once', () => {
    expect(noticeSilence(told, dueBy)).toEqual([])
    const said = noticeSilence(told, '2026-04-01')
    expect(said).toEqual([{ type: 'RecipientSilent', data: { categories: ['C3', 'C5', 'C9'], dueBy } }])
    expect(noticeSilence(after(...asked, ...said), '2026-04-02')).toEqual([])
  })
  test('is about what is not answered, and of who answered there is none', () => {
    const part = after(...asked, ...confirmDeletion(told, { categories: ['C3'], today }))
    expect(noticeSilence(part, '2026-04-01')).toMatchObject([{ data: { categories: ['C5', 'C9'] } }])
    expect(noticeSilence(after(...asked, ...confirmDeletion(told, { today })), '2026-04-01')).toEqual([])
    expect(noticeSilence(recall.initial, '2026-04-01')).toEqual([])
  })
  test('an answer that comes late is an answer, and the silence stays known', () => {
    const silent = [...asked, ...noticeSilence(told, '2026-04-01')]
    const late = confirmDeletion(after(...silent), { today: '2026-04-02' })
    expect(after(...silent, ...late).status).toBe('answered')
    expect(row(...silent, ...late)).toMatchObject({ status: 'answered', silent: true, answeredOn: '2026-04-02', open: [] })
  })
})

const row = (...events: RecallEvent[]) =>
  foldView(
    recalls,
    ...events.map((event): Told => ({ streamId: 'recall-k-1', subjectRef: 'l-1', controllerAgencyId: 'school', ...event })),
  ).get('k-1')

test('the learner reads who was told, what each said about what, and by which law something is kept', () => {
  expect(row(...asked)).toMatchObject({ status: 'told', agencyId: 'social', open: ['C3', 'C5', 'C9'], silent: false, dueBy })
  const part = row(...asked, ...stateRetention(told, retention), ...confirmDeletion(told, { categories: ['C3'], today }))
  expect(part).toMatchObject({ status: 'told', open: ['C5'], deleted: ['C3'], retained: ['C9'] })
  expect(part!.retentions).toMatchObject([{ categories: ['C9'], statute: 'FR-CASF-L221', until: '2031-03-01' }])
  expect(part!.answeredOn).toBeNull()
})

test('GDPR 19 when the learner is forgotten the codes and days stay that a recipient works by; not the consent, nor what the log knows of its reads', () => {
  const { C14: kept } = columnsFrom(recalls, 'existence')
  expect(Object.keys(recalls.columns).filter(name => !kept!.includes(name))).toEqual(['ref', 'readCategories'])
  // Nothing of it is anybody's own words.
  expect(Object.values(recalls.columns).filter(({ type }) => type === 'text')).toEqual([])
})
