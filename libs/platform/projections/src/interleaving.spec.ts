import fc from 'fast-check'
import { type Database, PgliteDatabase } from '@passerelle/database'
import { type EventStore } from '@passerelle/event-log'
import { KeyDestroyed } from '@passerelle/keyring'
import type { Category, Sector } from '@passerelle/sharing'
import { prepare, Projector } from './projector.js'
import { oracle } from './toy-oracle.fixture.js'
import {
  drafted,
  goalAdded,
  opened,
  permitted,
  permitWithdrawn,
  record,
  registered,
  type ToRecord,
  toyHub,
  toyStore,
} from './toy-region.fixture.js'
import { dropAll, tablesOf } from './toy-tables.fixture.js'

const now = () => new Date('2026-03-02T08:00:00.000Z')
const later = () => new Date('2026-09-01T00:00:00.000Z')

const sectorOf: Record<string, Sector> = { school: 'education', 'Social.Service': 'social', council: 'authority' }
const agency = fc.constantFrom(...Object.keys(sectorOf))
const learner = fc.constantFrom('ann', 'ben', 'cem', 'dua')
const number = fc.integer({ min: 1, max: 2 })
const categoryOf = fc.constantFrom<Category>('C1', 'C3', 'C4', 'C12')
const of = (stream: string, id: string, type: string, data: object, more: Partial<ToRecord> = {}): ToRecord => ({
  stream,
  id,
  happened: [{ type, data }],
  ...more,
})

/** Of all rows, or of those of one period: plans fall due, and things happen, in it and beyond. */
const period = fc.constantFrom(
  {},
  { dataFrom: '2026-03-01' },
  { dataUntil: '2026-06-29' },
  { dataFrom: '2026-03-01', dataUntil: '2026-06-30' },
  { dataFrom: '2026-02-01', dataUntil: '2026-03-01' },
)
const day = fc.constantFrom('2026-02-27', '2026-03-01', '2026-07-02')

/** Anything that can happen, also what no decider would allow: a view has to bear it. */
const happening: fc.Arbitrary<ToRecord> = fc.oneof(
  agency.map(a => opened(a, sectorOf[a]!)),
  agency.map(a => of('agency', a, 'AgencyShut', {})),
  fc
    .tuple(number, fc.uniqueArray(agency, { minLength: 2 }), categoryOf)
    .map(([n, agencyIds, category]) =>
      of('pact', `pact${n}`, 'PactSigned', { pactId: `pact${n}`, agencyIds, category }, { by: agencyIds[0] }),
    ),
  number.map(n => of('pact', `pact${n}`, 'PactEnded', {})),
  { arbitrary: fc.tuple(learner, agency).map(([l, a]) => registered(l, a)), weight: 4 },
  learner.map(l => of('pupil', l, 'PupilRenamed', { name: `Other ${l}` }, { learner: l })),
  learner.map(l => of('pupil', l, 'PupilRemoved', {}, { learner: l })),
  fc.tuple(learner, agency).map(([l, agencyId]) => of('pupil', l, 'StandingEnded', { agencyId }, { learner: l })),
  fc.tuple(learner, categoryOf).map(([l, category]) => of('pupil', l, 'CategoryKeyDestroyed', { category }, { learner: l })),
  { arbitrary: fc.tuple(number, learner, agency).map(([n, l, by]) => drafted(`${l}-plan${n}`, l, by)), weight: 3 },
  fc
    .tuple(number, learner)
    .map(([n, l]) => of('plan', `${l}-plan${n}`, 'HeadlineChanged', { headline: `Changed ${n}` }, { learner: l })),
  fc.tuple(number, learner).map(([n, l]) => of('plan', `${l}-plan${n}`, 'PlanClosed', {}, { learner: l })),
  fc.tuple(number, learner).map(([n, l]) => of('plan', `${l}-plan${n}`, 'PlanPrinted', {}, { learner: l })),
  fc.tuple(number, number, learner, agency).map(([g, n, l, by]) => goalAdded(`goal${g}`, `${l}-plan${n}`, l, by)),
  fc
    .tuple(number, learner)
    .map(([n, l]) =>
      of('plan', `${l}-plan${n}`, 'GoalsDropped', { planId: `${l}-plan${n}`, goalIds: ['goal1', 'goal2'] }, { learner: l }),
    ),
  fc
    .tuple(number, learner, agency, categoryOf, fc.constantFrom('2026-01-01', '2026-06-01', '2099-01-01'), period)
    .map(([n, l, a, c, until, of]) => permitted(`${l}-permit${n}`, l, a, c, until, of)),
  fc.tuple(number, learner).map(([n, l]) => permitWithdrawn(`${l}-permit${n}`, l)),
  fc
    .tuple(learner, agency, agency)
    .map(([l, by, targetAgencyId]) =>
      of(
        'handover',
        `${l}-handover`,
        'HandoverSent',
        { handoverId: `${l}-handover`, learnerId: l, targetAgencyId },
        { learner: l, by },
      ),
    ),
  fc
    .tuple(learner, agency)
    .map(([l, targetAgencyId]) => of('handover', `${l}-handover`, 'HandoverMoved', { targetAgencyId }, { learner: l })),
  number.map(n => of('service', `service${n}`, 'ServiceListed', { serviceId: `service${n}`, name: `Service ${n}` })),
  number.map(n => of('service', `service${n}`, 'ServiceClosed', {})),
  fc.constant(of('elsewhere', 'one', 'SomethingElse', {})),
)

