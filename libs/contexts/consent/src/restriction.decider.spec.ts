import {
  approve,
  decline,
  dueOf,
  expireProposal,
  type Hold,
  isOver,
  lift,
  liftAsKeeper,
  noticeOverdue,
  place,
  propose,
  restriction,
  type Restriction,
} from './restriction.decider.js'
import type { RestrictionEvent } from './restriction.events.js'

const today = '2026-03-01'
const court: Hold = {
  restrictionId: 'r-1',
  learnerId: 'l-1',
  categories: ['C9'],
  agencyIds: ['school'],
  fromLearner: false,
  grounds: 'courtOrder',
  hidden: false,
  until: '2026-12-01',
}
const danger: Hold = {
  ...court,
  grounds: 'safeguarding',
  categories: ['C10'],
  agencyIds: [],
  fromLearner: true,
  hidden: true,
  until: '2026-05-01',
}
const none = restriction.initial
const after = (...events: RestrictionEvent[]): Restriction => events.reduce((s, e) => restriction.evolve(s, e), none)
const placed = after(...place(none, court, today))
const proposed = after(...propose(none, danger, 'lead-1', today))
const approved = approve(proposed, 'lead-2', today).reduce(restriction.evolve, proposed)
const code = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return (e as { code: string }).code
  }
}

describe('who holds something back', () => {
  test('R-4.3 one person alone never places a safeguarding restriction', () => {
    expect(code(() => place(none, danger, today))).toBe('RESTRICTION.NEEDS_SECOND_PERSON')
    expect(code(() => place(none, { ...danger, fromLearner: false, hidden: false }, today))).toBe(
      'RESTRICTION.NEEDS_SECOND_PERSON',
    )
  })
  test('R-4.3 nobody approves what they proposed themselves', () => {
    expect(code(() => approve(proposed, 'lead-1', today))).toBe('RESTRICTION.SAME_PERSON')
  })
  test('R-4.3 what was proposed holds nothing before a second person approves, who is named', () => {
    expect(proposed.status).toBe('proposed')
    expect(approve(proposed, 'lead-2', today)).toMatchObject([
      { type: 'RestrictionPlaced', data: { approvedBy: 'lead-2', hidden: true } },
    ])
  })
  test('what was declined, or never proposed, is not approved', () => {
    const declined = decline(proposed, { by: 'lead-2', reason: 'noGrounds' }).reduce(restriction.evolve, proposed)
    expect(code(() => approve(declined, 'lead-3', today))).toBe('RESTRICTION.NOT_PROPOSED')
    expect(code(() => approve(none, 'lead-2', today))).toBe('RESTRICTION.NOT_PROPOSED')
    expect(code(() => decline(approved, { by: 'lead-2', reason: 'x' }))).toBe('RESTRICTION.NOT_PROPOSED')
    expect(decline(declined, { by: 'lead-3', reason: 'again' })).toEqual([])
  })
})

describe('what is held back', () => {
  test('R-4.3 nothing is kept from a learner but for their safety', () => {
    for (const secret of [{ hidden: true }, { fromLearner: true }])
      for (const grounds of ['courtOrder', 'gdpr18'] as const)
        expect(code(() => place(none, { ...court, ...secret, grounds, until: '2026-04-01' }, today))).toBe(
          'RESTRICTION.INVALID_SECRECY',
        )
  })
  test('a restriction names its categories', () => {
    expect(code(() => place(none, { ...court, categories: [] }, today))).toBe('RESTRICTION.INVALID_CATEGORIES')
  })
  test('R-4.3 it ends, within the time of its grounds', () => {
    expect(code(() => place(none, { ...court, until: today }, today))).toBe('RESTRICTION.OVER')
    expect(code(() => place(none, { ...court, until: '2027-03-03' }, today))).toBe('RESTRICTION.TOO_LONG')
    expect(place(none, { ...court, until: '2027-03-02' }, today)).toHaveLength(1)
    expect(code(() => propose(none, { ...danger, until: '2026-06-02' }, 'lead-1', today))).toBe('RESTRICTION.TOO_LONG')
    expect(propose(none, { ...danger, until: '2026-06-01' }, 'lead-1', today)).toHaveLength(1)
  })
  test('what waited too long for approval is over, and whoever decides is told what they can do', () => {
    expect(() => approve(proposed, 'lead-2', '2026-05-01')).toThrow(
      expect.objectContaining({ code: 'RESTRICTION.OVER', next: expect.stringContaining('Decline it') }),
    )
    expect(decline(proposed, { by: 'lead-2', reason: 'noGrounds' })).toHaveLength(1)
  })
  test('what was placed is never changed under its id', () => {
    expect(code(() => place(placed, { ...court, categories: ['C9', 'C6'] }, today))).toBe('RESTRICTION.EXISTS')
    expect(code(() => propose(placed, danger, 'lead-1', today))).toBe('RESTRICTION.EXISTS')
  })
})

