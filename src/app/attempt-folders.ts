import { chown, mkdir, rm, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { hasErrno } from '../base/index.ts'
import { emptyFolder } from './empty-folder.ts'

/** Who may write in a folder: the user of the engines, or `null` when that is the server's own. */
type Owner = { readonly uid: number; readonly gid: number } | null

/** A folder of one try of a job: the source is linked in, the engine writes the result there. */
export interface AttemptFolder {
  readonly source: string
  readonly output: string
  /** A place for one more file that the engine reads. */
  input(): string
  /** After a try that ended well: the result has been taken away and the engine is done here. Begins to clear it for another try. */
  giveBack(): void
  /** After any other try, which an engine may still be working on: begins to remove it. Both hold nobody up. */
  remove(): void
}

/**
 * Folders in which engines find their source and leave their result. An engine that runs as another user owns its
 * folder and can open nothing else of the data folder: the folder above may be passed through, but not listed.
 */
export class AttemptFolders {
  readonly #root: string
  #made = 0
  /** Given back and empty; they belong to `#owner`. Making and removing one costs more than everything else done in it. */
  readonly #free: string[] = []
  #owner: Owner = null
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

  async make(owner: Owner): Promise<AttemptFolder> {
    if (owner?.uid !== this.#owner?.uid || owner?.gid !== this.#owner?.gid) {
      for (const folder of this.#free.splice(0)) this.#begin(this.#remove(folder))
      this.#owner = owner
    }
    return this.#asAttempt(this.#free.pop() ?? (await this.#make(owner)), owner)
  }

  async #make(owner: Owner): Promise<string> {
    // Nobody else makes folders here, and those of an earlier boot are gone: a number is name enough.
    this.#made += 1
    const folder = join(this.#root, `a-${this.#made}`)
    await mkdir(folder, { mode: 0o700 })
    try {
      if (owner !== null) await chown(folder, owner.uid, owner.gid)
    } catch (error) {
      this.#begin(this.#remove(folder))
      throw error
    }
    return folder
  }

  #asAttempt(folder: string, owner: Owner): AttemptFolder {
    const source = join(folder, 'source')
    const placed = [source]
    return {
      source,
      output: join(folder, 'output'),
      input: () => {
        const file = join(folder, `input-${placed.length}`)
        placed.push(file)
        return file
      },
      giveBack: () => this.#begin(this.#clear(folder, placed, owner)),
      remove: () => this.#begin(this.#remove(folder)),
    }
  }

  /** Resolves when nothing is being removed any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#removals)
  }

  #begin(work: Promise<void>): void {
    const removal = work.finally(() => this.#removals.delete(removal))
    this.#removals.add(removal)
  }

  async #clear(folder: string, placed: readonly string[], owner: Owner): Promise<void> {
    try {
      await Promise.all(placed.map((file) => unlink(file)))
    } catch {
      return this.#remove(folder)
    }
    if (owner?.uid === this.#owner?.uid && owner?.gid === this.#owner?.gid) this.#free.push(folder)
    else await this.#remove(folder)
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
