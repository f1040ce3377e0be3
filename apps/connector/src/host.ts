import { FolderInUse } from '@passerelle/database'
import { openHub, readConfig } from '@passerelle/hub'
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
    const { store, identifiers, db, now } = hub
    return await run({ store, identifiers, state: await DatabaseFeedState.open(db), now })
  } finally {
    await hub.close()
  }
}
