import { createReadStream } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { Crc64, hasErrno } from '../../base/index.ts'

/** Whether a file is there with these bytes, so that it need not be copied again: by its size, then by its check sum. */
export async function isSameFile(
  file: string,
  { size, crc64 }: { readonly size: number; readonly crc64: string },
): Promise<boolean> {
  try {
    const found = await lstat(file)
    if (!found.isFile() || found.size !== size) return false
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || hasErrno(error, 'ENOTDIR')) return false
    throw error
  }
  const sum = new Crc64()
  for await (const piece of createReadStream(file)) sum.update(piece as Buffer)
  return sum.digest() === crc64
}
