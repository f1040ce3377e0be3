import { agencyEvents, sharingAgreementEvents, staffEvents } from '@passerelle/agency'
import { caseFileEvents } from '@passerelle/casework'
import { consentEvents } from '@passerelle/consent'
import { addDays, type DomainEvent, type EventDefinitions } from '@passerelle/event-log'
import { accountHash, views } from '@passerelle/hub'
import { learnerEvents } from '@passerelle/learner'
import { classEvents, enrolmentEvents, placementEvents } from '@passerelle/participation'
import type { Category, Purpose } from '@passerelle/sharing'
import { agencySectors, people, type StoryHub, type Who } from '../journeys/story-hub.fixture.js'
import { canariesIn, tellEverything } from '../visibility/canary-story.js'
import { writeDown } from '../visibility/doors.fixture.js'

/** How somebody asks: `export` is the learner's whole record, `download` the consent as a file. */
export const routes = ['plain', 'nested', 'cursor', 'filter', 'asOf', 'explain', 'download', 'json', 'html'] as const
export type Route = (typeof routes)[number]

/** Something that lets somebody read of a learner, and how it ends. Everything of the learner is recorded elsewhere: nothing is the reader's own. */
export interface Opening {
  readonly kind: string
  readonly learnerId: string
  readonly reader: Who
  readonly purpose: Purpose
  /** The consent that the reader holds of the learner. */
  readonly consentId?: string
  /** On which ways the reader can come to what is withdrawn. */
  readonly by: readonly Route[]
  /** What must not be told once it has ended. */
  readonly withdrawn: readonly Category[] | 'everything'
  /** The command that ends it; undefined where the clock does. */
  readonly end: ((story: StoryHub) => Promise<unknown>) | undefined
}

const today = new Date().toISOString().slice(0, 10)
const elsewhere = 'elsewhere'
const reading: readonly Route[] = ['plain', 'nested', 'cursor', 'filter', 'asOf']
const staffReading: readonly Route[] = [...reading, 'explain']
/** Agencies that must know the learner, for somebody there to end what is open. */
const worksThere: Readonly<Record<string, readonly string[]>> = {
  agreement: ['school'],
  guardian: ['school'],
  placement: ['school'],
  erasure: ['school', 'authority'],
  restriction: ['authority'],
}
/** Days by which the clock is moved for what it ends. */
export const daysUntilEnd = 2

/** The streams that the openings begin, for the versions that their ends name. */
async function versionOf({ hub }: StoryHub, stream: string): Promise<number> {
  return (await hub.log.readStream(stream)).length - 1
}

const of = (kind: string) => ({
  learnerId: `learner-${kind}`,
  caseId: `case-${kind}`,
  // A word by which it is found wherever it stands.
  consentId: `canaryC14x-${kind}`,
})
const ended = (kind: string, who: Who, mutation: string, stream: string, input: Readonly<Record<string, unknown>>) => ({
  ...of(kind),
  kind,
  end: async (story: StoryHub) => story.records(who, mutation, { ...input, version: await versionOf(story, stream) }),
})

