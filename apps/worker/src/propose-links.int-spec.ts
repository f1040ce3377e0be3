import { agency, register as registerAgency } from '@passerelle/agency'
import { PgliteDatabase } from '@passerelle/database'
import { EventStore, MemoryLog } from '@passerelle/event-log'
import { hubDeclaration } from '@passerelle/hub'
import { MemoryKeyring } from '@passerelle/keyring'
import { attachIdentifier, learner, linkCase, register, reject } from '@passerelle/learner'
import { prepare, Projector } from '@passerelle/projections'
import { proposeLinks } from './propose-links.js'

const now = () => new Date('2026-03-01T10:00:00.000Z')
const context = {
  actor: { userId: 'somebody', agencyId: 'north', role: 'system' },
  controllerAgencyId: 'north',
  purpose: 'administration',
  legalBasis: { kind: 'publicTask' },
  occurredAt: now().toISOString(),
  correlationId: 'c',
  causationId: 'c',
  language: 'en',
} as const

test('pairs that may be one person are proposed once; the certain ones are confirmed, and nobody is merged', async () => {
  const log = new MemoryLog(now)
  const store = new EventStore(log, new MemoryKeyring())
  const db = await PgliteDatabase.open()
  const projector = new Projector({ db, store, hub: hubDeclaration, now })
  try {
    await prepare({ db, store, hub: hubDeclaration })
    await store.handle(agency, 'north', context, state =>
      registerAgency(state, { agencyId: 'north', name: 'North', sector: 'education', region: 'FR10' }),
    )
    const people: [string, string, string, string][] = [
      ['twin-1', 'Ivo', 'Zeller', '2008-03-14'],
      ['twin-2', 'Ina', 'Zeller', '2008-03-14'],
      ['same-1', 'Mirela', 'Quist', '2009-07-21'],
      ['same-2', 'Mirela', 'Quist', '2009-07-21'],
      ['two-numbers-1', 'Osman', 'Yardley', '2007-11-02'],
      ['two-numbers-2', 'Osman', 'Yardley', '2007-11-02'],
      ...Array.from({ length: 60 }, (_, n): [string, string, string, string] => [
        `other-${n}`,
        `${'bcdfgklmnp'[n % 10]}a${'rstvz'[n % 5]}i${n}`,
        `${'hjklmnprst'[(n * 7) % 10]}o${'bdgkm'[(n * 3) % 5]}e${n}`,
        `${1999 + (n % 12)}-${String(2 + (n % 11)).padStart(2, '0')}-${String(2 + (n % 26)).padStart(2, '0')}`,
      ]),
    ]
    for (const [learnerId, givenName, familyName, birthDate] of people)
      await store.handle(learner, learnerId, context, state =>
        register(state, { learnerId, agencyId: 'north', givenName, familyName, birthDate }, '2026-03-01'),
      )
    for (const [n, learnerId] of ['two-numbers-1', 'two-numbers-2'].entries())
      await store.handle(learner, learnerId, context, state =>
        attachIdentifier(state, { agencyId: 'north', system: 'sis', valueHash: String(n).repeat(64) }),
      )
    await projector.catchUp()

    const first = await proposeLinks({ db, store, now })
    expect(first).toMatchObject({ records: people.length, confirmed: 1 })
    expect(first.proposed).toBeGreaterThanOrEqual(2)
    expect(await proposeLinks({ db, store, now })).toMatchObject({ proposed: 0, confirmed: 0 })

    await projector.catchUp()
    const cases = await db.query<{ id: string; pair: string; status: string; obstacles: string[] }>(
      `select link_case_id as id, learner_id || ' ' || other_learner_id as pair, status, obstacles from hub.link_cases`,
    )
    const of = (pair: string) => cases.find(each => each.pair === pair)
    expect(of('same-1 same-2')).toMatchObject({ status: 'confirmed', obstacles: [] })
    expect(of('two-numbers-1 two-numbers-2')).toMatchObject({ status: 'proposed', obstacles: ['identifierDiffers'] })
    expect(of('twin-1 twin-2')?.status).not.toBe('confirmed')
    expect(cases.filter(({ status }) => status === 'merged')).toEqual([])

    const { id } = of('two-numbers-1 two-numbers-2')!
    await store.handle(linkCase, id, context, state => reject(state, 'twoPeople'))
    expect(await proposeLinks({ db, store, now })).toMatchObject({ proposed: 0, confirmed: 0 })
    const written = JSON.stringify(await log.readStream(`linkCase-${id}`))
    expect(written).not.toMatch(/Osman|Yardley|2007-11-02/)
  } finally {
    await projector.close()
    await db.close()
  }
})
