import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { compiledProgram, hasErrno } from '../../base/index.ts'
import { DemoFailure, messageOf } from './demo-failure.ts'

export interface DemoPicture {
  readonly file: string
  /** What the object is called; letters, digits, `.`, `-` and `_` only, whatever the file is called. */
  readonly name: string
  readonly bytes: number
  readonly isOurs: boolean
}

/** The picture that was asked for, else one that the project draws into `folder`. */
export async function findDemoPicture(
  asked: string | undefined,
  folder: string,
  signal: AbortSignal,
): Promise<DemoPicture> {
  if (asked === undefined) return drawPicture(folder, signal)
  const file = resolve(asked)
  try {
    const facts = await stat(file)
    if (!facts.isFile()) throw new DemoFailure(`${asked} is not a file, expected a picture.`)
    await access(file, constants.R_OK)
    const name = basename(file).replace(/[^\p{L}\p{N}._-]+/gu, '-')
    return { file, name, bytes: facts.size, isOurs: false }
  } catch (error) {
    if (error instanceof DemoFailure) throw error
    if (hasErrno(error, 'ENOENT')) throw new DemoFailure(`There is no picture at ${asked}.`)
    throw new DemoFailure(`${asked} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

async function drawPicture(folder: string, signal: AbortSignal): Promise<DemoPicture> {
  const file = join(folder, 'sunset.jpg')
  try {
    // A process of its own: nothing but the engine's programs loads the pixel library.
    await promisify(execFile)(process.execPath, [compiledProgram('images/engine/draw-picture.js'), file], { signal })
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw new DemoFailure(`The picture could not be drawn: ${messageOf(error)}`, { cause: error })
  }
  return { file, name: 'sunset.jpg', bytes: (await stat(file)).size, isOurs: true }
}
