import { addDays } from '@passerelle/event-log'
import * as assessments from '@passerelle/assessment'
import * as cases from '@passerelle/casework'
import { enrol, enrolment, endEnrolment, recordResult } from '@passerelle/participation'
import * as plans from '@passerelle/plan'
import type { Role } from '@passerelle/sharing'
import * as support from '@passerelle/support'
import type { District, Staff } from './agencies.js'
import { askForConsents } from './consent-story.js'
import { placementOf } from './placement-story.js'
import { Chance } from './random.js'
import { referralsOf } from './referral-story.js'
import { registration } from './registration-story.js'
import { dayAt, type Someone, step, type Step } from './step.js'
import * as words from './words.js'

export interface SchoolClass {
  readonly classId: string
  readonly agencyId: string
  readonly teacher: Staff
}
/** Somebody whom the story is about. */
export interface Person {
  readonly number: number
  readonly learnerId: string
  readonly subject: string
  readonly givenName: string
  readonly familyName: string
  readonly birthDate: string
  readonly isMinor: boolean
  readonly ownLanguage?: string
  readonly district: District
  readonly schoolClass: SchoolClass
  readonly guardian?: {
    readonly guardianId: string
    readonly subject: string
    readonly name: string
    readonly verified: boolean
    /** Custody changes, and with it their say ends. */
    readonly ends: boolean
  }
  readonly self: Someone
}
export interface StoryTime {
  readonly start: string
  readonly endDay: string
}

/** The colleague of a role at an agency who looks after this person: always the same one. */
export function colleague(person: Pick<Person, 'number' | 'district'>, agencyId: string, role: Role): Staff {
  const all = person.district.staff.filter(each => each.agencyId === agencyId && each.role === role)
  return all[person.number % all.length]!
}

/** A year with one learner, in the order in which it happened. `number` decides which turns it takes, chance the rest. */
export function* learnerStory(
  person: Person,
  seed: number,
  time: StoryTime,
  accountHash: (subject: string) => string,
): Iterable<Step> {
  const chance = Chance.of(seed, `learner-${person.number}`)
  yield* registration(person, time.start, accountHash, chance)
  yield* schoolYear(person, time, chance)
  const assessed = yield* initialAssessment(person, time, chance)
  yield* needsOf(person, time, chance)
  yield* caseOf(person, time, chance)
  yield* planOf(person, assessed, time, chance)
  const consents = yield* askForConsents(person, time, chance)
  yield* referralsOf(person, consents, time, chance)
  // By chance of its own.
  yield* placementOf(person, time, Chance.of(seed, `placement-${person.number}`))
}

function* schoolYear(person: Person, { start, endDay }: StoryTime, chance: Chance): Iterable<Step> {
  const { learnerId, schoolClass, district, number } = person
  const { agencyId, classId, teacher } = schoolClass
  const enrolmentId = chance.uuid()
  const from = dayAt(start, chance.int(2, 20))
  yield step(teacher, from, enrolment, enrolmentId, state =>
    enrol(state, { enrolmentId, learnerId, agencyId, classId, grade: String(chance.int(8, 11)), from }),
  )
  for (let i = 0; i < 4; i++) {
    const on = dayAt(start, 60 + i * 70)
    if (on > endDay) break
    const result = {
      resultId: `${enrolmentId}-r${i}`,
      title: `Test ${i + 1}`,
      status: 'fullyGraded' as const,
      score: chance.int(3, 20),
      on,
    }
    yield step(teacher, on, enrolment, enrolmentId, state => recordResult(state, result))
    // A mark that was read wrong is corrected, and the correction says so.
    if (number % 17 === 3 && i === 1)
      yield step(teacher, addDays(on, 3), enrolment, enrolmentId, state =>
        recordResult(state, { ...result, score: result.score + 1 }, 'misread'),
      )
  }
  if (number % 7 !== 5) return
  const left = dayAt(start, 200 + (number % 40))
  const again = chance.uuid()
  const coordinator = colleague(person, district.secondChance, 'educationCoordinator')
  yield step(teacher, left, enrolment, enrolmentId, state => endEnrolment(state, { on: left, reason: 'left' }))
  yield step(coordinator, addDays(left, 30), enrolment, again, state =>
    enrol(state, { enrolmentId: again, learnerId, agencyId: district.secondChance, from: addDays(left, 30) }),
  )
}

