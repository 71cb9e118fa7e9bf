import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasErrno } from './failures.ts'

/**
 * Makes a folder and the folders above it. `false` when it was there already.
 *
 * Node's own recursive `mkdir` never returns below a folder that refuses new entries with `ENOENT`, as `/proc` does.
 */
export async function makeFolder(folder: string, mode: number): Promise<boolean> {
  try {
    await mkdir(folder, { mode })
    return true
  } catch (error) {
    if (hasErrno(error, 'EEXIST') && (await stat(folder)).isDirectory()) return false
    if (!hasErrno(error, 'ENOENT') || dirname(folder) === folder) throw error
  }
  await makeFolder(dirname(folder), mode)
  await mkdir(folder, { mode })
  return true
}
