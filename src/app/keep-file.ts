import { open, rename } from 'node:fs/promises'

/**
 * Keeps a short text that only the server may read. Under its name the file is whole: a server that is killed here must
 * find all of it or none at its next start.
 */
export async function keepFile(file: string, text: string): Promise<void> {
  const unfinished = `${file}.unfinished`
  const handle = await open(unfinished, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(unfinished, file)
}
