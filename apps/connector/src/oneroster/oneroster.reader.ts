import { csvRows } from '../reading/csv-rows.js'
import { decodeText, utf8Bytes } from '../reading/encoding.js'
import { Fault, type Folder, isFileOf, type Reading, type ReadingOptions, readTables } from '../reading/index.js'
import { manifestName, type Mode, oneRosterTables, type Version } from './oneroster.tables.js'

export interface Manifest {
  readonly version: Version
  readonly modes: ReadonlyMap<string, Mode>
  /** False where none was sent: then everything is read and nothing is ended by being absent. */
  readonly sent: boolean
}

/** OneRoster 1.1 and 1.2 CSV. `onManifest` tells what the manifest says before the first record. */
export async function* readOneRoster(
  folder: Folder,
  options: ReadingOptions & {
    readonly onManifest?: (manifest: Manifest) => void
    /** Of some rows of a set: the version of the set. */
    readonly versionBefore?: Version
  },
): AsyncIterable<Reading> {
  const manifest = await readManifest(folder, options.versionBefore)
  if (manifest instanceof Fault) {
    yield {
      kind: 'rejected',
      entity: 'manifest',
      place: { file: 'manifest.csv', ...(manifest.column && { column: manifest.column }) },
      code: manifest.code,
      reason: manifest.reason,
      unread: true,
    }
    return
  }
  options.onManifest?.(manifest)
  const place = { file: 'manifest.csv' }
  if (!manifest.sent && !options.partial)
    yield {
      kind: 'remark',
      place,
      code: 'MANIFEST.MISSING',
      text: `There is no manifest.csv: read as OneRoster ${manifest.version} bulk, and nothing is taken as ended.`,
    }
  const modeOf = (name: string) => manifest.modes.get(name.toLowerCase()) ?? (manifest.sent ? 'absent' : 'bulk')
  const tables = oneRosterTables(manifest.version, modeOf)
  for (const each of tables) {
    const there = folder.files.filter(isFileOf([each]))
    const mode = modeOf(manifestName(each))
    if (mode !== 'absent' && there.length === 0 && manifest.sent)
      yield {
        kind: 'rejected',
        entity: each.entity,
        place: { file: each.files[0]! },
        code: 'FILE.MISSING',
        reason: `The manifest says ${mode}, and the file was not sent.`,
      }
    for (const file of mode === 'absent' ? there : [])
      yield {
        kind: 'rejected',
        entity: each.entity,
        place: { file },
        code: 'MANIFEST.SAYS_ABSENT',
        reason: 'The manifest says that this file is absent. It was not read.',
        unread: true,
      }
  }
  const read = tables.filter(each => modeOf(manifestName(each)) !== 'absent')
  const refused = new Set(tables.filter(each => !read.includes(each)).map(each => each.files[0]!.toLowerCase()))
  const files = folder.files.filter(name => name !== find(folder, 'manifest.csv') && !refused.has(name.toLowerCase()))
  const other = manifest.version === '1.1' ? '1.2' : '1.1'
  const ofOther = oneRosterTables(other, () => 'bulk').filter(({ files: [name] }) => !tables.some(each => each.files[0] === name))
  for (const file of files.filter(isFileOf(ofOther)))
    yield {
      kind: 'remark',
      place: { file },
      code: 'FILE.OF_ANOTHER_VERSION',
      text: `This is a file of OneRoster ${other}, and the set is read as ${manifest.version}${manifest.sent ? ', as its manifest says' : ''}. Send a set of one version.`,
    }
  yield* readTables({ ...folder, files, size: folder.size, open: folder.open }, read, options)
}

const find = (folder: Folder, file: string) => folder.files.find(name => name.toLowerCase() === file.toLowerCase())

async function readManifest(folder: Folder, versionBefore: Version | undefined): Promise<Manifest | Fault> {
  const file = find(folder, 'manifest.csv')
  if (!file) return { version: versionBefore ?? (find(folder, 'roles.csv') ? '1.2' : '1.1'), modes: new Map(), sent: false }
  const properties = new Map<string, string>()
  try {
    for await (const page of csvRows(from => utf8Bytes(at => folder.open(file, at), from)))
      for (const row of page) {
        if (!('cells' in row)) return new Fault('MANIFEST.UNREADABLE', 'The manifest is no CSV.')
        const [name, value] = row.cells.map(decodeText)
        if (row.row > 1 && name) properties.set(name.toLowerCase(), value ?? '')
        else if (row.row === 1 && (name?.toLowerCase() !== 'propertyname' || value?.toLowerCase() !== 'value'))
          return new Fault('MANIFEST.UNREADABLE', 'The manifest must begin with the columns propertyName and value.')
      }
  } catch (fault) {
    if (fault instanceof Fault) return fault
    throw fault
  }
  const version = properties.get('oneroster.version')
  if (version !== '1.1' && version !== '1.2')
    return new Fault(
      'MANIFEST.VERSION',
      'The manifest must say oneroster.version 1.1 or 1.2. Nothing was read.',
      'oneroster.version',
    )
  const modes = new Map<string, Mode>()
  for (const [name, value] of properties) {
    if (!name.startsWith('file.')) continue
    const mode = value.toLowerCase()
    if (mode !== 'bulk' && mode !== 'delta' && mode !== 'absent')
      return new Fault('MANIFEST.MODE', 'A file must be absent, bulk or delta. Nothing was read.', name.slice(0, 100))
    modes.set(name.slice('file.'.length), mode)
  }
  return { version, modes, sent: true }
}
