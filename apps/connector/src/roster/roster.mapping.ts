import {
  agency,
  assignRole,
  changeAccount,
  endRole,
  leaveAgency,
  registerStaff,
  renameStaff,
  type Staff,
  staff,
} from '@passerelle/agency'
import { codePattern, inTurn, Refused } from '@passerelle/event-log'
import * as learners from '@passerelle/learner'
import {
  assignTeacher,
  closeClass,
  enrol,
  enrolment,
  endEnrolment,
  openClass,
  recordResult,
  retitle,
  teachingClass,
  unassignTeacher,
} from '@passerelle/participation'
import { accountHash } from '../account-hash.js'
import { fullName, type RosterRoles } from './roster-people.js'
import {
  type Command,
  command,
  type FeedContext,
  type Meaning,
  type Note,
  noted,
  oneForEachStream,
} from '../feed/partner-format.js'

/** What a register says of a person, whatever its format. */
export interface RosterUser {
  readonly id: string
  readonly username: string
  readonly givenName?: string
  readonly familyName?: string
  readonly email?: string
  readonly phone?: string
  /** Other identifiers of the register: system → value. */
  readonly identifiers: readonly { readonly system: string; readonly value: string }[]
  readonly guardians: readonly { readonly id: string; readonly name: string; readonly relation: string }[]
  /** Of a contact: the learners. */
  readonly wards: readonly string[]
}
export interface RosterEnrolment {
  /** Of the row. */
  readonly id: string
  readonly entity: 'enrollment' | 'role'
  readonly wasSent: boolean
  readonly userId: string
  readonly orgId: string
  readonly classId?: string
  readonly grade?: string
  readonly from?: string
  readonly until?: string
}
export interface RosterResult {
  readonly id: string
  readonly userId: string
  /** `ids.hash` of its class. */
  readonly classHash: string
  readonly title: string
  readonly status: 'exempt' | 'fullyGraded' | 'notSubmitted' | 'partiallyGraded' | 'submitted'
  readonly score?: number
  readonly textScore?: string
  readonly on: string
}

/** A row of a role or an enrolment, by the hash of its id. */
export interface RosterRow {
  readonly hash: string
  readonly wasSent: boolean
}

/** Notes of what a row gave, besides an enrolment, which is found by the row. */
const gifts = ['staffRole', 'teaching'] as const
const enrolmentGift = (learnerId: string, agencyId: string, classId: string | undefined) =>
  `enrolment ${learnerId}|${agencyId}|${classId ?? ''}`

const STAFF_UNKNOWN = 'Where the staff sign in is not known (--staff-issuer).'

const isThere = ({ learnerId, forgotten }: learners.Learner) => learnerId !== undefined && !forgotten

const codeOr = (value: string | undefined) => (value && codePattern.test(value) ? value : undefined)

const isLearner = async ({ ids, recall }: FeedContext, userId: string) =>
  (await recall('learner', ids.hash('user', userId))) === 'learner'

/** Several records of a batch add to them, in any order: what is kept is read when it is kept. */
const wardsNote = (idHash: string, wards: ReadonlySet<string>): Note => ({
  kind: 'wards',
  idHash,
  get says() {
    return [...wards].join('|')
  },
})

/** What the hub knows of somebody's roles already. */
export async function rolesBefore(feed: FeedContext, userId: string): Promise<RosterRoles> {
  const contact = await feed.recall('contact', feed.ids.hash('user', userId))
  return {
    learner: await isLearner(feed, userId),
    staff: (await feed.load(staff, feed.ids.of('user', userId))).userId !== undefined,
    ...(contact && { contact }),
  }
}

/** Whether the register lets somebody in, and how often it took from them what it had given: each time it gives it anew. */
export interface Access {
  readonly has: boolean
  readonly lost: number
}
/** By the hash of their id, as an earlier row of theirs said. */
export async function accessOf({ recall }: FeedContext, idHash: string): Promise<Access> {
  const [says, lost] = (await recall('access', idHash))?.split(' ') ?? []
  return { has: says !== 'no', lost: Number(lost ?? 0) }
}
const accessNote = (idHash: string, { has, lost }: Access): Note => ({
  kind: 'access',
  idHash,
  says: `${has ? 'yes' : 'no'} ${lost}`,
})

/** What the rows of a school's register mean. Ids are made of the register's, the same in every run. */
export class Roster {
  /** Guardians by the hash of their id → the learners of whom a feed ever said so. */
  private readonly wards = new Map<string, Promise<Set<string>>>()
  /** People whose rows of this feed are in quarantine. */
  private readonly unclear = new Set<string>()

