import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { agency, register } from '@passerelle/agency'
import { PgliteDatabase } from '@passerelle/database'
import { DatabaseProcessDesk, EventStore } from '@passerelle/event-log'
import { PostgresLog } from '@passerelle/event-log/postgres'
import { HmacIdentifierHasher, MemoryKeyring } from '@passerelle/keyring'
import { DatabaseFeedState } from './feed/database-feed-state.js'
import { runFeed } from './feed/run-feed.js'
import type { FormatName } from './formats.js'

const shared = resolve(process.cwd(), '../shared/data')

/** What each public set is, row by row: read, quarantined, and which events it becomes. */
const expected: [FormatName, string, { read: number; quarantined: number; notTaken: number }, Record<string, number>][] = [
  [
    'sds',
    'sds-v2.1',
    // Two of them are rows of contacts, whose relationship says what is kept.
    { read: 44, quarantined: 0, notTaken: 23 },
    {
      ClassOpened: 2,
      DemographicsCorrected: 4,
      DemographicsRecorded: 4,
      GuardianRecorded: 3,
      IdentifierAttached: 4,
      LearnerEnrolled: 8,
      PersonRegistered: 4,
    },
  ],
  ['hsds', 'hsds-3.0', { read: 21, quarantined: 10, notTaken: 7 }, { OrganizationListed: 1, ServiceListed: 1 }],
  [
    'fhir',
    'fhir-r4',
    { read: 96, quarantined: 18, notTaken: 58 },
    {
      AssessmentStarted: 1,
      ContactRecorded: 7,
      DemographicsRecorded: 15,
      GuardianRecorded: 3,
      IdentifierAttached: 32,
      ItemResponseRecorded: 4,
      PersonRegistered: 16,
    },
  ],
  [
    'fhir',
    'synthea-r4',
    { read: 600, quarantined: 0, notTaken: 578 },
    {
      AssessmentStarted: 17,
      ContactRecorded: 5,
      DemographicsRecorded: 5,
      IdentifierAttached: 30,
      ItemResponseRecorded: 17,
      PersonRegistered: 5,
    },
  ],
]

describe('public data of partners, which nobody here wrote', () => {
  for (const [format, folder, totals, events] of expected) {
    const path = join(shared, folder)
    if (!existsSync(path)) {
      console.warn(`SKIPPED: ${folder} is not there (${path}); the feed of ${format} was not tried on it.`)
      test.skip(`${folder} comes in whole and twice the same`, () => undefined)
      continue
    }
    test(`R-0.1 ${folder} comes in whole, adds up, and the second time is nothing new`, async () => {
      const data = await mkdtemp(join(tmpdir(), 'feed-'))
      const db = await PgliteDatabase.open({ folder: data })
      try {
        const log = await PostgresLog.open(db)
        const store = new EventStore(log, new MemoryKeyring())
        const state = await DatabaseFeedState.open(db)
        const turns = await DatabaseProcessDesk.open(db, log.logId)
        const context = {
          actor: { userId: 'admin', agencyId: 'authority', role: 'system' },
          controllerAgencyId: 'authority',
          purpose: 'administration' as const,
          legalBasis: { kind: 'publicTask' as const },
          occurredAt: '2026-01-01T00:00:00.000Z',
          correlationId: 'c',
          causationId: 'c',
          language: 'en',
        }
        const sector = format === 'sds' ? 'education' : format === 'hsds' ? 'authority' : 'health'
        await store.handle(agency, 'sender', context, s =>
          register(s, { agencyId: 'sender', name: 'Sender', sector, region: 'ZZ1' }),
        )
        const feed = () =>
          runFeed({
            store,
            hasher: new HmacIdentifierHasher(Buffer.alloc(32, 1)),
            state,
            turns,
            format,
            path,
            agencyId: 'sender',
          })
        const first = await feed()
        expect(first.totals).toMatchObject(totals)
        expect(first.eventTypes).toEqual(events)
        const second = await feed()
        expect(second).toMatchObject({ events: 0, reconciles: true, totals: { read: totals.read, new: 0, changed: 0 } })
        const entries = await state.entries({})
        expect(entries).toHaveLength(totals.quarantined)
        expect((await state.runs('sender')).map(({ status }) => status)).toEqual(['done', 'done'])
      } finally {
        await db.close()
        await rm(data, { recursive: true })
      }
    })
  }
})
