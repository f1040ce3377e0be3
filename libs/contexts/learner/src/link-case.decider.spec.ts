import { confirm, linkCase, type LinkCase, merge, propose, type ProposeLink, reject, unmerge } from './link-case.decider.js'
import type { LinkCaseEvent } from './link-case.events.js'

const proposal: ProposeLink = {
  linkCaseId: 'k-1',
  learnerId: 'l-1',
  otherLearnerId: 'l-2',
  score: 21.5,
  fieldWeights: [{ field: 'givenName', weight: 7.2 }],
  blockingKey: 'birthDate',
  band: 'review',
  obstacles: ['birthDateDiffers'],
}
const after = (...events: LinkCaseEvent[]): LinkCase => events.reduce((s, e) => linkCase.evolve(s, e), linkCase.initial)
const next = (state: LinkCase, events: LinkCaseEvent[]) => events.reduce(linkCase.evolve, state)
const proposed = after(...propose(linkCase.initial, proposal))
const confirmed = next(proposed, confirm(proposed, 'person'))
const merged = next(confirmed, merge(confirmed, 'l-1', false))
const assessment = { reason: 'twins', breachAssessmentId: 'b-1' }
const unmerged = next(merged, unmerge(merged, assessment))
const rejected = next(proposed, reject(proposed, 'twins'))
const code = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return (e as { code: string }).code
  }
}

describe('what is proposed', () => {
  test('a proposal is made once, whatever became of it', () => {
    for (const state of [proposed, confirmed, rejected, merged, unmerged]) expect(propose(state, proposal)).toEqual([])
  })
  test('nobody is a duplicate of themself', () => {
    expect(code(() => propose(linkCase.initial, { ...proposal, otherLearnerId: 'l-1' }))).toBe('LINK.ONE_RECORD')
  })
})

describe('who decides', () => {
  test('R-I.1 the middle band goes to a person: likelihood does not confirm it', () => {
    expect(code(() => confirm(proposed, 'likelihood'))).toBe('LINK.NEEDS_A_PERSON')
    const automatic = after(...propose(linkCase.initial, { ...proposal, band: 'automatic', obstacles: [] }))
    expect(confirm(automatic, 'likelihood')).toEqual([{ type: 'LinkConfirmed', data: { by: 'likelihood' } }])
  })
  test('R-I.1 what a person rejected or took apart, likelihood does not confirm again; a person may', () => {
    const automatic = after(...propose(linkCase.initial, { ...proposal, band: 'automatic', obstacles: [] }))
    const refused = next(automatic, reject(automatic, 'twins'))
    expect(confirm(refused, 'likelihood')).toEqual([])
    expect(confirm(refused, 'person')).toHaveLength(1)
    expect(confirm(unmerged, 'likelihood')).toEqual([])
  })
  test('R-I.1 nobody is merged before the link is confirmed', () => {
    for (const state of [proposed, rejected, unmerged]) expect(code(() => merge(state, 'l-1', false))).toBe('LINK.NOT_CONFIRMED')
  })
  test('nothing is decided on a case that nobody proposed', () => {
    const none = linkCase.initial
    for (const decision of [
      () => confirm(none, 'person'),
      () => reject(none, 'twins'),
      () => merge(none, 'l-1', false),
      () => unmerge(none, assessment),
    ])
      expect(code(decision)).toBe('LINK.UNKNOWN')
  })
})

describe('R-I.2 merge and unmerge', () => {
  test('a merge names who survives and who is absorbed, in either order', () => {
    expect(merge(confirmed, 'l-1', false)).toEqual([{ type: 'PersonsMerged', data: { survivor: 'l-1', absorbed: 'l-2' } }])
    expect(merge(confirmed, 'l-2', false)).toEqual([{ type: 'PersonsMerged', data: { survivor: 'l-2', absorbed: 'l-1' } }])
  })
  test('a stranger to the case does not survive it, and nobody is absorbed twice', () => {
    expect(code(() => merge(confirmed, 'l-3', false))).toBe('LINK.NOT_OF_THE_CASE')
    expect(code(() => merge(confirmed, 'l-1', true))).toBe('LINK.ABSORBED')
    expect(code(() => merge(merged, 'l-2', false))).toBe('LINK.MERGED')
  })
  test('an unmerge names the assessment of who looked meanwhile', () => {
    expect(unmerge(merged, assessment)).toEqual([
      { type: 'PersonsUnmerged', data: { survivor: 'l-1', absorbed: 'l-2', ...assessment } },
    ])
    expect(code(() => unmerge(confirmed, assessment))).toBe('LINK.NOT_MERGED')
  })
  test('what is merged is not rejected behind the back of whoever looked', () => {
    expect(code(() => reject(merged, 'twins'))).toBe('LINK.MERGED')
  })
})

test('asked twice, nothing new happens', () => {
  expect([
    confirm(confirmed, 'person'),
    confirm(merged, 'person'),
    reject(rejected, 'again'),
    merge(merged, 'l-1', false),
    unmerge(unmerged, assessment),
  ]).toEqual([[], [], [], [], []])
})
