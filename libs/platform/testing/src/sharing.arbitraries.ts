import fc from 'fast-check'
import {
  type AgreementFact,
  type AssignmentFact,
  assignmentKinds,
  type BreakGlass,
  categories,
  type Category,
  cellOf,
  type Column,
  type Competence,
  type Condition,
  type DataPeriod,
  type Days,
  type ConsentAnswer,
  type Decision,
  deciding,
  type Denial,
  type Facts,
  practitioners,
  type Guardian,
  type Instant,
  isLive,
  learnerAgencyId,
  type LearnerFacts,
  type Mandate,
  mayChoose,
  type Objection,
  type Period,
  type Purpose,
  purposes,
  rankOf,
  type ReadableView,
  type RegionFacts,
  type Release,
  type Restriction,
  type Role,
  roleTerms,
  rolesOf,
  type Sector,
  type StaffFact,
  type Standing,
  type Viewer,
  type WholeRow,
} from '@passerelle/sharing'

/** A small region with histories of learners in it, their rows, and what is denied just now: everything a read depends on. */
export interface World {
  readonly now: Instant
  readonly region: RegionFacts
  readonly learners: readonly LearnerFacts[]
  readonly rows: Readonly<Record<string, readonly WholeRow[]>>
  readonly denials: readonly Denial[]
}

export const worldNow: Instant = '2026-03-15T10:00:00.000Z'
const days = (n: number) => new Date(Date.parse(worldNow) + n * 86_400_000).toISOString()
/** Before, at and after now: the edges of every period are hit. */
const instants = [-500, -100, -1, 0, 1, 100].map(days)

export const worldAgencies: readonly { readonly agencyId: string; readonly sector: Sector }[] = [
  { agencyId: 'school-1', sector: 'education' },
  { agencyId: 'school-2', sector: 'education' },
  { agencyId: 'social-1', sector: 'social' },
  { agencyId: 'health-1', sector: 'health' },
  { agencyId: 'work-1', sector: 'employment' },
  { agencyId: 'region-1', sector: 'authority' },
]
const agencyId = fc.constantFrom(...worldAgencies.map(a => a.agencyId))
const category = fc.constantFrom(...categories)
const purpose = fc.constantFrom(...purposes)
const someCategories = fc.uniqueArray(category, { minLength: 1, maxLength: 8 })
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
const instant = fc.constantFrom(...instants)
const period: fc.Arbitrary<Period> = fc.record({
  from: fc.constantFrom(...instants.slice(0, 5)),
  until: maybe(fc.constantFrom(...instants.slice(2))),
})
/** Mostly in force, so that there is something to see. */
const livePeriod: fc.Arbitrary<Period> = fc.oneof(
  { arbitrary: fc.constant({ from: instants[0]! }), weight: 3 },
  { arbitrary: period, weight: 2 },
)

/** In each agency one person for each role, and one who holds them all; some have not begun or have left. */
const staffIds = worldAgencies.flatMap(({ agencyId, sector }) =>
  rolesOf(sector).flatMap(role => [`${agencyId}-${role}`, `${agencyId}-everything`].map(userId => ({ userId, agencyId, role }))),
)
const staff: fc.Arbitrary<StaffFact[]> = fc
  .array(livePeriod, { minLength: staffIds.length, maxLength: staffIds.length })
  .map(periods => staffIds.map((post, i) => ({ ...post, ...periods[i]! })))

