import { lutimes, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { agency, register } from '@passerelle/agency'
import { EventStore, MemoryLog, MemoryProcessDesk } from '@passerelle/event-log'
import { HmacIdentifierHasher, MemoryKeyring } from '@passerelle/keyring'
import { MemoryFeedState } from './feed/feed-state.js'
import { Inbox } from './inbox.js'
import { zipOf } from './reading/reading.fixture.js'

const services = {
  'organizations.csv': 'id,name,description\no1,House,Helps\n',
  'services.csv': 'id,organization_id,name,status\ns1,o1,Advice,active\n',
}
const old = new Date(Date.now() - 60_000)
let folder: string
let store: EventStore

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-inbox-'))
  store = new EventStore(new MemoryLog(), new MemoryKeyring())
  const at = '2026-03-01T09:00:00.000Z'
  await store.handle(
    agency,
    'house',
    {
      actor: { userId: 'founder', agencyId: 'house', role: 'system' },
      controllerAgencyId: 'house',
      purpose: 'administration',
      legalBasis: { kind: 'publicTask', statute: 'GDPR 6(1)(e)' },
      occurredAt: at,
      correlationId: 'c',
      causationId: 'c',
      language: 'en',
    },
    state => register(state, { agencyId: 'house', name: 'House', sector: 'social', region: 'ZZ11' }),
  )
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const deliver = async (
  path: string,
  { changedAt = old, files = services }: { changedAt?: Date; files?: Record<string, string | Uint8Array> } = {},
) => {
  await mkdir(join(folder, path), { recursive: true })
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, path, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
    for (const each of [file, dirname(file)]) await utimes(each, changedAt, changedAt)
  }
  await utimes(join(folder, path), changedAt, changedAt)
}
const opened = (whileRead = async () => {}) => {
  const said: object[] = []
  const identifiers = new HmacIdentifierHasher(Buffer.alloc(32, 7))
  const host = {
    store,
    identifiers,
    state: new MemoryFeedState(),
    turns: new MemoryProcessDesk(),
    now: () => new Date('2026-03-02T09:00:00.000Z'),
  }
  const { saveRun } = host.state
  host.state.saveRun = async run => {
    await saveRun.call(host.state, run)
    if (run.status === 'running') await whileRead()
  }
  return { inbox: new Inbox({ folder, host, report: each => said.push(each) }), said }
}
const left = (path: string) => readdir(join(folder, path))

describe('what is not taken', () => {
  test.each([
    ['a delivery for an agency that nobody registered', 'stranger/hsds/d1', 'FEED.AGENCY'],
    ['a delivery in a format that there is not', 'house/xml/d1', 'INBOX.FORMAT'],
  ])('%s stays, and is tried again later', async (_, path, code) => {
    await deliver(path)
    const { inbox, said } = opened()
    await inbox.takeAll()
    await inbox.takeAll()
    expect(said).toEqual([expect.objectContaining({ code })])
    expect(inbox.state).toEqual({ waiting: 1, failing: 1, taken: 0 })
    expect((await left(path)).sort()).toEqual(Object.keys(services).sort())
  })
  test('a delivery that is still being written waits', async () => {
    await deliver('house/hsds/d1', { changedAt: new Date() })
    const { inbox, said } = opened()
    await inbox.takeAll()
    expect([said, inbox.state.waiting]).toEqual([[], 1])
  })
  test('a delivery whose settings cannot be read stays', async () => {
    await deliver('house/hsds/d1')
    await writeFile(join(folder, 'house/hsds/feed.json'), '{')
    const { inbox, said } = opened()
    await inbox.takeAll()
    expect(said).toEqual([expect.objectContaining({ code: 'INBOX.SETTINGS' })])
  })
})

test('a delivery that is taken is deleted, for it is personal data in the clear, and its report stays', async () => {
  await deliver('house/hsds/d1')
  const { inbox, said } = opened()
  await inbox.takeAll()
  expect(said).toEqual([{ agencyId: 'house', format: 'hsds', rows: 2 }])
  expect(await left('house/hsds')).toEqual(['d1.report.txt'])
  expect(await readFile(join(folder, 'house/hsds/d1.report.txt'), 'utf8')).toContain('Totals reconcile')
  expect(inbox.state).toEqual({ waiting: 0, failing: 0, taken: 1 })
})

test('a delivery may be a ZIP archive', async () => {
  await deliver('house/hsds', { files: { 'd1.zip': await zipOf(services) } })
  const { inbox, said } = opened()
  await inbox.takeAll()
  expect(said).toEqual([{ agencyId: 'house', format: 'hsds', rows: 2 }])
  expect(await left('house/hsds')).toEqual(['d1.zip.report.txt'])
})

