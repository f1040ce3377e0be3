import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { openFolder } from './folder.js'
import { zipOf } from './reading.fixture.js'

describe('a ZIP archive', () => {
  let at: string
  beforeEach(async () => (at = await mkdtemp(join(tmpdir(), 'passerelle-zip-'))))
  afterEach(() => rm(at, { recursive: true, force: true }))

  const rows = 'id,name\n' + Array.from({ length: 20_000 }, (_, i) => `${i},Name ${i}\n`).join('')
  const put = async (name: string, bytes: Uint8Array | string) => {
    await writeFile(join(at, name), bytes)
    return join(at, name)
  }

  test('is a folder of its files, read from any place, more than once', async () => {
    const folder = await openFolder(await put('set.zip', await zipOf({ 'users.csv': rows, 'orgs.csv': 'x\n' })))
    expect(folder.files).toEqual(['orgs.csv', 'users.csv'])
    expect(folder.size('users.csv')).toBe(rows.length)
    for (const from of [0, 1, 70_000, rows.length - 1, rows.length])
      expect(await text(folder.open('users.csv', from))).toBe(rows.slice(from))
  })

  test('of which only the beginning is read is closed again', async () => {
    const folder = await openFolder(await put('set.zip', await zipOf({ 'users.csv': rows })))
    for (let i = 0; i < 3; i++)
      for await (const chunk of folder.open('users.csv')) {
        expect(Buffer.from(chunk).toString().startsWith('id,name')).toBe(true)
        break
      }
  })

  test('that holds a folder of files is that folder; what a Mac packs beside it is passed over', async () => {
    const folder = await openFolder(
      await put(
        'set.zip',
        await zipOf({ 'set/users.csv': 'x', 'set/old/users.csv': 'y', '__MACOSX/set/._users.csv': 'z', 'set/.DS_Store': 'z' }),
      ),
    )
    expect(folder.files).toEqual(['users.csv'])
    expect(folder.passedOver).toEqual([{ name: 'old', is: 'a folder' }])
  })

  test.each(['README.txt', '._set', '.gitignore', 'LICENSE', 'Thumbs.db', 'empty/'])(
    'that holds a folder of files and %s beside it is that folder',
    async beside => {
      const folder = await openFolder(
        await put('set.zip', await zipOf({ [beside]: '', 'set/users.csv': 'x', 'set/README': 'x' })),
      )
      expect(folder).toMatchObject({ files: ['README', 'users.csv'], passedOver: [] })
    },
  )
  test.each(['orgs.csv', 'README first/orgs.csv', 'more/orgs.csv'])(
    'that holds a folder of files and %s beside it is no one folder',
    async beside => {
      const { passedOver } = await openFolder(await put('set.zip', await zipOf({ [beside]: 'x', 'set/users.csv': 'x' })))
      expect(passedOver).toContainEqual({ name: 'set', is: 'a folder' })
    },
  )
  test('what a Mac leaves beside files in a folder is none of them, either', async () => {
    await mkdir(join(at, 'delivery'))
    for (const name of ['patients.json', '._patients.json', '.DS_Store']) await put(`delivery/${name}`, 'x')
    expect((await openFolder(join(at, 'delivery'))).files).toEqual(['patients.json'])
  })

  test('alone in a folder is what the folder holds; beside other files it is one of them', async () => {
    await mkdir(join(at, 'delivery'))
    await put('delivery/set.zip', await zipOf({ 'users.csv': 'x' }))
    expect((await openFolder(join(at, 'delivery'))).files).toEqual(['users.csv'])
    await put('delivery/README.txt', 'x')
    expect((await openFolder(join(at, 'delivery'))).files).toEqual(['users.csv'])
    await put('delivery/orgs.csv', 'x')
    expect((await openFolder(join(at, 'delivery'))).files).toEqual(['README.txt', 'orgs.csv', 'set.zip'])
  })

  /** With one byte another, so far behind a mark. */
  const flipped = (archive: Buffer, mark: string, behind: number) => {
    const at = archive.indexOf(mark) + behind
    archive[at] = archive[at]! ^ 1
    return archive
  }
  const central = 'PK\u0001\u0002'
  test.each([
    ['a bit of a stored file', async () => flipped(await zipOf({ 'users.csv': 'Ann' }, { compress: false }), 'Ann', 1)],
    ['a bit of a packed file', async () => flipped(await zipOf({ 'users.csv': rows }), 'users.csv', 4_000)],
    ['the sum', async () => flipped(await zipOf({ 'users.csv': rows }), central, 16)],
    ['the size', async () => flipped(await zipOf({ 'users.csv': rows }), central, 24)],
    ['the packed size', async () => flipped(await zipOf({ 'users.csv': rows }), central, 21)],
    ['where it begins', async () => flipped(await zipOf({ 'users.csv': rows }), central, 42)],
  ])('in which %s changed on its way is refused before anything is read, with the file’s name', async (_, bytes) => {
    const opening = openFolder(await put('set.zip', await bytes()))
    await expect(opening).rejects.toMatchObject({
      code: 'FEED.ZIP',
      what: expect.stringMatching(/^users\.csv in .*set\.zip is damaged/),
      next: expect.stringMatching(/^Pack it again/),
    })
  })
  test('that changed since it was opened is refused where it is read', async () => {
    const bytes = await zipOf({ 'users.csv': 'Ann' }, { compress: false })
    const folder = await openFolder(await put('set.zip', bytes))
    await put('set.zip', flipped(bytes, 'Ann', 1))
    await expect(text(folder.open('users.csv'))).rejects.toMatchObject({ code: 'FEED.ZIP' })
  })

  test('in which two files have one name is refused, with that name', async () => {
    const bytes = await zipOf({ 'users.csv': 'x', 'roles.csv': 'y' })
    for (let at = bytes.indexOf('roles'); at >= 0; at = bytes.indexOf('roles')) bytes.write('users', at)
    const opening = openFolder(await put('set.zip', bytes))
    await expect(opening).rejects.toMatchObject({
      code: 'FEED.ZIP',
      what: expect.stringMatching(/^users\.csv stands in .* twice/),
    })
  })

  test.each([
    ['in which a file says that it', ['users.csv'], 1.5 * 2 ** 30, /^users\.csv in .* unpacks to more than 1 GiB/],
    // Each takes less than is always taken.
    ['whose files say that they together', ['a.csv', 'b.csv'], 0.75 * 2 ** 30, /^\S*set\.zip says that it unpacks/],
  ])('%s swells beyond measure is refused', async (_, names, size, what) => {
    const bytes = await zipOf(Object.fromEntries(names.map(name => [name, rows])))
    for (let at = bytes.indexOf(central); at >= 0; at = bytes.indexOf(central, at + 1)) bytes.writeUInt32LE(size, at + 24)
    const opening = openFolder(await put('set.zip', bytes))
    await expect(opening).rejects.toMatchObject({ code: 'FEED.ZIP', what: expect.stringMatching(what) })
  })
  test('in which a file unpacks to more than it says is refused', async () => {
    const bytes = await zipOf({ 'users.csv': rows })
    bytes.writeUInt32LE(1_000, bytes.indexOf(central) + 24)
    await expect(openFolder(await put('set.zip', bytes))).rejects.toMatchObject({ code: 'FEED.ZIP' })
  })

  test.each([
    ['is none', async () => Buffer.from('no archive')],
    ['is cut', async () => (await zipOf({ 'users.csv': rows })).subarray(0, -30)],
    [
      'is encrypted',
      async () => {
        const bytes = await zipOf({ 'users.csv': 'x' })
        // The first bit of the flags, in the central directory.
        bytes[bytes.indexOf(Buffer.from('PK\u0001\u0002')) + 8]! |= 1
        return bytes
      },
    ],
  ])('that %s is refused', async (_, bytes) => {
    await expect(openFolder(await put('set.zip', await bytes()))).rejects.toMatchObject({ code: 'FEED.ZIP' })
  })
})
