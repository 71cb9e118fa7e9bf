import { chown, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { emptyFolder } from './empty-folder.ts'

/** A folder of one try of a job: the source is linked in, the engine writes the result there. */
export interface AttemptFolder {
  readonly source: string
  readonly output: string
  remove(): Promise<void>
}

/**
 * Folders in which engines find their source and leave their result. An engine that runs as another user owns its
 * folder and can open nothing else of the data folder: the folder above may be passed through, but not listed.
 */
export class AttemptFolders {
  readonly #root: string

  constructor(root: string) {
    this.#root = root
  }

  /** Makes the place, and removes what an earlier boot left there: no attempt outlives its server. */
  prepare(): Promise<void> {
    return emptyFolder(this.#root)
  }

  async make(owner: { readonly uid: number; readonly gid: number } | null): Promise<AttemptFolder> {
    const folder = await mkdtemp(join(this.#root, 'a-'))
    if (owner !== null) await chown(folder, owner.uid, owner.gid)
    return {
      source: join(folder, 'source'),
      output: join(folder, 'output'),
      remove: () => rm(folder, { recursive: true, force: true }),
    }
  }
}
