import { getNamedType, type GraphQLObjectType } from 'graphql'
import { consentEvents } from '@passerelle/consent'
import { caseFileEvents } from '@passerelle/casework'
import { addDays } from '@passerelle/event-log'
import { views as allViews } from '@passerelle/hub'
import { learnerEvents } from '@passerelle/learner'
import { classEvents, enrolmentEvents } from '@passerelle/participation'
import type { View } from '@passerelle/projections'
import {
  categories,
  type Category,
  learnerAgencyId,
  type Level,
  levels,
  type Purpose,
  type Role,
  roles,
  roleTerms,
  type Sector,
  sqlName,
} from '@passerelle/sharing'
import { schemaOf } from '../journeys/story-hub.fixture.js'
import { isShown, tellEverything } from './canary-story.js'
import { Doors, type Somebody } from './doors.fixture.js'
import { cells, guardianId, levelIn } from './what-cells-say.js'

/**
 * docs/visibility.md through every face. In each agency somebody in each role, who works with every learner; six learners, each with rows recorded by another
 * agency; first without and then with consent to everything. What comes back is what the cell says, column by column.
 */
const agencyOf: Readonly<Record<Sector, string>> = {
  education: 'school',
  social: 'social',
  health: 'clinic',
  employment: 'jobs',
  authority: 'authority',
  learner: learnerAgencyId,
}
/** Where none of the viewers works. */
const elsewhere = 'elsewhere'
const recorders = ['school', 'social', 'clinic', 'jobs', 'authority', elsewhere]
const learnerOf = (agencyId: string) => `learner-of-${agencyId}`
const people = Object.fromEntries(
  roles.map((role): [Role, Somebody] => {
    const sector = roleTerms[role].sectors[0]!
    return [role, { sector, agencyId: agencyOf[sector], role }]
  }),
) as Record<Role, Somebody>
const views = allViews.filter(view => view.subject !== undefined)
const today = new Date().toISOString().slice(0, 10)

/** Columns that no view has yet cannot be asked for: their cells are named as not run. */
const heldBy = (category: Category) =>
  views.filter(view => Object.values(view.columns).some(column => column.category === category))
/** No event assigns anybody to a learner's placement yet. */
const unassignable: readonly Role[] = ['placementTutor']
const whyNotRun = (category: Category, role: Role): string | undefined =>
  heldBy(category).length === 0
    ? `no view holds ${category} yet`
    : unassignable.includes(role) && cells[category][role] !== '–'
      ? `nothing assigns a ${role} yet`
      : undefined

type Row = Readonly<Record<string, unknown>> & { readonly '~owners': readonly string[] }
interface Seen {
  /** Least levels of the columns that were compared, in rows of others and in own ones. */
  readonly compared: Record<'others' | 'own', Set<Level>>
  /** Whether the cell lets anything be seen in these rows, and whether anything was. */
  open: boolean
  shown: boolean
  readonly faults: string[]
}
const seen = new Map<string, Seen>()
const seenIn = (category: Category, role: Role): Seen => {
  const key = `${category} ${role}`
  if (!seen.has(key)) seen.set(key, { compared: { others: new Set(), own: new Set() }, open: false, shown: false, faults: [] })
  return seen.get(key)!
}

const values = { shown: 0, hidden: 0 }

let doors: Doors<Role>
beforeAll(async () => {
  doors = await Doors.open(people)
  await doors.openAgency(elsewhere, 'education')
  for (const agencyId of recorders) await recordAll(agencyId)
  await workTogether()
  await lookAround(false)
  for (const agencyId of recorders) await sayYes(learnerOf(agencyId))
  await lookAround(true)
}, 300_000)
afterAll(() => doors?.close())

describe.each(categories)('%s', category => {
  const run = roles.filter(role => whyNotRun(category, role) === undefined)
  const notRun = roles.filter(role => !run.includes(role))
  if (run.length > 0)
    test.each(run.map(role => [role, cells[category][role]] as const))('R-V.1 %s sees what “%s” says', role => {
      const { compared, faults } = seenIn(category, role)
      expect(faults).toEqual([])
      // Nothing passes because there was nothing to see.
      const least = [
        ...new Set(
          heldBy(category)
            .flatMap(columnsOf)
            .filter(c => c.category === category)
            .map(c => c.from),
        ),
      ].sort()
      expect([...compared.others].sort()).toEqual(least)
      if (people[role].agencyId !== learnerAgencyId) expect([...compared.own].sort()).toEqual(least)
    })
  if (notRun.length > 0)
    test.skip.each(notRun.map(role => [role, cells[category][role], whyNotRun(category, role)!] as const))(
      '%s, “%s”: not run, %s',
      () => undefined,
    )
})

test('whoever nothing assigns to a learner sees nothing', () => {
  for (const role of unassignable) for (const category of categories) expect(seenIn(category, role).shown).toBe(false)
})

