import fc from 'fast-check'
import { learnerFacts, regionFacts, viewersOf, worldNow } from '@passerelle/testing/sharing'
import { given, future, known, learnerId, look, nothingKnown, now, past, region, seatOf, viewerOf } from './decide.fixture.js'
import { decide, type Viewer } from './decide.js'
import {
  type AgreementFact,
  type BreakGlass,
  type ConsentAnswer,
  dawn,
  type LearnerFacts,
  type Mandate,
  type Objection,
  type Restriction,
  type Standing,
} from './facts.js'
import { cellOf } from './matrix.js'
import { mayBreakGlass, rankOf } from './sight.js'
import { categories, type Category, type Level, type Role, roles } from './vocabulary.js'

const social = (more: Partial<LearnerFacts> = {}): LearnerFacts => ({ ...known('socialWorker'), ...more })
const yes = given('social', 'socialSupport', ['C3'])
const no = (more: Partial<ConsentAnswer> = {}): ConsentAnswer => ({
  consentId: 'c9',
  answer: 'refused',
  agencyId: 'social',
  purpose: 'socialSupport',
  categories: ['C3'],
  at: past,
  order: '2',
  ...more,
})
const held: Restriction = {
  restrictionId: 'r1',
  categories: ['C3'],
  agencyIds: [],
  fromLearner: false,
  hidden: false,
  from: past,
}
const level = (facts: LearnerFacts, category: Category = 'C3', more = {}) => look(facts, 'socialWorker', category, more).level

describe('deny by default', () => {
  test('a role outside its kind of agency sees nothing', () => {
    const viewer = { ...viewerOf('socialWorker'), role: 'healthProfessional' as const }
    expect(look(social(), 'healthProfessional', 'C6', { viewer }).because[0]!.rule).toBe('sector')
  })
  test('a purpose that the role may not choose opens nothing', () => {
    expect(
      look(social({ answers: [given('social', 'healthCare')] }), 'socialWorker', 'C1', { purpose: 'healthCare' }).because[0]!
        .rule,
    ).toBe('purpose')
  })
  test('R-8.5 leaving an agency, or the end of a membership, ends access at once', () => {
    const left = { ...region, staff: region.staff.map(post => ({ ...post, until: now })) }
    expect(level(social(), 'C1')).toBe('full')
    expect(level(social(), 'C1', { in: left })).toBe('none')
    expect(level(social({ assignments: [{ ...social().assignments[0]!, until: now }] }), 'C1')).toBe('none')
  })
  test('R-8.8 an employer is never a team member', () => {
    const facts = known('placementTutor')
    expect(
      look({ ...facts, assignments: [{ ...facts.assignments[0]!, kind: 'team' }] }, 'placementTutor', 'C17').because[0]!.rule,
    ).toBe('assignment')
  })
  test('R-8.8 a placement opens to its tutor the name and the placement, and to everybody else at the host no more than its own rows', () => {
    const { agencyId } = viewerOf('placementTutor')
    const decided = (role: Role, category: Category, more: Partial<LearnerFacts> = {}) => {
      const viewer = { ...viewerOf(role), agencyId }
      const staff = [{ ...viewer, from: past }]
      const standings: Standing[] = [{ agencyId, kind: 'placement', from: past }]
      return look({ ...known(role), standings, ...more }, role, category, { viewer, in: { ...region, staff } })
    }
    const atHost = (...of: Parameters<typeof decided>) => [decided(...of).level, decided(...of).ownLevel]
    const because = (...of: Parameters<typeof decided>) => decided(...of).because[0]
    const upheld: Objection = { objectionId: 'o', status: 'upheld', from: past }
    const seen = (role: Role) => categories.filter(category => atHost(role, category)[0] !== 'none')
    expect(seen('placementTutor')).toEqual(['C1'])
    expect(atHost('placementTutor', 'C1')).toEqual(['summary', 'summary'])
    expect(because('placementTutor', 'C1')).toMatchObject({ rule: 'placement', basis: 'contract' })
    expect(atHost('placementTutor', 'C17')).toEqual(['none', 'full'])
    expect(atHost('placementTutor', 'C2')).toEqual(['none', 'existence'])
    expect(atHost('placementTutor', 'C17', { objections: [upheld] })).toEqual(['none', 'none'])
    for (const role of ['dataProtectionOfficer', 'mentor', 'careerAdviser'] as const) expect(seen(role)).toEqual([])
    expect(atHost('dataProtectionOfficer', 'C17')).toEqual(['none', 'existence'])
    // Of no consent, mandate or agreement but the learner's own yes does an instruction come.
    const purpose = 'employmentSupport'
    const mandates: Mandate[] = [{ mandateId: 'm', agencyId, basis: 'publicTask', from: past }]
    expect(atHost('placementTutor', 'C5', { mandates })).toEqual(['none', 'none'])
    expect(atHost('placementTutor', 'C5', { answers: [given(agencyId, purpose, ['C5'])] })).toEqual(['summary', 'summary'])
  })
  test('R-8.8 a placement is not what an agreement between agencies builds on', () => {
    const { agencyId } = viewerOf('placementTutor')
    const agreements: AgreementFact[] = [
      { agreementId: 'g', agencyIds: [agencyId, 'school'], purposes: ['employmentSupport'], categories, from: past },
    ]
    const under = (kind: Standing['kind']) =>
      look({ ...known('placementTutor'), standings: [{ agencyId, kind, from: past }] }, 'placementTutor', 'C15', {
        in: { ...region, agreements },
      }).level
    expect([under('placement'), under('registration')]).toEqual(['none', 'summary'])
  })
  test('R-V.6 who holds no role sees nothing, whatever else is known of them', () => {
    for (const role of roles.filter(role => role !== 'learner' && role !== 'guardian'))
      for (const category of categories) {
        const viewer = { ...viewerOf(role), userId: 'feed-reader' }
        expect(
          look({ ...known(role), answers: [given(viewer.agencyId, 'administration')] }, role, category, { viewer }).level,
        ).toBe('none')
      }
  })
  test('before consent a social worker sees nothing, not even that there is something', () => {
    const assigned = { ...nothingKnown, assignments: social().assignments, recordedBy: ['school'] }
    for (const category of categories)
      expect(look(assigned, 'socialWorker', category)).toMatchObject({ level: 'none', ownLevel: 'none' })
  })
  test('a closed agency sees nothing', () => {
    const closed = { ...region, agencies: region.agencies.map(a => ({ ...a, until: past })) }
    expect(level(social(), 'C1', { in: closed })).toBe('none')
  })
})