  constructor(private readonly feed: FeedContext) {}

  private get agencyId(): string {
    return this.feed.agencyId
  }
  personId(userId: string): string {
    return this.feed.ids.of('user', userId)
  }

  /** The agency of an organisation of the register: the one that feeds where nobody says otherwise. */
  private agencyOf(orgId: string): string {
    return this.feed.agencyOf(orgId) ?? this.agencyId
  }
  private agenciesOf(orgIds: readonly string[]): string[] {
    return [...new Set(orgIds.map(orgId => this.agencyOf(orgId)))]
  }

  /** Somebody may be several at once: who teaches at a school has children at it. */
  async person(
    user: RosterUser,
    { learner, staff, contact }: RosterRoles,
    asStaff: () => Meaning | Promise<Meaning>,
  ): Promise<Meaning> {
    const parts = [
      ...(learner ? [await this.learner(user)] : []),
      ...(staff ? [await asStaff()] : []),
      ...(contact ? [await this.contact(user, contact)] : []),
    ]
    const [first] = parts
    if (!first) return { notYet: 'What this person is to the school has not been sent.' }
    if (parts.length === 1) return first
    const commands = parts.flatMap(part => ('commands' in part ? part.commands : []))
    const notes = parts.flatMap(part => part.notes ?? [])
    const notYet = parts.flatMap(part => ('notYet' in part && part.notYet !== undefined ? [part.notYet] : []))[0]
    return commands.length > 0 || notYet === undefined
      ? { commands, notes, ...(notYet !== undefined && { notYet }) }
      : { notYet, notes }
  }

  /** What is kept of a contact is said with the learner; a delta may bring the contact alone, under another name or of more learners. */
  async contact({ id, givenName, familyName, wards }: RosterUser, relation: string): Promise<Meaning> {
    const idHash = this.feed.ids.hash('user', id)
    const guardianId = this.personId(id)
    const name = fullName(givenName, familyName)
    const linked = new Set(wards.map(ward => this.personId(ward)))
    const known = await this.wardsOf(idHash)
    for (const learnerId of linked) known.add(learnerId)
    return {
      commands: [...known].map(learnerId =>
        command(learners.learner, learnerId, state =>
          name !== undefined && isThere(state) && (linked.has(learnerId) || state.guardians[guardianId])
            ? this.guardian(state, { id, name, relation })
            : [],
        ),
      ),
      notes: [{ kind: 'contact', idHash, says: relation }, ...(known.size > 0 ? [wardsNote(idHash, known)] : [])],
      orElse: 'Read with the learner whose contact they are.',
    }
  }
  private wardsOf(guardianHash: string): Promise<Set<string>> {
    const known = this.wards.get(guardianHash)
    if (known) return known
    const wards = this.feed.recall('wards', guardianHash).then(before => new Set(before?.split('|')))
    this.wards.set(guardianHash, wards)
    return wards
  }

  /** Registered, or corrected where the register now says something else; contact and guardians as the row has them. */
  async learner(user: RosterUser): Promise<Meaning> {
    const { feed, agencyId } = this
    const { id, givenName, familyName, email, phone, identifiers, guardians } = user
    if (!givenName && !familyName)
      throw new Refused('FEED.NO_NAME', 'A learner is registered by name.', 'Complete the name in the register.')
    const learnerId = this.personId(id)
    // Not everybody has two names; the dash says that there is none, not that it is missing.
    const name = { givenName: givenName ?? '—', familyName: familyName ?? '—' }
    const hashes = [{ system: `${agencyId}/${feed.system}`, value: id }, ...identifiers].flatMap(({ system, value }) =>
      codePattern.test(system) ? [{ agencyId, system, valueHash: feed.hasher.hashIdentifier(system, value) }] : [],
    )
    const contact = { ...(email && { email }), ...(phone && { phone }) }
    const wards: Note[] = []
    for (const guardian of guardians) {
      const idHash = feed.ids.hash('user', guardian.id)
      wards.push(wardsNote(idHash, (await this.wardsOf(idHash)).add(learnerId)))
    }
    return {
      commands: [
        command(
          learners.learner,
          learnerId,
          inTurn(
            learners.learner,
            state =>
              state.learnerId === undefined
                ? learners.register(state, { learnerId, agencyId, ...name }, feed.today)
                : learners.correctDemographics(state, { reason: 'resent', ...name }, feed.today),
            state => (state.standings[agencyId] ? [] : learners.recordStanding(state, { agencyId, from: feed.today })),
            ...hashes.map(identifier => (state: learners.Learner) => learners.attachIdentifier(state, identifier)),
            state =>
              Object.keys(contact).length > 0 || state.contact !== undefined ? learners.recordContact(state, contact) : [],
            ...guardians.map(guardian => (state: learners.Learner) => this.guardian(state, guardian)),
          ),
        ),
      ],
      notes: [{ kind: 'learner', idHash: feed.ids.hash('user', id), says: 'learner' }, ...wards],
    }
  }

