import { lstat, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hasErrno } from '../../base/index.ts'

const MAX_NAME_BYTES = 255

/**
 * The parts of the path that a key has below a folder; or, as a text, why it can have none: a key is any text, and some
 * would lead out of the folder.
 */
export function partsOf(name: string): readonly string[] | string {
  const parts = name.split('/')
  for (const part of parts) {
    if (part === '') return 'it has a slash at its end, or two slashes in a row'
    if (part === '.' || part === '..') return `it holds "${part}" between slashes`
    if (part.includes('\0') || part.includes('\\')) return 'it holds a character that no file name may have'
    if (Buffer.byteLength(part) > MAX_NAME_BYTES) return `a part of it is longer than ${MAX_NAME_BYTES} bytes`
  }
  return parts
}

/** Makes the folders that files are written into, and refuses to go through links: those could lead anywhere. */
export class SafeFolders {
  readonly #root: string
  readonly #known = new Map<string, Promise<void>>()

  constructor(root: string) {
    this.#root = root
  }

  /** @returns the path of the file. @throws Error when something on the way is no folder */
  async fileAt(parts: readonly string[]): Promise<string> {
    let folder = this.#root
    for (const part of parts.slice(0, -1)) {
      folder = join(folder, part)
      let made = this.#known.get(folder)
      if (made === undefined) {
        made = makeFolder(folder)
        this.#known.set(folder, made)
      }
      await made
    }
    return join(folder, parts.at(-1)!)
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw error
    if (!(await lstat(folder)).isDirectory()) throw new Error(`${folder} is there and is no folder`, { cause: error })
  }
}
