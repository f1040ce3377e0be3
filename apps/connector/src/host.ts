import { FolderInUse } from '@passerelle/database'
import { DatabaseProcessDesk } from '@passerelle/event-log'
import { openHub, type OpenHub, readConfig } from '@passerelle/hub'
import { DatabaseFeedState } from './feed/database-feed-state.js'
import { handOver } from './feed/feed-door.js'
import type { FeedHost, Terminal } from './feed/feed-command.js'

/**
 * Runs a command line on the stores that the environment names. Where a running hub has the embedded store open, the hub does it.
 * Returns the exit code.
 */
export async function onHost(
  args: readonly string[],
  terminal: Terminal,
  run: (host: FeedHost) => Promise<number>,
): Promise<number> {
  const config = readConfig(process.env, 4000)
  let hub
  try {
    hub = await openHub(config, { existing: true })
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error
    const code = await handOver(config.dataFolder, args, terminal)
    if (code !== undefined) return code
    throw error
  }
  try {
    return await run(await feedHostOn(hub))
  } finally {
    await hub.close()
  }
}

/** What a feed is taken into, on a hub that is open. */
export async function feedHostOn({ store, identifiers, db, log, now }: OpenHub): Promise<FeedHost> {
  const turns = await DatabaseProcessDesk.open(db, log.logId)
  return { store, identifiers, state: await DatabaseFeedState.open(db), turns, now }
}