const agreement: fc.Arbitrary<AgreementFact> = fc.record({
  agreementId: fc.constantFrom('g1', 'g2', 'g3'),
  agencyIds: fc.uniqueArray(agencyId, { minLength: 2, maxLength: 4 }),
  purposes: fc.uniqueArray(purpose, { minLength: 1, maxLength: 4 }),
  categories: someCategories,
  from: fc.constant(instants[0]!),
  until: maybe(instant),
})
export const regionFacts: fc.Arbitrary<RegionFacts> = fc.record({
  agencies: fc
    .array(fc.boolean(), { minLength: 6, maxLength: 6 })
    .map(closed => worldAgencies.map((agency, i) => ({ ...agency, ...(closed[i] && i === 1 && { until: days(-1) }) }))),
  staff,
  agreements: fc.array(agreement, { maxLength: 3 }),
  ageOfDecision: fc.record({
    years: fc.constantFrom(14, 16),
    byCategory: fc.constantFrom({}, { C6: 18 } as Partial<Record<Category, number>>),
  }),
  ageLines: fc.array(
    fc.record({ from: instant, years: fc.constantFrom(13, 15, 18), byCategory: fc.constantFrom({}, { C2: 12 }) }),
    { maxLength: 2 },
  ),
})

const standing: fc.Arbitrary<Standing> = fc
  .tuple(
    agencyId,
    fc.constantFrom('registration', 'enrolment', 'team', 'referral', 'placement', 'intake', 'recording'),
    livePeriod,
    maybe(fc.uniqueArray(purpose, { minLength: 1, maxLength: 4 })),
    fc.boolean(),
    maybe(someCategories),
  )
  .map(
    ([agencyId, kind, period, purposes, narrow, only]) =>
      ({
        agencyId,
        kind,
        ...period,
        ...(narrow && purposes && { purposes }),
        ...(kind === 'recording' && only && { categories: only }),
      }) as Standing,
  )
const assignment: fc.Arbitrary<AssignmentFact> = fc
  .tuple(
    fc.constantFrom(...staffIds),
    fc.constantFrom(...assignmentKinds),
    fc.nat(),
    livePeriod,
    fc.constantFrom('person', 'anyRole', 'intake'),
  )
  .map(([{ userId, agencyId, role }, kind, n, period, way]) => {
    const reach = roleTerms[role].reach
    return {
      agencyId,
      kind: reach !== 'agency' && way !== 'anyRole' ? reach[n % reach.length]! : kind,
      ...period,
      ...(way !== 'intake' && { userId }),
      ...(way !== 'anyRole' && { role }),
    }
  })
/** Mostly the whole agency. */
const someRole: fc.Arbitrary<{ readonly role?: Role }> = fc.oneof(
  { arbitrary: fc.constant({}), weight: 2 },
  { arbitrary: fc.constantFrom(...staffIds).map(({ role }) => ({ role })), weight: 1 },
)
/** Days around the edges of the periods that consents name. */
const edgeDays = ['2025-08-31', '2025-09-01', '2025-09-02', '2025-12-31', '2026-01-01', '2026-02-28', '2026-03-01', '2026-07-01']
/** Some overlap, some touch, some leave a gap between them, some are open to one side, one has no day. */
const dataPeriod: fc.Arbitrary<DataPeriod> = fc.constantFrom(
  { from: '2025-09-01', until: '2025-12-31' },
  { from: '2026-01-01', until: '2026-02-28' },
  { from: '2026-03-01' },
  { from: '2025-09-02' },
  { until: '2025-09-01' },
  { until: '2026-03-01' },
  { from: '2025-09-01', until: '2026-02-28' },
  { from: '2026-03-01', until: '2025-09-01' },
)
const answer: fc.Arbitrary<ConsentAnswer> = fc
  .tuple(
    fc.constantFrom('c1', 'c2', 'c3'),
    fc.constantFrom('given', 'given', 'given', 'refused', 'withdrawn'),
    fc.record({ agencyId, purpose, categories: someCategories }),
    fc.record({ at: fc.constantFrom(...instants.slice(0, 4)), order: fc.constantFrom('1', '2'), until: maybe(instant) }),
    fc.constantFrom('learner', 'learner', 'learner', 'mother', 'father'),
    fc.nat(9),
    someRole,
    dataPeriod,
  )
  .map(([consentId, answer, scope, time, by, odd, recipient, dataPeriod]) => ({
    consentId,
    answer: answer as ConsentAnswer['answer'],
    ...time,
    ...(odd === 0 ? { categories: scope.categories } : odd === 1 ? { agencyId: scope.agencyId } : scope),
    ...(by !== 'learner' && { guardianId: by }),
    ...(odd === 2 && { dataPeriod }),
    ...recipient,
  }))
