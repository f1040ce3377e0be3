import { addDays, type DomainEvent, streamIdOf } from '@passerelle/event-log'
import { assignTeacher, openClass, teachingClass } from '@passerelle/participation'
import type { Role } from '@passerelle/sharing'
import { type District, foundRegion, layOut, type Region } from './agencies.js'
import { learnerStory, type Person, type SchoolClass } from './learner-story.js'
import { Chance } from './random.js'
import { step, type Step } from './step.js'
import { familyNames, givenNames, languages } from './words.js'

export interface RegionOptions {
  readonly learners: number
  /** Default: as many as the learners need. */
  readonly districts?: number
  /** The same seed makes the same region. */
  readonly seed: number
  /** Last day of the year that is told, `2026-11-24`. */
  readonly endDay: string
  /** Of the account that a demo person signs in with; `subject` is such as `teacher-1`. */
  readonly accountHash: (subject: string) => string
}

/** Events as the deciders decided them, with what an append needs. */
export interface Decided extends Step {
  readonly streamId: string
  /** Revision that the stream must have; -1 where it begins. */
  readonly version: number
  readonly events: readonly DomainEvent[]
}

/** People who can sign in at the development identity provider. */
export interface DemoPerson {
  readonly subject: string
  readonly name: string
  readonly role: Role
  readonly agencyId: string
}

/** The commands that make the region, lazily: a learner is forgotten once told. */
export function* regionSteps(options: RegionOptions): Iterable<Step> {
  const { seed, learners, endDay, accountHash } = options
  const laidOut = layOut(learners, Chance.of(seed, 'agencies'), options.districts)
  const start = addDays(endDay, -365)
  yield* foundRegion(laidOut, start, accountHash, Chance.of(seed, 'foundation'))
  const classes = new Map<string, SchoolClass[]>()
  for (const district of laidOut.districts) {
    for (const schoolClass of classesOf(district, seed)) {
      const { agencyId, classId, teacher } = schoolClass
      classes.set(agencyId, [...(classes.get(agencyId) ?? []), schoolClass])
      const title = `Class ${classes.get(agencyId)!.length}`
      yield step(
        teacher,
        start,
        teachingClass,
        classId,
        state => openClass(state, { classId, agencyId, title }),
        state => assignTeacher(state, { userId: teacher.userId, from: start }),
      )
    }
  }
  for (let number = 0; number < learners; number++)
    yield* learnerStory(personOf(number, laidOut, classes, options), seed, { start, endDay }, accountHash)
}

/** A believable region of any size, through the deciders, without a store. Throws where a decider refuses: that is a fault here. */
export function* makeRegion(options: RegionOptions): Iterable<Decided> {
  // A learner's streams are not touched again once the next one begins; agencies, staff and classes are few.
  const states = new Map<string, { state: unknown; version: number }>()
  for (const each of regionSteps(options)) {
    const { decider, aggregateId, decide } = each
    const streamId = streamIdOf(decider, aggregateId)
    if (streamId.startsWith('learner-') && !states.has(streamId)) states.clear()
    const { state, version } = states.get(streamId) ?? { state: decider.initial, version: -1 }
    const events = decide(state)
    if (events.length === 0) continue
    let after = state
    for (const event of events) after = decider.evolve(after, event)
    states.set(streamId, { state: after, version: version + events.length })
    yield { ...each, streamId, version, events }
  }
}

function* classesOf({ schools, staff }: District, seed: number): Iterable<SchoolClass> {
  for (const agencyId of schools)
    for (const teacher of staff.filter(person => person.agencyId === agencyId && person.role === 'teacher'))
      yield { classId: Chance.of(seed, `class-${teacher.userId}`).uuid(), agencyId, teacher }
}

function personOf(
  number: number,
  { districts }: Region,
  classes: ReadonlyMap<string, readonly SchoolClass[]>,
  { seed, endDay }: RegionOptions,
): Person {
  const chance = Chance.of(seed, `person-${number}`)
  const district = districts[number % districts.length]!
  const school = district.schools[Math.floor(number / districts.length) % district.schools.length]!
  const ofSchool = classes.get(school)!
  const age = number % 10 < 7 ? 14 + (number % 4) : 18 + (number % 6)
  const learnerId = chance.uuid()
  const familyName = chance.pick(familyNames)
  const isMinor = age < 18
  return {
    number,
    learnerId,
    subject: `learner-${number + 1}`,
    givenName: chance.pick(givenNames),
    familyName,
    birthDate: addDays(endDay, -Math.floor(age * 365.25) - chance.int(30, 300)),
    isMinor,
    ...(number % 5 === 1 && { ownLanguage: chance.pick(languages) }),
    district,
    schoolClass: ofSchool[Math.floor(number / districts.length / district.schools.length) % ofSchool.length]!,
    ...(isMinor && {
      guardian: {
        guardianId: chance.uuid(),
        subject: `guardian-${number + 1}`,
        name: `${chance.pick(givenNames)} ${familyName}`,
        verified: number % 5 !== 2,
        ends: number % 31 === 11,
      },
    }),
    self: { userId: learnerId, agencyId: 'learner', role: 'learner' },
  }
}

/** Who may sign in in development: all staff of the first district and the authority, the first learners and their guardians. */
export function demoPeople(options: RegionOptions): DemoPerson[] {
  const laidOut = layOut(options.learners, Chance.of(options.seed, 'agencies'), options.districts)
  const classes = new Map<string, SchoolClass[]>()
  for (const district of laidOut.districts.slice(0, 1))
    for (const schoolClass of classesOf(district, options.seed))
      classes.set(schoolClass.agencyId, [...(classes.get(schoolClass.agencyId) ?? []), schoolClass])
  const first = laidOut.districts[0]!
  const people: DemoPerson[] = [...laidOut.staff, ...first.staff].map(({ subject, name, role, agencyId }) => ({
    subject,
    name,
    role,
    agencyId,
  }))
  const one = { ...laidOut, districts: [first] }
  for (let number = 0; number < Math.min(options.learners, 20); number++) {
    // Only those of the first district: their classes are known here.
    if (number % laidOut.districts.length !== 0) continue
    const person = personOf(number, one, classes, options)
    people.push({
      subject: person.subject,
      name: `${person.givenName} ${person.familyName}`,
      role: 'learner',
      agencyId: 'learner',
    })
    // The others have no account, or no say any more.
    if (person.guardian?.verified && !person.guardian.ends)
      people.push({ subject: person.guardian.subject, name: person.guardian.name, role: 'guardian', agencyId: 'learner' })
  }
  return people
}