export const openings: readonly Opening[] = [
  {
    ...ended('consent', 'learner', 'withdrawConsent', `consent-${of('consent').consentId}`, {
      consentId: of('consent').consentId,
      reason: 'mine alone',
    }),
    reader: 'nurse',
    purpose: 'healthCare',
    by: staffReading,
    withdrawn: ['C2', 'C3'],
  },
  {
    ...ended('team', 'coordinator', 'removeTeamMember', `caseFile-${of('team').caseId}`, {
      caseId: of('team').caseId,
      userId: 'socialWorker',
      reason: 'reassigned',
    }),
    reader: 'socialWorker',
    purpose: 'socialSupport',
    by: [...staffReading, 'download'],
    withdrawn: 'everything',
  },
  {
    ...ended('staff', 'admin', 'endStaffRole', 'staff-jobAdviser', { userId: 'jobAdviser', agencyId: 'jobs', reason: 'left' }),
    reader: 'jobAdviser',
    purpose: 'employmentSupport',
    by: [...staffReading, 'download'],
    withdrawn: 'everything',
  },
  {
    ...ended('agreement', 'socialOfficer', 'endSharingAgreement', 'sharingAgreement-agreement', {
      agreementId: 'agreement',
      reason: 'terminated',
    }),
    reader: 'otherSocialWorker',
    purpose: 'socialSupport',
    by: staffReading,
    withdrawn: ['C3'],
  },
  {
    ...ended('enrolment', 'coordinator', 'endEnrolment', 'enrolment-in-class', {
      enrolmentId: 'in-class',
      on: today,
      reason: 'moved',
    }),
    reader: 'teacher',
    purpose: 'educationSupport',
    by: reading,
    withdrawn: 'everything',
  },
  {
    ...ended('placement', 'coordinator', 'endPlacement', 'placement-at-bakery', {
      placementId: 'at-bakery',
      on: today,
      reason: 'endedByHost',
    }),
    reader: 'tutor',
    purpose: 'employmentSupport',
    by: reading,
    withdrawn: 'everything',
  },
  {
    ...of('restriction'),
    kind: 'restriction',
    reader: 'regionCoordinator',
    purpose: 'educationSupport',
    by: [...staffReading, 'download'],
    withdrawn: ['C2', 'C3', 'C5', 'C14'],
    end: story =>
      story.records('officer', 'placeRestriction', {
        restrictionId: 'restriction',
        learnerId: of('restriction').learnerId,
        agencyIds: ['authority'],
        categories: ['C2', 'C3', 'C5', 'C14'],
        grounds: 'courtOrder',
        until: addDays(today, 90),
      }),
  },
  {
    ...ended('guardian', 'coordinator', 'endGuardian', `learner-${of('guardian').learnerId}`, {
      learnerId: of('guardian').learnerId,
      guardianId: 'mother',
      reason: 'custody',
    }),
    reader: 'mother',
    purpose: 'ownRecord',
    by: [...reading, 'download', 'json', 'html'],
    withdrawn: 'everything',
  },
  {
    ...ended('erasure', 'officer', 'forgetCategory', `learner-${of('erasure').learnerId}`, {
      learnerId: of('erasure').learnerId,
      category: 'C4',
      reason: 'unlawfulProcessing',
      retained: [],
    }),
    reader: 'coordinator',
    purpose: 'educationSupport',
    by: reading,
    withdrawn: ['C4'],
  },
  {
    ...of('lapse'),
    kind: 'lapse',
    reader: 'nurse',
    purpose: 'healthCare',
    by: staffReading,
    withdrawn: ['C2', 'C3'],
    end: undefined,
  },
  {
    ...of('custody'),
    kind: 'custody',
    reader: 'uncle',
    purpose: 'ownRecord',
    by: [...reading, 'download', 'json', 'html'],
    withdrawn: 'everything',
    end: undefined,
  },
]