describe('standing', () => {
  const intake: LearnerFacts = { ...social(), standings: [{ agencyId: 'social', kind: 'intake', from: past }] }
  test('a referral that nobody accepted tells the name and itself, and nothing else', () => {
    expect(look(intake, 'socialWorker', 'C1')).toMatchObject({ level: 'summary', ownLevel: 'summary' })
    expect(look(intake, 'socialWorker', 'C12')).toMatchObject({ level: 'none', ownLevel: 'full' })
    for (const category of categories.filter(c => c !== 'C1' && c !== 'C12'))
      expect(look(intake, 'socialWorker', category).ownLevel).toBe('none')
  })
  test('having recorded something opens own rows and no others', () => {
    const recording: LearnerFacts = { ...social(), standings: [{ agencyId: 'social', kind: 'recording', from: past }] }
    expect(look(recording, 'socialWorker', 'C9')).toMatchObject({ level: 'none', ownLevel: 'full' })
    expect(look(recording, 'socialWorker', 'C3')).toMatchObject({ level: 'none', ownLevel: 'none' })
  })
  test('being told of something opens own rows of that category and no others', () => {
    const told: LearnerFacts = {
      ...social(),
      standings: [{ agencyId: 'social', kind: 'recording', categories: ['C9'], from: past }],
    }
    for (const category of categories)
      expect([category, look(told, 'socialWorker', category)]).toMatchObject([
        category,
        { level: 'none', ownLevel: category === 'C9' ? 'full' : 'none' },
      ])
  })
  test('a team is standing for its own purpose alone', () => {
    const team: LearnerFacts = {
      ...social(),
      standings: [{ agencyId: 'social', kind: 'team', purposes: ['caseCoordination'], from: past }],
    }
    expect(level(team, 'C9')).toBe('none')
    expect(level(team, 'C9', { purpose: 'caseCoordination' })).toBe('full')
  })
  test('a consent is standing for what it names', () => {
    const only = social({ standings: [], answers: [given('social', 'socialSupport', ['C1', 'C3'])] })
    expect([level(only, 'C1'), level(only, 'C3'), level(only, 'C9')]).toEqual(['full', 'summary', 'none'])
  })
})

describe('R-C.1 a consent reaches its purpose, recipient and categories, and no other', () => {
  test.each([
    ['another recipient', given('clinic', 'socialSupport', ['C3'])],
    ['another purpose', given('social', 'caseCoordination', ['C3'])],
    ['another category', given('social', 'socialSupport', ['C5'])],
    ['another role of the recipient', given('social', 'socialSupport', ['C3'], { role: 'mentor' })],
    ['no recipient', given('social', 'socialSupport', ['C3'], { agencyId: undefined })],
    ['no purpose', given('social', 'socialSupport', ['C3'], { purpose: undefined })],
    ['a bundle of everything', given('social', 'socialSupport', ['C3'], { categories: undefined })],
    ['a time that has not come', given('social', 'socialSupport', ['C3'], { at: future })],
    ['a time that is over', given('social', 'socialSupport', ['C3'], { until: now })],
    [
      'data of one period, for a row of any day,',
      given('social', 'socialSupport', ['C3'], { dataPeriod: { from: '2026-01-01' } }),
    ],
  ])('with %s it opens nothing', (_, answer) => expect(level(social({ answers: [answer] }))).toBe('none'))
  test('a recipient named down to the role is that role there and no other', () => {
    const mentor = { userId: 'mona', agencyId: 'social', role: 'mentor' as const }
    const both = { ...region, staff: [...region.staff, { ...mentor, from: past }] }
    const facts = social({
      assignments: [...social().assignments, { ...mentor, kind: 'team', from: past }],
      answers: [given('social', 'socialSupport', ['C5'], { role: 'mentor' })],
    })
    const of = (viewer: Viewer) => look(facts, viewer.role, 'C5', { viewer, in: both, purpose: 'socialSupport' })
    expect([of(viewerOf('socialWorker')).level, of(mentor).level]).toEqual(['none', 'summary'])
    expect(of(viewerOf('socialWorker')).because[0]!.rule).toBe('noBasis')
  })
  test('a yes to one role gives the others of the agency no standing', () => {
    const answers = [given('social', 'socialSupport', categories, { role: 'mentor' })]
    for (const category of categories) expect(level(social({ standings: [], answers }), category)).toBe('none')
  })
  test('as named it opens what the matrix grants', () => expect(level(social({ answers: [yes] }))).toBe('summary'))
  test('R-C.5 the answer says when it ends', () =>
    expect(look(social({ answers: [yes] }), 'socialWorker', 'C3').validUntil).toBe(future))
})

