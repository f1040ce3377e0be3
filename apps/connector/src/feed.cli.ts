import { Refused } from '@passerelle/event-log'
import { Presets, SingleBar } from 'cli-progress'
import { feedCommand, feedUsage, readFeedLine } from './feed/feed-command.js'
import { onHost } from './host.js'

/** `npm run feed -- …`: the command line, thin. */
const args = process.argv.slice(2)
const say = (line: string) => console.log(line)

if (args.length === 0 || args.includes('--help') || args.includes('-h')) {
  say(feedUsage)
  process.exitCode = args.length === 0 ? 1 : 0
} else {
  const bar = process.stderr.isTTY
    ? new SingleBar(
        { format: '{bar} {percentage}% | {rows} rows | {eta_formatted} left', stream: process.stderr, clearOnComplete: true },
        Presets.shades_grey,
      )
    : undefined
  let started = false
  const onProgress = (read: number, total: number, rows: number) => {
    if (!bar) return
    if (!started) bar.start(total, 0, { rows: 0 })
    started = true
    bar.update(read, { rows })
    if (read >= total) bar.stop()
  }
  try {
    const line = await readFeedLine(args)
    process.exitCode = await onHost(['feed', ...line], { say, onProgress }, host => feedCommand(line, host, { say, onProgress }))
  } catch (error) {
    console.error(error instanceof Refused ? `${error.code}: ${error.message}` : (error as Error).message)
    process.exitCode = 1
  }
}
