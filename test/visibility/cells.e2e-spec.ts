import { getNamedType, type GraphQLObjectType } from 'graphql'
import { consentEvents } from '@passerelle/consent'
import { caseFileEvents } from '@passerelle/casework'
import { addDays } from '@passerelle/event-log'
import { contexts, mount, views as productViews } from '@passerelle/hub'
import { learnerEvents } from '@passerelle/learner'
import { classEvents, enrolmentEvents, placementEvents } from '@passerelle/participation'
import type { View } from '@passerelle/projections'
import {
  categories,
  type Category,
  type Column,
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
import { aboutLearners } from '@passerelle/views'
import { canariesIn, isShown, tellEverything } from './canary-story.js'
import { Doors, type Somebody } from './doors.fixture.js'
import { factsContext, withoutLevels } from './facts.context.js'
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
/** Of what the product does not show at every level, a context of the test's own has rows. */
const facts = factsContext(withoutLevels(productViews))
const mounted = mount([...contexts, facts])
const views = mounted.views.filter(view => view.subject !== undefined)
const today = new Date().toISOString().slice(0, 10)
const isOf = (category: Category) => (column: Column) => column.category === category

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
/** Words in an answer that no cell lets through. */
const strays: string[] = []

let doors: Doors<Role>
beforeAll(async () => {
  doors = await Doors.open(people, mounted)
  await doors.openAgency(elsewhere, 'education')
  for (const agencyId of recorders) await recordAll(agencyId)
  await workTogether()
  await lookAround(false)
  for (const agencyId of recorders) await sayYes(learnerOf(agencyId))
  await lookAround(true)
}, 300_000)
afterAll(() => doors?.close())

describe.each(categories)('%s', category => {
  test.each(roles.map(role => [role, cells[category][role]] as const))('R-V.1 %s sees what “%s” says', (role, notation) => {
    const { compared, faults, open, shown } = seenIn(category, role)
    expect(faults).toEqual([])
    // Nothing passes because there was nothing to see.
    const columns = views.flatMap(view => Object.values<Column>(view.columns)).filter(isOf(category))
    const least = [...new Set(columns.map(({ from }) => from))].sort()
    expect([...compared.others].sort()).toEqual(least)
    if (people[role].agencyId !== learnerAgencyId) expect([...compared.own].sort()).toEqual(least)
    expect({ open, shown }).toEqual({ open: !opensNothing.includes(notation), shown: open })
  })
})
/** Notations by which nobody sees anything in rows, as long as nothing is released. */
const opensNothing = ['–', '–³', 'S²', 'E(counts)', 'agg']

test('R-V.2 no answer holds a word that no cell lets through, wherever it stands', () => expect(strays).toEqual([]))

test('every cell of the matrix is asked through GraphQL', () => {
  const all = categories
    .flatMap(category => roles.map(role => seenIn(category, role)))
    .filter(({ compared }) => compared.others.size > 0)
  const opening = all.filter(({ shown }) => shown).length
  console.log(
    `${all.length} cells through GraphQL, ${opening} of them show something: ${values.shown} values shown, ${values.hidden} hidden; ` +
      `of ${facts.views.map(({ category }) => category).join(', ')} by a context of the test's own; ${Math.round(process.cpuUsage().user / 1e6)} s of processor time.`,
  )
  expect(all).toHaveLength(18 * 16)
  expect(values.shown).toBeGreaterThan(1_000)
  expect(values.hidden).toBeGreaterThan(1_000)
})

/** Everything that could have been recorded of one learner, all of it by one agency and all of it over. */
async function recordAll(agencyId: string): Promise<void> {
  const learnerId = learnerOf(agencyId)
  const given = (variant: number) => ({
    birthDate: `${Number(today.slice(0, 4)) - 10}-01-15`,
    // A law that was stated would open what the cells want without it.
    basis: 'consent',
    ...(variant === 0 && { guardianId }),
  })
  await tellEverything(
    views,
    { learnerId, agencyId, given },
    (events, id, some) => doors.happened(events, id, agencyId, some, learnerId),
    [...aboutLearners, ...facts.events],
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
    const placementId = `at-work-${learnerId}`
    const days = { from: '2020-01-01', until: addDays(today, 90) }
    const host = { hostAgencyId: people.placementTutor.agencyId, tutorUserId: 'placementTutor' }
    await doors.happened(
      placementEvents,
      placementId,
      elsewhere,
      [
        { type: 'PlacementPlanned', data: { placementId, learnerId, agencyId: elsewhere, ...host, ...days } },
        { type: 'PlacementStarted', data: { on: days.from } },
      ],
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
    const { answer, words } = await everything(role)
    const open = new Set<string>()
    for (const view of views) {
      const there = new Map((answer[view.name] ?? []).map(row => [view.keys.map(key => row[key]).join('|'), row]))
      for (const row of rows.get(view)!)
        for (const name of compare(role, view, row, there.get(view.keys.map(key => row[key]).join('|')), consent))
          for (const word of canariesIn(JSON.stringify(row[name]))) open.add(word)
    }
    strays.push(...words.filter(word => !open.has(word)).map(word => `${role} ${consent ? 'with' : 'without'} consent: ${word}`))
  }
}

/** Returns the columns that may be shown. */
function compare(role: Role, view: View, row: Row, answered: Record<string, unknown> | undefined, consent: boolean): string[] {
  const own = row['~owners'].includes(people[role].agencyId)
  // The learner has their own record alone.
  if (role === 'learner' && row[view.subject!] !== learnerOf(elsewhere)) return []
  // What is addressed is for the person, and of an agency for its officer.
  const isForThem = !view.addressed || people[role].agencyId === learnerAgencyId || (own && role === 'dataProtectionOfficer')
  const reaches = (name: string): boolean => {
    if (!isForThem) return false
    const { category, from } = view.columns[name]!
    const level = levelIn(cells[category][role], { own, consent, row })
    return levels.indexOf(level) >= levels.indexOf(from)
  }
  const isThere = [...view.keys, view.subject!].every(reaches)
  const open: string[] = []
  for (const [name, { category, from }] of Object.entries(view.columns)) {
    if (!isShown(row[name])) continue
    const cell = seenIn(category, role)
    const expected = isThere && reaches(name)
    if (expected) open.push(name)
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
  return open
}

/** What this person is answered for every view of their face, several in one document. */
async function everything(role: Role): Promise<{ answer: Record<string, Record<string, unknown>[]>; words: string[] }> {
  const schema = await doors.schemaFor(role)
  const fields = Object.values(schema.getQueryType()!.getFields()).filter(({ name }) => views.some(view => view.name === name))
  const answer: Record<string, Record<string, unknown>[]> = {}
  const words: string[] = []
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
    words.push(...canariesIn(text))
    for (const [name, { nodes, pageInfo }] of Object.entries<any>(data)) {
      if (pageInfo.hasNextPage) throw new Error(`${name} has more rows than a page: tell shorter stories`)
      answer[name] = nodes
    }
  }
  return { answer, words }
}

async function allRows({ name, columns }: View): Promise<Row[]> {
  const selected = Object.keys(columns).map(column => `"${sqlName(column)}" as "${column}"`)
  return doors.hub.db.query<Row>(`select owner_agency_ids as "~owners", ${selected.join(', ')} from hub."${sqlName(name)}"`)
}
