import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { agency } from '@passerelle/agency'
import { Refused, type EventStore } from '@passerelle/event-log'
import { LineFault, readLine } from '@passerelle/hub'
import type { IdentifierHasher } from '@passerelle/keyring'
import { formats, type FormatName } from '../formats.js'
import type { FeedState, QuarantineEntry } from './feed-state.js'
import { find } from '../reading/index.js'
import { discard, retry } from './quarantine.js'
import { type FeedReport, printReport } from './report.js'
import { type FeedOptions, runFeed, whereAgenciesStand } from './run-feed.js'
import type { Turns } from './turn.js'

export const feedUsage = `feed: takes in what a partner system sent.

  npm run feed -- <sds|oneroster|hsds|fhir> <folder, file or ZIP archive> --agency <id> [options]
  npm run feed -- quarantine list [--agency <id>]
  npm run feed -- quarantine retry <format> --agency <id> [options]
  npm run feed -- quarantine discard <entry id>...
  npm run feed -- runs [--agency <id>]

  --agency <id>       the agency that sends; it becomes the controller of what is recorded
  --system <name>     tells apart two systems of one agency; default: the format
  --dry-run           decides everything, writes nothing
  --agencies <file>   JSON: organisations of the partner → agencies of the hub, {"Organization/1": "agency-id", "system|value": "…"}
  --services <file>   JSON: services of the partner → services of the directory
  --staff-issuer <u>  where the partner's staff sign in (OIDC issuer): lets teachers of its classes in
  --accept-drop       ends what a complete set no longer has, even a fifth of it or more
  --moved             the partner's FHIR server has another address than before; its ids mean what they meant
  --json              the report as JSON instead of tables
  --help

Settings come from the environment, as for every process of the hub; without any, the embedded store in .passerelle is used.
Exit code 1: the feed broke off, a file was not read to its end, or the totals do not reconcile. Rows in quarantine do not fail a feed.`

/** What a feed is taken into. */
export interface FeedHost {
  readonly store: EventStore
  readonly identifiers: IdentifierHasher
  readonly state: FeedState
  readonly turns: Turns
  readonly now: () => Date
}
export interface Terminal {
  readonly say: (line: string) => void
  readonly onProgress?: FeedOptions['onProgress']
}