  /** A register's word does not verify a guardian: they may be told, and nothing more, until somebody has looked. */
  guardian(state: learners.Learner, { id, name, relation }: RosterUser['guardians'][number]) {
    const guardianId = this.personId(id)
    const known = state.guardians[guardianId]
    const record = {
      guardianId,
      relation: codeOr(relation) ?? 'other',
      name,
      verified: false,
      authority: ['informed' as const],
      excluded: [],
      from: this.feed.today,
    }
    // What people verified since stands; the register only tells the name and the relation.
    return learners.recordGuardian(state, known ? { ...known, name, relation: record.relation } : record)
  }
  /**
   * Noted each time that a set says it, so that one that says it no more ends it. It begins with the learner's hash: what forgets that one,
   * forgets it.
   */
  agent(userId: string, guardianUserId: string): Note {
    const { ids } = this.feed
    return { kind: 'agent', idHash: ids.hash('user', userId) + ids.hash('user', guardianUserId), says: 'agent' }
  }
  /** The person's row is in quarantine: it is not known what it would say of anybody. */
  cannotTell(userId: string): void {
    this.unclear.add(this.personId(userId))
  }
  guardianOf(userId: string, guardian: RosterUser['guardians'][number], rowHash: string): Meaning {
    return {
      commands: [command(learners.learner, this.personId(userId), state => this.guardian(state, guardian))],
      notes: [{ kind: 'guardianship', idHash: rowHash, says: `${this.personId(userId)}|${this.personId(guardian.id)}` }],
    }
  }

  async demographics(userId: string, { birthDate, sex }: { birthDate?: string; sex?: string }): Promise<Meaning> {
    const { feed } = this
    if (!(await isLearner(feed, userId))) return { notYet: 'Of staff and contacts the hub needs neither birth date nor sex.' }
    const learnerId = this.personId(userId)
    const known = sex === 'male' || sex === 'female' || sex === 'other' ? sex : sex === undefined ? undefined : 'unknown'
    return {
      commands: [
        command(
          learners.learner,
          learnerId,
          inTurn(
            learners.learner,
            state =>
              birthDate
                ? learners.correctDemographics(state, { reason: state.birthDate ? 'resent' : 'completed', birthDate }, feed.today)
                : [],
            state => (known ? learners.recordDemographics(state, { sex: known }) : []),
          ),
        ),
      ],
    }
  }

  /** Staff of the register may sign in where it is known where they do; what they may see is what their classes give them. */
  staffMember({ id, username, givenName, familyName }: RosterUser): Meaning {
    const { feed } = this
    if (!feed.staffIssuer) return { notYet: STAFF_UNKNOWN }
    const userId = this.personId(id)
    const name = fullName(givenName, familyName) ?? username
    const account = accountHash(feed.hasher, { issuer: feed.staffIssuer, subject: username })
    return {
      commands: [
        command(
          staff,
          userId,
          inTurn(
            staff,
            state =>
              state.userId === undefined
                ? registerStaff(state, { userId, accountHash: account, name })
                : renameStaff(state, name),
            state => changeAccount(state, account),
          ),
        ),
      ],
    }
  }

  /** Somebody of the staff whom the register lets in no more. */
  async shutOut(userId: string, orgIds: readonly string[], why: string): Promise<Meaning> {
    const { feed } = this
    const idHash = feed.ids.hash('user', userId)
    const { has, lost } = await accessOf(feed, idHash)
    const agencyIds = new Set([this.agencyId, ...this.agenciesOf(orgIds)])
    return {
      commands: [
        command(
          staff,
          this.personId(userId),
          inTurn(
            staff,
            ...[...agencyIds].map(agencyId => (state: Staff) => leaveAgency(state, { agencyId, reason: 'noAccessAtSource' })),
          ),
        ),
      ],
      notes: [accessNote(idHash, { has: false, lost: has ? lost + 1 : lost })],
      orElse: why,
    }
  }
  /** Somebody of the staff as they are, noted where they were shut out before. */
  async letIn(userId: string, as: Meaning): Promise<Meaning> {
    const idHash = this.feed.ids.hash('user', userId)
    const { has, lost } = await accessOf(this.feed, idHash)
    return has ? as : { ...as, notes: [...(as.notes ?? []), accessNote(idHash, { has: true, lost })] }
  }

