import { connect } from 'node:net'
import { fastify } from 'fastify'
import { Listener } from './listener.js'

const listeners: Listener[] = []
const opened = (...parts: ConstructorParameters<typeof Listener>) => {
  const listener = new Listener(...parts)
  listeners.push(listener)
  return listener
}
afterEach(() => Promise.all(listeners.splice(0).map(listener => listener.close())))

/** Asks with a request line that no well-behaved client would send. */
const raw = (port: number, line: string) =>
  new Promise<string>(resolve => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(`${line}\r\nhost: x\r\nconnection: close\r\n\r\n`))
    socket.on('data', chunk => (text += chunk)).on('close', () => resolve(text))
  })

test('of two prefixes that fit a path, the longer one has it', async () => {
  const listener = opened()
  listener.mount('health', (_, response) => response.end('face'))
  listener.mount('health/live', (_, response) => response.end('probe'))
  const { url } = await listener.listen()
  const answered = async (path: string) => (await fetch(url + path)).text()
  for (const path of ['/health/live', '/health/live?x', '/health/live/more']) expect(await answered(path)).toBe('probe')
  for (const path of ['/health', '/health/graphql', '/health/lives', '/health//live']) expect(await answered(path)).toBe('face')
})

describe('a path that nobody took', () => {
  test.each([
    '/',
    '/nowhere/graphql',
    '/educationx/graphql',
    '/education%2Fgraphql',
    '//education/graphql',
    '/Education/graphql',
    '/?x=/education',
  ])('is answered by the list of prefixes that exist: %s', async path => {
    const listener = opened()
    listener.mount('education', (_, response) => response.end('education'))
    listener.mount('health', (_, response) => response.end('health'))
    const { url } = await listener.listen()
    const answer = await fetch(url + path)
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toContain('application/json')
    const problem = (await answer.json()) as object
    expect(problem).toMatchObject({ code: 'NOT_FOUND', which: { prefixes: ['/education', '/health'] } })
    expect(JSON.stringify(problem)).not.toContain('nowhere')
  })

  test('is not reached by naming a host in the request line', async () => {
    const listener = opened()
    listener.mount('education', (_, response) => response.end('education'))
    const { port } = await listener.listen()
    expect(await raw(port, 'GET http://evil.example/education/graphql HTTP/1.1')).toContain('404')
    expect(await raw(port, 'OPTIONS * HTTP/1.1')).toContain('404')
  })

  test('cannot be taken twice, nor be more than two segments', () => {
    const listener = opened()
    listener.mount('education', () => {})
    expect(() => listener.mount('education', () => {})).toThrow('taken already')
    for (const wrong of ['', '/', 'a/b/c', 'A', '..', 'a?b']) expect(() => listener.mount(wrong, () => {})).toThrow(RangeError)
  })

  test('a port that is in use is said at once', async () => {
    const { port } = await opened().listen()
    await expect(opened({ port }).listen()).rejects.toThrow('EADDRINUSE')
  })
})

describe('one listener', () => {
  test('serves several applications, each with its path unchanged and no port of its own', async () => {
    const listener = opened()
    for (const name of ['education', 'health']) {
      const app = fastify({ serverFactory: listener.serverFactory(name) })
      app.get(`/${name}/who`, request => ({ name, path: request.url }))
      await app.ready()
      expect(app.server.listening).toBe(false)
    }
    const { url } = await listener.listen()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(await (await fetch(`${url}/education/who?x=1`)).json()).toEqual({ name: 'education', path: '/education/who?x=1' })
    expect(await (await fetch(`${url}/health/who`)).json()).toEqual({ name: 'health', path: '/health/who' })
    expect((await fetch(`${url}/health/other`)).status).toBe(404)
  })

  test('outlives a handler that throws', async () => {
    const listener = opened()
    listener.mount('broken', () => {
      throw new Error('CANARY')
    })
    const { url } = await listener.listen()
    for (let i = 0; i < 2; i++) {
      const answer = await fetch(`${url}/broken`)
      expect(answer.status).toBe(500)
      expect(await answer.text()).not.toContain('CANARY')
    }
  })

  test('when it closes: lets an answer under way finish, takes nobody new, and asked twice ends once', async () => {
    const listener = opened()
    let finish = () => {}
    const arrived = new Promise<void>(resolve =>
      listener.mount('slow', (_, response) => {
        finish = () => void response.end('done')
        resolve()
      }),
    )
    const { url } = await listener.listen()
    const answer = fetch(`${url}/slow`)
    await arrived
    let closed = false
    const closing = Promise.all([listener.close(), listener.close()]).then(() => (closed = true))
    await expect(fetch(`${url}/slow`)).rejects.toThrow()
    expect(closed).toBe(false)
    finish()
    expect((await answer).headers.get('connection')).toBe('close')
    expect(await (await answer).text()).toBe('done')
    await closing
  })

  test('when it closes: an answer that never ends is cut off after the grace', async () => {
    const listener = opened({ graceMs: 20 })
    const arrived = new Promise<void>(resolve => listener.mount('never', () => resolve()))
    const { url } = await listener.listen()
    const answer = fetch(`${url}/never`).then(
      () => 'answered',
      () => 'cut off',
    )
    await arrived
    await listener.close()
    expect(await answer).toBe('cut off')
  })
})