/**
 * Yes to data of a period, or no, to people who may well look for that purpose: there is something to see inside it, and something to hide outside. What a
 * no says of a period makes it no smaller.
 */
const aboutPeriod: fc.Arbitrary<ConsentAnswer> = fc
  .tuple(
    fc.constantFrom('d1', 'd2', 'd3', 'd4'),
    fc.constantFrom(...worldAgencies).chain(({ agencyId, sector }) =>
      fc.record({
        agencyId: fc.constant(agencyId),
        purpose: fc.constantFrom(...rolesOf(sector).flatMap(role => roleTerms[role].purposes)),
      }),
    ),
    fc.uniqueArray(category, { minLength: 10 }),
    dataPeriod,
    fc.constantFrom('given', 'given', 'given', 'refused'),
  )
  .map(([consentId, recipient, categories, dataPeriod, answer]) => ({
    consentId,
    answer: answer as ConsentAnswer['answer'],
    ...recipient,
    categories,
    at: instants[2]!,
    order: '3',
    dataPeriod,
  }))
const mandate: fc.Arbitrary<Mandate> = fc
  .tuple(agencyId, purpose, someCategories, period, fc.constantFrom('legalObligation', 'vitalInterest', 'publicTask'), someRole)
  .map(
    ([agencyId, purpose, categories, period, basis, recipient]) =>
      ({ mandateId: 'm1', agencyId, purpose, categories, basis, ...period, ...recipient }) as Mandate,
  )
const objection: fc.Arbitrary<Objection> = fc
  .tuple(
    fc.record({ agencyId: maybe(agencyId), purpose: maybe(purpose), categories: maybe(someCategories) }),
    fc.constantFrom('raised', 'upheld', 'upheld', 'rejected'),
    period,
    someRole,
  )
  .map(([scope, status, period, recipient]) => ({
    objectionId: 'o1',
    status: status as Objection['status'],
    ...scope,
    ...period,
    ...recipient,
  }))
const restriction: fc.Arbitrary<Restriction> = fc
  .tuple(
    fc.oneof(fc.array(category, { maxLength: 4 }), fc.constant(['C10' as const, 'C14' as const])),
    fc.oneof(fc.constant([]), fc.array(agencyId, { maxLength: 2 })),
    fc.boolean(),
    fc.boolean(),
    period,
    maybe(fc.constantFrom<readonly Role[]>(['dataProtectionOfficer'], ['dataProtectionOfficer', 'safeguardingLead'])),
  )
  .map(([categories, agencyIds, fromLearner, hidden, period, keptBy]) => ({
    restrictionId: 'r1',
    categories,
    agencyIds,
    fromLearner,
    hidden,
    ...period,
    ...(keptBy && { keptBy }),
  }))
const release: fc.Arbitrary<Release> = fc
  .tuple(someCategories, period)
  .map(([some, period]) => ({ categories: [...some, 'C10'], to: ['learner'], ...period }))
/** Mostly in a few agencies, so that several people of one role have broken it for one learner. */
const emergencyPosts = staffIds.filter(
  ({ agencyId, role }) => ['school-1', 'social-1', 'health-1'].includes(agencyId) && practitioners.includes(role),
)
const glass: fc.Arbitrary<BreakGlass> = fc
  .tuple(fc.constantFrom(...emergencyPosts), fc.uniqueArray(category, { minLength: 1, maxLength: 12 }), fc.boolean(), livePeriod)
  .map(([post, some, kept, period]) => ({ breakGlassId: 'b1', ...post, categories: some, kept, ...period }))
