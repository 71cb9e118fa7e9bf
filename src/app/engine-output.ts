import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Failure } from '../base/index.ts'

/** What an engine wrote. It may have been taken over, and whatever it left under this name is read by us. */
export async function openEngineOutput(output: string): Promise<{ file: FileHandle; size: number }> {
  const file = await open(output, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  const facts = await file.stat()
  if (facts.isFile() && facts.nlink === 1) return { file, size: facts.size }
  await file.close()
  throw new Failure('InternalError', 'The engine left something else than a file.')
}
