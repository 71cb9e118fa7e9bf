import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Makes a folder for what lives no longer than one boot, and removes what an earlier one left there: after a clean end
 * that is nothing. It may be passed through by engines that run as another user, but not listed.
 */
export async function emptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o711 })
  for (const name of await readdir(folder)) {
    // Tried again when something appears in it meanwhile: an engine whose server was killed may have a last word.
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: 5 })
  }
}
