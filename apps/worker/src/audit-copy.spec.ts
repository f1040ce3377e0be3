import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, PgliteDatabase } from '@passerelle/database'
import { type ChainHead, DisclosureLog } from '@passerelle/sharing'
import { DamagedCopy, exportLines, parseHead, verifyCopy } from './audit-copy.js'
import { linesOfCopy, newCopy } from './audit-file.js'
import { verdictOn } from './audit-verdict.js'

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
  (await verifyCopy(linesOf(lines), published)).faults
const told = async (lines: readonly string[], published: readonly ChainHead[] = []) =>
  verdictOn(await verifyCopy(linesOf(lines), published))
async function* linesOf(lines: readonly string[]) {
  yield* lines
}
const placeOf = (line: string) =>
  line
    .match(/^{"agencyId":"(\w+)","sequence":(\d+)/)
    ?.slice(1)
    .join(' ')
const without = (place: string) => copy.filter(line => placeOf(line) !== place)

test('a copy states every head before it holds every entry, and is whole', async () => {
  expect(JSON.parse(copy[0]!)).toEqual({ heads })
  expect(copy.slice(1).map(placeOf)).toEqual(['clinic', 'school'].flatMap(agencyId => [1, 2, 3, 4].map(n => `${agencyId} ${n}`)))
  expect(await asked(copy, heads)).toEqual([])
  expect(await told(copy, heads)).toMatchObject({ sound: true, lines: expect.arrayContaining(['The disclosure log is whole.']) })
})
test('R-V.5 what was taken out of a copy, cut off or moved in it is found', async () => {
  expect(await asked(without('school 2'))).toEqual([{ agencyId: 'school', sequence: 2, why: 'the entry is missing' }])
  expect(await asked(without('school 4'))).toMatchObject([
    { agencyId: 'school', sequence: 4, why: expect.stringContaining('cut off') },
  ])
  expect(await asked([copy[0]!, copy[2]!, copy[1]!, ...copy.slice(3)])).toMatchObject([{ agencyId: 'clinic', sequence: 1 }])
  expect(await asked(copy.map(line => line.replace('learner-3', 'learner-9')))).toMatchObject([
    { agencyId: 'clinic', sequence: 3 },
    { agencyId: 'school', sequence: 3 },
  ])
})
test('R-V.5 a copy that was cut off anywhere is not called whole, nor one that does not say where its chains end', async () => {
  for (let lines = 1; lines < copy.length; lines++) {
    const { sound, lines: said } = await told(copy.slice(0, lines))
    expect(sound).toBe(false)
    expect(
      said.filter(line => /^school: entry \d: the chain ends before it, and its head is entry 4: cut off\.$/.test(line)),
    ).toHaveLength(1)
  }
  for (const stateless of [copy.slice(1), copy.slice(1, 4), copy.slice(5), [`{"heads":[]}\n`, ...copy.slice(1)]]) {
    expect(await told(stateless)).toMatchObject({ sound: false })
    expect(await asked(stateless)).toContainEqual({
      agencyId: placeOf(stateless.at(-1)!)!.split(' ')[0],
      sequence: Number(placeOf(stateless.at(-1)!)!.split(' ')[1]) + 1,
      why: 'nothing says that the chain ends before it: its head is not stated, cut off?',
    })
  }
  for (const nothing of [[], ['\n'], ['{"heads":[]}\n']])
    expect(await told(nothing)).toEqual({ sound: false, lines: ['There is no entry in it: nothing was verified.'] })
})
test('R-V.5 without the heads that were published only the links are said to hold, agency by agency', async () => {
  expect(await told(copy)).toEqual({
    sound: true,
    lines: [
      `clinic: the links hold up to entry 4, head ${heads[0]!.hash}`,
      `school: the links hold up to entry 4, head ${heads[1]!.hash}`,
      'The links hold. Whether an end was cut off or a chain written anew only the head tells that was published: give --head for clinic, school.',
    ],
  })
  const earlier = { agencyId: 'school', sequence: 2, hash: JSON.parse(copy[6]!).hash as string }
  expect((await told(copy, [heads[0]!, earlier])).lines).toEqual([
    `clinic: whole up to entry 4, head ${heads[0]!.hash}`,
    `school: whole up to entry 2, whose head was published; the links hold up to entry 4, head ${heads[1]!.hash}`,
    'The disclosure log is whole up to the heads that were given.',
  ])
  expect((await told(copy, [heads[0]!])).lines.at(-1)).toMatch(/^The links hold\. .*: give --head for school\.$/)
})
test('R-V.5 an end that was cut off with its head is found by the head that was published', async () => {
  const { agencyId, sequence, hash } = JSON.parse(copy[7]!)
  const restated = [`${JSON.stringify({ heads: [heads[0], { agencyId, sequence, hash }] })}\n`, ...copy.slice(1, -1)]
  expect(await told(restated)).toMatchObject({ sound: true, lines: expect.not.arrayContaining([expect.stringMatching(/whole/)]) })
  expect(await asked(restated, heads)).toMatchObject([
    { agencyId: 'school', sequence: 4, why: expect.stringContaining('cut off') },
  ])
})
test('a copy of before, whose heads came last, is verified as it was', async () => {
  const before = [...copy.slice(1), ...heads.map(head => `${JSON.stringify({ head })}\n`)]
  expect(await told(before, heads)).toEqual(await told(copy, heads))
  expect(await asked(before.slice(0, -1))).toMatchObject([{ agencyId: 'school', sequence: 5 }])
})
test('a line that is no entry is named, and not repeated', async () => {
  for (const line of [
    '{"agencyId":"school',
    '{}',
    '[]',
    'null',
    '{"heads":[{}]}',
    '{"heads":"lena"}',
    '{"agencyId":"lena","sequence":0,"hash":"","entry":{}}',
  ]) {
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

test('a file that cannot be read or written is said in words with the way out', async () => {
  const there = join(folder, 'there.jsonl')
  await writeFile(there, copy.join(''))
  expect((await verifyCopy(await linesOfCopy(there), heads)).faults).toEqual([])
  await expect(linesOfCopy(join(folder, 'nothing'))).rejects.toThrow(/^There is no file .*nothing\. Name the copy/)
  await expect(linesOfCopy(folder)).rejects.toThrow(/ is a folder\. Name the copy/)
  await expect(linesOfCopy(join(there, 'x'))).rejects.toThrow(/^There is no file /)
  await expect(newCopy(there)).rejects.toThrow(/ is there already, and no copy is written over\. Name a new file/)
  await expect(newCopy(join(folder, 'none', 'x'))).rejects.toThrow(/cannot be written: there is no such folder\. Name a new file/)
  expect(await readFile(there, 'utf8')).toBe(copy.join(''))
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
    verify(whole, ...heads.flatMap(({ agencyId, sequence, hash }) => ['--head', `${agencyId}:${sequence}:${hash}`])),
    verify(broken),
    verify(join(folder, 'nothing.jsonl')),
  ])
  expect(first).toEqual([0, expect.stringContaining('The disclosure log is whole.')])
  expect(second).toEqual([
    1,
    expect.stringMatching(/^clinic: entry 3: the entry is missing\.\nschool: the links hold up to entry 4/),
  ])
  expect(third).toEqual([1, expect.stringMatching(/^There is no file .*nothing\.jsonl\. .*\n$/)])
})
