import { createHash } from 'node:crypto'
import { fhirStatuses, type Referral, referral, type ReferralEvent } from '@passerelle/referral'
import { type Decided, demoPeople, makeRegion, type RegionOptions } from './make-region.js'

const options: RegionOptions = {
  learners: 60,
  seed: 7,
  endDay: '2026-11-24',
  accountHash: subject => createHash('sha256').update(subject).digest('hex'),
}
const make = (more: Partial<RegionOptions> = {}): Decided[] => [...makeRegion({ ...options, ...more })]
const told = (region: readonly Decided[]) =>
  JSON.stringify(region.map(({ streamId, version, context, events }) => [streamId, version, context, events]))
const count = (region: readonly Decided[], type: string) =>
  region.flatMap(({ events }) => events).filter(event => event.type === type).length

describe('an invented region', () => {
  test('is the same for the same seed and another for another', () => {
    expect(told(make())).toBe(told(make()))
    expect(told(make())).not.toBe(told(make({ seed: 8 })))
  })

  test('has every agency, every role of staff, and as many learners as asked for', () => {
    const region = make()
    expect(count(region, 'PersonRegistered')).toBe(60)
    expect(count(region, 'AgencyRegistered')).toBe(7)
    const roles = new Set(demoPeople(options).map(({ role }) => role))
    expect([...roles].sort()).toEqual([
      'careerAdviser',
      'dataProtectionOfficer',
      'educationCoordinator',
      'employmentOfficer',
      'guardian',
      'healthProfessional',
      'learner',
      'mentor',
      'placementTutor',
      'policyAnalyst',
      'regionAdmin',
      'safeguardingLead',
      'schoolLeader',
      'schoolPsychologist',
      'socialWorker',
      'teacher',
    ])
    expect(new Set(demoPeople(options).map(({ subject }) => subject)).size).toBe(demoPeople(options).length)
  })

  test('lists nobody to sign in as who has no account, or whose say as a guardian has ended', () => {
    const events = make({ accountHash: subject => subject }).flatMap(({ streamId, events: of }) =>
      of.map(({ type, data }) => ({ type, ...(data as { accountHash?: string; guardianId?: string }), streamId })),
    )
    const ended = new Set(events.filter(({ type }) => type === 'GuardianEnded').map(({ streamId }) => streamId))
    expect(ended.size).toBeGreaterThan(0)
    const may = new Set(
      events.flatMap(({ type, accountHash, streamId }) =>
        accountHash && !(type === 'GuardianAccountLinked' && ended.has(streamId)) ? [accountHash] : [],
      ),
    )
    expect(demoPeople(options).filter(({ subject }) => !may.has(subject))).toEqual([])
    expect(demoPeople(options).filter(({ role }) => role === 'guardian').length).toBeGreaterThan(5)
  })

  test.each([
    'ConsentGiven',
    'ConsentRefused',
    'ConsentPartlyWithdrawn',
    'ConsentWithdrawn',
    'ConsentExpired',
    'ConsentInvalidated',
    'PlanProposed',
    'PlanActivated',
    'PlanRevised',
    'PlanCompleted',
    'PlanPutOnHold',
    'PlanEndedEarly',
    'ReferralSent',
    'ReferralAccepted',
    'ReferralDeclined',
    'ReferralReRouted',
    'ServiceStarted',
    'ReferralPutOnHold',
    'ReferralResumed',
    'OutcomeReported',
    'ReferralClosed',
    'ReferralCancelled',
    'ReferralFailed',
    'ReferralOverdue',
    'ReferralEnteredInError',
    'LearnerDeclinedReferral',
    'NeedIdentified',
    'DiagnosisRecorded',
    'TeamMemberAdded',
    'GuardianRecorded',
    'PlacementStarted',
    'PlacementEnded',
    'PlacementCancelled',
  ])('knows %s', type => {
    expect(count(make(), type)).toBeGreaterThan(0)
  })

  test.each([1, 7])('ends its year with referrals in every state, whatever the seed: %d', seed => {
    const referrals = new Map<string, Referral>()
    for (const { streamId, events } of make({ seed }))
      if (streamId.startsWith('referral-'))
        referrals.set(streamId, (events as ReferralEvent[]).reduce(referral.evolve, referrals.get(streamId) ?? referral.initial))
    expect([...new Set([...referrals.values()].map(({ status }) => status))].sort()).toEqual(Object.keys(fhirStatuses).sort())
  })

  test('has the learner of whom the README asks: taught by teacher-1, and taken on by social-worker-1', () => {
    const { seed, learners } = { seed: 1, learners: 60 } // as `npm start` makes it
    const events = make({ seed, learners, accountHash: subject => subject }).flatMap(({ streamId, events: told }) =>
      (told as readonly { type: string; data: any }[]).map(event => ({ streamId, ...event })),
    )
    const userOf = (subject: string) =>
      events.find(({ type, data }) => type === 'StaffMemberRegistered' && data.accountHash === subject)!.data.userId
    const linked = events.find(({ type, data }) => type === 'LearnerAccountLinked' && data.accountHash === 'learner-7')!
    const learnerId = linked.streamId.slice('learner-'.length)
    const taught = events.filter(({ type, data }) => type === 'TeacherAssigned' && data.userId === userOf('teacher-1'))
    const enrolled = events.filter(({ type, data }) => type === 'LearnerEnrolled' && data.learnerId === learnerId)
    expect(enrolled.some(({ data }) => taught.some(({ streamId }) => streamId === `class-${data.classId}`))).toBe(true)
    const [drafted] = events.filter(({ type, data }) => type === 'ReferralDrafted' && data.learnerId === learnerId)
    const ofReferral = events.filter(({ streamId }) => streamId === drafted!.streamId)
    expect(ofReferral.findLast(({ type }) => type === 'ReferralAccepted')!.data.by).toBe(userOf('social-worker-1'))
  })

  test('R-8.8 has learners at work with every tutor, and tells some tutors what helps there', () => {
    const region = make({ seed: 1 })
    const all = region.flatMap(({ streamId, events }) =>
      (events as readonly { type: string; data: any }[]).map(event => ({ streamId, ...event })),
    )
    const ended = new Set(all.filter(({ type }) => type === 'PlacementEnded').map(({ streamId }) => streamId))
    const running = all.filter(({ type, streamId }) => type === 'PlacementStarted' && !ended.has(streamId))
    const planned = new Map(all.filter(({ type }) => type === 'PlacementPlanned').map(each => [each.streamId, each.data]))
    const tutors = all.filter(({ type, data }) => type === 'StaffRoleAssigned' && data.role === 'placementTutor')
    const atWork = running.map(({ streamId }) => `staff-${planned.get(streamId).tutorUserId}`)
    expect(tutors.map(({ streamId }) => atWork.includes(streamId))).toEqual(tutors.map(() => true))
    expect(tutors.length).toBeGreaterThan(0)
    const told = all.filter(({ type, data }) => type === 'ConsentRequested' && data.recipientRole === 'placementTutor')
    expect(told.length).toBeGreaterThan(0)
  })

  test('every payload fits its schema, every stream goes on without a gap, and nothing lies outside the year', () => {
    const versions = new Map<string, number>()
    for (const { streamId, version, events, context, decider } of makeRegion({ ...options, learners: 200 })) {
      expect(version).toBe(versions.get(streamId) ?? -1)
      versions.set(streamId, version + events.length)
      expect(context.occurredAt <= '2026-11-25').toBe(true)
      expect(context.occurredAt >= '2025-11-24').toBe(true)
      for (const { type, data } of events)
        expect(decider.events.definitions.get(type)!.faults(JSON.parse(JSON.stringify(data)))).toEqual([])
    }
  })
})
