import { type BlobId, crc64 } from '../base/index.ts'
import { blobEntry, ENTRY, type Ending, FORMAT, type Manifest, type SummedFile } from './archive.ts'
import { tarBytes, tarEnd, tarHeader, tarPadding } from './tar.ts'

export interface BlobToKeep extends SummedFile {
  readonly id: BlobId
}

/** What a backup is made of: a ledger that stands still, and blobs that nobody removes meanwhile. */
export interface BackupParts {
  /** UTC milliseconds: of the moment that the ledger shows. */
  readonly madeAtMs: number
  readonly ledger: SummedFile & { read(): AsyncIterable<Uint8Array> }
  readonly credentials: Uint8Array | null
  readonly blobs: { readonly count: number; readonly bytes: number; all(): AsyncIterable<BlobToKeep> }
  /** Rejects when the store does not have it. */
  readBlob(id: BlobId): Promise<AsyncIterable<Uint8Array>>
}

const MOST_MISSING_TOLD = 1_000

/** The bytes of a backup, as fast as they are taken. */
export async function* writeBackup(parts: BackupParts): AsyncGenerator<Uint8Array> {
  const { madeAtMs, ledger, credentials, blobs } = parts
  const file = (name: string, bytes: Uint8Array) => [
    tarHeader(name, bytes.length, madeAtMs),
    bytes,
    tarPadding(bytes.length),
  ]
  const manifest: Manifest = {
    format: FORMAT,
    madeAt: new Date(madeAtMs).toISOString(),
    ledger: { size: ledger.size, crc64: ledger.crc64 },
    credentials: credentials === null ? null : { size: credentials.length, crc64: crc64(credentials) },
    blobs: { count: blobs.count, bytes: blobs.bytes },
  }
  yield* file(ENTRY.manifest, json(manifest))
  yield tarHeader(ENTRY.ledger, ledger.size, madeAtMs)
  yield* exactly(ledger.read(), ledger.size)
  yield tarPadding(ledger.size)
  if (credentials !== null) yield* file(ENTRY.credentials, credentials)
  let count = 0
  let missing = 0
  const missingIds: string[] = []
  for await (const { id, size, crc64: sum } of blobs.all()) {
    let body: AsyncIterable<Uint8Array>
    try {
      body = await parts.readBlob(id)
    } catch {
      // One lost blob must not make a backup of all the others impossible.
      missing += 1
      if (missingIds.length < MOST_MISSING_TOLD) missingIds.push(id)
      continue
    }
    yield tarHeader(blobEntry(id, sum), size, madeAtMs)
    yield* exactly(body, size)
    yield tarPadding(size)
    count += 1
  }
  const ending: Ending = { blobs: count, missing, missingIds }
  yield* file(ENTRY.end, json(ending))
  yield tarEnd
}

/** How many bytes the whole will have, about: what a progress bar needs. */
export function backupBytes({ ledger, blobs }: Manifest): number {
  // Half a block of padding behind each blob, on the average.
  return tarBytes(ledger.size) + blobs.bytes + blobs.count * 768 + 4_096
}

/**
 * A file that is not as long as the ledger says is damaged, and its check sum will say so to whoever reads the backup;
 * here only the frame has to hold.
 */
async function* exactly(body: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let left = size
  for await (const piece of body) {
    if (piece.length > left) {
      yield piece.subarray(0, left)
      return
    }
    left -= piece.length
    yield piece
  }
  const zeros = new Uint8Array(Math.min(left, 65_536))
  for (; left > 0; left -= zeros.length) yield left < zeros.length ? zeros.subarray(0, left) : zeros
}

function json(value: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
}
