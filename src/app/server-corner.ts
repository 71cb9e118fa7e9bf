import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hasErrno } from '../base/index.ts'
import { type HeldLock, lockFile } from '../database/index.ts'
import { emptyFolder } from './empty-folder.ts'

/** The folders of one boot of one server: what lies in them lives no longer than it does. Absolute, when `dataDir` is. */
export interface ServerCorner {
  readonly attempts: string
  readonly engines: string
  /** Not emptied at the start: of the only server of a data folder it outlives the boot. Made by whoever uses it. */
  readonly results: string
  /** Twice is fine. */
  leave(): Promise<void>
}

const CORNERS = 'servers'

/**
 * The folders of the only server of a data folder: whatever an earlier boot left in them is removed. With siblings each
 * server has a corner of its own, below `servers/`, which holds a lock while it lives: only corners whose server is gone
 * are cleared away.
 */
export async function takeCorner(dataDir: string, hasSiblings: boolean): Promise<ServerCorner> {
  await clearDeadCorners(join(dataDir, CORNERS))
  if (!hasSiblings) {
    const corner = {
      attempts: join(dataDir, 'attempts'),
      engines: join(dataDir, 'engines'),
      results: join(dataDir, 'results'),
    }
    await emptyFolder(corner.engines)
    return { ...corner, leave: async () => undefined }
  }
  const id = randomBytes(8).toString('hex')
  const folder = join(dataDir, CORNERS, id)
  // Under a name that is passed over, until it is locked: a sibling that starts must not take it for a dead one's.
  const unlocked = join(dataDir, CORNERS, `.${id}`)
  // Engines that run as another user pass through it.
  await mkdir(unlocked, { recursive: true, mode: 0o711 })
  const lock = lockFile(join(unlocked, 'lock.db'))
  await rename(unlocked, folder)
  const corner = {
    attempts: join(folder, 'attempts'),
    engines: join(folder, 'engines'),
    results: join(folder, 'results'),
  }
  await emptyFolder(corner.engines)
  let isLeft = false
  return {
    ...corner,
    async leave() {
      if (isLeft) return
      isLeft = true
      lock?.release()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function clearDeadCorners(corners: string): Promise<void> {
  for (const name of await namesIn(corners)) {
    if (name.startsWith('.')) continue
    const folder = join(corners, name)
    let lock: HeldLock | null
    try {
      lock = lockFile(join(folder, 'lock.db'))
    } catch {
      // Somebody else has just cleared it away.
      continue
    }
    if (lock === null) continue
    lock.release()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** What is in a folder; nothing, when there is none. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return []
    throw error
  }
}
