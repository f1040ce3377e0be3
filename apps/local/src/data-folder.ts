import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it, one by one: Node's own way never ends where the system makes none (`/proc`), and says of a disk that is
 * only read that the folder is missing.
 * @throws the fault of the system
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    if ((await stat(folder)).isDirectory()) return
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(folder) === folder) throw error
    await makeFolder(dirname(folder))
  }
  await mkdir(folder, { mode: 0o700 })
}

const unwritable = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT', 'EEXIST', 'ENOSPC', 'EDQUOT', '53100'])

/** Whether a fault is one of the folder that was chosen, or of its disk: what somebody can mend who chooses another. */
export const isFolderFault = (error: unknown): error is NodeJS.ErrnoException & { code: string } =>
  unwritable.has((error as NodeJS.ErrnoException).code ?? '')
