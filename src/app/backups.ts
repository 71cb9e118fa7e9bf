import { createReadStream } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { writeBackup } from '../backup/index.ts'
import { type BlobId, compiledProgram, Failure, hasErrno } from '../base/index.ts'
import { type OpenLedger, openSqliteLedger } from '../database/index.ts'
import type { BlobCleaner, BlobStore } from '../objects/index.ts'
import { emptyFolder } from './empty-folder.ts'
import type { FollowOptions } from './what-follows.ts'

export interface BackupsOptions {
  readonly dataDir: string
  readonly ledger: Pick<OpenLedger, 'copyTo'>
  readonly blobs: Pick<BlobStore, 'read'>
  readonly cleaner: Pick<BlobCleaner, 'hold'>
  /** For opening the copy, in which nothing ever ends. */
  readonly followOptions: FollowOptions
  /** Fails with `StorageFull` when there is no room for a copy of the ledger. */
  readonly checkRoom: () => void
}

const BLOBS_AT_ONCE = 500
const PIECE_BYTES = 256 * 1024

/** Makes backups while the server works, one at a time. */
export class Backups {
  readonly #options: BackupsOptions
  #running: Promise<void> | null = null

  constructor(options: BackupsOptions) {
    this.#options = options
  }

  /** Of the last boot nothing is left. */
  async prepare(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** The bytes of a backup. It is made as it is read; destroying the stream clears everything away. */
  stream(): Readable {
    return Readable.from(this.#bytes(), { objectMode: false, highWaterMark: PIECE_BYTES })
  }

  /** Resolves when no backup is under way any more; their streams have been destroyed before. */
  async stop(): Promise<void> {
    await this.#running
  }

  get #folder(): string {
    return join(this.#options.dataDir, 'backup')
  }

  async *#bytes(): AsyncGenerator<Uint8Array> {
    const { ledger, cleaner, followOptions, checkRoom } = this.#options
    if (ledger.copyTo === null) {
      throw new Failure(
        'NotOffered',
        'This server keeps its ledger in PostgreSQL: back that up with its own tools, pg_dump for one, and afterwards copy the folder of the blobs.',
      )
    }
    if (this.#running !== null) throw new Failure('SlowDown', 'A backup is being made already; one at a time.')
    checkRoom()
    let end = (): void => {}
    this.#running = new Promise((resolve) => {
      end = resolve
    })
    // Blobs first: what the ledger names at the moment of its copy is then there until the last one is read.
    const letGo = await cleaner.hold()
    const folder = this.#folder
    try {
      await emptyFolder(folder)
      const file = join(folder, 'ledger.db')
      const madeAtMs = Date.now()
      const { size, crc64 } = await ledger.copyTo(file)
      const copy = await openSqliteLedger({
        file,
        lockFile: join(folder, 'lock.db'),
        program: compiledProgram('app/ledger-thread.js'),
        readsProgram: compiledProgram('app/reads-thread.js'),
        followOptions,
      })
      try {
        yield* this.#parts(copy, file, { madeAtMs, size, crc64 })
      } finally {
        await copy.close()
      }
    } finally {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined)
      letGo()
      this.#running = null
      end()
    }
  }

  async *#parts(
    copy: OpenLedger,
    file: string,
    { madeAtMs, size, crc64 }: { madeAtMs: number; size: number; crc64: string },
  ): AsyncGenerator<Uint8Array> {
    const { dataDir, blobs } = this.#options
    const { backup } = copy.stores
    yield* writeBackup({
      madeAtMs,
      ledger: { size, crc64, read: () => createReadStream(file, { highWaterMark: PIECE_BYTES }) },
      credentials: await keptCredentials(join(dataDir, 'credentials.json')),
      blobs: {
        ...(await backup.namedBlobTotals()),
        async *all() {
          for (let after = ''; ; ) {
            const page = await backup.namedBlobsAfter(after, BLOBS_AT_ONCE)
            yield* page
            if (page.length < BLOBS_AT_ONCE) return
            after = page.at(-1)!.id
          }
        },
      },
      readBlob: (id: BlobId) => blobs.read(id),
    })
  }
}

/** The generated key pair; `null` when the pair comes from the settings. */
async function keptCredentials(file: string): Promise<Uint8Array | null> {
  try {
    return await readFile(file)
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return null
    throw error
  }
}