interface Assessed {
  readonly assessmentId: string
  readonly completedOn: string
  readonly findings: readonly string[]
}

function* initialAssessment(person: Person, { start }: StoryTime, chance: Chance): Generator<Step, Assessed | undefined> {
  if (person.number % 9 === 8) return undefined
  const { learnerId, schoolClass } = person
  const { assessment } = assessments
  const assessmentId = chance.uuid()
  const by = colleague(person, schoolClass.agencyId, 'educationCoordinator')
  const on = dayAt(start, chance.int(25, 50))
  const findings = chance.some(words.strengths, 1, 3).map(description => ({ findingId: chance.uuid(), description }))
  const need = person.number % 3 === 0 ? { findingId: chance.uuid(), ...chance.pick(words.needs) } : undefined
  yield step(
    by,
    on,
    assessment,
    assessmentId,
    state =>
      assessments.start(
        state,
        {
          assessmentId,
          learnerId,
          kind: 'initial',
          instrument: { code: 'region-intake', version: '1', licence: 'CC-BY-4.0' },
          mode: 'human',
          on,
        },
        {},
      ),
    ...findings.map(finding => (state: assessments.Assessment) => assessments.recordStrength(state, finding)),
    state =>
      need
        ? assessments.recordNeed(state, { findingId: need.findingId, needCode: need.code, description: need.description })
        : [],
    state =>
      assessments.establishSkillLevel(state, {
        framework: 'CEFR',
        frameworkVersion: '2020',
        skillCode: 'reading',
        level: chance.pick(['A1', 'A2', 'B1', 'B2']),
        evidenceRefs: [assessmentId],
        confidence: 'tested',
      }),
    state =>
      assessments.rateOneself(state, {
        framework: 'DigComp',
        frameworkVersion: '2.2',
        skillCode: '1.1',
        level: String(chance.int(1, 5)),
      }),
    state => assessments.stateExpectation(state, { expectedHighestIsced: '3', wantsIsced: chance.pick(['3', '4', '6']) }),
    state => assessments.complete(state, on),
  )
  return { assessmentId, completedOn: on, findings: [...findings.map(f => f.findingId), ...(need ? [need.findingId] : [])] }
}

function* needsOf(person: Person, { start }: StoryTime, chance: Chance): Iterable<Step> {
  const { learnerId, number, district, schoolClass } = person
  if (number % 3 !== 0) return
  const { code, description, instruction } = chance.pick(words.needs)
  const needId = chance.uuid()
  const byHealth = number % 2 === 0
  const by = byHealth
    ? colleague(person, district.health, 'healthProfessional')
    : colleague(person, schoolClass.agencyId, 'schoolPsychologist')
  const on = dayAt(start, chance.int(60, 120))
  if (byHealth && number % 12 === 0) {
    const diagnosisId = chance.uuid()
    yield step(by, addDays(on, -10), support.diagnosis, diagnosisId, state =>
      support.recordDiagnosis(state, {
        diagnosisId,
        learnerId,
        code: 'F81.0',
        description: 'Specific reading disorder',
        on: addDays(on, -10),
      }),
    )
  }
  yield step(by, on, support.supportNeed, needId, state =>
    support.identify(state, {
      needId,
      learnerId,
      needCode: code,
      instruction,
      description,
      source: byHealth ? 'health' : 'education',
    }),
  )
  yield step(schoolClass.teacher, addDays(on, 7), support.supportNeed, needId, state =>
    support.agreeAccommodation(state, {
      accommodationId: `${needId}-a`,
      code: `acc-${code}`,
      settings: instruction,
      contexts: ['class', 'exam'],
    }),
  )
  if (number % 24 === 9)
    yield step(by, addDays(on, 90), support.supportNeed, needId, state => support.end(state, 'noLongerNeeded'))
}

