import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Ends the PostgreSQL of the test run, where one was started, and waits until it is gone. */
export default async function endTestRun(): Promise<void> {
  const run = process.env['PASSERELLE_TEST_RUN']!
  const folder = join(run, 'postgres')
  const settled = () => !existsSync(folder) || existsSync(join(folder, 'ready')) || existsSync(join(folder, 'failed'))
  for (let waitedMs = 0; !settled() && waitedMs < 60_000; waitedMs += 50) await delay(50)
  if (existsSync(join(folder, 'ready'))) {
    process.kill(JSON.parse(readFileSync(join(folder, 'ready'), 'utf8')).pid, 'SIGTERM')
    for (let waitedMs = 0; existsSync(folder) && waitedMs < 15_000; waitedMs += 50) await delay(50)
  }
  rmSync(run, { recursive: true, force: true })
}
