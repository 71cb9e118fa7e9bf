import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { hasErrno } from '../base/index.ts'
import { UsageFailure } from './server-client/client-failure.ts'

/** What a file or a folder that was given by its name is like. @throws UsageFailure when it is not there, or none */
export async function givenPath(path: string, kind: 'file' | 'folder'): Promise<Stats> {
  let found: Stats
  try {
    found = await stat(path)
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || hasErrno(error, 'ENOTDIR')) throw new UsageFailure(`There is no ${kind} ${path}.`)
    throw error
  }
  if (kind === 'file' ? found.isFile() : found.isDirectory()) return found
  throw new UsageFailure(`${path} is no ${kind}.`)
}