const guardian = (guardianId: string): fc.Arbitrary<Guardian> =>
  fc
    .tuple(
      fc.constantFrom(true, true, false),
      fc.boolean(),
      fc.array(category, { maxLength: 2 }),
      fc.array(fc.tuple(someCategories, period), { maxLength: 2 }),
      livePeriod,
    )
    .map(([verified, mayConsent, excluded, orders, period]) => {
      const exclusions = orders.map(([categories, during]) => ({ categories, ...during }))
      return { guardianId, verified, mayConsent, excluded, exclusions, ...period }
    })
const competence: fc.Arbitrary<Competence> = fc
  .tuple(someCategories, period)
  .map(([categories, during]) => ({ competenceId: 'k1', categories, ...during }))

export const learnerFacts = (learnerId: string): fc.Arbitrary<LearnerFacts> =>
  fc.record({
    learnerId: fc.constant(learnerId),
    birthDate: maybe(fc.constantFrom('2009-03-15', '2010-03-16', '2012-03-14', '2012', '2013-02')),
    standings: fc.array(standing, { minLength: 2, maxLength: 7 }),
    assignments: fc.array(assignment, { minLength: 6, maxLength: 16 }),
    answers: fc
      .tuple(fc.array(answer, { maxLength: 5 }), fc.array(aboutPeriod, { maxLength: 4 }))
      .map(([some, ofPeriods]) => [...some, ...ofPeriods]),
    mandates: fc.array(mandate, { maxLength: 1 }),
    objections: fc.oneof(
      { arbitrary: fc.constant([]), weight: 2 },
      { arbitrary: fc.array(objection, { maxLength: 2 }), weight: 1 },
    ),
    restrictions: fc.oneof(
      { arbitrary: fc.constant([]), weight: 2 },
      { arbitrary: fc.array(restriction, { maxLength: 2 }), weight: 1 },
    ),
    releases: fc.array(release, { maxLength: 1 }),
    guardians: fc.oneof(
      fc.constant([]),
      guardian('mother').map(g => [g]),
      fc.tuple(guardian('mother'), guardian('father')),
    ),
    competences: fc.oneof(
      { arbitrary: fc.constant([]), weight: 3 },
      { arbitrary: fc.array(competence, { maxLength: 2 }), weight: 1 },
    ),
    breakGlass: fc.array(glass, { maxLength: 4 }),
    erased: fc.oneof({ arbitrary: fc.constant([]), weight: 3 }, { arbitrary: fc.array(category, { maxLength: 2 }), weight: 1 }),
    recordedBy: fc.uniqueArray(agencyId, { maxLength: 3 }),
  })

const at = (category: Category, from: Column['from'], type: Column['type'] = 'text', more: Partial<Column> = {}): Column => ({
  type,
  category,
  from,
  key: false,
  owner: false,
  subject: false,
  description: '',
  ...more,
})
const view = (name: string, category: Category, columns: Record<string, Column>): ReadableView => ({
  name,
  category,
  columns: {
    rowId: at(category, 'existence', 'id', { key: true }),
    learnerId: at(category, 'existence', 'id', { subject: true }),
    ...columns,
  },
  keys: ['rowId'],
  subject: 'learnerId',
  audience: undefined,
})