describe('R-C.1 a consent for data of one period reaches rows that lie wholly in it, and no other', () => {
  const spring = { from: '2026-03-01', until: '2026-06-30' }
  const summer = { from: '2026-07-01', until: '2026-08-31' }
  const on = (first: string, last = first) => ({ days: { first, last } })
  const ofSpring = given('social', 'socialSupport', ['C3'], { dataPeriod: spring })
  const ofSummer = { ...ofSpring, consentId: 'c2', dataPeriod: summer }
  const both = social({ answers: [ofSpring, ofSummer] })

  test.each([
    ['its first day', on('2026-03-01'), 'summary'],
    ['its last day', on('2026-06-30'), 'summary'],
    ['all of its days', on('2026-03-01', '2026-06-30'), 'summary'],
    ['the day before', on('2026-02-28'), 'none'],
    ['the day after', on('2026-07-01'), 'none'],
    ['before it and into it', on('2026-02-28', '2026-03-01'), 'none'],
    ['it and on', on('2026-06-30', '2026-07-01'), 'none'],
    ['more than it on both sides', on('2026-01-01', '2026-12-31'), 'none'],
    ['nobody knows when', {}, 'none'],
  ])('a row of %s', (_, days, open) => expect(level(social({ answers: [ofSpring] }), 'C3', days)).toBe(open))
  test('a period that is open to one side has no end there; one that ends before it begins has no day', () => {
    const of = (dataPeriod: object, days: object) => level(social({ answers: [{ ...ofSpring, dataPeriod }] }), 'C3', days)
    expect(of({ from: '2026-03-01' }, on('2026-03-01', '2999-01-01'))).toBe('summary')
    expect(of({ until: '2026-06-30' }, on('1999-01-01', '2026-06-30'))).toBe('summary')
    expect(of({ from: '2026-06-30', until: '2026-03-01' }, on('2026-04-01'))).toBe('none')
  })
  test('two periods open the rows of each, and none that lies in both together alone', () => {
    expect(level(both, 'C3', on('2026-04-01'))).toBe('summary')
    expect(level(both, 'C3', on('2026-07-01'))).toBe('summary')
    expect(level(both, 'C3', on('2026-06-30', '2026-07-01'))).toBe('none')
  })
  test('what else opens rows of any day goes on opening them', () => {
    const own = social({ answers: [ofSpring] })
    expect(level(own, 'C9', on('1999-01-01'))).toBe('full')
    const any = given('social', 'socialSupport', ['C3'], { consentId: 'c3' })
    expect(level(social({ answers: [ofSpring, any] }), 'C3', on('1999-01-01'))).toBe('summary')
  })
  test('R-V.8 a restriction, a refusal and a withdrawal stand above it, whatever period they name', () => {
    const later = { at: now, order: '2', until: undefined }
    for (const answer of ['refused', 'withdrawn'] as const) {
      const no = { ...ofSpring, ...later, answer, dataPeriod: summer }
      expect(level(social({ answers: [ofSpring, no] }), 'C3', on('2026-04-01'))).toBe('none')
    }
    const restrictions = [{ restrictionId: 'r1', from: past, fromLearner: false, hidden: false }]
    expect(level(social({ answers: [ofSpring], restrictions }), 'C3', on('2026-04-01'))).toBe('none')
  })
  test('R-C.5 it ends with the consent, wherever its period ends', () => {
    const over = social({ answers: [{ ...ofSpring, until: now }] })
    expect(level(over, 'C3', on('2026-04-01'))).toBe('none')
    expect(look(both, 'socialWorker', 'C3', on('2026-04-01')).validUntil).toBe(future)
  })
  test('rows outside it are explained by the period, and a yes for a while has closed nothing', () => {
    expect(look(both, 'socialWorker', 'C3', on('2026-01-01')).because).toEqual([
      { category: 'C3', level: 'none', rule: 'dataPeriod', ref: 'c1' },
    ])
    expect(look(social({ answers: [{ ...ofSpring, until: now }] }), 'socialWorker', 'C3').because[0]!.rule).toBe('noBasis')
  })
  test('a guardian’s yes to one period takes back no more of their own no than it says', () => {
    const guardians = ['mother', 'father'].map(guardianId => ({
      ...{ guardianId, verified: true, mayConsent: true, excluded: [], from: past },
    }))
    const mothers = given('social', 'socialSupport', ['C3'], { guardianId: 'mother' })
    const no = { ...mothers, consentId: 'c2', answer: 'refused' as const, guardianId: 'father', at: dawn }
    const inSpring = { ...ofSpring, consentId: 'c2', guardianId: 'father', order: '2' }
    const facts = social({ guardians, answers: [mothers, no, inSpring] })
    expect(level(facts, 'C3', on('2026-04-01'))).toBe('summary')
    expect(level(facts, 'C3', on('2026-01-01'))).toBe('none')
    expect(level(social({ guardians, answers: [mothers, no, { ...inSpring, dataPeriod: undefined }] }), 'C3')).toBe('summary')
  })
})

