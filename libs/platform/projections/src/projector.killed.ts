/** Projects the toy region of the database in its first argument, keys wrapped by its second, until it is killed: for a spec. */
import { PgDatabase } from '@passerelle/database'
import { EventStore } from '@passerelle/event-log'
import { PostgresLog } from '@passerelle/event-log/postgres'
import { LocalKeyEncryption, PostgresKeyring } from '@passerelle/keyring'
import { Projector } from './projector.js'
import { toyHub } from './toy-region.fixture.js'

const db = new PgDatabase({ url: process.argv[2]! })
const keyEncryption = new LocalKeyEncryption({ test: Buffer.from(process.argv[3]!, 'hex') }, 'test')
const store = new EventStore(await PostgresLog.open(db), await PostgresKeyring.open(db, { keyEncryption }))
const projector = new Projector({ db, store, hub: toyHub(), leaseMs: 500, pageSize: 20 })
while (await projector.step()) process.stdout.write('.')
// Nothing left to do: it should have been killed before.
process.exit(1)
