import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { silentLog, systemClock } from '../../src/base/index.ts'
import type { Stores } from '../../src/database/index.ts'
import { openSqliteInProcess } from '../../src/database/sqlite/index.ts'
import { cosDoor } from '../../src/http/cos/index.ts'
import { Cors, createHttpServer } from '../../src/http/index.ts'
import { openFilesystemBlobStore } from '../../src/objects/filesystem/index.ts'
import { type BlobStore, Multipart } from '../../src/objects/index.ts'
import { onlyKey } from './keys.ts'
import { type RawAnswer, RawConnection, textOf } from './raw-http.ts'

export interface ObjectDoor {
  readonly port: number
  readonly blobs: BlobStore
  /** Where they lie. */
  readonly blobsFolder: string
  readonly stores: Stores
  /** One request on a connection of its own. `body` also sets Content-Length unless the headers speak of one. */
  call(line: string, headers?: readonly string[], body?: string | Uint8Array): Promise<RawAnswer>
  /** How many blobs lie in the store. */
  blobCount(): Promise<number>
  close(): Promise<void>
}

export interface ObjectDoorOptions {
  /** Whose `Host` a request has that says nothing else. */
  readonly host: string
  readonly anonymous?: boolean
  readonly corsOrigins?: readonly string[]
  readonly createsBuckets?: boolean
  /** The one key that there is. */
  readonly key?: { readonly secretId: string; readonly secretKey: string }
}

/** The door for objects over a real database and real files, without the rest of the house. */
export async function openObjectDoor({
  host,
  anonymous = true,
  corsOrigins = [],
  createsBuckets = false,
  key = { secretId: 'AKIDnobody', secretKey: 'none' },
}: ObjectDoorOptions): Promise<ObjectDoor> {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-cos-'))
  const ledger = await openSqliteInProcess({ file: join(folder, 'pixmill.db') })
  const blobsFolder = join(folder, 'blobs')
  const blobs = await openFilesystemBlobStore({ folder: blobsFolder, clock: systemClock })
  const { objects, uploads } = ledger.stores
  const removals = new Set<Promise<unknown>>()
  const multipart = new Multipart({
    uploads,
    blobs,
    discard: (ids) => removals.add(Promise.all(ids.map((id) => blobs.remove(id)))),
    minPartBytes: 1_048_576,
  })
  const cors = new Cors({ findRules: (bucket) => objects.findCorsRules(bucket), origins: corsOrigins })
  const server = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    serverName: 'Pixmill',
    anonymous,
    keys: onlyKey(key),
    cors,
    handleObject: cosDoor({ cors, objects, uploads, multipart, blobs, defaultRegion: 'ap-default', createsBuckets }),
    handleCi: async () => {},
    isReady: () => true,
    stopGraceMs: 2_000,
    clock: systemClock,
    log: silentLog,
  })
  await server.start()
  const port = Number(new URL(server.url).port)
  return {
    port,
    blobs,
    blobsFolder,
    stores: ledger.stores,
    async call(line, headers = [], body = '') {
      const connection = new RawConnection(port)
      const has = (name: string) => headers.some((header) => header.toLowerCase().startsWith(name))
      const length =
        body === '' || has('content-length') || has('transfer-encoding')
          ? []
          : [`Content-Length: ${Buffer.byteLength(body)}`]
      connection.head(`${line} HTTP/1.1`, ...(has('host:') ? [] : [`Host: ${host}`]), ...headers, ...length)
      if (body !== '') connection.write(body)
      try {
        return await connection.answer({ toHead: line.startsWith('HEAD') })
      } finally {
        connection.destroy()
      }
    },
    async blobCount() {
      await Promise.all(removals)
      return (await Readable.from(blobs.olderThan(Date.now() + 60_000)).toArray()).length
    },
    async close() {
      await server.stop()
      await Promise.all(removals)
      await ledger.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Status and code of an answer, as tests compare them. */
export function codeOf(answer: RawAnswer): readonly [number, string | undefined] {
  return [answer.status, textOf(answer, 'Code')]
}

export function md5Of(body: string | Uint8Array): string {
  return createHash('md5').update(body).digest('hex')
}
