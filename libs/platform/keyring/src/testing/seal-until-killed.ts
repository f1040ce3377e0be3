/** Seals and destroys as fast as it can, and says on its standard output what was acknowledged. Its end is to be killed. */
import { writeSync } from 'node:fs'
import { PgDatabase } from '@passerelle/database'
import { FileKeyring, HubSecrets, PostgresKeyring } from '../index.js'

/** A folder; with `KEYRING_URL`, the ledger outside that database. */
const [path, life] = process.argv.slice(2) as [string, string]
const url = process.env['KEYRING_URL']
const keyring = url
  ? await PostgresKeyring.open(new PgDatabase({ url }), {
      keyEncryption: HubSecrets.fromEnvironment('KEYRING_SECRETS').keyEncryption,
      ledgerFile: path,
    })
  : await FileKeyring.open(path)
const say = (what: object) => writeSync(1, `${JSON.stringify(what)}\n`)

async function work(worker: number): Promise<never> {
  for (let n = 0; ; n++) {
    const subject = `learner-${life}-${worker}-${n}`
    const [sealed] = await keyring.seal([{ subject, category: 'C2', value: subject, binding: 'b' }])
    say({ subject, category: 'C2', sealed, binding: 'b', value: subject })
    if (n % 7 !== 3) continue
    await keyring.destroy(subject, undefined, 'erasureRequest')
    say({ destroyed: subject })
  }
}
await Promise.all([0, 1, 2, 3].map(work))
