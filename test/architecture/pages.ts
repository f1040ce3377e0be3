import { dirname, join, normalize } from 'node:path'
import type { SourceFile } from './checks.js'

/** What pages may speak of. */
export interface Spoken {
  /** Text of a file, '' of a folder; undefined where there is neither. */
  readonly textAt: (path: string) => string | undefined
  /** Paths of all sources. */
  readonly files: readonly string[]
  /** Names that `npm run` knows. */
  readonly scripts: readonly string[]
}

/**
 * Keeps the map true. A link leads to a file or folder, and its fragment to a heading there; a link to code whose text is code names something that
 * stands in that code; a `file.ts` that is mentioned exists, and so does a script.
 */
export const pageFaults = (pages: readonly SourceFile[], spoken: Spoken): string[] =>
  pages.flatMap(page => [...linkFaults(page, spoken), ...mentionFaults(page, spoken)].map(fault => `${page.path}: ${fault}`))

const withoutBlocks = (text: string) => text.replace(/^```[^]*?^```$/gm, '')

const linkFaults = ({ path, text }: SourceFile, { textAt }: Spoken): string[] =>
  [...withoutBlocks(text).matchAll(/\[([^\]]*)\]\(([^)\s]+)\)/g)].flatMap(([, words, target]) => {
    if (/^[a-z]+:/.test(target!)) return []
    const [file, fragment] = target!.split('#') as [string, string?]
    const there = file ? textAt(normalize(join(dirname(path), file))) : text
    if (there === undefined) return [`${target} is not there`]
    if (fragment && !headings(there).includes(fragment)) return [`${target} has no such heading`]
    const name = /^`(?:\w+\.)?(\w+)`$/.exec(words!)?.[1]
    return name && file.endsWith('.ts') && !new RegExp(`\\b${name}\\b`).test(there) ? [`${name} does not stand in ${target}`] : []
  })

const mentionFaults = ({ text }: SourceFile, { files, scripts }: Spoken): string[] => [
  ...[...text.matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)]
    .filter(([, script]) => !scripts.includes(script!))
    .map(([, script]) => `npm run ${script} is no script`),
  ...[...withoutBlocks(text).matchAll(/`([\w./-]*\w\.ts)`/g)]
    .filter(([, name]) => !files.some(file => `/${file}`.endsWith(`/${name!.replace(/^(\.\/)/, '')}`)))
    .map(([, name]) => `${name} is no file`),
]

/** As links name them. */
const headings = (text: string): string[] =>
  [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  )

/** Settings that sources read, that the page for operators tells of, and that the example of a deployment gives to the hub's processes. */
export interface Settings {
  readonly read: readonly string[]
  readonly told: readonly string[]
  readonly given: readonly string[]
}
export const settingFaults = ({ read, told, given }: Settings): string[] => [
  ...read.filter(name => !told.includes(name)).map(name => `${name} is read and not told of`),
  ...told.filter(name => !read.includes(name)).map(name => `${name} is told of and read by nothing`),
  ...given.filter(name => !told.includes(name)).map(name => `${name} is given and means nothing`),
]

export const settingsOf = (sources: readonly SourceFile[], page: string, compose: string): Settings => ({
  read: sources.flatMap(({ text }) => namesIn(text, /(?:\benv(?:ironment)?\[|\b(?:url|said)\(|\bname = )'([A-Z][A-Z_]+)'/g)),
  told: page
    .split('\n')
    .filter(line => line.startsWith('| `'))
    .flatMap(line => namesIn(line.split('|')[1]!, /`([A-Z][A-Z_]+)`/g)),
  // What the hub's processes are given; the stores beside them have names of their own.
  given: namesIn(compose.split(/^  postgres:$/m)[0]!, /^ {4,}([A-Z][A-Z_]+):/gm).concat(
    namesIn(compose.split(/^  postgres:$/m)[0]!, /[{,] ([A-Z][A-Z_]+):/g),
  ),
})
const namesIn = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name]) => name!)
