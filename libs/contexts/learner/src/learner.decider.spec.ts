import * as decide from './learner.decider.js'
import * as guardians from './guardian.decider.js'
import { learner, type Learner } from './learner.decider.js'
import type { LearnerEvent } from './learner.events.js'

const command = { learnerId: 'l-1', agencyId: 'school', givenName: 'Given', familyName: 'Family', birthDate: '2009-05-01' }
const today = '2026-11-24'
let recorded = 0
const on = (state: Learner, events: readonly LearnerEvent[]): Learner =>
  events.reduce((s, e) => learner.evolve(s, { ...e, eventId: `e-${++recorded}` }), state)
const known = on(learner.initial, decide.register(learner.initial, command, today))
const guardian: decide.GuardianRecord = {
  guardianId: 'g-1',
  relation: 'mother',
  name: 'Guardian',
  verified: true,
  authority: ['consents'],
  excluded: ['C9'],
  from: '2026-01-01',
  until: '2027-05-01',
}
const code = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return (e as { code: string }).code
  }
}

describe('registration', () => {
  test('nothing is recorded about somebody who is not registered', () => {
    const acts: (() => unknown)[] = [
      () => decide.attachIdentifier(learner.initial, { agencyId: 'school', system: 'sis', valueHash: 'a'.repeat(64) }),
      () => decide.recordStanding(learner.initial, { agencyId: 'social', from: '2026-01-01' }),
      () => decide.endStanding(learner.initial, { agencyId: 'social', reason: 'x' }),
      () => decide.correctDemographics(learner.initial, { reason: 'x' }, today),
      () => decide.recordContact(learner.initial, {}),
      () => decide.recordLanguages(learner.initial, { firstLanguage: 'ar', languageOfInstruction: 'fr' }),
      () => decide.linkAccount(learner.initial, 'a'.repeat(64)),
      () => guardians.recordGuardian(learner.initial, guardian),
      () => decide.forgetCategory(learner.initial, { category: 'C1', reason: 'erasureRequest', retained: [] }),
    ]
    for (const act of acts) expect(code(act)).toBe('LEARNER.UNKNOWN')
  })
  test('the same person again is nothing new, another under the same id is refused', () => {
    expect(decide.register(known, command, today)).toEqual([])
    expect(code(() => decide.register(known, { ...command, givenName: 'Other' }, today))).toBe('LEARNER.EXISTS')
  })
  test('identifiers, contact, languages and accounts said twice are nothing new', () => {
    const twice = (act: (state: Learner) => LearnerEvent[]) => {
      const after = on(known, act(known))
      expect(act(known)).toHaveLength(1)
      expect(act(after)).toEqual([])
    }
    twice(s => decide.attachIdentifier(s, { agencyId: 'school', system: 'sis', valueHash: 'a'.repeat(64) }))
    twice(s => decide.recordContact(s, { email: 'x@example.org' }))
    twice(s => decide.recordLanguages(s, { firstLanguage: 'ar', languageOfInstruction: 'fr' }))
    twice(s => decide.linkAccount(s, 'a'.repeat(64)))
    twice(s => decide.recordDemographics(s, { sex: 'female' }))
    twice(s => decide.forgetCategory(s, { category: 'C9', reason: 'erasureRequest', retained: ['skeleton'] }))
  })
  test('R-0.2 a correction names an event that said what it corrects: by default the last', () => {
    const typo = { reason: 'typo', birthDate: '2009-05' }
    expect(code(() => decide.correctDemographics(known, { ...typo, correctsEventId: 'e-unknown' }, today))).toBe(
      'CORRECTION.UNKNOWN_EVENT',
    )
    const [first] = known.saidBy
    const [correction] = decide.correctDemographics(known, typo, today)
    expect(correction).toMatchObject({ type: 'DemographicsCorrected', data: { correctsEventId: first } })
    const again = on(known, [correction!])
    expect(decide.correctDemographics(again, { ...typo, birthDate: '2009' }, today)).toMatchObject([
      { data: { correctsEventId: again.saidBy[1] } },
    ])
    expect(decide.correctDemographics(again, { ...typo, birthDate: '2009', correctsEventId: first }, today)).toHaveLength(1)
  })
  test.each(['2026-11-25', '2026-12', '2027', '2035-01-01', '1895-12-31', '1850'])(
    'nobody was born on %s, after today or longer ago than people live: age decides who consents',
    birthDate => {
      const said = { ...command, birthDate }
      expect(code(() => decide.register(learner.initial, said, today))).toBe('LEARNER.BIRTH_DATE')
      expect(code(() => decide.correctDemographics(known, { reason: 'typo', birthDate }, today))).toBe('LEARNER.BIRTH_DATE')
    },
  )
  test.each([today, '2026-11', '2026', '1896', undefined])('somebody may have been born on %s', birthDate => {
    const said = { ...command, ...(birthDate && { birthDate }) }
    expect(decide.register(learner.initial, said, today)).toHaveLength(1)
  })
  test('R-0.2 where nothing differs there is nothing to correct', () => {
    expect(decide.correctDemographics(known, { reason: 'typo', givenName: 'Given' }, today)).toEqual([])
  })
})