describe('R-V.8 restriction > explicit refusal > consent > agreement > default deny', () => {
  const agreement = {
    agreementId: 'g1',
    agencyIds: ['social', 'school'],
    purposes: ['socialSupport' as const],
    categories: ['C3' as const],
    from: past,
  }
  const agreed = { ...region, agreements: [agreement] }
  test('an agreement opens what its parties recorded', () => {
    expect(level(social({ recordedBy: ['school'] }), 'C3', { in: agreed })).toBe('summary')
    expect(level(social({ recordedBy: ['school', 'clinic'] }), 'C3', { in: agreed })).toBe('none')
    expect(level(social({ standings: [] }), 'C3', { in: agreed })).toBe('none')
  })
  test('a refusal stands above consent and agreement, wider or narrower', () => {
    for (const refusal of [no(), no({ categories: undefined }), no({ agencyId: undefined, purpose: undefined })]) {
      expect(level(social({ answers: [yes, refusal] }))).toBe('none')
      expect(level(social({ answers: [refusal] }), 'C3', { in: agreed })).toBe('none')
    }
  })
  test('a refusal of one role closes that role alone; of the whole agency it closes every role', () => {
    expect(level(social({ answers: [yes, no({ role: 'mentor' })] }))).toBe('summary')
    expect(level(social({ answers: [yes, no({ role: 'socialWorker' })] }))).toBe('none')
    expect(level(social({ answers: [{ ...yes, role: 'socialWorker' }, no()] }))).toBe('none')
  })
  test('a person may change their mind: what was said last counts', () => {
    expect(level(social({ answers: [no(), { ...yes, at: '2026-02-01T00:00:00.000Z' }] }))).toBe('summary')
  })
  test('a withdrawal ends its consent and stands above an agreement', () => {
    const withdrawn: ConsentAnswer = { ...yes, answer: 'withdrawn', at: '2026-02-01T00:00:00.000Z', until: undefined }
    expect(level(social({ answers: [yes, withdrawn] }))).toBe('none')
    expect(level(social({ answers: [yes, withdrawn] }), 'C3', { in: agreed })).toBe('none')
    expect(level(social({ answers: [yes, withdrawn, { ...yes, at: '2026-03-01T00:00:00.000Z' }] }))).toBe('summary')
  })
  test('a part taken back leaves the rest', () => {
    const both = given('social', 'socialSupport', ['C3', 'C5'])
    const part: ConsentAnswer = { ...both, answer: 'withdrawn', categories: ['C3'], at: '2026-02-01T00:00:00.000Z' }
    const facts = social({ answers: [both, part] })
    expect([level(facts, 'C3'), level(facts, 'C5')]).toEqual(['none', 'summary'])
  })
  test('narrower beats wider at the same rank; ties deny', () => {
    const other = (more: Partial<ConsentAnswer>): ConsentAnswer => ({
      ...yes,
      consentId: 'c2',
      answer: 'withdrawn',
      at: '2026-02-01T00:00:00.000Z',
      ...more,
    })
    expect(level(social({ answers: [yes, other({ categories: undefined })] }))).toBe('summary')
    expect(level(social({ answers: [yes, other({ agencyId: undefined })] }))).toBe('summary')
    expect(level(social({ answers: [{ ...yes, role: 'socialWorker' }, other({})] }))).toBe('summary')
    expect(level(social({ answers: [yes, other({ role: 'socialWorker' })] }))).toBe('none')
    expect(level(social({ answers: [yes, other({})] }))).toBe('none')
    expect(level(social({ answers: [given('social', 'socialSupport', ['C3', 'C5']), other({})] }))).toBe('none')
    expect(
      level(
        social({ answers: [given('social', 'socialSupport', ['C3', 'C5']), other({ agencyId: undefined, categories: ['C3'] })] }),
      ),
    ).toBe('none')
    expect(level(social({ answers: [yes, no({ order: '1' })] }))).toBe('none')
  })
  test('a withdrawn consent does not cut what a law or a public task allows', () => {
    const withdrawn: ConsentAnswer = { ...yes, answer: 'withdrawn', at: '2026-02-01T00:00:00.000Z' }
    const mandate = {
      mandateId: 'm1',
      agencyId: 'social',
      purpose: 'socialSupport' as const,
      categories: ['C3' as const],
      basis: 'legalObligation' as const,
      from: past,
    }
    expect(level(social({ answers: [yes, withdrawn, no()], mandates: [mandate] }))).toBe('summary')
    expect(level(social({ answers: [no({ categories: ['C9'] })] }), 'C9')).toBe('full')
  })
  test('a restriction stands above everything', () => {
    const mandate = {
      mandateId: 'm1',
      agencyId: 'social',
      categories: ['C3' as const],
      basis: 'vitalInterest' as const,
      from: past,
    }
    expect(level(social({ answers: [yes], mandates: [mandate], restrictions: [held] }))).toBe('none')
    expect(level(social({ restrictions: [{ ...held, categories: [] }] }), 'C9')).toBe('none')
    expect(level(social({ answers: [yes], restrictions: [{ ...held, agencyIds: ['school'] }] }))).toBe('summary')
    expect(level(social({ answers: [yes], restrictions: [{ ...held, until: now }] }))).toBe('summary')
  })
  test('R-4.3 the learner sees everything about them except what a restriction keeps from them', () => {
    expect(look({ ...known('learner'), restrictions: [held] }, 'learner', 'C3').level).toBe('full')
    expect(look({ ...known('learner'), restrictions: [{ ...held, fromLearner: true }] }, 'learner', 'C3').level).toBe('none')
  })
  test('a hidden restriction answers as where nothing was shared', () => {
    const facts = known('learner')
    const hidden = look({ ...facts, restrictions: [{ ...held, fromLearner: true, hidden: true }] }, 'learner', 'C3')
    expect(hidden.because).toEqual([{ category: 'C3', level: 'none', rule: 'noBasis' }])
  })
})

