import { open } from 'node:fs/promises'

/**
 * Makes the names in a folder safe. Syncing a file makes its bytes survive a crash, not its name: a file renamed a
 * moment before the power went may be nowhere afterwards.
 */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
