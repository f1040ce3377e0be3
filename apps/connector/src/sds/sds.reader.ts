import { type Folder, type Reading, type ReadingOptions, readTables } from '../reading/index.js'
import { sdsTables } from './sds.tables.js'

/** Microsoft School Data Sync v2.1 CSV. orgs.csv, users.csv and roles.csv are required; a set is always complete. */
export async function* readSds(folder: Folder, options: ReadingOptions): AsyncIterable<Reading> {
  for (const file of ['orgs.csv', 'users.csv', 'roles.csv'])
    if (!folder.files.some(name => name.toLowerCase() === file))
      yield {
        kind: 'rejected',
        entity: file.slice(0, -5),
        place: { file },
        code: 'FILE.MISSING',
        reason: 'School Data Sync v2.1 requires this file.',
      }
  yield* readTables(folder, sdsTables, options)
}
