import { chown, mkdir, rm, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { hasErrno } from '../base/index.ts'
import { emptyFolder } from './empty-folder.ts'

/** A folder of one try of a job: the source is linked in, the engine writes the result there. */
export interface AttemptFolder {
  readonly source: string
  readonly output: string
  /** Begins to remove it, which holds nobody up. */
  remove(): void
}

/**
 * Folders in which engines find their source and leave their result. An engine that runs as another user owns its
 * folder and can open nothing else of the data folder: the folder above may be passed through, but not listed.
 */
export class AttemptFolders {
  readonly #root: string
  #made = 0
  readonly #removals = new Set<Promise<void>>()
  /** Folders that were to be removed and could not be. */
  readonly #left = new Set<string>()

  constructor(root: string) {
    this.#root = root
  }

  /** Makes the place, and removes what an earlier boot left there: no attempt outlives its server. */
  prepare(): Promise<void> {
    return emptyFolder(this.#root)
  }

  async make(owner: { readonly uid: number; readonly gid: number } | null): Promise<AttemptFolder> {
    // Nobody else makes folders here, and those of an earlier boot are gone: a number is name enough.
    this.#made += 1
    const folder = join(this.#root, `a-${this.#made}`)
    await mkdir(folder, { mode: 0o700 })
    try {
      if (owner !== null) await chown(folder, owner.uid, owner.gid)
    } catch (error) {
      this.#startRemoving(folder)
      throw error
    }
    return { source: join(folder, 'source'), output: join(folder, 'output'), remove: () => this.#startRemoving(folder) }
  }

  /** Resolves when nothing is being removed any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#removals)
  }

  #startRemoving(folder: string): void {
    const removal = this.#remove(folder).finally(() => this.#removals.delete(removal))
    this.#removals.add(removal)
  }

  /** What cannot be removed now is no failure of the job: it is tried again with the next folder. */
  async #remove(folder: string): Promise<void> {
    if (await removedAsExpected(folder)) {
      if (this.#left.size === 0) return
    } else this.#left.add(folder)
    for (const left of this.#left) {
      try {
        // Again when something appears in it meanwhile: an engine that was killed may have had a last word.
        await rm(left, { recursive: true, force: true, maxRetries: 3 })
        this.#left.delete(left)
      } catch {
        // The next one tries again, and after it the next start.
      }
    }
  }
}

/** Removes the two files that may be there, and the folder: a third of the calls of a removal that has to look first. */
async function removedAsExpected(folder: string): Promise<boolean> {
  try {
    await Promise.all(['source', 'output'].map((name) => unlinkIfThere(join(folder, name))))
    await rmdir(folder)
    return true
  } catch {
    return false
  }
}

async function unlinkIfThere(file: string): Promise<void> {
  try {
    await unlink(file)
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error
  }
}
