/** What systems leave beside files, and whoever packs them takes along. */
const leftBehind = /^(\..+|__MACOSX|Thumbs\.db|desktop\.ini)$/i
const forPeople = /^(README|LICEN[CS]E)([^a-z].*)?$/i

/** What a Mac leaves beside a file under a name like its own: it is never one of the files. */
export const isOfMac = (path: string): boolean => /(^|\/)(__MACOSX\/|\._|\.DS_Store$)/.test(path)

/**
 * Whether nobody misses what is not read of a delivery: it holds nothing that a partner tells.
 * @param path of a file; of a folder with a slash at its end, for one that is called README holds more than a word to its reader
 */
export function isHarmless(path: string): boolean {
  const parts = path.split('/')
  return parts.some(part => leftBehind.test(part)) || forPeople.test(parts.at(-1)!)
}