describe('a proposal that nobody decides', () => {
  const fold = (state: Restriction, events: readonly RestrictionEvent[]) => events.reduce(restriction.evolve, state)
  test('GDPR 12(3) is to be decided within a month, and before what it proposes would end', () => {
    const due = (until: string) => propose(none, { ...danger, until }, 'lead-1', '2026-01-31')[0]
    expect(due('2026-05-01')).toMatchObject({ data: { dueBy: '2026-02-28' } })
    expect(due('2026-02-10')).toMatchObject({ data: { dueBy: '2026-02-09' } })
    // As those say that are older than the rule.
    expect(dueOf({ until: '2026-05-01' })).toBe('2026-04-30')
  })
  test('GDPR 12(3) is said to be late once, the day after, and never where it was decided', () => {
    expect(noticeOverdue(proposed, '2026-04-01')).toEqual([])
    const events = noticeOverdue(proposed, '2026-04-02')
    expect(events).toEqual([{ type: 'RestrictionProposalOverdue', data: { dueBy: '2026-04-01' } }])
    expect(noticeOverdue(fold(proposed, events), '2026-04-03')).toEqual([])
    for (const decided of [approved, placed, none]) expect(noticeOverdue(decided, '2026-04-30')).toEqual([])
    expect(approve(fold(proposed, events), 'lead-2', '2026-04-02')).toHaveLength(1)
  })
  test('is over when what it proposes would be: nobody approves it any more, and a no with its reason is still said', () => {
    expect(expireProposal(proposed, '2026-04-30')).toEqual([])
    const events = expireProposal(proposed, '2026-05-01')
    expect(events).toEqual([{ type: 'RestrictionProposalExpired', data: { on: '2026-05-01' } }])
    const expired = fold(proposed, events)
    expect([expired.status, expireProposal(expired, '2026-05-02'), isOver(expired, '2026-05-02')]).toEqual(['expired', [], true])
    expect(code(() => approve(expired, 'lead-2', '2026-05-02'))).toBe('RESTRICTION.NOT_PROPOSED')
    expect(code(() => lift(expired, 'x'))).toBe('RESTRICTION.NOT_PLACED')
    expect(fold(expired, decline(expired, { by: 'lead-2', reason: 'tooLate' })).status).toBe('declined')
    for (const decided of [approved, placed, none]) expect(expireProposal(decided, '2027-04-30')).toEqual([])
  })
})

describe('asked twice, and over', () => {
  test('placed, proposed, approved or lifted twice is nothing new', () => {
    expect(place(placed, { ...court, categories: ['C9', 'C9'] }, today)).toEqual([])
    expect(propose(proposed, danger, 'lead-1', today)).toEqual([])
    expect(approve(approved, 'lead-3', today)).toEqual([])
    const lifted = lift(placed, 'orderEnded').reduce(restriction.evolve, placed)
    expect(lifted.status).toBe('lifted')
    expect(lift(lifted, 'again')).toEqual([])
  })
  test('GDPR 18(3) what a person asked for is not lifted behind their back: whoever keeps it says so days before, and it ends by itself', () => {
    const asked = after(...place(none, { ...court, grounds: 'gdpr18', until: '2026-05-01' }, today))
    const announced = liftAsKeeper(asked, 'settled', today)
    expect(announced).toEqual([{ type: 'RestrictionEndAnnounced', data: { reason: 'settled', until: '2026-03-08' } }])
    const ending = announced.reduce(restriction.evolve, asked)
    expect([isOver(ending, '2026-03-07'), isOver(ending, '2026-03-08')]).toEqual([false, true])
    // Asked twice, and later, nothing new; who asked for it may end it at once.
    expect(liftAsKeeper(ending, 'again', '2026-03-02')).toEqual([])
    expect(lift(ending, 'mine')).toEqual([{ type: 'RestrictionLifted', data: { reason: 'mine' } }])
    // It never holds longer for it.
    const later = restriction.evolve(ending, { type: 'RestrictionEndAnnounced', data: { reason: 'x', until: '2026-04-01' } })
    expect(later.hold?.until).toBe('2026-03-08')
  })
  test('what a court ordered, or safety asked for, whoever keeps it lifts at once', () => {
    for (const held of [placed, approved])
      expect(liftAsKeeper(held, 'over', today)).toEqual([{ type: 'RestrictionLifted', data: { reason: 'over' } }])
    expect(code(() => liftAsKeeper(proposed, 'x', today))).toBe('RESTRICTION.NOT_PLACED')
  })
  test('only what holds is lifted', () => {
    expect(code(() => lift(none, 'x'))).toBe('RESTRICTION.NOT_PLACED')
    expect(code(() => lift(proposed, 'x'))).toBe('RESTRICTION.NOT_PLACED')
  })
})
