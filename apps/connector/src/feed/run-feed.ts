import { agency, feedCategoriesOf } from '@passerelle/agency'
import { type EventStore, Refused } from '@passerelle/event-log'
import type { IdentifierHasher } from '@passerelle/keyring'
import { formats, type FormatName } from '../formats.js'
import { type Folder, openFolder, type Place } from '../reading/index.js'
import { FeedList } from './feed-list.js'
import type { FeedState } from './feed-state.js'
import type { PartnerFormat } from './partner-format.js'
import type { FeedReport } from './report.js'
import { Run } from './run.js'
import type { Turns } from './turn.js'

export interface FeedOptions {
  readonly store: EventStore
  readonly hasher: IdentifierHasher
  readonly state: FeedState
  readonly turns: Turns
  readonly format: FormatName
  /** A folder, a ZIP archive, or one file. */
  readonly path: string | Folder
  readonly agencyId: string
  /** Tells apart two systems of one agency that name things alike. Default: the format. */
  readonly system?: string
  /** Decides everything and writes nothing. */
  readonly dryRun?: boolean
  /** Ends what a complete set no longer has even where 20 % or more are missing. */
  readonly acceptDrop?: boolean
  /** The partner's server has another address than before: its ids mean what they meant. */
  readonly moved?: boolean
  /** Organisations of the partner (`Organization/f001`, `system|value`, a sourcedId) → agencies of the hub. */
  readonly agencies?: Readonly<Record<string, string>>
  /** Services of the partner → services of the directory. */
  readonly services?: Readonly<Record<string, string>>
  readonly staffIssuer?: string
  readonly language?: string
  readonly now?: () => Date
  /** Some rows of a set, such as those that were in quarantine: nobody is missing. */
  readonly partial?: boolean
  /** Where a row stood first, where these files were made from the quarantine. */
  readonly placeOf?: (place: Place) => Place
  readonly onProgress?: (readBytes: number, totalBytes: number, rows: number) => void
}

export const whereAgenciesStand =
  'Ids of agencies stand in the authority’s face (agencies { nodes { agencyId name sector } }); the regional administrator registers one there.'

/**
 * Takes in what a partner sent: reads, compares with what the partner said last, gives the commands, and accounts for every row.
 * Running it again takes up where it was stopped: what was recorded is not recorded twice.
 * @throws Refused where the agency is not open; what the log throws. Rows that are refused go to quarantine and stop nothing.
 */
export async function runFeed(options: FeedOptions): Promise<FeedReport> {
  const { store, agencyId } = options
  const { state: registered } = await store.load(agency, agencyId)
  if (registered.status !== 'open' || !registered.sector || !registered.region)
    throw new Refused('FEED.AGENCY', `No open agency has the id "${agencyId}".`, whereAgenciesStand, { agencyId })
  const format: PartnerFormat = formats[options.format]
  if (!format.sectors.includes(registered.sector))
    throw new Refused(
      'FEED.SECTOR',
      `${agencyId} is an agency of the sector ${registered.sector}, and ${format.name} is sent by: ${format.sectors.join(', ')}.`,
      'Name the agency that the files come from, or the format that they have.',
      { agencyId, format: format.name, sector: registered.sector },
    )
  const folder = typeof options.path === 'string' ? await openFolder(options.path) : options.path
  if (!folder.files.some(format.isPart)) throw nothingToRead(folder, format.name)
  const list = new FeedList(feedCategoriesOf(registered, options.system ?? options.format))
  return new Run(options, folder, list, { sector: registered.sector, region: registered.region }).run()
}

function nothingToRead({ files }: Folder, format: string): Refused {
  const packed = files.find(file => /\.(gz|tgz|zip|7z|bz2|xz|zst|tar|rar)$/i.test(file))
  return new Refused(
    'FEED.NOTHING_TO_READ',
    `Nothing here is a file of ${format}${packed ? `; ${packed} is packed, and was not read` : ''}.`,
    packed
      ? 'Unpack it and give the folder; of ZIP archives, which are read, give one alone.'
      : 'Give the folder that the files stand in, not one above it, and the format that they have.',
    { format },
  )
}
