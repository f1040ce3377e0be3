import { erased } from '@passerelle/keyring'
import { type LearnerEvent } from './learner.events.js'
import { recordCompetence, endCompetence, competenceLongestDays, reachAgeOfDecision } from './competence.decider.js'
import { decidesAlone, guardianMay } from './deciding.js'
import { endExclusion, endGuardian, excludeGuardian, recordGuardian } from './guardian.decider.js'
import { learner, type Learner } from './learner.decider.js'

const on = (state: Learner, events: readonly LearnerEvent[]) =>
  events.reduce((s, event) => learner.evolve(s, { ...event, eventId: 'e-1' } as never), state)
const code = (work: () => unknown) => {
  try {
    work()
    return 'done'
  } catch (error) {
    return (error as { code: string }).code
  }
}
const today = '2026-03-15'
const lines = { years: 16, byCategory: { C10: 14 } }
const person = (birthDate?: string): Learner =>
  on(learner.initial, [
    {
      type: 'PersonRegistered',
      data: { learnerId: 'l-1', agencyId: 'school', givenName: 'Given', familyName: 'Family', ...(birthDate && { birthDate }) },
    },
  ])
const mother = {
  guardianId: 'g-1',
  relation: 'mother',
  name: 'Guardian',
  verified: true,
  authority: ['consents' as const],
  excluded: ['C9' as const],
  from: '2026-01-01',
  until: '2026-12-01',
}
const minor = on(person('2012-05-01'), recordGuardian(person('2012-05-01'), mother))
const exclusion = {
  exclusionId: 'x-1',
  guardianId: 'g-1',
  categories: ['C2' as const],
  ground: 'protectionOrder' as const,
  from: today,
  until: '2026-06-01',
}

describe('what is kept from one guardian', () => {
  test('an exclusion needs a guardian, categories and a period', () => {
    expect(code(() => excludeGuardian(learner.initial, exclusion))).toBe('LEARNER.UNKNOWN')
    expect(code(() => excludeGuardian(minor, { ...exclusion, guardianId: 'g-2' }))).toBe('LEARNER.NO_GUARDIAN')
    expect(code(() => excludeGuardian(minor, { ...exclusion, categories: [] }))).toBe('LEARNER.NO_CATEGORY')
    expect(code(() => excludeGuardian(minor, { ...exclusion, until: today }))).toBe('LEARNER.PERIOD')
  })
  test('it is never changed under its id, and said twice it is nothing new', () => {
    const kept = on(minor, excludeGuardian(minor, exclusion))
    expect(excludeGuardian(kept, { ...exclusion, categories: ['C2', 'C2'] })).toEqual([])
    expect(code(() => excludeGuardian(kept, { ...exclusion, categories: ['C3'] }))).toBe('LEARNER.EXCLUSION_EXISTS')
    const ended = on(kept, endExclusion(kept, { exclusionId: 'x-1', reason: 'lifted' }))
    expect([endExclusion(ended, { exclusionId: 'x-1', reason: 'lifted' }), ended.exclusions]).toEqual([[], {}])
  })
})