describe('standing', () => {
  test('begins and ends, each said once', () => {
    expect(code(() => decide.recordStanding(known, { agencyId: 'social', from: '2026-02-01', until: '2026-02-01' }))).toBe(
      'LEARNER.PERIOD',
    )
    const standing = { agencyId: 'social', from: '2026-02-01' }
    const worked = on(known, decide.recordStanding(known, standing))
    expect(decide.recordStanding(worked, standing)).toEqual([])
    const over = on(worked, decide.endStanding(worked, { agencyId: 'social', reason: 'moved' }))
    expect(decide.endStanding(over, { agencyId: 'social', reason: 'moved' })).toEqual([])
  })
})

describe('guardians', () => {
  test('nobody consents, signs or signs in for a learner before the relation is verified', () => {
    expect(code(() => guardians.recordGuardian(known, { ...guardian, verified: false }))).toBe('LEARNER.GUARDIAN_UNVERIFIED')
    const told = on(known, guardians.recordGuardian(known, { ...guardian, verified: false, authority: ['informed'] }))
    expect(code(() => guardians.linkGuardianAccount(told, { guardianId: 'g-1', accountHash: 'a'.repeat(64) }))).toBe(
      'LEARNER.GUARDIAN_UNVERIFIED',
    )
    expect(code(() => guardians.linkGuardianAccount(known, { guardianId: 'g-1', accountHash: 'a'.repeat(64) }))).toBe(
      'LEARNER.NO_GUARDIAN',
    )
  })
  test('a guardianship has a period, and what is recorded twice is nothing new', () => {
    expect(code(() => guardians.recordGuardian(known, { ...guardian, until: '2026-01-01' }))).toBe('LEARNER.PERIOD')
    const recorded = on(known, guardians.recordGuardian(known, guardian))
    expect(guardians.recordGuardian(recorded, guardian)).toEqual([])
    expect(guardians.recordGuardian(recorded, { ...guardian, excluded: [] })).toHaveLength(1)
    const linked = on(recorded, guardians.linkGuardianAccount(recorded, { guardianId: 'g-1', accountHash: 'a'.repeat(64) }))
    expect(guardians.linkGuardianAccount(linked, { guardianId: 'g-1', accountHash: 'a'.repeat(64) })).toEqual([])
    const ended = on(linked, guardians.endGuardian(linked, { guardianId: 'g-1', reason: 'custodyChanged' }))
    expect(guardians.endGuardian(ended, { guardianId: 'g-1', reason: 'custodyChanged' })).toEqual([])
    expect(ended.guardianAccounts).toEqual({})
  })
})

describe('forgetting', () => {
  const retained = [{ what: 'skeleton', statute: 'GDPR17-3-b' }]
  const recorded = on(known, guardians.recordGuardian(known, guardian))
  const forgotten = on(recorded, decide.forgetLearner(recorded, { reason: 'erasureRequest', retained }))
  test('GDPR 17(3) nobody is forgotten without a word of what stays, and a category that a law keeps is not among what goes', () => {
    expect(code(() => decide.forgetLearner(recorded, { reason: 'erasureRequest', retained: [] }))).toBe(
      'LEARNER.RETENTION_UNSAID',
    )
    const payments = { what: 'payments', category: 'C18' as const, statute: 'FiscalCode-147' }
    const [event] = decide.forgetLearner(recorded, { reason: 'retentionEnded', retained: [payments] })
    expect(event!.data).toMatchObject({ guardianIds: ['g-1'], retained: [payments] })
    expect((event!.data as { categories: string[] }).categories).not.toContain('C18')
  })
  test('of whoever was forgotten nothing more is recorded, under any name, and nobody signs in as them', () => {
    const identifier = { agencyId: 'school', system: 'sis', valueHash: 'a'.repeat(64) }
    for (const more of [
      () => decide.register(forgotten, command, today),
      () => decide.attachIdentifier(forgotten, identifier),
      () => decide.recordStanding(forgotten, { agencyId: 'social', from: '2026-01-01' }),
      () => decide.recordContact(forgotten, { email: 'a@example.org' }),
      () => decide.linkAccount(forgotten, 'a'.repeat(64)),
      () => guardians.recordGuardian(forgotten, guardian),
      () => guardians.linkGuardianAccount(forgotten, { guardianId: 'g-1', accountHash: 'a'.repeat(64) }),
    ])
      expect(code(more)).toBe('LEARNER.FORGOTTEN')
    expect(decide.endStanding(forgotten, { agencyId: 'school', reason: 'closed' })).toHaveLength(1)
  })
  test('asked twice, forgotten once; a category that went before is not forgotten again', () => {
    expect(decide.forgetLearner(forgotten, { reason: 'erasureRequest', retained })).toEqual([])
    expect(decide.forgetCategory(forgotten, { category: 'C11', reason: 'erasureRequest', retained: [] })).toEqual([])
  })
  test('it waits while somebody is kept safe by what is known', () => {
    const decision = () => decide.forgetLearner(recorded, { reason: 'erasureRequest', retained })
    expect(code(() => decide.unlessHeld(true, decision))).toBe('LEARNER.FORGETTING_WAITS')
    expect(decide.unlessHeld(false, decision)).toHaveLength(1)
  })
})
