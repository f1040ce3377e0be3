import { standardNotices } from '@passerelle/consent'
import { PgliteDatabase } from '@passerelle/database'
import { EventStore, MemoryLog } from '@passerelle/event-log'
import { MemoryKeyring } from '@passerelle/keyring'
import { prepare, Projector } from '@passerelle/projections'
import { hubDeclaration } from './contexts.js'
import { publishStandardNotices } from './publish-standard-notices.js'

/** How often a stream was read. */
class CountingLog extends MemoryLog {
  streamsRead = 0
  override readStream(...asked: Parameters<MemoryLog['readStream']>) {
    this.streamsRead++
    return super.readStream(...asked)
  }
}

test('a start that finds the standard notices in their view knows by one look, and reads no stream; before that nothing is published twice', async () => {
  const now = () => new Date('2026-03-01T10:00:00.000Z')
  const log = new CountingLog(now)
  const store = new EventStore(log, new MemoryKeyring())
  const db = await PgliteDatabase.open()
  const projector = new Projector({ db, store, hub: hubDeclaration, now })
  try {
    await prepare({ db, store, hub: hubDeclaration })
    const start = async () => {
      const before = log.streamsRead
      await publishStandardNotices(db, store, now())
      return { streamsRead: log.streamsRead - before, events: (await log.readAll('', 100)).length }
    }
    const events = standardNotices.length
    expect(await start()).toMatchObject({ events })
    // Started again before any view has read of them.
    const early = await start()
    expect(early.events).toBe(events)
    expect(early.streamsRead).toBeGreaterThan(0)
    await projector.catchUp()
    expect(await start()).toEqual({ streamsRead: 0, events })
  } finally {
    await projector.close()
    await db.close()
  }
})
