import { type BlobId, Crc64, Failure } from '../base/index.ts'
import { ENTRY, type Ending, FORMAT, type Manifest, readBlobEntry } from './archive.ts'
import { NoTar, readTar, type TarEntry } from './tar.ts'

/** Where the parts of a backup go. Each takes its bytes to the end. */
export interface BackupTaker {
  manifest?(manifest: Manifest): void
  ledger(bytes: AsyncIterable<Uint8Array>): Promise<void>
  credentials(bytes: AsyncIterable<Uint8Array>): Promise<void>
  blob(id: BlobId, bytes: AsyncIterable<Uint8Array>): Promise<void>
  /** The blob that came last is not what the ledger says. */
  damaged?(id: BlobId): Promise<void>
}

export interface ReadBackup {
  readonly manifest: Manifest
  /** Whole ones. */
  readonly blobs: number
  /** Blobs that the ledger names and that are not in the file. */
  readonly missing: number
  readonly missingIds: readonly string[]
  /** Blobs in the file that are not what the ledger says. */
  readonly damagedIds: readonly string[]
}

/**
 * Takes a backup apart, in constant memory, and checks everything in it. A blob that is damaged is told and passed over:
 * the others are worth having. Anything else that is wrong fails with `InvalidContent`, and so does a file that is cut off.
 */
export async function readBackup(source: AsyncIterable<Uint8Array>, taker: BackupTaker): Promise<ReadBackup> {
  let manifest: Manifest | null = null
  let ending: Ending | null = null
  let hasLedger = false
  let blobs = 0
  const damagedIds: string[] = []
  try {
    for await (const entry of readTar(source)) {
      if (manifest === null) {
        manifest = readManifest(entry.name, await text(entry))
        taker.manifest?.(manifest)
        continue
      }
      if (entry.name === ENTRY.ledger || entry.name === ENTRY.credentials) {
        const isLedger = entry.name === ENTRY.ledger
        const sum = new Crc64()
        const bytes = summed(entry.body, sum)
        await (isLedger ? taker.ledger(bytes) : taker.credentials(bytes))
        if (sum.digest() !== manifest[isLedger ? 'ledger' : 'credentials']?.crc64) {
          throw wrong(`${entry.name} in it is damaged: its check sum is not the one that was noted`)
        }
        hasLedger ||= isLedger
      } else if (entry.name === ENTRY.end) {
        ending = JSON.parse(await text(entry)) as Ending
      } else {
        const blob = readBlobEntry(entry.name)
        if (blob === null) throw wrong(`it holds ${JSON.stringify(entry.name)}, which no backup does`)
        const sum = new Crc64()
        await taker.blob(blob.id, summed(entry.body, sum))
        if (sum.digest() === blob.crc64) blobs += 1
        else {
          damagedIds.push(blob.id)
          await taker.damaged?.(blob.id)
        }
      }
    }
  } catch (error) {
    if (error instanceof NoTar) {
      throw wrong(manifest === null ? 'it is no tar file' : `it is damaged or cut off: ${error.message}`)
    }
    throw error
  }
  if (manifest === null) throw wrong('it is empty')
  if (ending === null || !hasLedger || ending.blobs !== blobs + damagedIds.length) throw wrong('it is cut off')
  return { manifest, blobs, missing: ending.missing, missingIds: ending.missingIds, damagedIds }
}

function wrong(what: string): Failure {
  return new Failure('InvalidContent', `This is no whole backup: ${what}.`)
}

function readManifest(name: string, json: string): Manifest {
  if (name !== ENTRY.manifest) throw wrong(`it begins with ${JSON.stringify(name)}, expected ${ENTRY.manifest}`)
  const manifest = JSON.parse(json) as Manifest
  if (manifest.format > FORMAT) {
    throw new Failure(
      'InvalidArgument',
      `This backup has format ${manifest.format}; this program knows formats up to ${FORMAT}. Use the newer program that made it.`,
    )
  }
  return manifest
}

/** The whole of a small entry. */
async function text(entry: TarEntry): Promise<string> {
  if (entry.size > 1024 * 1024) throw wrong(`${entry.name} in it is too large`)
  const pieces: Uint8Array[] = []
  for await (const piece of entry.body) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

async function* summed(body: AsyncIterable<Uint8Array>, sum: Crc64): AsyncGenerator<Uint8Array> {
  for await (const piece of body) {
    sum.update(piece)
    yield piece
  }
}