const options = {
  agency: { type: 'string' },
  system: { type: 'string' },
  'dry-run': { type: 'boolean' },
  agencies: { type: 'string' },
  services: { type: 'string' },
  'staff-issuer': { type: 'string' },
  'accept-drop': { type: 'boolean' },
  moved: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

class Usage extends Error {
  constructor(what: string) {
    super(`${what} See npm run feed -- --help.`)
  }
}

/**
 * The command line, tried as far as that goes without a store, and with whole paths, so that another process finds the same files.
 * @throws Error with what to correct
 */
export async function readFeedLine(args: readonly string[]): Promise<string[]> {
  const { values, positionals } = parse(args)
  const fault = faultOf(values, positionals)
  if (fault) throw new Usage(fault)
  const [first, path, ...rest] = positionals
  if (first && path && Object.hasOwn(formats, first)) await find(path)
  const flags = Object.entries(values).flatMap(([name, value]) =>
    value === true
      ? [`--${name}`]
      : [`--${name}`, name === 'agencies' || name === 'services' ? resolve(String(value)) : String(value)],
  )
  return [...(first && path && Object.hasOwn(formats, first) ? [first, resolve(path), ...rest] : positionals), ...flags]
}

/** Runs one command line. Returns the exit code. */
export async function feedCommand(args: readonly string[], host: FeedHost, terminal: Terminal): Promise<number> {
  try {
    const { values, positionals } = parse(args)
    const [what, ...rest] = positionals
    if (values.help || what === undefined) {
      terminal.say(feedUsage)
      return values.help ? 0 : 1
    }
    if (what === 'quarantine') return await quarantineCommand(rest, values, host, terminal)
    if (what === 'runs') return await runsCommand(values, host, terminal)
    const fault = faultOf(values, positionals)
    if (fault) throw new Usage(fault)
    const report = await runFeed({ ...(await feedOptions(what, values, host, terminal)), path: rest[0]! })
    terminal.say(values.json ? JSON.stringify(report) : printReport(report))
    return isWhole(report) ? 0 : 1
  } catch (error) {
    if (error instanceof Usage || error instanceof LineFault) terminal.say(error.message)
    else if (error instanceof Refused) terminal.say(`${error.code}: ${error.message}`)
    else terminal.say(`The feed broke off: ${(error as Error).message} What was recorded stays; run it again to go on.`)
    return 1
  }
}

function parse(args: readonly string[]) {
  return readLine('feed', { args: [...args], options, allowPositionals: true })
}
type Values = ReturnType<typeof parse>['values']

/** What is wrong with the line in itself. */
function faultOf({ agency }: Values, [what, path, ...more]: readonly string[]): string | undefined {
  if (what === undefined || what === 'quarantine' || what === 'runs') return undefined
  if (!Object.hasOwn(formats, what)) return `There is no format ${what}; there are ${Object.keys(formats).join(', ')}.`
  if (path === undefined || more.length > 0) return 'Give the format and one folder or file.'
  return agency ? undefined : 'Name the agency that sends: --agency <id>.'
}

async function feedOptions(
  format: string,
  values: Values,
  host: FeedHost,
  terminal: Terminal,
): Promise<Omit<FeedOptions, 'path'>> {
  if (!Object.hasOwn(formats, format))
    throw new Usage(`There is no format ${format}; there are ${Object.keys(formats).join(', ')}.`)
  if (!values.agency) throw new Usage('Name the agency that sends: --agency <id>.')
  return {
    store: host.store,
    hasher: host.identifiers,
    state: host.state,
    turns: host.turns,
    now: host.now,
    format: format as FormatName,
    agencyId: values.agency,
    dryRun: values['dry-run'] ?? false,
    acceptDrop: values['accept-drop'] ?? false,
    moved: values.moved ?? false,
    ...(values.system && { system: values.system }),
    ...(values['staff-issuer'] && { staffIssuer: values['staff-issuer'] }),
    ...(values.agencies && { agencies: await mapFile(values.agencies) }),
    ...(values.services && { services: await mapFile(values.services) }),
    ...(terminal.onProgress && { onProgress: terminal.onProgress }),
  }
}

async function mapFile(path: string): Promise<Record<string, string>> {
  let map: unknown
  try {
    map = JSON.parse(await readFile(path, 'utf8'))
  } catch {
    throw new Usage(`${path} is no JSON file that can be read.`)
  }
  if (typeof map !== 'object' || map === null || Object.values(map).some(value => typeof value !== 'string'))
    throw new Usage(`${path} must be a JSON object from the partner's names to ids of the hub.`)
  return map as Record<string, string>
}

async function quarantineCommand([verb, ...rest]: string[], values: Values, host: FeedHost, terminal: Terminal): Promise<number> {
  if (verb === 'list') {
    await checkAgency(values, host)
    const entries = await host.state.entries({ ...(values.agency && { agencyId: values.agency }) })
    for (const { entryId, entity, place, code, reason, raisedAt, raw, ...from } of entries)
      terminal.say(
        [
          entryId,
          raisedAt.slice(0, 16),
          sourceOf(from),
          [place.file, place.row && `row ${place.row}`, place.column, place.pointer].filter(Boolean).join(' '),
          entity,
          code,
          reason,
          ...(raw ? [] : ['(the row itself was not kept)']),
        ].join('  '),
      )
    terminal.say(`${entries.length} row(s) in quarantine.`)
    return 0
  }
  if (verb === 'retry') {
    const [format, extra] = rest
    if (!format || extra !== undefined) throw new Usage('Name the format whose rows are to be tried again.')
    await checkAgency(values, host)
    const { report, tried, notKept } = await retry(await feedOptions(format, values, host, terminal))
    if (report) terminal.say(printReport(report))
    terminal.say(
      `Tried ${tried} row(s) again.${notKept > 0 ? ` ${notKept} were not kept: they come again with the next delivery.` : ''}`,
    )
    return report && !isWhole(report) ? 1 : 0
  }
  if (verb === 'discard') {
    if (rest.length === 0) throw new Usage('Name the entries to discard.')
    const entryIds = [...new Set(rest)]
    await discard(host.state, entryIds, host.now().toISOString())
    terminal.say(`Discarded ${entryIds.length} entr${entryIds.length === 1 ? 'y' : 'ies'}.`)
    return 0
  }
  throw new Usage('Say what to do with the quarantine: list, retry or discard.')
}

/** @throws Refused where an agency is named that never was: nothing of it would look as if all were well. One that closed has its rows still. */
async function checkAgency({ agency: agencyId }: Values, { store }: FeedHost): Promise<void> {
  if (agencyId !== undefined && (await store.load(agency, agencyId)).state.status === 'none')
    throw new Refused('FEED.AGENCY', `No agency has the id "${agencyId}".`, whereAgenciesStand, { agencyId })
}

async function runsCommand(values: Values, host: FeedHost, terminal: Terminal): Promise<number> {
  await checkAgency(values, host)
  const runs = await host.state.runs(values.agency)
  for (const { runId, startedAt, status, counts, ...from } of runs)
    terminal.say(
      `${runId}  ${startedAt.slice(0, 16)}  ${sourceOf(from)}  ${status}${
        counts
          ? `  ${Object.entries(counts)
              .map(([what, count]) => `${count} ${what}`)
              .join(', ')}`
          : ''
      }`,
    )
  terminal.say(`${runs.length} run(s).`)
  return 0
}

/** Whether all that was sent is accounted for. */
const isWhole = ({ reconciles, unread }: FeedReport): boolean => reconciles && unread.length === 0

/** As its agency knows it, and the format where that does not say so already. */
const sourceOf = ({ agencyId, system, format }: Pick<QuarantineEntry, 'agencyId' | 'system' | 'format'>): string =>
  `${agencyId}/${system}${system === format ? '' : ` (${format})`}`
