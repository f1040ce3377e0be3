import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, PgliteDatabase } from '@passerelle/database'
import { type ChainHead, DisclosureLog } from '@passerelle/sharing'
import { DamagedCopy, exportLines, parseHead, verifyCopy } from './audit-copy.js'

let db: Database
let folder: string
let copy: string[]
let heads: ChainHead[]
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-audit-'))
  db = await PgliteDatabase.open()
  const log = await DisclosureLog.open(db, Buffer.alloc(32, 1))
  for (let n = 1; n <= 4; n++)
    await log.record(
      ['school', 'clinic'].map(agencyId => ({
        at: '2026-03-01T09:30:00.000Z',
        userId: 'somebody',
        agencyId,
        role: 'teacher',
        purpose: 'educationSupport',
        basis: 'publicTask',
        categories: ['C1'],
        learners: [{ learnerId: `learner-${n}`, position: 'p' }],
        requestId: `r-${n}`,
        act: 'read',
      })),
    )
  heads = await log.heads()
  copy = []
  for await (const line of exportLines(log, heads)) copy.push(line)
})
afterAll(async () => {
  await db.close()
  await rm(folder, { recursive: true, force: true })
})

const asked = async (lines: readonly string[], published: readonly ChainHead[] = []) =>
  (await verifyCopy(linesOf(lines), published)).faults()
async function* linesOf(lines: readonly string[]) {
  yield* lines
}
const placeOf = (line: string) =>
  line
    .match(/^{"agencyId":"(\w+)","sequence":(\d+)/)
    ?.slice(1)
    .join(' ')
const without = (place: string) => copy.filter(line => placeOf(line) !== place)

test('a copy holds every entry and every head, and is whole', async () => {
  expect(copy.map(placeOf)).toEqual([
    ...['clinic 1', 'clinic 2', 'clinic 3', 'clinic 4', 'school 1', 'school 2', 'school 3', 'school 4'],
    ...[undefined, undefined],
  ])
  expect(await asked(copy, heads)).toEqual([])
})
test('R-V.5 what was taken out of a copy, cut off or moved in it is found', async () => {
  expect(await asked(without('school 2'))).toEqual([{ agencyId: 'school', sequence: 2, why: 'the entry is missing' }])
  expect(await asked(without('school 4'))).toMatchObject([
    { agencyId: 'school', sequence: 4, why: expect.stringContaining('cut off') },
  ])
  const without4 = without('school 4').filter(line => !line.includes('"head":{"agencyId":"school"'))
  expect(await asked(without4)).toEqual([])
  expect(await asked(without4, heads)).toMatchObject([{ agencyId: 'school', sequence: 4 }])
  expect(await asked([copy[1]!, copy[0]!, ...copy.slice(2)])).toMatchObject([{ agencyId: 'clinic', sequence: 1 }])
  expect(await asked(copy.map(line => line.replace('learner-3', 'learner-9')))).toMatchObject([
    { agencyId: 'clinic', sequence: 3 },
    { agencyId: 'school', sequence: 3 },
  ])
})
test('a line that is no entry is named, and not repeated', async () => {
  for (const line of ['{"agencyId":"school', '{}', '[]', 'null', '{"agencyId":"lena","sequence":0,"hash":"","entry":{}}']) {
    const refusal = await asked([copy[0]!, line]).catch((error: Error) => error)
    expect(refusal).toBeInstanceOf(DamagedCopy)
    expect(String(refusal)).toMatch(/^Error: Line 2 /)
    expect(String(refusal)).not.toMatch(/lena/)
  }
})
test('a head is read as it was published', () => {
  const [head] = heads
  expect(parseHead(`${head!.agencyId}:${head!.sequence}:${head!.hash}`)).toEqual(head)
  for (const text of ['', 'school', 'school:4', 'school:4:abc', `school:x:${head!.hash}`])
    expect(() => parseHead(text)).toThrow(/A head is/)
})

test('audit:verify needs no hub and no database, and names the first bad entry', async () => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  const [, ...args] = (scripts['audit:verify'] as string).split(' ')
  const verify = (...more: string[]) =>
    new Promise<[number, string]>(done =>
      execFile(
        process.execPath,
        [...args, ...more],
        { env: { PATH: process.env['PATH'], DATABASE_URL: 'nonsense' } },
        (error, out, err) => done([error ? Number(error.code) : 0, out + err]),
      ),
    )
  const [whole, broken] = [join(folder, 'whole.jsonl'), join(folder, 'broken.jsonl')]
  await writeFile(whole, copy.join(''))
  await writeFile(broken, without('clinic 3').join(''))
  const [first, second, third] = await Promise.all([
    verify(whole, '--head', `clinic:4:${heads[0]!.hash}`),
    verify(broken),
    verify(join(folder, 'nothing.jsonl')),
  ])
  expect(first).toEqual([0, expect.stringContaining('The disclosure log is whole.')])
  expect(second).toEqual([1, expect.stringMatching(/^clinic: entry 3: the entry is missing\.\nschool: whole up to entry 4/)])
  expect(third).toEqual([1, expect.stringContaining('ENOENT')])
})
