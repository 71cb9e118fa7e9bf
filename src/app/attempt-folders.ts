import { chown, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { emptyFolder } from './empty-folder.ts'

/** A folder of one try of a job: the source is linked in, the engine writes the result there. */
export interface AttemptFolder {
  readonly source: string
  readonly output: string
  /** Never rejects. */
  remove(): Promise<void>
}

/**
 * Folders in which engines find their source and leave their result. An engine that runs as another user owns its
 * folder and can open nothing else of the data folder: the folder above may be passed through, but not listed.
 */
export class AttemptFolders {
  readonly #root: string
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
    const folder = await mkdtemp(join(this.#root, 'a-'))
    try {
      if (owner !== null) await chown(folder, owner.uid, owner.gid)
    } catch (error) {
      await this.#remove(folder)
      throw error
    }
    return { source: join(folder, 'source'), output: join(folder, 'output'), remove: () => this.#remove(folder) }
  }

  /** What cannot be removed now is no failure of the job: it is tried again with the next folder. */
  async #remove(folder: string): Promise<void> {
    this.#left.add(folder)
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
