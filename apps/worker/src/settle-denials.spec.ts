import type { Database } from '@passerelle/database'
import { DenyList } from '@passerelle/sharing'
import { keepSettling } from './settle-denials.js'

test('denials are settled though nobody listens for wakes, and that is said once', async () => {
  const end = new AbortController()
  const faults: unknown[] = []
  const deaf = new Error('nobody listens')
  let looks = 0
  const db = {
    onWake: async (_channel, _hint, onDeaf) => (onDeaf?.(deaf), async () => undefined),
    query: async () => (++looks === 2 && end.abort(), [{ any: false, position: null, deriving: false }] as never),
  } satisfies Pick<Database, 'onWake' | 'query'>
  await keepSettling({ db: db as Partial<Database> as Database, denials: new DenyList(String) }, end.signal, fault =>
    faults.push(fault),
  )
  expect([looks, faults]).toEqual([2, [deaf]])
})