/** Views like those of the contexts, and one that holds every category. */
export const worldViews: readonly ReadableView[] = [
  view('plans', 'C3', {
    status: at('C3', 'existence', 'code'),
    headline: at('C3', 'summary'),
    goals: at('C3', 'full'),
    dueDate: at('C3', 'summary', 'day'),
    progress: at('C3', 'full', 'num'),
    hoursMissed: at('C2', 'full', 'int'),
    instruction: at('C5', 'summary'),
    flagged: at('C16', 'summary', 'bool'),
    reviewedAt: at('C3', 'full', 'instant'),
    steps: at('C3', 'full', 'texts'),
  }),
  view('referrals', 'C12', {
    targetSector: at('C12', 'existence', 'code'),
    reasonCode: at('C12', 'summary', 'code'),
    message: at('C12', 'full'),
    targetAgencyId: at('C12', 'existence', 'id', { owner: true }),
    diagnosis: at('C6', 'full'),
  }),
  view('everything', 'C1', {
    ...Object.fromEntries(
      categories.flatMap((c, i) => [
        [`${c.toLowerCase()}Less`, at(c, i % 2 === 0 ? 'existence' : 'summary', i % 3 === 0 ? 'int' : 'text')],
        [`${c.toLowerCase()}Full`, at(c, 'full')],
      ]),
    ),
    targetSector: at('C12', 'existence', 'code'),
    guardianId: at('C14', 'full', 'id'),
    thirdParties: at('C13', 'full'),
  }),
  {
    ...view('letters', 'C14', {
      state: at('C14', 'existence', 'code'),
      words: at('C14', 'full'),
      guardianId: at('C14', 'full', 'id'),
      about: at('C6', 'existence'),
    }),
    addressed: true,
  },
]

const valueOf: Record<Column['type'], fc.Arbitrary<unknown>> = {
  id: fc.constantFrom('mother', 'father', 'x'),
  code: fc.constantFrom('education', 'social', 'health', 'employment'),
  text: fc.constantFrom('a', 'b', 'B', 'é', '', "o'x"),
  day: fc.constantFrom('2026-01-01', '2026-02-28', '2026-12-31'),
  instant: fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000001Z', '2026-03-01T10:00:00.500Z'),
  int: fc.constantFrom(-1, 0, 1, 2),
  num: fc.constantFrom(-0.5, 0, 1, 2.25),
  bool: fc.boolean(),
  texts: fc.constantFrom(['a'], ['a', 'b'], []),
  json: fc.constantFrom({ a: 1 }, { a: [1, 'x'] }),
}

/** Of one day or several: within the periods of consents, partly in them, on their edges, and outside. */
const daysOfRow: fc.Arbitrary<Days> = fc
  .tuple(fc.constantFrom(...edgeDays), fc.oneof(fc.constant(0), fc.nat(edgeDays.length)))
  .map(([first, more]) => ({ first, last: edgeDays[Math.min(edgeDays.indexOf(first) + more, edgeDays.length - 1)]! }))

const rowOf = (view: ReadableView, rowId: string, learnerId: string): fc.Arbitrary<WholeRow> =>
  fc.record({
    values: fc.record(
      Object.fromEntries(
        Object.entries(view.columns).map(([name, { type, key, subject }]) => [
          name,
          key ? fc.constant(rowId) : subject ? fc.constant(learnerId) : fc.option(valueOf[type], { nil: null, freq: 4 }),
        ]),
      ),
    ),
    ownerAgencyIds: fc.uniqueArray(fc.constantFrom(...worldAgencies.map(a => a.agencyId), learnerAgencyId), {
      minLength: 1,
      maxLength: 3,
    }),
    days: fc.option(daysOfRow, { nil: undefined, freq: 9 }),
    version: fc.nat(9),
    updatedAt: fc.constant('2026-03-01T00:00:00.000Z'),
  })

/** Mostly of one learner; else of a person or an agency, as when somebody leaves or an agreement ends. */
const denialOf = (learnerIds: readonly string[]): fc.Arbitrary<Denial> =>
  fc
    .tuple(
      fc.constantFrom(...learnerIds),
      fc.constantFrom(...staffIds),
      maybe(purpose),
      maybe(someCategories),
      fc.constantFrom(undefined, undefined, ...instants.slice(2, 5)),
      fc.constantFrom('agency', 'agency', 'anybody', 'colleagues', 'person', 'role', 'post', 'agreement'),
    )
    .map(([learnerId, { userId, agencyId, role }, purpose, categories, from, whose]) => ({
      denialId: 'any',
      ref: 'c1',
      categories,
      ...(from && { from }),
      ...(whose === 'post' ? { userId, agencyId, role } : whose === 'agreement' ? { agencyId, purpose } : { learnerId, purpose }),
      ...((whose === 'agency' || whose === 'colleagues') && { agencyId }),
      ...(whose === 'colleagues' && { exceptUserId: userId }),
      ...(whose === 'person' && { userId }),
      ...(whose === 'role' && { role }),
    }))

