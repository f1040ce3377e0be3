import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { handOver, openFeedDoor } from './feed-door.js'

describe('the door of a running hub', () => {
  let folder: string
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'door-'))))
  afterEach(async () => rm(folder, { recursive: true }))

  test('takes a command over and gives back what it said, how far it is and how it ended', async () => {
    const door = await openFeedDoor(folder, async (args, { say, onProgress }) => {
      for (const arg of args) say(`» ${arg}`)
      onProgress(5, 10, 2)
      return 3
    })
    const said: string[] = []
    const terminal = {
      say: (line: string) => void said.push(line),
      onProgress: (...at: number[]) => void said.push(at.join('/')),
    }
    expect(await handOver(folder, ['feed', 'é\n'], terminal)).toBe(3)
    expect(said).toEqual(['» feed', '» é\n', '5/10/2'])
    await door.close()
    expect(await handOver(folder, ['feed'], { say: () => undefined })).toBeUndefined()
  })

  test('tells whose hub went away meanwhile that what was recorded stays; one that is gone already offers nothing', async () => {
    const server = createServer((_, response) => {
      response.write(`${JSON.stringify({ line: 'begun' })}\n`, () => response.destroy())
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    await writeFile(join(folder, 'connector-door.json'), JSON.stringify({ url, token: 'x' }))
    const gone = handOver(folder, ['feed'], { say: () => undefined })
    await expect(gone).rejects.toMatchObject({
      code: 'FEED.HUB_GONE',
      message: expect.stringContaining('What it recorded stays'),
    })
    const closed = once(server, 'close')
    server.close()
    await closed
    expect(await handOver(folder, ['feed'], { say: () => undefined })).toBeUndefined()
  })

  test('opens to nobody without the secret, listens on loopback only, and keeps the secret to the owner', async () => {
    const door = await openFeedDoor(folder, async () => 0)
    expect(new URL(door.url).hostname).toBe('127.0.0.1')
    for (const authorization of ['', 'Bearer x', `Bearer ${'x'.repeat(43)}`])
      expect((await fetch(door.url, { method: 'POST', headers: { authorization }, body: '[]' })).status).toBe(404)
    expect((await stat(join(folder, 'connector-door.json'))).mode & 0o077).toBe(0)
    expect(JSON.parse(await readFile(join(folder, 'connector-door.json'), 'utf8'))).toHaveProperty('token')
    await door.close()
  })
})
