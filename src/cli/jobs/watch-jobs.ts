import type { BucketClient } from '../server-client/index.ts'
import { watch } from '../watch.ts'
import { getJob, hasEnded, jobLine, type ToldJob } from './told-job.ts'

/** The server answers when the job has ended, and at the latest then: shorter than a client waits for an answer. */
const WAIT = '20s'

/**
 * Waits for jobs to end, one after the other, and writes a line of each as it ends. The server wakes whoever waits, so
 * nothing is asked again and again. Gives the exit code: 0 when all succeeded.
 */
export async function watchJobs(bucket: BucketClient, ids: readonly string[], asJson: boolean): Promise<number> {
  let isGood = true
  for (const id of ids) {
    let isFirst = true
    let isTroubled = false
    const job = await watch<ToldJob>({
      read: () => {
        const wait = isFirst ? undefined : WAIT
        isFirst = false
        return getJob(bucket.server, bucket.bucket, id, wait)
      },
      show: (_job, trouble) => {
        if (trouble !== null && !isTroubled) process.stderr.write(`${trouble}\n`)
        isTroubled = trouble !== null
      },
      hasEnded,
      everyMs: 0,
      everyMsInTrouble: 1_000,
      interrupted: 'The jobs go on: pixmill jobs watch, or pixmill jobs cancel.',
    })
    process.stdout.write(asJson ? `${JSON.stringify(job)}\n` : `${jobLine(job)}\n`)
    isGood &&= job.state === 'Success'
  }
  return isGood ? 0 : 1
}
