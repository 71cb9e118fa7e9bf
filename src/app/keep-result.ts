import type { BlobId } from '../base/index.ts'
import type { MadePicture } from '../images/index.ts'
import type { BlobStore } from '../objects/index.ts'
import type { AttemptFolder } from './attempt-folders.ts'

/**
 * What an engine has made, as a blob: from memory when it was sent, which saves files of two users and a copy from one to
 * the other; else the output of the attempt is taken over.
 */
export function keepResult(
  blobs: Pick<BlobStore, 'adopt' | 'keepBytes'>,
  folder: Pick<AttemptFolder, 'output'>,
  { bytes }: Pick<MadePicture, 'bytes'>,
): Promise<BlobId> {
  return bytes === undefined ? blobs.adopt(folder.output) : blobs.keepBytes(bytes)
}
