import { writeFile } from 'node:fs/promises'
import { type MadePicture, mostSentBytes, type Task } from './messages.ts'

/** What was made, as it was asked for: written into the output file, or given back to be sent. */
export async function handOver(
  { outputFile, sendsSmall }: Pick<Task, 'outputFile' | 'sendsSmall'>,
  bytes: Buffer,
): Promise<Pick<MadePicture, 'bytes'>> {
  if (sendsSmall === true && bytes.length <= mostSentBytes) return { bytes }
  await writeFile(outputFile, bytes)
  return {}
}
