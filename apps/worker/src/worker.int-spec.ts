import { agency, register } from '@passerelle/agency'
import { openHub, type OpenHub } from '@passerelle/hub'
import { silentLog } from '@passerelle/http'
import { waitFor } from '@passerelle/projections'
import { type FreshStores, freshStores } from '@passerelle/testing'
import { settleDenials } from './settle-denials.js'
import { startWorker } from './worker.js'

let stores: FreshStores
let hub: OpenHub
beforeAll(async () => {
  stores = await freshStores()
  hub = await openHub(stores.config)
})
afterAll(async () => {
  await hub?.close()
  await stores?.remove()
})

const happens = async (agencyId: string) => {
  const { position } = await hub.store.handle(
    agency,
    agencyId,
    {
      actor: { userId: 'founder', agencyId, role: 'system' },
      controllerAgencyId: agencyId,
      purpose: 'administration',
      legalBasis: { kind: 'publicTask', statute: 'GDPR 6(1)(e)' },
      occurredAt: hub.now().toISOString(),
      correlationId: 'c',
      causationId: 'c',
      language: 'en',
    },
    state => register(state, { agencyId, name: agencyId, sector: 'education', region: 'ZZ11' }),
  )
  return position!
}
const denials = async () =>
  (await hub.db.query<{ denial_id: string }>('select denial_id from sharing.denials order by 1')).map(r => r.denial_id)

describe('denials', () => {
  test('stay while a view has not read what they announce, or stands still', async () => {
    await hub.denials.deny(hub.db, { denialId: 'announced', learnerId: 'l', ref: 'consent-1' })
    await hub.denials.confirm(hub.db, 'announced', await happens('school-a'))
    await settleDenials(hub)
    expect(await denials()).toEqual(['announced'])

    const projector = hub.projector()
    await projector.catchUp()
    await projector.close()
    await hub.db.query(`update projections.checkpoints set position = '' where view = 'consents' and partition = 0`)
    await settleDenials(hub)
    expect(await denials()).toEqual(['announced'])
    await hub.db.query(
      `update projections.checkpoints set position = (select max(position) from projections.checkpoints) where position = ''`,
    )
  })
  test('go once every view has read it; one that nobody confirmed stays until it expires', async () => {
    await hub.denials.deny(hub.db, { denialId: 'unconfirmed', learnerId: 'l', ref: 'consent-2' })
    await settleDenials(hub)
    expect(await denials()).toEqual(['unconfirmed'])
  })
})

test('a worker folds what happens, tells how it stands, and ends in order', async () => {
  const worker = await startWorker({ hub, port: 0, log: silentLog })
  try {
    const position = await happens('school-b')
    expect(await waitFor(hub.db, position, { views: ['agencies'], timeoutMs: 30_000 })).toBe(true)
    const ready = await fetch(`${worker.url}/health/ready`)
    expect([ready.status, await ready.json()]).toEqual([
      200,
      {
        status: 'ready',
        checks: {
          log: { ok: true },
          release: { ok: true, viewsOfAnotherRelease: 0 },
          views: { ok: true, views: expect.any(Number), stopped: 0, lagMs: expect.any(Number), underivable: 0 },
          processes: { ok: true, stopped: 0, parked: 0 },
        },
      },
    ])
    const metrics = await (await fetch(`${worker.url}/metrics`)).text()
    for (const figure of [
      /passerelle_view_lag_events\{view="plans"\} \d/,
      /passerelle_view_age_seconds\{view="plans"\} \d/,
      /passerelle_view_stopped\{view="plans"\} 0/,
      /passerelle_agency_lag_events\{agency="school-b"\} \d/,
      /passerelle_agency_age_seconds\{agency="school-b"\} \d/,
      /passerelle_process_parked\{process="expire-consents"\} 0/,
    ])
      expect(metrics).toMatch(figure)
  } finally {
    await worker.close()
  }
  await expect(fetch(`${worker.url}/health/live`)).rejects.toThrow()
  // Nothing was left held: the next worker has every part at once.
  expect(await hub.db.query('select 1 from projections.leases where until > now()')).toEqual([])
}, 120_000)