test('of a delivery in an archive that is damaged nothing comes in, and it stays', async () => {
  const archive = await zipOf(services, { compress: false })
  archive[archive.indexOf('Advice')]! ^= 1
  await deliver('house/hsds', { files: { 'd1.zip': archive } })
  const { inbox, said } = opened()
  await inbox.takeAll()
  expect(said).toEqual([expect.objectContaining({ code: 'FEED.ZIP' })])
  expect(await left('house/hsds')).toContain('d1.zip')
})

test('a delivery of which a file was not read to its end stays: what stands behind is nowhere else', async () => {
  await deliver('house/hsds/d1', { files: { ...services, 'services.csv': 'id;organization_id;name;status\n' } })
  const { inbox, said } = opened()
  await inbox.takeAll()
  expect(said).toEqual([expect.objectContaining({ code: 'INBOX.UNREAD' })])
  expect((await left('house/hsds')).sort()).toEqual(['d1', 'd1.report.txt'])
})

test.each([
  ['a file that is no part of the format', { 'notes.csv': 'x\n' }, 'notes.csv'],
  ['a second file of a name that differs in case', { 'Services.csv': services['services.csv'] }, 'services.csv'],
  ['an archive beside the files', { 'rest.zip': 'PK' }, 'rest.zip'],
  ['a folder that holds a file', { 'second/services.csv': services['services.csv'] }, 'second'],
])('a delivery with %s stays, and its report names what was not read', async (_, more, name) => {
  await deliver('house/hsds/d1', { files: { ...services, ...more } })
  const { inbox, said } = opened()
  await inbox.takeAll()
  expect(said).toEqual([expect.objectContaining({ code: 'INBOX.NOT_READ' })])
  expect((await left('house/hsds')).sort()).toEqual(['d1', 'd1.report.txt'])
  const report = await readFile(join(folder, 'house/hsds/d1.report.txt'), 'utf8')
  expect(report).toContain(`• ${name}: This `)
  expect(report).toContain('NOT READ AT ALL: 1 ')
})

test('a delivery in an archive stays where something beside its files was not read', async () => {
  const archive = await zipOf({ ...services, 'second/services.csv': services['services.csv'] })
  await deliver('house/hsds', { files: { 'd1.zip': archive } })
  await deliver('house/hsds/d2', { files: { 'd2.zip': await zipOf(services), 'second/services.csv': services['services.csv'] } })
  const { inbox, said } = opened()
  await inbox.takeAll()
  expect(said).toEqual([1, 2].map(() => expect.objectContaining({ code: 'INBOX.NOT_READ' })))
})

test('what a system leaves beside the files, a word to their reader and an empty folder keep no delivery', async () => {
  const beside = ['README.txt', 'LICENSE', '.DS_Store', 'Thumbs.db', 'desktop.ini', '__MACOSX/._services.csv', 'old/.DS_Store']
  await deliver('house/hsds/d1', { files: { ...services, ...Object.fromEntries(beside.map(name => [name, 'x'])) } })
  await mkdir(join(folder, 'house/hsds/d1/empty'))
  await utimes(join(folder, 'house/hsds/d1'), old, old)
  await utimes(join(folder, 'house/hsds/d1/empty'), old, old)
  const { inbox, said } = opened()
  await inbox.takeAll()
  expect(said).toEqual([{ agencyId: 'house', format: 'hsds', rows: 2 }])
  expect(await left('house/hsds')).toEqual(['d1.report.txt'])
})

test.each([
  ['a file that arrives', { 'contacts.csv': 'id,name\n' }],
  ['a file that is written over, with an older date', { 'services.csv': services['services.csv'].replace('Advice', 'Advise') }],
])('%s while its delivery is read is not deleted with it, and the whole is read at once', async (_, files) => {
  await deliver('house/hsds/d1')
  let reads = 0
  const { inbox, said } = opened(async () => (reads++ === 0 ? deliver('house/hsds/d1', { files }) : undefined))
  await inbox.takeAll()
  expect(said).toEqual([expect.objectContaining({ code: 'INBOX.CHANGED' })])
  expect(await left('house/hsds/d1')).toEqual(expect.arrayContaining(Object.keys({ ...services, ...files })))
  await inbox.takeAll()
  expect(inbox.state).toEqual({ waiting: 0, failing: 0, taken: 1 })
})
test('a delivery to which something is added while another is read waits', async () => {
  await deliver('house/hsds/a', { changedAt: new Date(Date.now() - 120_000) })
  await deliver('house/hsds/b')
  const { inbox, said } = opened(() => deliver('house/hsds/b', { files: { 'contacts.csv': 'id,name\n' }, changedAt: new Date() }))
  await inbox.takeAll()
  expect([said.length, inbox.state]).toEqual([1, { waiting: 1, failing: 0, taken: 1 }])
})