  /** Of a row that gives the role of a teacher: where it gave it and gives it no more, it ends. */
  async teachesOnlyAt(userId: string, orgIds: readonly string[]): Promise<{ commands: Command[]; notes: Note[] }> {
    const { feed } = this
    const idHash = feed.ids.hash('user', userId)
    const before = (await feed.recall('teachesAt', idHash))?.split('|').filter(Boolean) ?? []
    const now = this.agenciesOf(orgIds)
    const over = before.filter(agencyId => !now.includes(agencyId))
    const kept = feed.staffIssuer ? now : before.filter(agencyId => now.includes(agencyId))
    const end = over.map(agencyId => (state: Staff) => endRole(state, { agencyId, role: 'teacher', reason: 'changedInRegister' }))
    return {
      commands: over.length > 0 ? [command(staff, this.personId(userId), inTurn(staff, ...end))] : [],
      notes: before.length + kept.length > 0 ? [{ kind: 'teachesAt', idHash, says: kept.join('|') }] : [],
    }
  }

  /** A teacher whose row names the schools: registered and given the role in one. */
  async teacher(user: RosterUser, orgIds: readonly string[]): Promise<Meaning> {
    const { feed } = this
    const member = this.staffMember(user)
    if (!('commands' in member)) return member
    const [register] = member.commands
    const agencyIds = this.agenciesOf(orgIds)
    const employers = await Promise.all(agencyIds.map(id => feed.load(agency, id)))
    const id = this.personId(user.id)
    const assign = agencyIds.map((agencyId, i) => (state: Staff) => {
      const held = state.roles.find(each => each.agencyId === agencyId && each.role === 'teacher')
      return assignRole(
        state,
        { agencyId, role: 'teacher', from: held?.from ?? feed.today, ...(held?.until && { until: held.until }) },
        employers[i]!,
      )
    })
    return { commands: [command(staff, id, inTurn(staff, register!.decide as (state: Staff) => never[], ...assign))] }
  }

  /**
   * A row of a role or an enrolment gives one thing. Where it gives another than it did, what it gave ends first.
   * @param gives what, as {@link gave} tells it; undefined: nothing
   * @param meaning given how often the row has ended
   */
  private async instead(
    row: RosterRow,
    gives: string | undefined,
    meaning: (ended: number) => Meaning | Promise<Meaning>,
  ): Promise<Meaning> {
    const { hash, wasSent } = row
    const ended = await this.timesEnded(hash)
    const before = wasSent ? await this.gave(hash, ended) : undefined
    if (before === undefined || before === gives) return meaning(ended)
    const over = await this.over(hash, 'changedInRegister')
    const now = await meaning(ended + 1)
    const notes = [...over.notes, ...gifts.map(kind => ({ kind, idHash: hash, says: '' })), ...(now.notes ?? [])]
    if ('commands' in now) return { ...now, commands: oneForEachStream([...over.commands, ...now.commands]), notes }
    const why = 'notTaken' in now ? { orElse: now.notTaken, ends: true as const } : 'notYet' in now ? { notYet: now.notYet } : {}
    return { ...why, commands: over.commands, notes }
  }
  /** What the row gave when it was last taken. */
  private async gave(rowHash: string, ended: number): Promise<string | undefined> {
    for (const kind of gifts) {
      const says = await this.feed.recall(kind, rowHash)
      if (says) return `${kind} ${says}`
    }
    const { status, learnerId, agencyId, classId } = await this.feed.load(enrolment, this.enrolmentAfter(rowHash, ended))
    return status === 'enrolled' ? enrolmentGift(learnerId!, agencyId!, classId) : undefined
  }
  /** A row that gives nobody anything in the hub. */
  nothing(row: RosterRow): Promise<Meaning> {
    return this.instead(row, undefined, () => ({ notTaken: 'A role that gives nobody anything in the hub.' }))
  }

