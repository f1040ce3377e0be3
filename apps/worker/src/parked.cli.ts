import Table from 'cli-table3'
import { openHub, type OpenHub, readConfig, readLine } from '@passerelle/hub'
import { silentLog } from '@passerelle/http'
import { parkedEvents, retry, skip } from '@passerelle/projections'
import { openProcesses } from './processes.js'

const usage = `parked: events that a view or a process could not take, and what is to become of them.

  npm run parked -- list
  npm run parked -- retry <view>                      tries again, after the cause was mended
  npm run parked -- retry <process> <event id>
  npm run parked -- skip <view|process> <event id> --by <your user id> --reason <why it can be done without>

  --help

A view stands still before the event it could not take; a process goes on with other streams. A skipped event stays skipped, rebuilds included;
who and why are kept. Settings come from the environment (deploy/README.md); the embedded store has to be stopped first.`

class Usage extends Error {}

try {
  process.exitCode = await run()
} catch (error) {
  console.error(error instanceof Usage ? `${error.message} See npm run parked -- --help.` : (error as Error).message)
  process.exitCode = 1
}

async function run(): Promise<number> {
  const { values, positionals } = readLine('parked', {
    allowPositionals: true,
    options: { by: { type: 'string' }, reason: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  const [verb, who, eventId] = positionals
  if (values.help || verb === undefined) {
    console.log(usage)
    return values.help ? 0 : 1
  }
  if (verb !== 'list' && verb !== 'retry' && verb !== 'skip') throw new Usage('Say list, retry or skip.')
  if (verb !== 'list' && !who) throw new Usage('Name the view or process.')
  if (verb === 'skip' && !(eventId && values.by && values.reason)) throw new Usage('Give the event id, --by and --reason.')
  const hub = await openHub(readConfig(process.env, 0), { existing: true })
  try {
    if (verb === 'list') return await list(hub)
    const runner = await openProcesses(hub, silentLog)
    const isProcess = (await runner.status()).some(({ process: name }) => name === who)
    if (isProcess && !eventId) throw new Usage('Give the event id too.')
    const { by = '', reason = '' } = values
    if (verb === 'retry' && !isProcess) await retry(hub.db, who!)
    if (verb === 'skip' && !isProcess) await skip(hub.db, who!, eventId!, { by, reason })
    const error = isProcess
      ? verb === 'retry'
        ? await runner.retry(who!, eventId!)
        : await runner.skip(who!, eventId!, by, reason)
      : undefined
    console.log(
      error === undefined
        ? verb === 'skip'
          ? 'Skipped; what waited behind it follows.'
          : isProcess
            ? 'Handled.'
            : 'The view tries it again; "list" shows it where it still cannot.'
        : `It still fails: ${error}. It stays parked.`,
    )
    return error === undefined ? 0 : 1
  } finally {
    await hub.close()
  }
}

async function list(hub: OpenHub): Promise<number> {
  const views = await parkedEvents(hub.db)
  const processes = await (await openProcesses(hub, silentLog)).parked()
  const table = new Table({
    head: ['view or process', 'event', 'type', 'error', 'since', 'attempts'],
    style: { head: [], border: [] },
  })
  for (const { view, partition, eventId, type, errorClass, errorCode, parkedAt, attempts } of views)
    table.push([`${view} (part ${partition})`, eventId, type, errorCode || errorClass, parkedAt.slice(0, 19), attempts])
  for (const { process: name, eventId, type, error, parkedAt } of processes)
    table.push([name, eventId, type, error, parkedAt.slice(0, 19), ''])
  if (table.length > 0) console.log(table.toString())
  console.log(`${views.length} view(s) stand still, ${processes.length} event(s) wait for a process.`)
  return 0
}
