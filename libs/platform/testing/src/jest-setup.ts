import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Begins a test run: says where its PostgreSQL would stand, and whose it is. Starts nothing: see `freshDatabase`. */
export default async function beginTestRun(): Promise<void> {
  // Where the runner's report goes: no clone has it.
  mkdirSync('tmp', { recursive: true })
  const folder = mkdtempSync(join(tmpdir(), 'passerelle-test-'))
  // The server runs as another user where we are root.
  chmodSync(folder, 0o711)
  process.env['PASSERELLE_TEST_RUN'] = folder
  process.env['PASSERELLE_TEST_RUN_OWNER'] = String(process.pid)
  process.env['PASSERELLE_PGLITE_TEMPLATE'] = join(folder, 'pglite.tar')
}
