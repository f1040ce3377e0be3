import { type Decider, defineEvents, type DomainEvent, v1 } from '@passerelle/event-log'
import { diagnosis, type DiagnosisEvent } from '@passerelle/support'
import { FeedList, placeOfValues } from './feed-list.js'

const place = { file: 'x.csv', row: 2 }
const recorded: DiagnosisEvent = {
  type: 'DiagnosisRecorded',
  data: { diagnosisId: 'd', learnerId: 'l', codeSystem: 'icd10', code: 'F90.0', description: 'CANARY', on: '2026-11-24' },
} as DiagnosisEvent
const tried = (list: FeedList, decider: Decider<any, any>, event: DomainEvent) => {
  try {
    list.guard(decider, () => [event])(decider.initial)
    return undefined
  } catch (error) {
    return error as { code: string; message: string; values: unknown[]; which: object }
  }
}

describe('R-V.6 the list of a feed', () => {
  test('a school’s feed writes no diagnosis, whatever its format were to say; the refusal names no word of it', () => {
    const refused = tried(new FeedList(['C1', 'C2']), diagnosis, recorded)!
    expect(refused).toMatchObject({ code: 'FEED.CATEGORY', which: { categories: ['C6'] } })
    expect(refused.values).toContain('CANARY')
    expect(JSON.stringify([refused.message, refused.which])).not.toMatch(/CANARY|F90/)
  })
  test('what carries nothing sealed is refused by what its stream is about, and where nobody can say what that is', () => {
    const unsaid: Decider<any, any> = {
      events: defineEvents('unsaid', { Anything: v1({}) }),
      initial: {},
      evolve: () => ({}),
      subject: () => 'l',
    }
    expect(tried(new FeedList(['C1', 'C6']), unsaid, { type: 'Anything', data: {} })).toMatchObject({ code: 'FEED.CATEGORY' })
  })
  test('that something is over passes where it says nothing else, and not where it says something sealed', () => {
    const over = (event: DomainEvent) => () =>
      new FeedList([]).guard(diagnosis, () => [event as never], { ends: true })(diagnosis.initial)
    expect(over(recorded)).toThrow(/may not write C6/)
    expect(over({ type: 'DiagnosisRefuted', data: { reason: 'endedAtSource' } })).not.toThrow()
  })
  test('a health service’s feed writes it where its list holds it', () => {
    expect(tried(new FeedList(['C6']), diagnosis, recorded)).toBeUndefined()
  })
  test('the column, or the part of the resource, is found by what would have been written; where it cannot be, the row alone is named', () => {
    const cells = { id: '7', score: ' 14 ' }
    expect(placeOfValues(place, { cells }, [14])).toEqual({ ...place, column: 'score' })
    expect(placeOfValues(place, { cells }, [{ other: null }])).toEqual(place)
    expect(placeOfValues(place, { text: '14' }, [14])).toEqual(place)
    const resource = { code: { coding: [{ code: 'F90.0' }] } }
    const inBundle = { file: 'b.json', pointer: '/entry/3/resource' }
    expect(placeOfValues(inBundle, { resource }, ['F90.0']).pointer).toBe('/entry/3/resource/code/coding/0/code')
    expect(placeOfValues({ file: 'b.json', pointer: '/' }, { resource }, ['F90.0']).pointer).toBe('/code/coding/0/code')
  })
})