export const worlds = (learnerCount: number, rowsPerLearner = 1): fc.Arbitrary<World> => {
  const ids = Array.from({ length: learnerCount }, (_, i) => `learner-${String(i).padStart(3, '0')}`)
  const rows = (view: ReadableView) =>
    fc.tuple(...ids.flatMap(id => Array.from({ length: rowsPerLearner }, (_, n) => rowOf(view, `${view.name}-${id}-${n}`, id))))
  return fc.record({
    now: fc.constant(worldNow),
    region: regionFacts,
    learners: fc.tuple(...ids.map(learnerFacts)),
    rows: fc.record(Object.fromEntries(worldViews.map(view => [view.name, rows(view)]))),
    denials: fc.array(denialOf(ids), { minLength: 2, maxLength: 12 }),
  })
}

/** Everybody who might look in this world: staff, two learners, both guardians; each with a purpose, mostly one that the role may choose. */
export const viewersOf = (world: World): fc.Arbitrary<readonly { readonly viewer: Viewer; readonly purpose: Purpose }[]> => {
  const people: Viewer[] = [
    ...staffIds.filter((_, i) => i % 4 !== 1),
    ...world.learners
      .slice(0, 2)
      .map(({ learnerId }) => ({ userId: learnerId, agencyId: learnerAgencyId, role: 'learner' as const })),
    ...['mother', 'father'].map(userId => ({ userId, agencyId: learnerAgencyId, role: 'guardian' as const })),
  ]
  return fc.tuple(
    ...people.map(viewer =>
      fc
        .tuple(
          fc.oneof(
            { arbitrary: fc.constantFrom(...roleTerms[viewer.role].purposes), weight: 9 },
            { arbitrary: purpose, weight: 1 },
          ),
          fc.nat(3),
        )
        .map(([purpose, n]) => ({ viewer: n === 0 ? { ...viewer, emergency: true } : viewer, purpose })),
    ),
  )
}

/** Filters over a view, in the closed language. */
export function conditionsOf(view: ReadableView): fc.Arbitrary<Condition> {
  const comparable = Object.entries(view.columns).filter(([, { type }]) => type !== 'json' && type !== 'texts')
  const leaf = fc.constantFrom(...comparable).chain(([name, { type }]) => {
    const value = valueOf[type]
    const ordered = type === 'bool' ? [] : (['lt', 'lte', 'gt', 'gte'] as const)
    return fc.oneof(
      fc.tuple(fc.constantFrom('eq', 'ne'), fc.option(value, { nil: null, freq: 3 })).map(([op, v]) => ({ [name]: { [op]: v } })),
      fc.tuple(fc.constantFrom('in', 'nin'), fc.array(value, { maxLength: 3 })).map(([op, v]) => ({ [name]: { [op]: v } })),
      ...(ordered.length > 0 ? [fc.tuple(fc.constantFrom(...ordered), value).map(([op, v]) => ({ [name]: { [op]: v } }))] : []),
    )
  })
  return fc.letrec<{ node: Condition }>(tie => ({
    node: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      leaf,
      fc
        .tuple(fc.constantFrom('and', 'or'), fc.array(tie('node'), { minLength: 1, maxLength: 3 }))
        .map(([op, of]) => ({ [op]: of })),
      tie('node').map(of => ({ not: of })),
    ),
  })).node
}

/** What the oracle knows of a world. */
export function factsOf({ learners, region }: World): Facts {
  const known = new Map(learners.map(learner => [learner.learnerId, learner]))
  return { learner: id => known.get(id), region }
}

