import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { root } from '../schemas/contexts.js'
import type { ContextFolder, Project, SourceFile } from './checks.js'
import type { Spoken } from './pages.js'

const under = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
    .filter(path => !/(^|\/)(dist|node_modules)\//.test(path))

/** Files of these folders as they are on disk, without specs and fixtures. */
export const sources = (...folders: readonly string[]): SourceFile[] =>
  folders
    .flatMap(under)
    .filter(path => /\.ts$/.test(path) && !/(spec|fixture|contract)\.ts$/.test(path))
    .map(path => ({ path, text: readFileSync(join(root, path), 'utf8') }))

export const contextFolders = (): ContextFolder[] =>
  readdirSync(join(root, 'libs/contexts')).map(name => ({
    name,
    files: under(`libs/contexts/${name}`).map(path => relative(`libs/contexts/${name}`, path)),
  }))

export const projects = (): Project[] =>
  ['apps', 'libs', 'test']
    .flatMap(under)
    .filter(path => path.endsWith('/package.json'))
    .map(path => ({ path: dirname(path), tags: JSON.parse(readFileSync(join(root, path), 'utf8')).nx?.tags ?? [] }))

const told = ['apps', 'libs', 'test', 'docs', 'deploy']
/** Everything that is written for people. */
export const pages = (): SourceFile[] =>
  [...readdirSync(root), ...told.flatMap(under)]
    .filter(path => path.endsWith('.md'))
    .map(path => ({ path, text: readFileSync(join(root, path), 'utf8') }))

/** What is there to be spoken of. */
export const spoken = (): Spoken => ({
  files: told.flatMap(under),
  scripts: Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts),
  textAt(path) {
    const found = statSync(join(root, path), { throwIfNoEntry: false })
    if (found?.isDirectory()) return ''
    return found && readFileSync(join(root, path), 'utf8')
  },
})