function* caseOf(person: Person, { start, endDay }: StoryTime, chance: Chance): Iterable<Step> {
  const { learnerId, number, schoolClass, district } = person
  if (number % 5 === 4) return
  const { caseFile } = cases
  const caseId = chance.uuid()
  const lead = colleague(person, schoolClass.agencyId, 'educationCoordinator')
  const on = dayAt(start, chance.int(30, 60))
  const until = addDays(endDay, 120)
  const held = { isHeld: true, worksWith: true }
  const member = (who: Staff, purpose: 'educationSupport' | 'socialSupport' | 'healthCare' | 'employmentSupport') => ({
    userId: who.userId,
    agencyId: who.agencyId,
    role: who.role,
    purpose,
    until,
  })
  const mentor = colleague(person, schoolClass.agencyId, 'mentor')
  const social = colleague(person, district.social, 'socialWorker')
  const untilWithinYear = until > addDays(on, 360) ? addDays(on, 360) : until
  yield step(
    lead,
    on,
    caseFile,
    caseId,
    state =>
      cases.open(
        state,
        {
          caseId,
          learnerId,
          lead: { userId: lead.userId, agencyId: lead.agencyId, role: lead.role, purpose: 'caseCoordination' },
          until: untilWithinYear,
          today: on,
        },
        held,
      ),
    state => cases.addMember(state, { ...member(mentor, 'educationSupport'), until: untilWithinYear }, held, on),
    state =>
      number % 2 === 0 ? cases.addMember(state, { ...member(social, 'socialSupport'), until: untilWithinYear }, held, on) : [],
  )
  for (let i = 0; i < number % 3; i++) {
    const day = dayAt(start, 80 + i * 45)
    yield step(mentor, day, caseFile, caseId, state =>
      cases.addNote(state, {
        noteId: `${caseId}-n${i}`,
        author: { userId: mentor.userId, agencyId: mentor.agencyId },
        visibility: i === 0 ? 'own' : 'team',
        categories: ['C3'],
        text: chance.pick(words.notes),
        today: day,
      }),
    )
  }
  if (number % 8 === 2)
    yield step(lead, dayAt(start, 250), caseFile, caseId, state =>
      cases.removeMember(state, { userId: social.userId, reason: 'changedPost', today: dayAt(start, 250) }),
    )
}

