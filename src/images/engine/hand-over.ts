import { writeFileSync } from 'node:fs'
import { type MadePicture, mostSentBytes, type Task } from './messages.ts'

/**
 * What was made, as it was asked for: written into the output file, or given back to be sent. It is written on the spot:
 * pixels are computed in other threads, all of which may have one in hand just now.
 */
export function handOver(
  { outputFile, sendsSmall }: Pick<Task, 'outputFile' | 'sendsSmall'>,
  bytes: Buffer,
): Pick<MadePicture, 'bytes'> {
  if (sendsSmall === true && bytes.length <= mostSentBytes) return { bytes }
  writeFileSync(outputFile, bytes)
  return {}
}

/** Where an engine may write what it needs meanwhile: beside the result, since its own folder is not to be written into. */
export function scratchFileOf({ outputFile }: Pick<Task, 'outputFile'>): string {
  return `${outputFile}.profile`
}
