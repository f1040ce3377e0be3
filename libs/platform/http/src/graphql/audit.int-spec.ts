import { serverAudits } from 'graphql-http'
import { openHub, type Hub } from '../face.fixture.js'

/**
 * Where we do not do what the GraphQL-over-HTTP audit asks for, and why. Whatever is not here is passed.
 */
const noGet =
  'A query in an address would stand, with whatever it asks about, in the logs of every proxy on the way; and a link could send it.'
const exceptions: Readonly<Record<string, string>> = {
  '5A70': noGet,
  D6D5: noGet,
  '6A70': noGet,
}

let hub: Hub
beforeAll(async () => void (hub = await openHub({ mayIntrospect: () => true })))
afterAll(() => hub.close())

const audits = serverAudits({
  url: () => `${hub.url}/education/graphql`,
  fetchFn: (url: string, init: RequestInit = {}) =>
    fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), authorization: 'Bearer teacher' } }),
})

test('every exception is of the kind that a server may make', () => {
  expect(Object.keys(exceptions).map(id => audits.find(audit => audit.id === id)?.name.split(' ')[0])).toEqual([
    'MAY',
    'MAY',
    'MAY',
  ])
})

test.each(audits.map(audit => [audit.id, audit.name, audit] as const))('%s %s', async (id, _name, audit) => {
  const result = await audit.fn()
  if (exceptions[id]) expect(result.status).not.toBe('ok')
  else expect(result).toMatchObject({ status: 'ok' })
})
