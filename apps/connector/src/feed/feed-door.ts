import { randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Refused } from '@passerelle/event-log'
import type { Terminal } from './feed-command.js'

/** What a command line hands over to the process that has the embedded store open: its arguments. */
export type HandedOver = (args: readonly string[], terminal: Required<Terminal>) => Promise<number>

interface Door {
  readonly url: string
  readonly token: string
}
const doorFile = (dataFolder: string) => join(dataFolder, 'connector-door.json')

/**
 * The embedded store belongs to one process. That process opens this door on loopback, behind a secret that only the owner of the
 * data folder can read, so that `npm run feed` works while the hub runs.
 */
export async function openFeedDoor(
  dataFolder: string,
  run: HandedOver,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const token = randomBytes(32).toString('base64url')
  const server = createServer((request, response) => void answer(request, response, token, run))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  await writeFile(doorFile(dataFolder), JSON.stringify({ url, token } satisfies Door), { mode: 0o600 })
  return {
    url,
    async close() {
      await rm(doorFile(dataFolder), { force: true })
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, token: string, run: HandedOver): Promise<void> {
  const given = Buffer.from(request.headers.authorization ?? '')
  const asked = Buffer.from(`Bearer ${token}`)
  if (request.method !== 'POST' || given.length !== asked.length || !timingSafeEqual(given, asked)) {
    response.writeHead(404).end()
    return
  }
  let body = ''
  for await (const chunk of request) {
    body += String(chunk)
    if (body.length > 65_536) return void response.writeHead(413).end()
  }
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  const say = (line: string) => void response.write(`${JSON.stringify({ line })}\n`)
  try {
    const args = JSON.parse(body) as string[]
    const code = await run(args, {
      say,
      onProgress: (...progress) => void response.write(`${JSON.stringify({ progress })}\n`),
    })
    response.end(`${JSON.stringify({ code })}\n`)
  } catch (error) {
    say((error as Error).message)
    response.end(`${JSON.stringify({ code: 1 })}\n`)
  }
}

/**
 * Hands the arguments to the process that has the folder open, and says what it says. Undefined where none offers its door.
 * @throws Refused FEED.HUB_GONE where that process ends meanwhile
 */
export async function handOver(
  dataFolder: string,
  args: readonly string[],
  { say, onProgress }: Terminal,
): Promise<number | undefined> {
  let door: Door
  try {
    door = JSON.parse(await readFile(doorFile(dataFolder), 'utf8')) as Door
  } catch {
    return undefined
  }
  try {
    const response = await fetch(door.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${door.token}` },
      body: JSON.stringify(args),
    })
    if (!response.ok || !response.body) return undefined
    let rest = ''
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        const said = JSON.parse(line) as { line?: string; progress?: [number, number, number]; code?: number }
        if (said.line !== undefined) say(said.line)
        if (said.progress) onProgress?.(...said.progress)
        if (said.code !== undefined) return said.code
      }
    }
  } catch (error) {
    // What fetch throws where the other side hung up; one that is not there at all left its door behind.
    const { name, cause } = error as Error & { cause?: { code?: string } }
    if (name !== 'TypeError') throw error
    if (cause?.code === 'ECONNREFUSED') return undefined
  }
  throw new Refused(
    'FEED.HUB_GONE',
    'The hub that this was handed to went away before it had ended.',
    'What it recorded stays: run the same command again, with a hub or without one.',
  )
}