describe('R-V.8 a restriction is not held from whoever has to end it', () => {
  const all = { ...held, categories: [] }
  const safe: Restriction = { ...all, fromLearner: true, keptBy: ['dataProtectionOfficer', 'safeguardingLead'] }
  const asked: Restriction = { ...all, keptBy: ['dataProtectionOfficer'] }
  const seenBy = (role: Role, restrictions: readonly Restriction[], more = {}) =>
    categories.map(category => look({ ...known(role), restrictions }, role, category, more).ownLevel)
  const open = (role: Role, restrictions: readonly Restriction[], more = {}) => {
    const before = seenBy(role, [], more)
    return categories.filter((_, i) => before[i] !== 'none' && seenBy(role, restrictions, more)[i] === before[i])
  }
  test('nobody keeps what nobody is named for', () => {
    for (const role of ['dataProtectionOfficer', 'safeguardingLead', 'schoolLeader'] as const)
      expect(open(role, [all])).toEqual([])
    expect(open('schoolLeader', [safe])).toEqual([])
  })
  test('oversight goes on, whatever is held and whoever is named', () => {
    for (const restriction of [asked, safe, { ...asked, agencyIds: [seatOf('dataProtectionOfficer')] }])
      expect(open('dataProtectionOfficer', [restriction])).toEqual(open('dataProtectionOfficer', []))
  })
  test('R-4.3 a lead keeps, for safeguarding, what restrictions stand in: of a hold for safety that does not name their agency', () => {
    expect(open('safeguardingLead', [safe])).toEqual(['C10', 'C14'])
    expect(open('safeguardingLead', [safe], { purpose: 'caseCoordination' })).toEqual([])
    expect(open('safeguardingLead', [{ ...safe, agencyIds: [seatOf('safeguardingLead')] }])).toEqual([])
    expect(open('safeguardingLead', [asked])).toEqual([])
    expect(open('safeguardingLead', [safe, asked])).toEqual([])
  })
  test('GDPR 7(3) the learner keeps what they said and asked for, to take it back; a guardian theirs, but for safety', () => {
    expect(open('learner', [safe])).toEqual(['C14'])
    expect(open('guardian', [asked])).toEqual(['C14'])
    expect(open('guardian', [safe])).toEqual([])
  })
  test('an emergency opens nothing of it, to a lead either', () => {
    const { userId, agencyId } = viewerOf('safeguardingLead')
    const glass = { breakGlassId: 'b1', userId, agencyId, role: 'safeguardingLead' as const, categories, kept: false, from: past }
    const facts = { ...known('safeguardingLead'), breakGlass: [glass] }
    const viewer = { ...viewerOf('safeguardingLead'), emergency: true }
    expect(look(facts, 'safeguardingLead', 'C10', { viewer }).level).toBe('full')
    expect(look({ ...facts, restrictions: [safe] }, 'safeguardingLead', 'C10', { viewer }).level).toBe('none')
  })
})

describe('an objection (GDPR 21)', () => {
  const objection: Objection = { objectionId: 'o1', agencyId: 'social', status: 'upheld', from: past }
  const objected = (more: Partial<Objection> = {}, facts: Partial<LearnerFacts> = {}) =>
    social({ objections: [{ ...objection, ...more }], ...facts })
  const mandate = (basis: Mandate['basis']): Mandate => ({ mandateId: 'm1', agencyId: 'social', basis, from: past })
  test('upheld, it closes what rests on a public task: of the role, and where one was stated', () => {
    expect(look(objected(), 'socialWorker', 'C9').because).toEqual([
      { category: 'C9', level: 'none', rule: 'objection', ref: 'o1' },
    ])
    expect(look(objected(), 'socialWorker', 'C12').ownLevel).toBe('none')
    expect(level(objected({}, { mandates: [mandate('publicTask')] }))).toBe('none')
    for (const kind of ['intake', 'recording'] as const)
      for (const category of categories)
        expect(
          look(objected({}, { standings: [{ agencyId: 'social', kind, from: past }] }), 'socialWorker', category).ownLevel,
        ).toBe('none')
  })
  test('upheld, it closes what rests on an agreement', () => {
    const agreements = [
      {
        agreementId: 'g1',
        agencyIds: ['social', 'school'],
        purposes: ['socialSupport' as const],
        categories: ['C3' as const],
        from: past,
      },
    ]
    const agreed = { ...region, agreements }
    expect(level(social(), 'C3', { in: agreed })).toBe('summary')
    expect(look(objected(), 'socialWorker', 'C3', { in: agreed }).because[0]!.rule).toBe('objection')
  })
  test('upheld, it never closes what a law or vital interest demands, nor what the learner says yes to', () => {
    for (const basis of ['legalObligation', 'vitalInterest'] as const)
      expect([
        level(objected({}, { mandates: [mandate(basis)] })),
        level(objected({}, { mandates: [mandate(basis)] }), 'C9'),
      ]).toEqual(['summary', 'full'])
    expect(level(objected({}, { answers: [yes] }))).toBe('summary')
  })
  test('raised or rejected it changes nothing: it only opens a review', () => {
    for (const status of ['raised', 'rejected'] as const)
      for (const category of categories) {
        const [after, before] = [objected({ status }), social()].map(facts => look(facts, 'socialWorker', category))
        expect(after).toEqual({ ...before, validUntil: after!.validUntil })
      }
  })
  test.each([
    ['another agency', { agencyId: 'clinic' }],
    ['another role', { role: 'mentor' as const }],
    ['another purpose', { purpose: 'caseCoordination' as const }],
    ['another category', { categories: ['C3' as const] }],
    ['a time that is over', { until: now }],
    ['a time that has not come', { from: future }],
  ])('about %s it leaves this one open', (_, more) => expect(level(objected(more), 'C9')).toBe('full'))
  test('about every agency it closes all, but for the learner and for oversight, which the law demands', () => {
    const everywhere = { ...objection, agencyId: undefined }
    for (const role of roles) {
      const [before, after] = [[], [everywhere]].map(objections =>
        categories.map(category => look({ ...known(role), objections }, role, category).ownLevel),
      )
      const stays = ['learner', 'guardian', 'dataProtectionOfficer'].includes(role)
      expect(after).toEqual(stays ? before : categories.map(() => 'none'))
    }
  })
  test('a restriction stands above it', () => {
    const both = objected({}, { restrictions: [{ ...held, categories: ['C9'] }] })
    expect(look(both, 'socialWorker', 'C9').because[0]!.rule).toBe('restriction')
  })
})