/** Whether the oracle, asked alone, lets the viewer see one column of one row: what every other way must give. */
export function oracleOf(world: World, { viewer, purpose }: { readonly viewer: Viewer; readonly purpose: Purpose }) {
  const facts = factsOf(world)
  const decisions = new Map<string, (category: Category) => Decision>()
  const of = (learnerId: string, category: Category, days?: Days): Decision => {
    const key = `${learnerId} ${days?.first} ${days?.last}`
    let decided = decisions.get(key)
    if (!decided) decisions.set(key, (decided = onceOf(deciding(facts, viewer, purpose, world.now, learnerId, days))))
    return decided(category)
  }
  const isDenied = (learnerId: string, category: Category) =>
    world.denials.some(
      d =>
        (d.learnerId === undefined || d.learnerId === learnerId) &&
        (d.userId === undefined || d.userId === viewer.userId) &&
        d.exceptUserId !== viewer.userId &&
        (d.role === undefined || d.role === viewer.role) &&
        (d.from === undefined || d.from <= world.now) &&
        (d.agencyId === undefined || d.agencyId === viewer.agencyId) &&
        // An emergency rests on no purpose: what is denied for one alone is not denied to it.
        (d.purpose === undefined || (d.purpose === purpose && !viewer.emergency)) &&
        (d.categories === undefined || d.categories.includes(category)),
    )
  const holds = (circumstance: string | undefined, { values }: WholeRow) =>
    circumstance === undefined ||
    (circumstance === 'ownActs' && values.guardianId === viewer.userId) ||
    (circumstance === 'toEducationOrEmployment' && ['education', 'employment'].includes(values.targetSector as string))
  const reaches = (row: WholeRow, category: Category, from: number): boolean => {
    const learnerId = row.values.learnerId as string
    const { level, ownLevel, when, ownWhen } = of(learnerId, category, row.days)
    if (isDenied(learnerId, category)) return false
    const own = row.ownerAgencyIds.includes(viewer.agencyId)
    return (rankOf[level] >= from && holds(when, row)) || (own && rankOf[ownLevel] >= from && holds(ownWhen, row))
  }
  const isFor = (view: ReadableView, row: WholeRow): boolean =>
    !view.addressed ||
    viewer.agencyId === learnerAgencyId ||
    (viewer.role === 'dataProtectionOfficer' && row.ownerAgencyIds.includes(viewer.agencyId))
  const sees = (view: ReadableView, row: WholeRow, name: string): boolean => {
    if (!isFor(view, row)) return false
    const column = view.columns[name]
    if (!column) {
      const own = row.ownerAgencyIds.includes(viewer.agencyId)
      const learnerId = row.values.learnerId as string
      if (isDenied(learnerId, view.category)) return false
      const { level, ownLevel } = of(learnerId, view.category, row.days)
      return level === 'full' || (own && ownLevel !== 'none')
    }
    const excepted = cellOf(column.category, viewer.role).all?.except as readonly string[] | undefined
    return !excepted?.includes(name) && reaches(row, column.category, rankOf[column.from])
  }
  return { decision: of, reaches, sees, mayChoose: mayChoose(viewer.role, purpose) }
}

/** What was found for a key is not looked for again: each column of each row asks for its category. */
function onceOf<K, T>(find: (key: K) => T): (key: K) => T {
  const found = new Map<K, T>()
  return key => {
    if (!found.has(key)) found.set(key, find(key))
    return found.get(key)!
  }
}

/** Whether the person holds the role now, as the door finds out before it lets them in. */
export const isInPost = ({ region, now }: World, { userId, agencyId, role }: Viewer): boolean =>
  agencyId === learnerAgencyId ||
  region.staff.some(s => s.userId === userId && s.agencyId === agencyId && s.role === role && isLive(s, now))

export const everyRole: readonly { readonly role: Role; readonly agencyId: string }[] = staffIds
