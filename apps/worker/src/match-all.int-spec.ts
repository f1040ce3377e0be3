import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HubRows, openHub } from '@passerelle/hub'
import { learner, linkCases, register } from '@passerelle/learner'
import { matchAll } from './match-all.js'

const now = '2026-03-01T10:00:00.000Z'
let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'passerelle-match-'))))
afterAll(() => rm(folder, { recursive: true, force: true }))

const open = () => openHub({ dataFolder: folder, host: '127.0.0.1', port: 0 })
/** As it is called from the command line: exit code, and what it said. */
async function npmRun(script: string, ...more: string[]): Promise<[number, string]> {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  const { PATH, PASSERELLE_PGLITE_TEMPLATE } = process.env
  const [, ...args] = (scripts[script] as string).split(' ')
  return new Promise(done =>
    execFile(
      process.execPath,
      [...args, ...more],
      { env: { PATH, PASSERELLE_DATA: folder, PASSERELLE_PGLITE_TEMPLATE } },
      (error, out, err) => done([error ? Number(error.code) : 0, out + err]),
    ),
  )
}

test('a tool that only looks makes no hub where there is none, and says where it looked', async () => {
  for (const [tool, ...more] of [['match'], ['audit:verify', '--live']] as const)
    expect(await npmRun(tool, ...more)).toEqual([
      1,
      expect.stringContaining(`There is no hub in ${folder}, and nothing was made.`),
    ])
  expect(await readdir(folder)).toEqual([])
  expect(await npmRun('match', '--foo')).toEqual([1, "Unknown option '--foo'. See npm run match -- --help.\n"])
}, 60_000)

test('R-I.1 in a region that was just made, and that no worker has read, the one person who is recorded twice is found, once', async () => {
  const [made] = await npmRun('region', '--learners', '6', '--end', '2026-02-28')
  expect(made).toBe(0)
  const hub = await open()
  const agencyId = (await hub.log.readAll('', 500))
    .find(({ type }) => type === 'AgencyRegistered')!
    .streamId.slice('agency-'.length)
  const context = {
    actor: { userId: 'somebody', agencyId, role: 'system' },
    controllerAgencyId: agencyId,
    purpose: 'administration',
    legalBasis: { kind: 'publicTask' },
    occurredAt: now,
    correlationId: 'c',
    causationId: 'c',
    language: 'en',
  } as const
  for (const learnerId of ['twice-1', 'twice-2'])
    await hub.store.handle(learner, learnerId, context, state =>
      register(
        state,
        { learnerId, agencyId, givenName: 'Mirela', familyName: 'Quistorp', birthDate: '2009-07-21' },
        '2026-03-01',
      ),
    )
  // Whoever has the store open keeps it.
  const [code, said] = await npmRun('match')
  expect([code, said]).toEqual([1, expect.stringMatching(/process \d+/)])
  await hub.close()

  const [done, first] = await npmRun('match')
  expect([done, first]).toEqual([
    0,
    expect.stringMatching(/^8 records, \d+ pairs compared: [1-9]\d* new cases, \d+ of them certain\.\n$/),
  ])
  expect(first).not.toMatch(/Mirela|Quistorp|2009/)

  const again = await open()
  try {
    expect(await matchAll(again)).toMatchObject({ records: 8, proposed: 0, confirmed: 0 })
    const [found] = await new HubRows(again.db).find(linkCases, { learnerId: 'twice-1' })
    expect(found).toMatchObject({ otherLearnerId: 'twice-2' })
    expect(found!.status).not.toBe('merged')
  } finally {
    await again.close()
  }
}, 120_000)