test('every cell is run, or named here as not run', () => {
  const all = categories.flatMap(category => roles.map(role => ({ category, role, why: whyNotRun(category, role) })))
  const run = all.filter(({ why }) => why === undefined)
  const unseen = run.filter(({ category, role }) => seenIn(category, role).open && !seenIn(category, role).shown)
  const named = (some: readonly { readonly category: Category; readonly role: Role }[]) =>
    some.map(({ category, role }) => `${category} ${role}`).join(', ')
  const reasons = Map.groupBy(
    all.filter(({ why }) => why !== undefined),
    ({ why }) => why!,
  )
  console.log(
    [
      `${run.length} of ${all.length} cells run through GraphQL: ${values.shown} values shown, ${values.hidden} hidden; ${Math.round(process.cpuUsage().user / 1e6)} s of processor time.`,
      ...[...reasons].map(([why, some]) => `${some.length} not run, ${why}: ${named(some)}`),
      `Open, and yet nothing of it was shown, because the row it stands in is kept by another category: ${named(unseen) || 'none'}`,
    ].join('\n'),
  )
  expect(run.length).toBeGreaterThan(150)
  expect(values.shown).toBeGreaterThan(1_000)
  expect(values.hidden).toBeGreaterThan(1_000)
})

const columnsOf = (view: View) => Object.values(view.columns)

/** Everything that could have been recorded of one learner, all of it by one agency and all of it over. */
async function recordAll(agencyId: string): Promise<void> {
  const learnerId = learnerOf(agencyId)
  const given = (variant: number) => ({
    birthDate: `${Number(today.slice(0, 4)) - 10}-01-15`,
    // A law that was stated would open what the cells want without it.
    basis: 'consent',
    ...(variant === 0 && { guardianId }),
  })
  await tellEverything(views, { learnerId, agencyId, given }, (events, id, some) =>
    doors.happened(events, id, agencyId, some, learnerId),
  )
}

/** Standing for every agency, and an assignment for everybody whose role needs one: recorded elsewhere, so that it makes nobody's own rows. */
async function workTogether(): Promise<void> {
  const staff = roles.filter(role => people[role].agencyId !== learnerAgencyId)
  await doors.happened(classEvents, 'class-1', 'school', [
    { type: 'ClassOpened', data: { classId: 'class-1', agencyId: 'school', title: '3B' } },
    { type: 'TeacherAssigned', data: { userId: 'teacher', from: '2020-01-01' } },
  ])
  const inTeam = staff.filter(role => roleTerms[role].reach !== 'agency' && roleTerms[role].reach.includes('team'))
  for (const learnerId of recorders.map(learnerOf)) {
    const guardian = {
      guardianId,
      relation: 'mother',
      name: 'A guardian',
      verified: true,
      authority: ['informed', 'consents'],
      excluded: [],
    }
    await doors.happened(
      learnerEvents,
      learnerId,
      elsewhere,
      [
        ...Object.values(agencyOf)
          .filter(agencyId => agencyId !== learnerAgencyId)
          .map(agencyId => ({ type: 'AgencyStandingRecorded', data: { agencyId, from: '2020-01-01' } })),
        { type: 'GuardianRecorded', data: { ...guardian, from: '2020-01-01' } },
        { type: 'GuardianAccountLinked', data: { guardianId, accountHash: doors.accountOf('guardian') } },
        ...(learnerId === learnerOf(elsewhere)
          ? [{ type: 'LearnerAccountLinked', data: { accountHash: doors.accountOf('learner') } }]
          : []),
      ],
      learnerId,
    )
    const enrolment = {
      enrolmentId: `in-class-${learnerId}`,
      learnerId,
      agencyId: 'school',
      classId: 'class-1',
      from: '2020-01-01',
    }
    await doors.happened(
      enrolmentEvents,
      enrolment.enrolmentId,
      elsewhere,
      [{ type: 'LearnerEnrolled', data: enrolment }],
      learnerId,
    )
    const members = inTeam.map(role => ({
      userId: role,
      agencyId: people[role].agencyId,
      role,
      purpose: roleTerms[role].purposes[0],
      until: addDays(today, 90),
    }))
    const [lead, ...others] = members
    const caseId = `team-of-${learnerId}`
    await doors.happened(
      caseFileEvents,
      caseId,
      elsewhere,
      [
        {
          type: 'CaseOpened',
          data: {
            caseId,
            learnerId,
            leadUserId: lead!.userId,
            leadAgencyId: lead!.agencyId,
            leadRole: lead!.role,
            purpose: lead!.purpose,
            until: lead!.until,
          },
        },
        ...others.map(data => ({ type: 'TeamMemberAdded', data })),
      ],
      learnerId,
    )
  }
}

