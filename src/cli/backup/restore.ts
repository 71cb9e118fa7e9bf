import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { dataDirOf } from '../server-client/index.ts'
import { megabytes, Progress } from '../terminal/index.ts'
import { shortcomings } from './report.ts'

interface Options {
  readonly dataDir?: string
  readonly json?: true
}

const PIECE_BYTES = 1024 * 1024

/** `pixmill restore FILE`: makes a data folder out of a backup. */
export function addRestore(program: Command): void {
  program
    .command('restore')
    .description('Make a data folder out of a backup; a server is started on it afterwards.')
    .argument('<file>', 'what pixmill backup wrote')
    .option('--data-dir <folder>', 'an empty or absent folder [PIXMILL_DATA_DIR] (default: ./data)')
    .option('--json', 'say the outcome as JSON')
    .action((file: string, options: Options) => carryOut('restore', options, () => restore(file, options)))
}

async function restore(file: string, options: Options): Promise<number> {
  // Only now: the other commands need nothing of the ledger.
  const { restoreDataFolder } = await import('../../app/restore-data-folder.ts')
  const asJson = options.json === true
  const dataDir = dataDirOf(options)
  const progress = new Progress('restore', !asJson)
  try {
    const { size } = await stat(file)
    progress.total(size)
    const read = await restoreDataFolder(counted(file, progress), { dataDir })
    progress.end()
    if (asJson) process.stdout.write(`${JSON.stringify({ dataDir: resolve(dataDir), bytes: size, ...read })}\n`)
    else {
      process.stdout.write(
        `${dataDir}: ${read.blobs} blobs, ${megabytes(size)}, as of ${read.manifest.madeAt}. Start it with: pixmill serve --data-dir ${dataDir}\n`,
      )
      process.stderr.write(shortcomings(read))
    }
    return read.missing + read.damagedIds.length === 0 ? 0 : 1
  } finally {
    progress.end()
  }
}

async function* counted(file: string, progress: Progress): AsyncGenerator<Uint8Array> {
  for await (const piece of createReadStream(file, { highWaterMark: PIECE_BYTES })) {
    progress.add((piece as Uint8Array).length)
    yield piece as Uint8Array
  }
}
