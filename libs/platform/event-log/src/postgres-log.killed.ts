/** Appends to a log in the folder that is its argument, and says each id once it was acknowledged, until it is killed: for a spec. */
import { v7 as uuidv7 } from 'uuid'
import { PgliteDatabase } from '@passerelle/database'
import type { NewEvent } from './event.js'
import { PostgresLog } from './postgres-log.js'

const log = await PostgresLog.open(await PgliteDatabase.open({ folder: process.argv[2]! }))
const envelope = {
  schemaVersion: 1,
  type: 'Kept',
  occurredAt: '2026-03-01T09:30:00.000Z',
  data: { text: 'x'.repeat(300) },
} as unknown as NewEvent
await Promise.all(
  Array.from({ length: 8 }, async (_, writer) => {
    for (;;) {
      const eventId = uuidv7()
      await log.append(`kept-${process.pid}-${writer}`, 'any', [{ ...envelope, eventId }])
      process.stdout.write(`${eventId}\n`)
    }
  }),
)