  async staffRole(
    row: RosterRow,
    userId: string,
    orgId: string,
    role: 'teacher' | 'schoolLeader',
    from: string | undefined,
    until: string | undefined,
  ): Promise<Meaning> {
    const { feed } = this
    const agencyId = this.agencyOf(orgId)
    const id = this.personId(userId)
    const says = `${id}|${agencyId}|${role}`
    return this.instead(row, `staffRole ${says}`, async ended => {
      if (!feed.staffIssuer) return { notYet: STAFF_UNKNOWN }
      const employer = await feed.load(agency, agencyId)
      const gone = ended + (await accessOf(feed, feed.ids.hash('user', userId))).lost
      return {
        commands: [
          command(
            staff,
            id,
            state => {
              const held = state.roles.find(each => each.agencyId === agencyId && each.role === role)
              return assignRole(
                state,
                { agencyId, role, from: from ?? held?.from ?? feed.today, ...(until && { until }) },
                employer,
              )
            },
            // Whoever comes again comes with the same row, and the row of the person may have ended the role.
            gone > 0 ? { saidBy: feed.ids.hash('role', `${row.hash}|${gone}`) } : {},
          ),
        ],
        notes: [{ kind: 'staffRole', idHash: row.hash, says }],
      }
    })
  }

  schoolClass(
    id: string,
    orgId: string,
    title: string,
    courseCode: string | undefined,
    subjectCode: string | undefined,
  ): Meaning {
    const { feed } = this
    const classId = feed.ids.of('class', id)
    const course = codeOr(courseCode)
    const subject = codeOr(subjectCode)
    const opened = {
      classId,
      agencyId: this.agencyOf(orgId),
      title,
      ...(course && { courseCode: course }),
      ...(subject && { subjectCode: subject }),
    }
    return {
      commands: [
        command(teachingClass, classId, state => (state.status === 'none' ? openClass(state, opened) : retitle(state, title))),
      ],
    }
  }

  /** The learner in a class, or at the school where the register's row names no class. */
  async enrolled({ id, entity, wasSent, userId, orgId, classId, grade, from, until }: RosterEnrolment): Promise<Meaning> {
    const { feed } = this
    const { ids } = feed
    if (!(await isLearner(feed, userId)))
      throw new Refused(
        'FEED.NOT_A_LEARNER',
        'The register does not say that this person is a student.',
        'Give them that role, or correct this row.',
      )
    const row = { hash: ids.hash(entity, id), wasSent }
    const gradeCode = codeOr(grade)
    const learnerId = this.personId(userId)
    const agencyId = this.agencyOf(orgId)
    const of = classId === undefined ? undefined : ids.of('class', classId)
    return this.instead(row, enrolmentGift(learnerId, agencyId, of), ended => {
      const enrolmentId = this.enrolmentAfter(row.hash, ended)
      const notes: Note[] =
        classId === undefined
          ? []
          : [{ kind: 'enrolmentOf', idHash: this.pair(ids.hash('class', classId), userId), says: enrolmentId }]
      return {
        commands: [
          command(enrolment, enrolmentId, state => {
            const begins = from ?? state.from ?? feed.today
            return enrol(state, {
              enrolmentId,
              learnerId,
              agencyId,
              from: begins,
              ...(of !== undefined && { classId: of }),
              ...(gradeCode && { grade: gradeCode }),
              ...(until && { until }),
            })
          }),
        ],
        notes,
      }
    })
  }
  /** What has ended stays so: a row that comes again enrols anew, under an id that counts how often it went. */
  private enrolmentAfter(rowHash: string, ended: number): string {
    const { ids } = this.feed
    return ended === 0 ? ids.ofHash(rowHash) : ids.of('enrolment', `${rowHash}|${ended}`)
  }
  private async timesEnded(rowHash: string): Promise<number> {
    return Number((await this.feed.recall('timesEnded', rowHash)) ?? 0)
  }
  private pair(classHash: string, userId: string): string {
    const { ids } = this.feed
    return ids.hash('enrolmentOf', `${classHash}|${ids.hash('user', userId)}`)
  }

  async teaches(
    row: RosterRow,
    userId: string,
    classId: string,
    from: string | undefined,
    until: string | undefined,
  ): Promise<Meaning> {
    const { feed } = this
    const { ids } = feed
    const id = this.personId(userId)
    const of = ids.of('class', classId)
    const says = `${of}|${id}`
    return this.instead(row, `teaching ${says}`, async () => {
      if ((await feed.load(staff, id)).userId === undefined)
        return { notYet: 'The teacher is not among the staff of the hub (--staff-issuer).' }
      return {
        commands: [
          command(teachingClass, of, state =>
            assignTeacher(state, { userId: id, from: from ?? state.teachers[id]?.from ?? feed.today, ...(until && { until }) }),
          ),
        ],
        notes: [{ kind: 'teaching', idHash: row.hash, says }],
      }
    })
  }