describe('guardians', () => {
  const facts = known('guardian')
  test('an unverified guardian, or one whose time is over, sees nothing', () => {
    for (const change of [{ verified: false }, { until: now }])
      expect(look({ ...facts, guardians: [{ ...facts.guardians[0]!, ...change }] }, 'guardian', 'C2').level).toBe('none')
  })
  test('what a custody order keeps from a guardian stays kept', () => {
    expect(look({ ...facts, guardians: [{ ...facts.guardians[0]!, excluded: ['C2'] }] }, 'guardian', 'C2').because[0]!.rule).toBe(
      'custody',
    )
  })
  test('from the age line on nothing is shown to a guardian, and an unknown birthday is no reason to', () => {
    for (const birthDate of ['2010-03-15', '2010', undefined])
      expect(look({ ...facts, birthDate }, 'guardian', 'C2').level).toBe('none')
    expect(look({ ...facts, birthDate: '2010-03-16' }, 'guardian', 'C2')).toMatchObject({
      level: 'full',
      validUntil: '2026-03-16T00:00:00.000Z',
    })
  })
  test('a guardian’s yes ends with their authority, with the learner’s coming of age, and never opens the record to themself', () => {
    const by = { ...yes, guardianId: 'mother' }
    const withMother = social({ answers: [by], guardians: facts.guardians })
    expect(level(withMother)).toBe('summary')
    expect(level({ ...withMother, birthDate: '2010-03-15' })).toBe('none')
    expect(level({ ...withMother, guardians: [{ ...facts.guardians[0]!, until: now }] })).toBe('none')
    expect(level({ ...withMother, guardians: [{ ...facts.guardians[0]!, mayConsent: false }] })).toBe('none')
    const own = given('learner', 'ownRecord', ['C3', 'C8'], { guardianId: 'mother' })
    expect(look({ ...facts, answers: [own] }, 'guardian', 'C8').level).toBe('none')
  })

  const [mother] = facts.guardians
  const father = { ...mother!, guardianId: 'father' }
  const asFather = { viewer: { ...viewerOf('guardian'), userId: 'father' } }
  test('what is kept from one guardian is kept from them alone', () => {
    const both = { ...facts, guardians: [mother!, { ...father, excluded: ['C2' as const] }] }
    expect(look(both, 'guardian', 'C2', asFather)).toMatchObject({
      level: 'none',
      ownLevel: 'none',
      because: [{ rule: 'custody' }],
    })
    expect(look(both, 'guardian', 'C3', asFather).level).toBe('summary')
    expect(look(both, 'guardian', 'C2').level).toBe('full')
  })
  test('a conflict of interest keeps a category while it lasts, and the answer says when to ask again', () => {
    const exclusions = [{ categories: ['C2' as const], from: past, until: future }]
    const both = { ...facts, guardians: [mother!, { ...father, exclusions }] }
    expect(look(both, 'guardian', 'C2', asFather)).toMatchObject({ level: 'none', validUntil: future })
    expect(look(both, 'guardian', 'C2', { ...asFather, at: future }).level).toBe('full')
    expect(
      look({ ...both, guardians: [mother!, { ...father, from: dawn, exclusions }] }, 'guardian', 'C2', { ...asFather, at: dawn })
        .level,
    ).toBe('full')
  })
  test('a guardianship that has not begun is nothing', () => {
    const later = { ...facts, guardians: [{ ...mother!, from: future }] }
    for (const category of categories) expect(look(later, 'guardian', category).ownLevel).toBe('none')
  })
  test('whoever something is kept from does not consent to it for the learner either', () => {
    const withMother = social({ answers: [{ ...yes, guardianId: 'mother' }], guardians: facts.guardians })
    expect(level({ ...withMother, guardians: [{ ...mother!, excluded: ['C3'] }] })).toBe('none')
    const conflict = { categories: ['C3' as const], from: past, until: future }
    expect(level({ ...withMother, guardians: [{ ...mother!, exclusions: [conflict] }] })).toBe('none')
  })

  const byMother = { ...yes, guardianId: 'mother' }
  const fathersNo = { ...yes, consentId: 'c2', guardianId: 'father', answer: 'refused' as const, until: undefined }
  const torn = (answers: ConsentAnswer[], guardians = [mother!, father]) => social({ answers, guardians })
  test.each([
    ['before', dawn],
    ['at', past],
    ['after', '2026-02-01T00:00:00.000Z'],
  ])('R-V.8 of two guardians who disagree the no counts, said %s the yes', (_, at) => {
    expect(level(torn([byMother, { ...fathersNo, at }]))).toBe('none')
    expect(level(torn([byMother, { ...fathersNo, at, answer: 'withdrawn' }]))).toBe('none')
  })
  test('that guardians disagree is said, with whose answer it was', () => {
    const { because } = look(torn([byMother, { ...fathersNo, at: dawn }]), 'socialWorker', 'C3')
    expect(because).toEqual([{ category: 'C3', level: 'none', rule: 'guardiansDisagree', ref: 'c2' }])
  })
  test('a guardian’s no gives way when they say yes, when their authority ends, and to the learner’s own yes', () => {
    const said = [byMother, { ...fathersNo, at: dawn }]
    expect(level(torn([...said, { ...fathersNo, answer: 'given', at: past, until: future }]))).toBe('summary')
    for (const change of [{ until: now }, { mayConsent: false }, { verified: false }, { excluded: categories }])
      expect(level(torn(said, [mother!, { ...father, ...change }]))).toBe('summary')
    expect(level(torn([{ ...fathersNo, at: dawn }, yes]))).toBe('summary')
  })

  const competence = { competenceId: 'k1', categories: ['C2' as const, 'C3' as const], from: past, until: future }
  test('a minor found competent decides alone: no guardian sees that category, and no guardian’s yes opens it', () => {
    const competent = { ...facts, competences: [competence] }
    expect(look(competent, 'guardian', 'C2').because).toEqual([{ category: 'C2', level: 'none', rule: 'competence', ref: 'k1' }])
    expect(look(competent, 'guardian', 'C5').level).toBe('full')
    expect(look(competent, 'guardian', 'C2', { at: future }).level).toBe('full')
    expect(level({ ...torn([byMother]), competences: [competence] })).toBe('none')
    expect(level({ ...torn([yes]), competences: [competence] })).toBe('summary')
  })
  test('the region’s age lines hold from their day on, by category', () => {
    const of = (years: number, byCategory = {}) => ({
      ...region,
      ageLines: [{ from: '2026-03-01T00:00:00.000Z', years, byCategory }],
    })
    // Born in May 2012: thirteen.
    expect(look(facts, 'guardian', 'C2', { in: of(13) }).because[0]!.rule).toBe('age')
    expect(look(facts, 'guardian', 'C2', { in: of(13), at: '2026-02-28T00:00:00.000Z' })).toMatchObject({
      level: 'full',
      validUntil: '2026-03-01T00:00:00.000Z',
    })
    expect(look(facts, 'guardian', 'C2', { in: of(18, { C2: 13 }) }).level).toBe('none')
    expect(look(facts, 'guardian', 'C5', { in: of(18, { C2: 13 }) }).level).toBe('full')
  })
})

