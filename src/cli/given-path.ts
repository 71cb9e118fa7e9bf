import type { Stats } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { hasErrno } from '../base/index.ts'
import { UsageFailure } from './server-client/client-failure.ts'

/** What stands at a path that was given, whatever it is. @throws UsageFailure when nothing does */
export async function givenPlace(path: string, kind: 'file' | 'folder'): Promise<Stats> {
  try {
    return await stat(path)
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || hasErrno(error, 'ENOTDIR')) throw new UsageFailure(`There is no ${kind} ${path}.`)
    throw error
  }
}

/** What a file or a folder that was given by its name is like. @throws UsageFailure when it is not there, or none */
export async function givenPath(path: string, kind: 'file' | 'folder'): Promise<Stats> {
  const found = await givenPlace(path, kind)
  if (kind === 'file' ? found.isFile() : found.isDirectory()) return found
  throw new UsageFailure(`${path} is no ${kind}.`)
}

/** The text of a file that was given, or with `-` of standard input. @throws UsageFailure when there is no such file */
export async function givenText(path: string): Promise<string> {
  if (path === '-') return text(process.stdin)
  await givenPlace(path, 'file')
  return readFile(path, 'utf8')
}