/** Makes the region in which the openings stand, and writes down a canary wherever words can be. Returns every learner's canaries. */
export async function makeRegion(story: StoryHub): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { store } = story.hub
  const write = (events: EventDefinitions, id: string, some: readonly DomainEvent[], about?: string) =>
    // What an agreement opens was recorded by its parties alone.
    writeDown(store, events, id, about === of('agreement').learnerId ? 'school' : elsewhere, some, about)
  const account = (who: Who) => accountHash(story.hub.identifiers, { issuer: story.issuer, subject: who })

  for (const [agencyId, sector] of Object.entries({ ...agencySectors, [elsewhere]: 'education' }))
    await write(agencyEvents, agencyId, [
      { type: 'AgencyRegistered', data: { agencyId, name: agencyId, sector, region: 'ZZ11' } },
    ])
  const staff = Object.entries(people).filter(([who, { agencyId }]) => who !== 'admin' && agencyId !== 'learner')
  for (const [userId, { agencyId, role }] of staff)
    await write(
      staffEvents,
      userId,
      [
        { type: 'StaffMemberRegistered', data: { userId, accountHash: account(userId as Who), name: userId } },
        { type: 'StaffRoleAssigned', data: { agencyId, role, from: '2020-01-01' } },
      ],
      userId,
    )
  await write(classEvents, 'class-1', [
    { type: 'ClassOpened', data: { classId: 'class-1', agencyId: 'school', title: '3B' } },
    { type: 'TeacherAssigned', data: { userId: 'teacher', from: '2020-01-01' } },
  ])
  const scope = { agencyIds: ['school', 'social'], purposes: ['socialSupport'], categories: ['C3'], statute: 'ZZ-SGB-10' }
  await write(sharingAgreementEvents, 'agreement', [
    {
      type: 'SharingAgreementDrafted',
      data: { agreementId: 'agreement', ...scope, validFrom: today, validUntil: addDays(today, 90) },
    },
    { type: 'SharingAgreementSigned', data: { agencyId: 'school' } },
    { type: 'SharingAgreementSigned', data: { agencyId: 'social' } },
    { type: 'SharingAgreementEnteredIntoForce', data: {} },
  ])

  const canaries = new Map<string, ReadonlySet<string>>()
  for (const opening of openings) {
    const { learnerId, kind } = opening
    const told = await tellEverything(
      views,
      {
        learnerId,
        agencyId: kind === 'agreement' ? 'school' : elsewhere,
        given: () => ({ birthDate: `${Number(today.slice(0, 4)) - 10}-01-15`, basis: 'consent' }),
      },
      (events, id, some) => write(events, id, some, learnerId),
    )
    canaries.set(learnerId, new Set([...canariesIn(JSON.stringify(told)), ...(opening.consentId ? [opening.consentId] : [])]))
    await letIn(opening)
  }
  return canaries

  async function letIn({ kind, learnerId, reader, purpose, consentId }: Opening): Promise<void> {
    const { agencyId, role } = people[reader]
    const lapses = addDays(today, daysUntilEnd - 1)
    const standing = [...new Set([...(worksThere[kind] ?? []), ...(agencyId === 'learner' ? [] : [agencyId])])]
    const guardian = {
      guardianId: reader,
      relation: 'mother',
      name: 'A guardian',
      verified: true,
      authority: ['informed', 'consents'],
      excluded: [],
      from: '2020-01-01',
      ...(kind === 'custody' && { until: lapses }),
    }
    const accounts: DomainEvent[] =
      role === 'guardian'
        ? [
            { type: 'GuardianRecorded', data: guardian },
            { type: 'GuardianAccountLinked', data: { guardianId: reader, accountHash: account(reader) } },
          ]
        : kind === 'consent'
          ? [{ type: 'LearnerAccountLinked', data: { accountHash: account('learner') } }]
          : []
    await write(
      learnerEvents,
      learnerId,
      [...standing.map(each => ({ type: 'AgencyStandingRecorded', data: { agencyId: each, from: '2020-01-01' } })), ...accounts],
      learnerId,
    )
    if (kind === 'enrolment') {
      const data = { enrolmentId: 'in-class', learnerId, agencyId: 'school', classId: 'class-1', from: '2020-01-01' }
      await write(enrolmentEvents, 'in-class', [{ type: 'LearnerEnrolled', data }], learnerId)
    } else if (kind === 'placement') {
      const days = { from: '2020-01-01', until: addDays(today, 90) }
      const data = {
        placementId: 'at-bakery',
        learnerId,
        agencyId: 'school',
        hostAgencyId: agencyId,
        tutorUserId: reader,
        ...days,
      }
      await write(
        placementEvents,
        'at-bakery',
        [
          { type: 'PlacementPlanned', data },
          { type: 'PlacementStarted', data: { on: days.from } },
        ],
        learnerId,
      )
    } else if (agencyId !== 'learner') {
      const until = addDays(today, 90)
      const lead = { leadUserId: 'coordinator', leadAgencyId: 'school', leadRole: 'educationCoordinator' }
      const { caseId } = of(kind)
      await write(
        caseFileEvents,
        caseId,
        [
          { type: 'CaseOpened', data: { caseId, learnerId, ...lead, purpose: 'educationSupport', until } },
          { type: 'TeamMemberAdded', data: { userId: reader, agencyId, role, purpose, until } },
        ],
        learnerId,
      )
    }
    const agreed: readonly Category[] = ['C2', 'C3', 'C5']
    const question = {
      consentId,
      learnerId,
      requestedByAgencyId: 'school',
      recipientAgencyId: agencyId === 'learner' ? 'social' : agencyId,
      purpose: agencyId === 'learner' ? 'socialSupport' : purpose,
      categories: agreed,
      noticeVersion: 'n1',
      language: 'en',
      easyRead: false,
      validUntil: kind === 'lapse' ? lapses : addDays(today, 90),
      ...(role === 'guardian' && { guardianId: reader }),
    }
    const { validUntil } = question
    const by = role === 'guardian' ? { by: 'guardian', guardianId: reader } : { by: 'learner' }
    // An agreement shows itself only where nobody said yes.
    if (kind !== 'agreement')
      await write(
        consentEvents,
        consentId!,
        [
          { type: 'ConsentRequested', data: question },
          {
            type: 'ConsentGiven',
            data: { categories: agreed, ...by, method: 'online', at: new Date().toISOString(), validUntil },
          },
        ],
        learnerId,
      )
  }
}

export const isWithdrawn = ({ withdrawn }: Opening, canary: string): boolean =>
  withdrawn === 'everything' || withdrawn.some(category => canary.startsWith(`canary${category}x`))