describe('R-V.4 a broken glass', () => {
  const glass: BreakGlass = {
    breakGlassId: 'b1',
    userId: 'the-healthProfessional',
    agencyId: 'clinic',
    role: 'healthProfessional',
    categories: ['C6', 'C9', 'C11', 'C15', 'C16'],
    kept: false,
    from: past,
    until: future,
  }
  const facts: LearnerFacts = { ...nothingKnown, breakGlass: [glass] }
  const inEmergency = (category: Category, what: LearnerFacts = facts, role: Role = 'healthProfessional', more = {}) =>
    look(what, role, category, { viewer: { ...viewerOf(role), emergency: true }, ...more })

  test('opens nothing but the categories that were named, and never signals', () => {
    expect(inEmergency('C16').level).toBe('none')
    expect(inEmergency('C1').because[0]).toMatchObject({ rule: 'noEmergency', level: 'none' })
    // Also where the role would see it in its ordinary work.
    expect(inEmergency('C5', { ...known('healthProfessional'), breakGlass: [glass] }).level).toBe('none')
  })
  test('opens nothing that the matrix never gives the role, and no more than it gives at most', () => {
    expect(inEmergency('C15').because[0]).toMatchObject({ rule: 'matrix', level: 'none' })
    expect([inEmergency('C9').level, inEmergency('C11').level, inEmergency('C6').level]).toEqual(['summary', 'summary', 'full'])
    for (const role of roles)
      for (const category of categories) {
        const open: LearnerFacts = { ...nothingKnown, breakGlass: [{ ...glass, ...viewerOf(role), categories: [category] }] }
        const { all, own } = cellOf(category, role)
        const { level, ownLevel } = inEmergency(category, open, role)
        const most = (...of: (Level | undefined)[]) => Math.max(...of.map(each => rankOf[each ?? 'none']))
        expect(rankOf[level]).toBeLessThanOrEqual(most(all?.level))
        expect(rankOf[ownLevel]).toBeLessThanOrEqual(most(all?.level, own?.level))
        expect(ownLevel !== 'none').toBe(mayBreakGlass(role, category))
      }
  })
  test('opens nothing to learners, guardians, employers and those who work with no learner', () => {
    const never = roles.filter(role => !categories.some(category => mayBreakGlass(role, category)))
    expect(never).toEqual(['learner', 'guardian', 'placementTutor', 'regionAdmin', 'policyAnalyst', 'dataProtectionOfficer'])
  })
  test('replaces no yes that only the learner can say, no release and no class', () => {
    expect([mayBreakGlass('placementTutor', 'C5'), mayBreakGlass('teacher', 'C2')]).toEqual([false, false])
  })
  test('is of one person in one role at one agency, and only of those who still hold it', () => {
    expect(inEmergency('C6', facts, 'schoolPsychologist').level).toBe('none')
    for (const other of [{ userId: 'another' }, { agencyId: 'social' }, { role: 'safeguardingLead' as const }])
      expect(inEmergency('C6', { ...facts, breakGlass: [{ ...glass, ...other }] }).level).toBe('none')
    const left = { ...region, staff: region.staff.map(post => ({ ...post, until: now })) }
    expect(inEmergency('C6', facts, 'healthProfessional', { in: left }).because[0]!.rule).toBe('role')
  })
  test('ends by the clock, and says when', () => {
    expect(inEmergency('C6').validUntil).toBe(future)
    expect(inEmergency('C6', facts, 'healthProfessional', { at: future }).level).toBe('none')
    expect(inEmergency('C6', facts, 'healthProfessional', { at: '2025-12-31T23:59:59.999Z' }).level).toBe('none')
  })
  test('R-V.8 gives way to a restriction, and a hidden one is not told', () => {
    const restricted = (more: Partial<Restriction>) =>
      inEmergency('C6', { ...facts, restrictions: [{ ...held, categories: ['C6'], ...more }] }).because[0]
    expect(restricted({})).toMatchObject({ level: 'none', rule: 'restriction', ref: 'r1' })
    expect(restricted({ hidden: true })).toEqual(inEmergency('C1').because.map(each => ({ ...each, category: 'C6' }))[0])
    expect(restricted({ agencyIds: ['school'] })).toMatchObject({ level: 'full' })
  })
  test('opens nothing to whoever does not say that it is an emergency, nor by a consent', () => {
    expect(look(facts, 'healthProfessional', 'C6').level).toBe('none')
    const answers = [given('clinic', 'healthCare', ['C1'])]
    expect(inEmergency('C1', { ...known('healthProfessional'), answers }).level).toBe('none')
  })
  test('needs no standing, assignment or basis, and is told as vital interest', () => {
    expect(inEmergency('C6')).toMatchObject({
      level: 'full',
      because: [{ rule: 'breakGlass', basis: 'vitalInterest', ref: 'b1' }],
    })
    const kept = { ...facts, breakGlass: [{ ...glass, kept: true }] }
    expect(inEmergency('C6', kept).because[0]).toMatchObject({ rule: 'keptBreakGlass', basis: 'vitalInterest' })
    expect(inEmergency('C6', { ...facts, erased: ['C6'] })).toMatchObject({ level: 'none', ownLevel: 'none' })
  })
})