describe('who decides', () => {
  const may = (
    state: Learner,
    categories: readonly ('C2' | 'C3' | 'C9' | 'C10')[],
    day = today,
    power: 'informed' | 'consents' | 'signs' = 'consents',
  ) => guardianMay(state, 'g-1', power, categories, day, lines)
  test('an unverified guardian, one whose time is over or not come, and one who is none may do nothing', () => {
    const unverified = on(minor, [{ type: 'GuardianRecorded', data: { ...mother, verified: false } }])
    const ended = on(minor, endGuardian(minor, { guardianId: 'g-1', reason: 'custodyLost' }))
    for (const state of [unverified, ended, person('2012-05-01')]) expect(may(state, ['C2'], today, 'informed')).toBe(false)
    expect([may(minor, ['C2'], '2025-12-31'), may(minor, ['C2'], '2026-12-01')]).toEqual([false, false])
    expect(may(minor, ['C2'])).toBe(true)
  })
  test('each power is its own; whoever consents is informed too', () => {
    expect([may(minor, ['C2'], today, 'signs'), may(minor, ['C2'], today, 'informed')]).toEqual([false, true])
    const told = on(minor, [{ type: 'GuardianRecorded', data: { ...mother, authority: ['informed'] } }])
    expect([may(told, ['C2']), may(told, ['C2'], today, 'signs'), may(told, ['C2'], today, 'informed')]).toEqual([
      false,
      false,
      true,
    ])
  })
  test('nobody decides on what is kept from them, and one category of several is enough', () => {
    expect([may(minor, ['C9']), may(minor, ['C2', 'C9'])]).toEqual([false, false])
    const kept = on(minor, excludeGuardian(minor, exclusion))
    expect([may(kept, ['C2']), may(kept, ['C3']), may(kept, ['C2'], '2026-06-01')]).toEqual([false, true, true])
    expect(may(on(minor, [{ type: 'GuardianExcluded', data: { ...exclusion, guardianId: 'g-2' } }]), ['C2'])).toBe(true)
  })
  test('from the age line of the category on the learner decides, and no guardian', () => {
    const of = (state: Learner, category: 'C2' | 'C10', day = today) => decidesAlone(state, category, day, lines)
    const fourteen = on(person('2012-03-15'), [{ type: 'GuardianRecorded', data: mother }])
    expect([of(fourteen, 'C2'), of(fourteen, 'C10'), of(fourteen, 'C10', '2026-03-14')]).toEqual([false, true, false])
    expect([may(fourteen, ['C10']), may(fourteen, ['C2'])]).toEqual([false, true])
    expect(of(person(), 'C2')).toBe(true)
  })

  const finding = { competenceId: 'k-1', categories: ['C6' as const], recordedBy: 'u-9', from: today, reviewBy: '2026-09-01' }
  const found = on(minor, recordCompetence(minor, finding, 'healthProfessional', today))
  test('a minor found competent decides alone there, until it is looked at again', () => {
    const decides = (state: Learner, day = today) => decidesAlone(state, 'C6', day, lines)
    expect([decides(minor), decides(found), decides(found, '2026-09-01')]).toEqual([false, true, false])
    expect(guardianMay(found, 'g-1', 'consents', ['C6'], today, lines)).toBe(false)
    expect(guardianMay(found, 'g-1', 'consents', ['C5'], today, lines)).toBe(true)
    const ended = on(found, endCompetence(found, { competenceId: 'k-1', reason: 'reviewed' }))
    expect([decides(ended), endCompetence(ended, { competenceId: 'k-1', reason: 'reviewed' })]).toEqual([false, []])
  })
  test('nobody finds somebody competent in matters that are not of their profession, nor for longer than until a review', () => {
    const record = (change: object, role: 'healthProfessional' | 'teacher' | 'safeguardingLead' = 'healthProfessional') =>
      code(() => recordCompetence(minor, { ...finding, ...change }, role, today))
    expect(record({}, 'teacher')).toBe('LEARNER.NOT_THEIRS_TO_JUDGE')
    expect(record({ categories: ['C6', 'C9'] })).toBe('LEARNER.NOT_THEIRS_TO_JUDGE')
    expect(record({ categories: ['C6', 'C9'] }, 'safeguardingLead')).toBe('done')
    expect(record({ categories: [] })).toBe('LEARNER.NO_CATEGORY')
    expect([record({ reviewBy: today }), record({ from: '2026-03-16' })]).toEqual(['LEARNER.PERIOD', 'LEARNER.PERIOD'])
    expect(record({ reviewBy: '2027-03-17' })).toBe('LEARNER.REVIEW_TOO_LATE')
    expect(competenceLongestDays).toBe(366)
  })
  test('found twice is nothing new, and under one id there is one finding', () => {
    expect(recordCompetence(found, finding, 'healthProfessional', today)).toEqual([])
    expect(code(() => recordCompetence(found, { ...finding, categories: ['C5'] }, 'healthProfessional', today))).toBe(
      'LEARNER.COMPETENCE_EXISTS',
    )
  })
})