/** Drafted, proposed, declined, agreed, active, reviewed, revised and agreed again, on hold, completed, ended early: each somebody's. */
function* planOf(person: Person, assessed: Assessed | undefined, { start, endDay }: StoryTime, chance: Chance): Iterable<Step> {
  const { learnerId, number, schoolClass, self } = person
  const { plan } = plans
  const planId = chance.uuid()
  const { teacher } = schoolClass
  const mentor = colleague(person, schoolClass.agencyId, 'mentor')
  const drafted = addDays(assessed?.completedOn ?? dayAt(start, 40), chance.int(3, 14))
  const periodUntil = addDays(drafted, 300)
  const goalId = `${planId}-goal`
  const objectives = chance
    .some(words.objectives, 1, 3)
    .map(({ text, skill, unit, baseline, target }, i): plans.AddObjective => ({
      objectiveId: `o${i + 1}`,
      text,
      skillRef: skill,
      findingRef: assessed ? chance.pick(assessed.findings) : goalId,
      measure: { code: skill, unit, baseline, target, direction: 'up' },
      dueDate: addDays(drafted, 120 + i * 60),
      reviewBy: addDays(drafted, 60 + i * 60),
      supports: [],
      learnerAuthored: i === 0,
    }))
  yield step(
    teacher,
    drafted,
    plan,
    planId,
    state =>
      plans.draft(
        state,
        {
          planId,
          learnerId,
          kind: 'learning',
          template: assessed ? 'full' : 'quick',
          authors: [teacher.userId],
          periodFrom: drafted,
          periodUntil,
          today: drafted,
          ...(assessed && { basisAssessmentId: assessed.assessmentId }),
        },
        assessed && { kind: 'initial', learnerId, completedOn: assessed.completedOn },
      ),
    state =>
      plans.setLongTermGoal(state, {
        goalId,
        text: chance.pick(['Become a carpenter', 'Finish school', 'Work with animals', 'Study later']),
      }),
    ...objectives.map(objective => (state: plans.Plan) => plans.addObjective(state, objective)),
  )
  const turn = number % 10
  if (turn === 0) return
  const proposed = addDays(drafted, 7)
  const guardiansToInvite = person.isMinor && person.guardian ? [person.guardian.guardianId] : []
  yield step(teacher, proposed, plan, planId, state =>
    plans.propose(state, { trainedAuthors: [teacher.userId], guardiansToInvite }),
  )
  if (turn === 1) return
  const answered = addDays(proposed, chance.int(1, 10))
  const answer = turn === 2 ? 'decline' : chance.yes(30) ? 'agreeWithRemarks' : 'agree'
  yield step(self, answered, plan, planId, state =>
    plans.respond(state, {
      response: answer,
      method: chance.pick(['online', 'inPerson']),
      respondent: 'learner',
      ...(answer !== 'agree' && { remarks: 'I would rather begin with the workshop.' }),
    }),
  )
  if (answer === 'decline') return
  const hash = (content: unknown) => plans.planHash(content)
  yield step(
    teacher,
    answered,
    plan,
    planId,
    state => plans.activate(state, hash),
    state => plans.scheduleReview(state, { reviewId: 'v1', today: answered }),
  )
  if (turn === 3) return
  const reviewed = addDays(answered, 40)
  if (turn === 4) {
    yield step(teacher, addDays(answered, 60), plan, planId, state => plans.noticeOverdueReview(state, addDays(answered, 60)))
    return
  }
  yield step(
    mentor,
    reviewed,
    plan,
    planId,
    state =>
      plans.holdReview(
        state,
        {
          reviewId: 'v1',
          on: reviewed,
          mode: 'inPerson',
          attendees: [mentor.userId, learnerId],
          oneToOne: true,
          durationMin: 30,
        },
        [mentor.userId],
      ),
    state =>
      plans.rateProgress(state, {
        reviewId: 'v1',
        objectiveId: 'o1',
        value: chance.int(0, 100),
        learnerView: 'It goes slowly',
        staffView: 'A good start',
      }),
    state => plans.giveFeedback(state, { reviewId: 'v1', text: 'You kept every appointment.' }),
  )
  if (turn === 5) {
    yield step(teacher, addDays(reviewed, 5), plan, planId, state => plans.putOnHold(state, 'illness'))
    return
  }
  if (turn >= 6 && turn <= 8) {
    const [first] = objectives
    const revised = addDays(reviewed, 2)
    yield step(
      teacher,
      revised,
      plan,
      planId,
      state =>
        plans.revise(state, {
          reviewId: 'v1',
          reason: chance.pick(words.revisionReasons),
          revise: [{ ...first!, dueDate: addDays(first!.dueDate!, 14) }],
        }),
      state => plans.propose(state, { trainedAuthors: [teacher.userId], guardiansToInvite: [] }),
    )
    if (turn === 8) return
    yield step(self, addDays(revised, 3), plan, planId, state =>
      plans.respond(state, { response: 'agree', method: 'online', respondent: 'learner' }),
    )
    yield step(
      teacher,
      addDays(revised, 3),
      plan,
      planId,
      state => plans.activate(state, hash),
      state => plans.scheduleReview(state, { reviewId: 'v2', today: addDays(revised, 3) }),
    )
  }
  if (turn === 7) {
    const done = addDays(reviewed, 120)
    if (done >= endDay) return
    yield step(
      teacher,
      done,
      plan,
      planId,
      ...objectives.map(
        ({ objectiveId }) =>
          (state: plans.Plan) =>
            plans.recordOutcome(state, { objectiveId, outcome: chance.pick(['achieved', 'partly']), on: done }),
      ),
      state => plans.complete(state, done),
    )
  }
  if (turn === 9)
    yield step(teacher, addDays(reviewed, 60), plan, planId, state =>
      plans.endEarly(state, { on: addDays(reviewed, 60), reason: 'movedAway' }),
    )
}