  async result({ id, userId, classHash, title, status, score, textScore, on }: RosterResult): Promise<Meaning> {
    const { feed } = this
    const enrolmentId = await feed.recall('enrolmentOf', this.pair(classHash, userId))
    if (!enrolmentId)
      throw new Refused(
        'FEED.NO_ENROLMENT',
        'The result is of a class in which the person is not enrolled.',
        'Send the enrolment, then the result.',
      )
    const resultId = feed.ids.of('result', id)
    return {
      commands: [
        command(enrolment, enrolmentId, state =>
          recordResult(state, {
            resultId,
            title,
            status,
            ...(score !== undefined && { score }),
            ...(textScore && { textScore }),
            on,
          }),
        ),
      ],
    }
  }

  /** What a row of a role or an enrolment gave ends. */
  private async over(rowHash: string, reason: string): Promise<{ readonly commands: Command[]; readonly notes: Note[] }> {
    const { feed } = this
    const ended = await this.timesEnded(rowHash)
    const commands: Command[] = [
      command(enrolment, this.enrolmentAfter(rowHash, ended), state =>
        state.status === 'enrolled' ? endEnrolment(state, { on: feed.today, reason }) : [],
      ),
    ]
    const [classId, teacher] = (await feed.recall('teaching', rowHash))?.split('|') ?? []
    if (classId && teacher)
      commands.push(
        command(teachingClass, classId, state =>
          state.status === 'none' ? [] : unassignTeacher(state, { userId: teacher, reason }),
        ),
      )
    const [userId, of, role] = (await feed.recall('staffRole', rowHash))?.split('|') ?? []
    if (userId && of && role)
      commands.push(command(staff, userId, state => endRole(state, { agencyId: of, role: role as 'teacher', reason })))
    return { commands, notes: [{ kind: 'timesEnded', idHash: rowHash, says: String(ended + 1) }] }
  }

  /** The register has the row no more. */
  async end(entity: string, idHash: string): Promise<Meaning> {
    const { feed, agencyId } = this
    const { ids } = feed
    const id = ids.ofHash(idHash)
    const reason = 'notInRegister'
    if (entity === 'user') {
      const isStaff = (await feed.load(staff, id)).userId !== undefined
      return {
        ...(isStaff && { notes: [accessNote(idHash, { has: true, lost: (await accessOf(feed, idHash)).lost + 1 })] }),
        commands: [
          command(learners.learner, id, state =>
            state.learnerId === undefined ? [] : learners.endStanding(state, { agencyId, reason }),
          ),
          command(staff, id, state => (state.userId === undefined ? [] : leaveAgency(state, { agencyId, reason }))),
          ...[...(await this.wardsOf(idHash))].map(learnerId =>
            command(learners.learner, learnerId, state =>
              state.learnerId === undefined ? [] : learners.endGuardian(state, { guardianId: id, reason }),
            ),
          ),
        ],
      }
    }
    if (entity === 'class')
      return { commands: [command(teachingClass, id, state => (state.status === 'none' ? [] : closeClass(state, reason)))] }
    if (entity === 'enrollment' || entity === 'role') return this.over(idHash, reason)
    if (entity === 'relationship') {
      const [learnerId, guardianId] = (await feed.recall('guardianship', idHash))?.split('|') ?? []
      return {
        commands:
          learnerId && guardianId
            ? [command(learners.learner, learnerId, state => learners.endGuardian(state, { guardianId, reason }))]
            : [],
      }
    }
    if (entity === noted('agent')) {
      const saidBy = idHash.slice(0, 64)
      const learnerId = ids.ofHash(saidBy)
      const guardianId = ids.ofHash(idHash.slice(64))
      if (this.unclear.has(learnerId) || this.unclear.has(guardianId))
        return { notYet: 'The row that could say so is in quarantine.' }
      return {
        commands: [
          // Of a learner who is no more in the set it says nothing, least of all that nobody cares for them.
          command(
            learners.learner,
            learnerId,
            state => (state.standings[agencyId] ? learners.endGuardian(state, { guardianId, reason }) : []),
            { saidBy },
          ),
        ],
      }
    }
    return { notTaken: 'Nothing of the hub hangs on it.' }
  }
}
