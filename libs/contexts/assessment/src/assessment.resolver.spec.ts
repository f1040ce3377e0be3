import { EventStore, MemoryLog } from '@passerelle/event-log'
import { type Caller, Commands } from '@passerelle/http'
import { MemoryKeyring } from '@passerelle/keyring'
import type { Levels } from '@passerelle/sharing'
import { AssessmentResolver } from './assessment.resolver.js'

const context = { requestId: 'req-1', correlationId: 'c-1', language: 'fr', ownLearnerIds: [] } as const
const atSchool = { ...context, agencyId: 'school', sector: 'education', purpose: 'educationSupport' } as const
const teacher: Caller = { ...atSchool, userId: 'u-1', role: 'teacher' }
const mentor: Caller = { ...atSchool, userId: 'u-2', role: 'mentor' }
const stranger: Caller = { ...atSchool, userId: 'u-7', role: 'teacher' }
const learner: Caller = {
  ...context,
  agencyId: 'learner',
  sector: 'learner',
  purpose: 'ownRecord',
  ownLearnerIds: ['l-1'],
  userId: 'l-1',
  role: 'learner',
}
const levelsOf: Readonly<Record<string, Levels>> = {
  'u-1': { C4: 'full', C5: 'summary' },
  'u-2': { C4: 'summary' },
  'l-1': { C4: 'full', C5: 'full' },
}

function setUp() {
  const store = new EventStore(new MemoryLog(), new MemoryKeyring())
  const commands = new Commands(store, {
    levelsOn: async caller => levelsOf[caller.userId] && { levels: levelsOf[caller.userId]!, ownLevels: {} },
    isForgotten: async () => false,
    isOpenAgency: async agencyId => agencyId !== 'nowhere',
    waitFor: async () => true,
    now: () => new Date('2026-03-01T09:00:00Z'),
  })
  const resolver = new AssessmentResolver(commands, { lastTaken: async () => ({}) })
  const code = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      error => (error as { code: string }).code,
    )
  const start = (caller: Caller, kind: 'initial' | 'self' = 'initial') =>
    resolver.startAssessment(
      {
        assessmentId: 'a-1',
        learnerId: 'l-1',
        kind,
        instrument: { code: 'intake', version: '2', licence: 'CC-BY-4.0' },
        mode: 'human',
        on: '2026-03-01',
      },
      caller,
    )
  return { resolver, code, start }
}
const at = (version: number) => ({ assessmentId: 'a-1', version })

test('an assessment is begun by those who hold skills in full; to everybody else it answers as if it did not exist', async () => {
  const { code, start } = setUp()
  for (const caller of [stranger, mentor]) expect(await code(start(caller))).toBe('NOT_FOUND')
  expect(await code(start(teacher))).toBe('done')
})
test('a learner assesses themself, and nothing else by themself', async () => {
  const { resolver, code, start } = setUp()
  expect(await code(start(learner))).toBe('NOT_FOUND')
  expect(await code(start(learner, 'self'))).toBe('done')
  expect(await code(resolver.completeAssessment({ ...at(0), on: '2026-03-01' }, learner))).toBe('done')
  const other = setUp()
  await other.start(teacher)
  expect(await other.code(other.resolver.completeAssessment({ ...at(0), on: '2026-03-01' }, learner))).toBe('NOT_FOUND')
})
test('a mentor adds strengths, and no needs or levels', async () => {
  const { resolver, code, start } = setUp()
  await start(teacher)
  const need = { ...at(0), findingId: 'f-2', needCode: 'pace', description: 'More time' }
  const level = { ...at(0), framework: 'CEFR', frameworkVersion: '2020', skillCode: 'reading', level: 'B1' }
  expect(await code(resolver.recordNeed(need, mentor))).toBe('NOT_FOUND')
  expect(await code(resolver.establishSkillLevel({ ...level, evidenceRefs: ['a-1'], confidence: 'tested' }, mentor))).toBe(
    'NOT_FOUND',
  )
  expect(await code(resolver.recordStrength({ ...at(0), findingId: 'f-1', description: 'Patient' }, mentor))).toBe('done')
  expect(await code(resolver.recordNeed(need, teacher))).toBe('STALE')
  expect(await code(resolver.recordNeed({ ...need, version: 1 }, teacher))).toBe('done')
})
