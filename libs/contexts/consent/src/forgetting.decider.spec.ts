import { type Decider, type DomainEvent, EventStore, MemoryLog } from '@passerelle/event-log'
import { MemoryKeyring } from '@passerelle/keyring'
import { begin, forgetting, type Forgetting, hold, mayForget } from './forgetting.decider.js'
import type { ForgettingEvent } from './forgetting.events.js'
import { approve, decline, lift, propose, restriction } from './restriction.decider.js'

const none = forgetting.initial
const after = (...events: ForgettingEvent[]): Forgetting => events.reduce((s, e) => forgetting.evolve(s, e), none)
const at = '2026-03-06T09:00:00.000Z'
const of = (restrictionId: string) => ({ restrictionId, at })
const held = after(...hold(none, 'l-1', of('r-1')))

test('GDPR 17(3) what is held for safety is not begun before every restriction is over', () => {
  expect(begin(held, 'l-1', 'q-1', [])).toEqual([])
  const both = after(...hold(none, 'l-1', of('r-1')), ...hold(held, 'l-1', of('r-2')))
  expect(begin(both, 'l-1', 'q-1', [of('r-1')])).toEqual([])
  expect(begin(held, 'l-1', 'q-1', [of('r-1')])).toEqual([{ type: 'ForgettingBegun', data: { learnerId: 'l-1', ref: 'q-1' } }])
  expect(begin(none, 'l-1', 'q-1', [])).toHaveLength(1)
})
test('asked twice, nothing new; what was begun goes on, and what is asked later waits for what is held by then', () => {
  expect(hold(held, 'l-1', of('r-1'))).toEqual([])
  const begun = after(...begin(none, 'l-1', 'q-1', []), ...hold(none, 'l-1', of('r-1')))
  expect(begun).toEqual({ learnerId: 'l-1', heldBy: [of('r-1')], begun: ['q-1'] })
  expect(begin(begun, 'l-1', 'q-1', [of('r-1')])).toEqual([])
  expect(begin(begun, 'l-1', 'q-2', [])).toEqual([])
})

test('what was announced long since, and not placed, is announced anew; then what was known of it before counts no more', () => {
  const later = { restrictionId: 'r-1', at: '2026-03-06T09:15:00.001Z' }
  expect(hold(held, 'l-1', { ...later, at: '2026-03-06T09:15:00.000Z' })).toEqual([])
  const again = hold(held, 'l-1', later)
  expect(again).toEqual([{ type: 'ForgettingHeld', data: { learnerId: 'l-1', ...later } }])
  const anew = after(...hold(none, 'l-1', of('r-1')), ...again)
  expect(anew.heldBy).toEqual([later])
  expect(begin(anew, 'l-1', 'q-1', [of('r-1')])).toEqual([])
  // As events were before they said when.
  const old = after({ type: 'ForgettingHeld', data: { learnerId: 'l-1', restrictionId: 'r-1' } })
  expect(hold(old, 'l-1', of('r-1'))).toHaveLength(1)
})

describe('the last look', () => {
  const danger = { categories: ['C10'], agencyIds: [], fromLearner: true, hidden: true, grounds: 'safeguarding' } as const
  const proposal = { ...danger, restrictionId: 'r-1', learnerId: 'l-1', until: '2026-05-01' }

  const context = {
    actor: { userId: 'u-1', agencyId: 'social', role: 'safeguardingLead' },
    controllerAgencyId: 'social',
    purpose: 'safeguarding',
    legalBasis: { kind: 'publicTask' },
    occurredAt: '2026-03-06T09:00:00.000Z',
    correlationId: 'c-1',
    causationId: 'r-1',
    language: 'fr',
  } as const

  /** `meanwhile` happens after restrictions were looked at. */
  function aLog(meanwhile: () => Promise<unknown> = async () => {}) {
    const store = new EventStore(new MemoryLog(), new MemoryKeyring())
    const clock = { today: '2026-03-06', time: '09:00:00.000' }
    const record = <S, E extends DomainEvent>(decider: Decider<S, E>, id: string, decide: (state: S) => readonly E[]) =>
      store.handle(decider, id, context, decide)
    const may = (ref: string) => {
      const acting: Parameters<typeof mayForget>[0] = {
        now: new Date(`${clock.today}T${clock.time}Z`),
        load: async (decider, id) => (await store.load(decider, id)).state,
        decide: async (decider, id, decide) => (await meanwhile(), record(decider, id, decide)),
      }
      return mayForget(acting, 'l-1', ref)
    }
    const announce = () =>
      record(forgetting, 'l-1', s => hold(s, 'l-1', { restrictionId: 'r-1', at: `${clock.today}T${clock.time}Z` }))
    return { record, may, announce, clock }
  }

  test('a restriction that is announced and not yet placed holds it back already', async () => {
    const { record, may, announce } = aLog()
    await record(restriction, 'r-1', s => propose(s, proposal, 'lead-1', '2026-03-01'))
    await announce()
    expect(await may('q-1')).toBe(false)
    await record(restriction, 'r-1', s => approve(s, 'lead-2', '2026-03-06'))
    expect(await may('q-1')).toBe(false)
  })
  test.each([
    ['lifted', 'approved'],
    ['declined', 'proposed'],
    ['over by its day', 'approved'],
  ])('it goes on once the restriction is %s', async (end, first) => {
    const { record, may, announce, clock } = aLog()
    await record(restriction, 'r-1', s => propose(s, proposal, 'lead-1', '2026-03-01'))
    await announce()
    if (first === 'approved') await record(restriction, 'r-1', s => approve(s, 'lead-2', '2026-03-06'))
    expect(await may('q-1')).toBe(false)
    if (end === 'lifted') await record(restriction, 'r-1', s => lift(s, 'safe'))
    if (end === 'declined') await record(restriction, 'r-1', s => decline(s, { by: 'dpo', reason: 'unfounded' }))
    if (end === 'over by its day') clock.today = '2026-05-01'
    expect(await may('q-1')).toBe(true)
  })
  test('one that is announced between the look and what follows from it still holds it back', async () => {
    const log: ReturnType<typeof aLog> = aLog(() => log.announce())
    await log.record(restriction, 'r-1', s => propose(s, proposal, 'lead-1', '2026-03-01'))
    expect(await log.may('q-1')).toBe(false)
  })
  test('one that was announced and, after a crash, never placed holds it back for a quarter of an hour; approved again, it holds', async () => {
    const { record, may, announce, clock } = aLog()
    await record(restriction, 'r-1', s => propose(s, proposal, 'lead-1', '2026-03-01'))
    await announce()
    clock.time = '09:15:00.000'
    expect(await may('q-1')).toBe(false)
    clock.time = '09:15:00.001'
    expect(await may('q-1')).toBe(true)
    await announce()
    expect(await may('q-2')).toBe(false)
    await record(restriction, 'r-1', s => approve(s, 'lead-2', '2026-03-06'))
    clock.time = '23:00:00.000'
    expect(await may('q-2')).toBe(false)
  })
  test('one that is announced again between the look and what follows from it holds it back too', async () => {
    const log: ReturnType<typeof aLog> = aLog(() => log.announce())
    await log.record(restriction, 'r-1', s => propose(s, proposal, 'lead-1', '2026-03-01'))
    await log.announce()
    log.clock.time = '10:00:00.000'
    expect(await log.may('q-1')).toBe(false)
  })
  test('one that is announced after it was begun does not take it back', async () => {
    const { may, announce } = aLog()
    expect(await may('q-1')).toBe(true)
    await announce()
    expect(await may('q-1')).toBe(true)
    expect(await may('q-2')).toBe(false)
  })
})
