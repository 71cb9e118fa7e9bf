import { chown, mkdir, rm, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { hasErrno } from '../base/index.ts'
import { emptyFolder } from './empty-folder.ts'

/** Who may write in a folder: the user of the engines, or `null` when that is the server's own. */
type Owner = { readonly uid: number; readonly gid: number } | null

/** So often a folder serves: what engines that ended at the wrong moment did not remove goes with it then. */
const MOST_TRIES = 1_000
/** How long sources wait to be removed by an engine, which is given them with its next picture; milliseconds. */
const LEFT_OVER_MS = 1_000

/** A folder of one try of a job: the source is linked in, the engine writes the result there. */
export interface AttemptFolder {
  /** A name of this try alone: it may still be there when the folder serves the next one. */
  readonly source: string
  readonly output: string
  /** A place for one more file that the engine reads. */
  input(): string
  /** Sources of earlier tries, in this folder and others, that an engine is asked to remove. */
  takeLeftOver(): readonly string[]
  /** After a try that ended well: the result has been taken away and the engine is done here. It serves another try. */
  giveBack(): void
  /** After any other try, which an engine may still be working on: begins to remove it. Both hold nobody up. */
  remove(): void
}

/** A folder, and how often it has served. */
interface UsedFolder {
  readonly folder: string
  readonly tries: number
}

/**
 * Folders in which engines find their source and leave their result. An engine that runs as another user owns its
 * folder and can open nothing else of the data folder: the folder above may be passed through, but not listed.
 */
export class AttemptFolders {
  readonly #root: string
  #made = 0
  #tries = 0
  /** Given back, and empty but for old sources; they belong to `#owner`. Making and removing one costs more than everything else done in it. */
  readonly #free: UsedFolder[] = []
  /** Sources of tries that are over. */
  readonly #leftOver: string[] = []
  #leftOverTimer: NodeJS.Timeout | undefined
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
    if (!isSame(owner, this.#owner)) {
      for (const { folder } of this.#free.splice(0)) this.#begin(this.#remove(folder))
      this.#owner = owner
    }
    const { folder, tries } = this.#free.pop() ?? { folder: await this.#make(owner), tries: 0 }
    return this.#asAttempt({ folder, tries: tries + 1 }, owner)
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

  #asAttempt(used: UsedFolder, owner: Owner): AttemptFolder {
    const { folder } = used
    this.#tries += 1
    const source = join(folder, `source-${this.#tries}`)
    const output = join(folder, 'output')
    const inputs: string[] = []
    return {
      source,
      output,
      input: () => {
        const file = join(folder, `input-${inputs.length + 1}`)
        inputs.push(file)
        return file
      },
      takeLeftOver: () => this.#leftOver.splice(0),
      giveBack: () => {
        if (used.tries === MOST_TRIES || !isSame(owner, this.#owner)) return this.#begin(this.#remove(folder))
        this.#leftOver.push(source)
        this.#leftOverTimer ??= setTimeout(() => this.#clearLeftOver(), LEFT_OVER_MS).unref()
        if (inputs.length === 0) this.#free.push(used)
        else this.#begin(this.#clear(used, inputs, owner))
      },
      remove: () => this.#begin(this.#remove(folder, [source, output])),
    }
  }

  /** Resolves when nothing is being removed any more, nor is to be. */
  async settled(): Promise<void> {
    this.#clearLeftOver()
    await Promise.all(this.#removals)
  }

  /** No engine has come to it. */
  #clearLeftOver(): void {
    clearTimeout(this.#leftOverTimer)
    this.#leftOverTimer = undefined
    for (const file of this.#leftOver.splice(0)) this.#begin(unlinkIfThere(file).catch(() => undefined))
  }

  #begin(work: Promise<void>): void {
    const removal = work.finally(() => this.#removals.delete(removal))
    this.#removals.add(removal)
  }

  async #clear(used: UsedFolder, files: readonly string[], owner: Owner): Promise<void> {
    try {
      await Promise.all(files.map((file) => unlink(file)))
    } catch {
      return this.#remove(used.folder)
    }
    if (isSame(owner, this.#owner)) this.#free.push(used)
    else await this.#remove(used.folder)
  }

  /** What cannot be removed now is no failure of the job: it is tried again with the next folder. */
  async #remove(folder: string, expected: readonly string[] = []): Promise<void> {
    if (await removedAsExpected(folder, expected)) {
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

function isSame(one: Owner, other: Owner): boolean {
  return one?.uid === other?.uid && one?.gid === other?.gid
}

/** Removes the files that may be there, and the folder: a third of the calls of a removal that has to look first. */
async function removedAsExpected(folder: string, files: readonly string[]): Promise<boolean> {
  try {
    await Promise.all(files.map((file) => unlinkIfThere(file)))
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
