import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { backupBytes, type ReadBackup, readBackup } from '../../backup/index.ts'
import { Failure } from '../../base/index.ts'
import { carryOut } from '../carry-out.ts'
import { addServerOptions, connect, type ServerOptions } from '../server-client/index.ts'
import { megabytes, Progress } from '../terminal/index.ts'
import { askForBackup } from './ask-for-backup.ts'
import { shortcomings } from './report.ts'

/** `pixmill backup FILE`: a consistent copy of an embedded installation, while it runs. */
export function addBackup(program: Command): void {
  addServerOptions(
    program
      .command('backup')
      .description('Write ledger, objects and key pair of a running server to a file; the server goes on meanwhile.')
      .argument('<file>', 'the file to write; it must not be there yet'),
  ).action((file: string, options: ServerOptions) => carryOut('backup', options, () => backup(file, options)))
}

async function backup(file: string, options: ServerOptions): Promise<number> {
  const asJson = options.json === true
  await refuseExisting(file)
  const { read, bytes } = await fetchInto(file, await askForBackup(await connect(options)), !asJson)
  if (asJson) process.stdout.write(`${JSON.stringify({ file: resolve(file), bytes, ...read })}\n`)
  else {
    process.stdout.write(`${file}: ${read.blobs} blobs, ${megabytes(bytes)}, as of ${read.manifest.madeAt}\n`)
    process.stderr.write(shortcomings(read))
  }
  return read.missing + read.damagedIds.length === 0 ? 0 : 1
}

/** Under its own name the file is whole and checked; for its owner only, since it holds secrets. */
async function fetchInto(
  file: string,
  source: AsyncIterable<Uint8Array>,
  isTold: boolean,
): Promise<{ read: ReadBackup; bytes: number }> {
  const unfinished = `${file}.unfinished`
  const progress = new Progress('backup', isTold)
  const target = await open(unfinished, 'w', 0o600)
  try {
    let bytes = 0
    const kept = keptIn(target, source, (count) => {
      bytes += count
      progress.add(count)
    })
    const read = await readBackup(kept, {
      manifest: (manifest) => progress.total(backupBytes(manifest)),
      ledger: toItsEnd,
      credentials: toItsEnd,
      blob: (_id, body) => toItsEnd(body),
    })
    await target.sync()
    await target.close()
    await rename(unfinished, file)
    const folder = await open(dirname(resolve(file)), 'r')
    await folder.sync()
    await folder.close()
    return { read, bytes }
  } catch (error) {
    await target.close().catch(() => undefined)
    await rm(unfinished, { force: true })
    throw error
  } finally {
    progress.end()
  }
}

async function* keptIn(
  file: FileHandle,
  source: AsyncIterable<Uint8Array>,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    await file.writeFile(piece)
    count(piece.length)
    yield piece
  }
}

async function toItsEnd(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _piece of body) {
    // Checked by the reader on the way.
  }
}

async function refuseExisting(file: string): Promise<void> {
  const isThere = await stat(file).then(
    () => true,
    () => false,
  )
  if (isThere) throw new Failure('InvalidArgument', `${file} is there already, expected a new file.`)
}