test('safeguarding stays from the learner until it is released', () => {
  const release = { categories: ['C10' as const], to: ['learner' as const], from: past, until: future }
  expect(look(known('learner'), 'learner', 'C10').because[0]!.rule).toBe('notReleased')
  expect(look({ ...known('learner'), releases: [release] }, 'learner', 'C10').level).toBe('full')
  expect(look({ ...known('guardian'), releases: [release] }, 'guardian', 'C10').level).toBe('none')
})

test('of an erased category nothing is left but that something was there', () => {
  expect(look({ ...known('learner'), erased: ['C3'] }, 'learner', 'C3')).toMatchObject({
    level: 'existence',
    ownLevel: 'existence',
  })
})

test('monotony: a refusal, a withdrawal, an upheld objection or a restriction never shows anybody more', () => {
  const more = fc.oneof(
    fc.record({
      categories: fc.option(fc.subarray([...categories]), { nil: undefined }),
      answer: fc.constantFrom('refused' as const, 'withdrawn' as const),
      agencyId: fc.constantFrom(undefined, 'school-1', 'social-1', 'learner'),
      role: fc.constantFrom(undefined, 'socialWorker' as const, 'teacher' as const),
    }),
    fc.record({
      status: fc.constant('upheld' as const),
      categories: fc.option(fc.subarray([...categories]), { nil: undefined }),
      agencyId: fc.constantFrom(undefined, 'school-1', 'social-1'),
      role: fc.constantFrom(undefined, 'socialWorker' as const, 'teacher' as const),
    }),
    fc.record({ categories: fc.subarray([...categories]), agencyIds: fc.constantFrom([], ['school-1']) }),
  )
  fc.assert(
    fc.property(learnerFacts(learnerId), regionFacts, more, (before, facts, added) => {
      const after: LearnerFacts =
        'answer' in added
          ? { ...before, answers: [...before.answers, { consentId: 'c1', at: worldNow, order: '9', ...added }] }
          : 'status' in added
            ? { ...before, objections: [...before.objections, { objectionId: 'o9', from: dawn, ...added }] }
            : { ...before, restrictions: [...before.restrictions, { ...held, ...added, fromLearner: true }] }
      const world = { now: worldNow, region: facts, learners: [before], rows: {}, denials: [] }
      for (const { viewer, purpose } of fc.sample(viewersOf(world), { numRuns: 1, seed: 1 })[0]!)
        for (const category of categories) {
          const [a, b] = [before, after].map(each =>
            decide({ learner: () => each, region: facts }, viewer, purpose, worldNow, learnerId, category),
          )
          expect(rankOf[b!.level]).toBeLessThanOrEqual(rankOf[a!.level])
          expect(rankOf[b!.ownLevel]).toBeLessThanOrEqual(rankOf[a!.ownLevel])
        }
    }),
    { numRuns: 60 },
  )
})

test('R-V.3 nothing said of diagnosis moves what is seen of any other category', () => {
  const about = (some: readonly Category[] | undefined) => some !== undefined && some.length === 1 && some[0] === 'C6'
  const withoutC6 = (facts: LearnerFacts): LearnerFacts => ({
    ...facts,
    answers: facts.answers.filter(a => !about(a.categories)),
    mandates: facts.mandates.filter(m => !about(m.categories)),
    objections: facts.objections.filter(o => !about(o.categories)),
    restrictions: facts.restrictions.filter(r => !about(r.categories)),
    erased: facts.erased.filter(category => category !== 'C6'),
  })
  /** The same facts, with some of them about diagnosis alone. */
  const diagnosed = fc.tuple(learnerFacts(learnerId), fc.infiniteStream(fc.boolean())).map(([facts, coin]): LearnerFacts => {
    const some = <T extends object>(list: readonly T[]) =>
      list.map(each => (coin.next().value ? { ...each, categories: ['C6' as const] } : each))
    return {
      ...facts,
      answers: some(facts.answers),
      mandates: some(facts.mandates),
      objections: some(facts.objections),
      restrictions: some(facts.restrictions),
    }
  })
  fc.assert(
    fc.property(diagnosed, regionFacts, (facts, of) => {
      const world = { now: worldNow, region: of, learners: [facts], rows: {}, denials: [] }
      for (const { viewer, purpose } of fc.sample(viewersOf(world), { numRuns: 1, seed: 1 })[0]!)
        for (const category of categories.filter(each => each !== 'C6')) {
          const [a, b] = [facts, withoutC6(facts)].map(each => {
            const { validUntil: _, ...seen } = decide(
              { learner: () => each, region: of },
              viewer,
              purpose,
              worldNow,
              learnerId,
              category,
            )
            return seen
          })
          expect(a).toEqual(b)
        }
    }),
    { numRuns: 40 },
  )
})
