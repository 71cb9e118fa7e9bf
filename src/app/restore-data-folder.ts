import { createWriteStream } from 'node:fs'
import { chmod, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Manifest, type ReadBackup, readBackup } from '../backup/index.ts'
import { Failure } from '../base/index.ts'
import { restoreBlobs } from '../objects/filesystem/index.ts'
import { UNFINISHED_RESTORE } from './unfinished-restore.ts'

export interface RestoreOptions {
  /** Absent or empty. */
  readonly dataDir: string
  readonly onManifest?: (manifest: Manifest) => void
}

/**
 * Makes a data folder out of a backup. Nothing of it is kept when that fails; when the process is killed on the way, a
 * mark stays behind that keeps a server from starting on the half. The ledger comes to its place last.
 *
 * @throws Failure `InvalidArgument` when the folder is not empty, `InvalidContent` when the backup is not whole
 */
export async function restoreDataFolder(
  source: AsyncIterable<Uint8Array>,
  { dataDir, onManifest }: RestoreOptions,
): Promise<ReadBackup> {
  const folder = resolve(dataDir)
  if ((await mkdir(folder, { recursive: true, mode: 0o711 })) !== undefined) await chmod(folder, 0o711)
  // A disk of its own that was mounted there has this one.
  const present = (await readdir(folder)).filter((name) => name !== 'lost+found')
  if (present.length > 0) {
    throw new Failure('InvalidArgument', `${folder} is not empty, expected an empty folder to restore into.`)
  }
  const mark = join(folder, UNFINISHED_RESTORE)
  await writeFile(mark, 'pixmill restore\n', { flag: 'wx', mode: 0o600 })
  try {
    const ledger = join(folder, 'ledger.db')
    const blobs = await restoreBlobs(join(folder, 'blobs'))
    const read = await readBackup(source, {
      ...(onManifest === undefined ? {} : { manifest: onManifest }),
      ledger: (bytes) => keep(`${ledger}.unfinished`, bytes, 0o644),
      credentials: (bytes) => keep(join(folder, 'credentials.json'), bytes, 0o600),
      blob: (id, bytes) => blobs.keep(id, bytes),
      damaged: (id) => blobs.remove(id),
    })
    await blobs.finish()
    await rename(`${ledger}.unfinished`, ledger)
    await sync(folder)
    await rm(mark)
    await sync(folder)
    return read
  } catch (error) {
    for (const name of await readdir(folder)) {
      if (name !== 'lost+found') await rm(join(folder, name), { recursive: true, force: true })
    }
    throw error
  }
}

async function keep(file: string, bytes: AsyncIterable<Uint8Array>, mode: number): Promise<void> {
  await pipeline(Readable.from(bytes), createWriteStream(file, { flags: 'wx', mode }))
  await sync(file)
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
