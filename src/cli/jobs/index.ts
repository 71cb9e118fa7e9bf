import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addBucketOptions, type BucketClient, connectToBucket, type ServerOptions } from '../server-client/index.ts'
import { addList } from './list.ts'
import { addSubmit } from './submit.ts'
import { getJob, jobPath, jobText, type ToldJob } from './told-job.ts'
import { watchJobs } from './watch-jobs.ts'

/** `pixmill jobs …`. */
export function addJobs(program: Command): void {
  const jobs = program.command('jobs').description('One rule applied to one object.')
  addSubmit(jobs)
  addList(jobs)
  const show = jobs.command('show').description('Show a job: what it was asked, and what became of it.')
  addBucketOptions(show.argument('<job>', 'id of the job')).action((id: string, options: ServerOptions) =>
    carryOut('jobs show', options, async () => {
      const bucket = await connectToBucket(options)
      const job = await getJob(bucket.server, bucket.bucket, id)
      process.stdout.write(options.json ? `${JSON.stringify(job)}\n` : jobText(job))
      return 0
    }),
  )
  const watch = jobs.command('watch').description('Wait until jobs have ended. Ends with 0 when all succeeded.')
  addBucketOptions(watch.argument('<job...>', 'ids of jobs')).action((ids: string[], options: ServerOptions) =>
    carryOut('jobs watch', options, async () => watchJobs(await connectToBucket(options), ids, options.json === true)),
  )
  const cancel = jobs.command('cancel').description('Cancel jobs that have not begun.')
  addBucketOptions(cancel.argument('<job...>', 'ids of jobs')).action((ids: string[], options: ServerOptions) =>
    carryOut('jobs cancel', options, () => eachOf(ids, 'cancel', options)),
  )
  const retry = jobs
    .command('retry')
    .description('Do the work of ended jobs again, as jobs of their own. Says their ids.')
    .argument('<job...>', 'ids of jobs')
    .option('--watch', 'wait until they have ended, as "jobs watch" does')
  addBucketOptions(retry).action((ids: string[], options: ServerOptions & { watch?: true }) =>
    carryOut('jobs retry', options, () => eachOf(ids, 'retry', options)),
  )
}

/** Does the same with several jobs, one after the other, and says what each is then. */
async function eachOf(
  ids: readonly string[],
  what: 'cancel' | 'retry',
  options: ServerOptions & { readonly watch?: true },
): Promise<number> {
  const bucket: BucketClient = await connectToBucket(options)
  const told: ToldJob[] = []
  for (const id of ids) {
    const parameters = [['bucket', bucket.bucket]] as const
    told.push((await bucket.server.callApi('POST', `${jobPath(id)}/${what}`, { parameters })) as ToldJob)
  }
  if (options.watch) {
    const made = told.map(({ jobId }) => jobId)
    return watchJobs(bucket, made, options.json === true)
  }
  const lines = told.map(({ jobId, state }) => (what === 'retry' ? jobId : `${jobId}  ${state}`))
  process.stdout.write(options.json ? `${JSON.stringify({ jobs: told })}\n` : `${lines.join('\n')}\n`)
  return 0
}
