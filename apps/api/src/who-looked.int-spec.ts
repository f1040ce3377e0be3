import { type Database, PgliteDatabase } from '@passerelle/database'
import type { Caller } from '@passerelle/http'
import { categories, type Category, type Disclosure, DisclosureLog, type Levels } from '@passerelle/sharing'
import type { FaceContext } from './read/face-context.js'
import { looksAt } from './who-looked.js'

const now = '2026-06-01T09:00:00.000Z'
let db: Database
let log: DisclosureLog
beforeAll(async () => {
  db = await PgliteDatabase.open()
  log = await DisclosureLog.open(db, Buffer.alloc(32, 5))
  await log.record([
    look('plan', { categories: ['C1', 'C3'] }),
    look('family', { categories: ['C1', 'C9'], role: 'socialWorker', purpose: 'socialSupport', agencyId: 'social' }),
    look('harm', { categories: ['C10'], role: 'safeguardingLead', purpose: 'safeguarding', agencyId: 'social' }),
    look('harm of both', { categories: ['C1', 'C10'], role: 'safeguardingLead', purpose: 'safeguarding', agencyId: 'social' }),
    look('by the mother', {
      categories: ['C1'],
      role: 'guardian',
      userId: 'mother',
      purpose: 'ownRecord',
      agencyId: 'learner',
      basis: 'legalObligation',
    }),
    look('by the father', {
      categories: ['C1'],
      role: 'guardian',
      userId: 'father',
      purpose: 'ownRecord',
      agencyId: 'learner',
      basis: 'legalObligation',
    }),
    look('of the sister', { learners: [{ learnerId: 'sister', position: 'p' }] }),
    look('of both', {
      learners: [
        { learnerId: 'sister', position: 'p' },
        { learnerId: 'lena', position: 'p', because: [yes] },
      ],
    }),
    look('before there was a basis', { basis: undefined, learners: [{ learnerId: 'lena' }] }),
  ])
})
afterAll(() => db.close())

const yes = { category: 'C3', rule: 'consent', basis: 'consent', ref: 'c1' } as const
const look = (requestId: string, more: Partial<Disclosure> = {}): Disclosure => ({
  at: '2026-05-01T09:00:00.000Z',
  userId: 'somebody',
  agencyId: 'school',
  role: 'teacher',
  purpose: 'educationSupport',
  basis: 'publicTask',
  categories: ['C3'],
  learners: [{ learnerId: 'lena', position: 'p' }],
  requestId,
  act: 'read',
  ...more,
})
/** A learner's own levels: everything but C10, and what else is kept from them. */
const levels = (...kept: Category[]): Levels =>
  Object.fromEntries(categories.filter(c => c !== 'C10' && !kept.includes(c)).map(category => [category, 'full']))
const asked = (held: Levels | undefined, caller: Partial<Caller> = {}, language = 'en') =>
  looksAt(
    {
      caller: { userId: 'lena', role: 'learner', language, ...caller },
      reads: { permissionOn: async () => held && { levels: held, ownLevels: held, ownClass: false, denied: new Set() } },
      disclosures: log,
      agencyNames: async () => new Map([['school', 'North School']]),
      now: () => new Date(now),
    } as unknown as FaceContext,
    'lena',
    100,
  )
const requests = async (...of: Parameters<typeof asked>) => (await asked(...of)).map(({ requestId }) => requestId).reverse()

test('whoever is neither the learner nor a guardian, or holds nothing, is told nothing', async () => {
  expect(await asked(levels(), { role: 'teacher' })).toEqual([])
  expect(await asked(undefined)).toEqual([])
})
test('R-V.5 what the learner may not know of is not there: neither the category, nor a look at nothing else', async () => {
  expect(await requests(levels())).toEqual([
    'plan',
    'family',
    'harm of both',
    'by the mother',
    'by the father',
    'of both',
    'before there was a basis',
  ])
  const both = (await asked(levels())).find(({ requestId }) => requestId === 'harm of both')!
  expect(both).toMatchObject({ categories: ['C1'], what: ['who you are and how to reach you'] })
})
test('R-V.5 while something is kept from them for their safety, looks at it and looks to protect come later, and nothing tells', async () => {
  const meanwhile = await asked(levels('C9'))
  expect(meanwhile.map(({ requestId }) => requestId)).not.toContain('harm of both')
  expect(meanwhile.find(({ requestId }) => requestId === 'family')).toMatchObject({ categories: ['C1'] })
  expect(JSON.stringify(meanwhile)).not.toMatch(/C9|safeguarding|money/)
  // Afterwards: the same looks under the same ids, and those that had to wait in their places among them.
  const after = await asked(levels())
  expect(after.filter(({ id }) => meanwhile.some(each => each.id === id)).map(({ id }) => id)).toEqual(
    meanwhile.map(({ id }) => id),
  )
  expect(after.find(({ requestId }) => requestId === 'family')).toMatchObject({ categories: ['C1', 'C9'] })
})
test('a relative’s matter never shows: neither who else was looked at, nor a look at them', async () => {
  const text = JSON.stringify(await asked(levels()))
  expect(text).not.toMatch(/sister/)
})
test('a guardian is told of their own acts alone', async () => {
  expect(await requests(levels(), { role: 'guardian', userId: 'mother' })).toEqual(['by the mother'])
  expect(await requests(levels(), { role: 'guardian', userId: 'stranger' })).toEqual([])
})
test('it is told in words: who, what, why and what allowed it', async () => {
  const found = new Map((await asked(levels())).map(each => [each.requestId, each]))
  expect(found.get('plan')).toMatchObject({
    who: 'Teacher or trainer, North School',
    what: ['who you are and how to reach you', 'your plan and your goals'],
    why: 'to support you at school or in training',
    on: ['it belongs to their work'],
  })
  expect(found.get('of both')).toMatchObject({ on: ['you, or your parent or guardian, said yes'] })
  expect(found.get('by the mother')).toMatchObject({ who: 'Your parent or guardian' })
  expect(found.get('family')).toMatchObject({ who: 'Social worker, an agency of the region' })
  expect(found.get('before there was a basis')).toMatchObject({ on: ['this was not kept at that time'] })
  expect((await asked(levels(), {}, 'fr')).at(-1)).toMatchObject({ why: 'pour vous soutenir à l’école ou en formation' })
  // A language that nobody speaks here is answered in the usual one.
  expect((await asked(levels(), {}, 'xx')).at(-1)).toMatchObject({ who: 'Teacher or trainer, North School' })
})