/** The learner says yes, to each agency for each of its roles' ordinary purposes, about every category. */
async function sayYes(learnerId: string): Promise<void> {
  const asked = new Map(roles.map(role => [`${people[role].agencyId} ${roleTerms[role].purposes[0]}`, people[role].agencyId]))
  for (const [key, recipientAgencyId] of asked) {
    const purpose = key.split(' ')[1] as Purpose
    const consentId = `yes-${learnerId}-${recipientAgencyId}-${purpose}`
    const validUntil = addDays(today, 180)
    await doors.happened(
      consentEvents,
      consentId,
      elsewhere,
      [
        {
          type: 'ConsentRequested',
          data: {
            consentId,
            learnerId,
            requestedByAgencyId: elsewhere,
            recipientAgencyId,
            purpose,
            categories,
            noticeVersion: 'n1',
            language: 'en',
            easyRead: false,
            validUntil,
          },
        },
        { type: 'ConsentGiven', data: { categories, by: 'learner', method: 'online', at: new Date().toISOString(), validUntil } },
      ],
      learnerId,
    )
  }
}

/** Everybody asks for everything, and every column of every row is compared with what its cell says. */
async function lookAround(consent: boolean): Promise<void> {
  await doors.projected()
  const rows = new Map<View, Row[]>()
  for (const view of views) rows.set(view, await allRows(view))
  for (const role of roles) {
    const answer = await everything(role)
    for (const view of views) {
      const there = new Map((answer[view.name] ?? []).map(row => [view.keys.map(key => row[key]).join('|'), row]))
      for (const row of rows.get(view)!) compare(role, view, row, there.get(view.keys.map(key => row[key]).join('|')), consent)
    }
  }
}

function compare(role: Role, view: View, row: Row, answered: Record<string, unknown> | undefined, consent: boolean): void {
  const own = row['~owners'].includes(people[role].agencyId)
  const assigned = !unassignable.includes(role)
  // The learner has their own record alone.
  if (role === 'learner' && row[view.subject!] !== learnerOf(elsewhere)) return
  const reaches = (name: string): boolean => {
    const { category, from } = view.columns[name]!
    const level = assigned ? levelIn(cells[category][role], { own, consent, row }) : 'none'
    return levels.indexOf(level) >= levels.indexOf(from)
  }
  const isThere = [...view.keys, view.subject!].every(reaches)
  for (const [name, { category, from }] of Object.entries(view.columns)) {
    if (!isShown(row[name])) continue
    const cell = seenIn(category, role)
    const expected = isThere && reaches(name)
    const shown = isShown(answered?.[name])
    cell.compared[own ? 'own' : 'others'].add(from)
    values[shown ? 'shown' : 'hidden']++
    if (reaches(name)) cell.open = true
    if (shown) cell.shown = true
    if (shown !== expected)
      cell.faults.push(
        `${view.name}.${name} (from ${from}) of ${own ? 'an own row' : 'a row of others'} ${consent ? 'with' : 'without'} consent: ${shown ? 'shown' : 'hidden'}`,
      )
    else if (shown && view.columns[name]!.type === 'text' && answered![name] !== row[name])
      cell.faults.push(`${view.name}.${name}: another value than was recorded`)
  }
}

/** What this person is answered for every view of their face, several in one document. */
async function everything(role: Role): Promise<Record<string, Record<string, unknown>[]>> {
  const fields = Object.values(schemaOf(people[role].sector).getQueryType()!.getFields()).filter(({ name }) =>
    views.some(view => view.name === name),
  )
  const answer: Record<string, Record<string, unknown>[]> = {}
  for (let i = 0; i < fields.length; i += 5) {
    const asked = fields.slice(i, i + 5).map(({ name, type }) => {
      const node = getNamedType((getNamedType(type) as GraphQLObjectType).getFields()['nodes']!.type) as GraphQLObjectType
      const { columns } = views.find(view => view.name === name)!
      return `${name}(first: 100) { nodes { ${Object.keys(node.getFields())
        .filter(each => each in columns)
        .join(' ')} } pageInfo { hasNextPage } }`
    })
    const { data, codes, text } = await doors.ask(role, `{ ${asked.join(' ')} }`)
    if (codes.length > 0) throw new Error(`${role} asked and was answered ${text.slice(0, 300)}`)
    for (const [name, { nodes, pageInfo }] of Object.entries<any>(data)) {
      if (pageInfo.hasNextPage) throw new Error(`${name} has more rows than a page: tell shorter stories`)
      answer[name] = nodes
    }
  }
  return answer
}

async function allRows({ name, columns }: View): Promise<Row[]> {
  const selected = Object.keys(columns).map(column => `"${sqlName(column)}" as "${column}"`)
  return doors.hub.db.query<Row>(`select owner_agency_ids as "~owners", ${selected.join(', ')} from hub."${sqlName(name)}"`)
}