describe('coming of age', () => {
  const reached = (birthDate: string | undefined, day: string, state = person(birthDate)) =>
    reachAgeOfDecision(on(state, [{ type: 'GuardianRecorded', data: mother }]), day, lines)
  test('is said on the day, for the categories of the line, and not a day before', () => {
    expect(reached('2012-03-15', '2026-03-14')).toEqual([])
    expect(reached('2012-03-15', '2026-03-15')).toEqual([{ type: 'AgeOfDecisionReached', data: { categories: ['C10'] } }])
    const [event] = reached('2010-03-15', '2026-03-15')
    expect(event!.data).toMatchObject({ categories: expect.arrayContaining(['C1', 'C2', 'C10', 'C18']) })
  })
  test('neither the birthday nor the age stands in it', () => {
    expect(Object.keys(reached('2010-03-15', '2026-03-15')[0]!.data)).toEqual(['categories'])
  })
  test('of a month or year alone only once it is sure', () => {
    expect([reached('2012-02', '2026-02-27'), reached('2012', '2026-12-30')]).toEqual([[], []])
    expect([reached('2012-02', '2026-03-01').length, reached('2012', '2026-12-31').length]).toEqual([1, 1])
    expect(reached(undefined, '2040-01-01')).toEqual([])
  })
  test('is said once for each line; whoever was thought older comes of age anew', () => {
    const at = person('2012-03-15')
    const once = on(on(at, [{ type: 'GuardianRecorded', data: mother }]), reached('2012-03-15', '2026-03-15'))
    expect(reachAgeOfDecision(once, '2027-01-01', lines)).toEqual([])
    expect(reachAgeOfDecision(once, '2028-03-15', lines)[0]!.data).not.toMatchObject({
      categories: expect.arrayContaining(['C10']),
    })
    const younger = on(once, [
      { type: 'DemographicsCorrected', data: { correctsEventId: 'e-1', reason: 'typo', birthDate: '2013-03-15' } },
    ])
    expect(reachAgeOfDecision(younger, '2026-03-15', lines)).toEqual([])
    expect(reachAgeOfDecision(younger, '2027-03-15', lines)).toHaveLength(1)
  })
  test('whoever has no guardian has nobody whose say ends', () => {
    expect(reachAgeOfDecision(person('2010-03-15'), '2026-03-15', lines)).toEqual([])
  })
})

describe('a day of birth', () => {
  const corrected = {
    type: 'DemographicsCorrected' as const,
    data: { correctsEventId: 'e', reason: 'typo', birthDate: '2012-05-02' },
  }

  test('that was another one before closes the whole record until the models have read it', () => {
    expect(learner.closes!(person('2012-05-01'), corrected)).toEqual([{ learnerId: 'l-1' }])
    expect(learner.closes!({ ...person('2012-05-01'), birthDate: erased }, corrected)).toEqual([{ learnerId: 'l-1' }])
  })
  test('that nobody knew closes nothing: of unknown age no guardian decides', () => {
    expect(learner.closes!(person(), corrected)).toEqual([])
  })
})

describe('an ended guardian', () => {
  const ended = { type: 'GuardianEnded' as const, data: { guardianId: 'g-1', reason: 'order' } }
  const closes = (...authority: ('informed' | 'consents' | 'signs')[]) =>
    learner.closes!(on(person('2012-05-01'), recordGuardian(person('2012-05-01'), { ...mother, authority })), ended)

  test('who could consent takes along what they said yes to, wherever it was: the whole record waits', () => {
    expect(closes('consents', 'informed')).toEqual([{ learnerId: 'l-1' }])
  })
  test('who could not takes nothing from anybody else', () => {
    expect(closes('informed', 'signs')).toEqual([{ learnerId: 'l-1', userId: 'g-1', agencyId: 'learner' }])
  })
})
