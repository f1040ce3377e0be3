import { type Folder, type Reading, type ReadingOptions, readTables } from '../reading/index.js'
import { hsdsTables } from './hsds.tables.js'

/**
 * Open Referral HSDS 3.0 tabular data: CSV files named as in the standard's datapackage, or as its resources. A datapackage.json
 * beside them is the standard's own and is not needed.
 */
export async function* readHsds(folder: Folder, options: ReadingOptions): AsyncIterable<Reading> {
  const files = folder.files.filter(name => name.toLowerCase() !== 'datapackage.json')
  yield* readTables({ ...folder, files }, hsdsTables, options)
}
