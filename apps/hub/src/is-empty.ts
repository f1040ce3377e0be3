import { notice } from '@passerelle/consent'
import type { EventLog } from '@passerelle/event-log'

/** Whether nothing has happened in the hub yet, but for the standard notices that it was opened with. */
export async function isEmpty({ log }: { readonly log: EventLog }): Promise<boolean> {
  const first = await log.readAll('', 100)
  return first.every(({ streamId }) => streamId.startsWith(`${notice.events.streamCategory}-`))
}