test('a delivery with a link that leads nowhere stays, and holds up no other', async () => {
  await deliver('house/hsds/a')
  await symlink('nowhere', join(folder, 'house/hsds/a/contacts.csv'))
  await lutimes(join(folder, 'house/hsds/a/contacts.csv'), old, old)
  await utimes(join(folder, 'house/hsds/a'), old, old)
  await deliver('house/hsds/b')
  const { inbox, said } = opened()
  await inbox.takeAll()
  expect(said).toEqual([
    expect.objectContaining({ agencyId: 'house', code: 'INBOX.NOT_READ' }),
    { agencyId: 'house', format: 'hsds', rows: 2 },
  ])
})

describe('the report of a delivery that stays says why, and what next', () => {
  const reportOf = async (path: string) => readFile(join(folder, `${path}.report.txt`), 'utf8')
  test('where the feed was refused', async () => {
    await deliver('house/hsds', { files: { 'd1.zip': 'no archive' } })
    await opened().inbox.takeAll()
    expect(await reportOf('house/hsds/d1.zip')).toMatch(
      /^THE DELIVERY STAYS: FEED\.ZIP\. .* is no ZIP archive that can be read: .* Pack it again, or give the folder with its files\.\n$/,
    )
  })
  test('where it ran', async () => {
    await deliver('house/hsds/d1', { files: { ...services, 'notes.csv': 'x\n' } })
    await opened().inbox.takeAll()
    expect(await reportOf('house/hsds/d1')).toMatch(/Totals reconcile[^]*\nTHE DELIVERY STAYS: INBOX\.NOT_READ\. 1 of /)
  })
  test('where it broke off, in no words but the hub’s; and nothing of an earlier report stays', async () => {
    await deliver('house/hsds/d1')
    await writeFile(join(folder, 'house/hsds/d1.report.txt'), 'Totals reconcile')
    const { inbox } = opened(() => Promise.reject(new TypeError('CANARY')))
    await inbox.takeAll()
    expect(await reportOf('house/hsds/d1')).toBe(
      'THE DELIVERY STAYS: the feed broke off (TypeError). What was recorded stays; the delivery is read again.\n',
    )
  })
})

describe('a delivery that fails', () => {
  const { now } = performance
  let minutes = 0
  beforeEach(() => {
    minutes = 0
    performance.now = () => minutes * 60_000
  })
  afterEach(() => (performance.now = now))
  /** At which minutes it is tried, of those from the one to the other. */
  const tries = async ({ inbox, said }: ReturnType<typeof opened>, from: number, to: number) => {
    const tried: number[] = []
    for (minutes = from; minutes <= to; minutes++) {
      const before = said.length
      await inbox.takeAll()
      if (said.length > before) tried.push(minutes)
    }
    return tried
  }

  test('is tried again after a minute, then after twice as long each time, up to an hour', async () => {
    await deliver('stranger/hsds/d1')
    expect(await tries(opened(), 0, 200)).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183])
  })
  test.each([
    ['it', 'd1/services.csv'],
    ['what stands beside it as its settings', 'feed.json'],
  ])('is tried at once where %s changed', async (_, file) => {
    await deliver('stranger/hsds/d1')
    const inbox = opened()
    expect(await tries(inbox, 0, 20)).toEqual([0, 1, 3, 7, 15])
    await writeFile(join(folder, 'stranger/hsds', file), '{}')
    await utimes(join(folder, 'stranger/hsds', file), old, old)
    expect(await tries(inbox, 21, 29)).toEqual([21, 22, 24, 28])
  })
})

test('of several deliveries the oldest is taken first', async () => {
  await deliver('house/hsds/a-newer')
  const { 'organizations.csv': organizations } = services
  await deliver('house/hsds/z-older', {
    changedAt: new Date(Date.now() - 120_000),
    files: { 'organizations.csv': organizations },
  })
  const { inbox, said } = opened()
  await inbox.takeAll()
  expect(said).toEqual([expect.objectContaining({ rows: 1 }), expect.objectContaining({ rows: 2 })])
})
