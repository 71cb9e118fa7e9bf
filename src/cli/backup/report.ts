import type { ReadBackup } from '../../backup/index.ts'
import { asFailure, Failure } from '../../base/index.ts'

/** What a command tells of a whole backup that lacks something; empty when it does not. */
export function shortcomings({ missing, missingIds, damagedIds }: ReadBackup): string {
  const some = (ids: readonly string[]) => `${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ' …' : ''}`
  return [
    ...(missing > 0 ? [`${missing} blobs that objects name were not in the store: ${some(missingIds)}\n`] : []),
    ...(damagedIds.length > 0
      ? [`${damagedIds.length} blobs are not what their check sums say: ${some(damagedIds)}\n`]
      : []),
  ].join('')
}

/** Why it did not work, on standard error or as JSON on standard output. Gives the exit code. */
export function tellFailure(command: string, error: unknown, asJson: boolean): number {
  const failure = asFailure(error)
  const isOurs = failure.code !== 'InternalError' || (error instanceof Failure && error.cause === undefined)
  const message = isOurs ? failure.message : String((error as Error).message ?? error)
  if (asJson) process.stdout.write(`${JSON.stringify({ error: failure.code, message })}\n`)
  else process.stderr.write(`pixmill ${command} failed.\n${message}\n`)
  return 1
}