async function happen(store: EventStore, one: ToRecord): Promise<void> {
  const forgotten = one.happened.find(({ type }) => type === 'CategoryKeyDestroyed')
  if (forgotten) await store.keyring.destroy(one.learner!, (forgotten.data as { category: Category }).category, 'erasureRequest')
  await record(store, one).catch(error => {
    // What was forgotten is not recorded again.
    if (!(error instanceof KeyDestroyed)) throw error
  })
}

describe('interleaving', () => {
  let db: Database
  beforeAll(async () => {
    db = await PgliteDatabase.open()
  })
  afterAll(() => db.close())

  test('whatever happens in whatever pages, on however many workers, agencies hold what the facts say', async () => {
    const action = fc.oneof(
      { arbitrary: fc.tuple(happening, day).map(([one, on]) => ({ kind: 'happening', one, on }) as const), weight: 8 },
      { arbitrary: fc.nat(2).map(worker => ({ kind: 'step', worker }) as const), weight: 3 },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 10, maxLength: 80, size: 'max' }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 9 }),
        async (actions, partitions, pageSize) => {
          await dropAll(db)
          const store = toyStore()
          const hub = toyHub(partitions)
          await prepare({ db, store, hub })
          const most = Math.ceil(partitions / 3)
          const workers = [0, 1, 2].map(
            n => new Projector({ db, store, hub, now, most, pageSize: pageSize + n, holder: `worker ${n}` }),
          )
          // Somebody to whom things can happen.
          for (const [a, of] of Object.entries(sectorOf)) await happen(store, opened(a, of))
          for (const l of ['ann', 'ben'])
            for (const one of [registered(l, 'school'), drafted(`${l}-plan1`, l, 'school')]) await happen(store, one)
          for (const action of actions)
            if (action.kind === 'happening') await happen(store, { ...action.one, on: action.on })
            else await workers[action.worker]!.step()
          const settle = async () => {
            // Part 0 tells the others of the region: once more for what it told.
            for (let i = 0; i < 2; i++) for (const worker of workers) await worker.catchUp()
          }
          await settle()
          expect(await tablesOf(db, hub)).toEqual(await oracle(store, hub, now()))
          for (const worker of workers) await worker.sweep(later())
          expect(await tablesOf(db, hub)).toEqual(await oracle(store, hub, later()))
        },
      ),
      { numRuns: Number(process.env['FC_RUNS'] ?? 12) },
    )
  }, 300_000)
})
