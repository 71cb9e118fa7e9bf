import { ClientFailure, type ServerClient } from '../server-client/index.ts'
import { printable, shownTime, table } from '../terminal/index.ts'

/** A job as the JSON door tells it: what of it is shown here. */
export interface ToldJob {
  readonly jobId: string
  readonly bucket: string
  readonly state: string
  readonly code: string
  readonly message: string
  readonly createTime: string
  readonly startTime: string | null
  readonly endTime: string | null
  readonly queue: string
  readonly level: number
  readonly input: string
  readonly rule: string
  readonly template: { readonly id: string; readonly name: string } | null
  readonly output: { readonly bucket: string; readonly object: string }
  readonly userData: string | null
  readonly callback: string | null
  readonly result: {
    readonly object: string
    readonly format: string
    readonly width: number
    readonly height: number
    readonly size: number
  } | null
  readonly runId: string | null
  readonly batchId: string | null
}

export function hasEnded({ endTime }: ToldJob): boolean {
  return endTime !== null
}

/** For a path of the JSON door. @throws ClientFailure for what can be no id */
export function jobPath(id: string): string {
  if (/^c[0-9a-f]{32}$/.test(id)) return `/-/api/jobs/${id}`
  throw new ClientFailure(
    'JobNotFound',
    `${JSON.stringify(id)} is no id of a job, expected c and 32 hexadecimal digits.`,
  )
}

/** @param wait how long the server may wait for its end: `30s` */
export async function getJob(client: ServerClient, bucket: string, id: string, wait?: string): Promise<ToldJob> {
  const parameters: [string, string][] = [['bucket', bucket]]
  if (wait !== undefined) parameters.push(['wait', wait])
  return (await client.callApi('GET', jobPath(id), { parameters })) as ToldJob
}

/** In one line: what it is, and what became of it. */
export function jobLine({ jobId, state, input, result, code, message }: ToldJob): string {
  const outcome =
    result !== null
      ? ` → ${printable(result.object)} (${result.format} ${result.width}×${result.height}, ${result.size} bytes)`
      : state === 'Failed'
        ? `: ${code}: ${printable(message)}`
        : ''
  return `${jobId}  ${state}  ${printable(input)}${outcome}`
}

/** For people, in full. */
export function jobText(job: ToldJob): string {
  const { template, result, output } = job
  const at = (time: string | null): string => (time === null ? '' : shownTime(Date.parse(time)))
  const facts: [string, string][] = [
    ['job', job.jobId],
    ['state', job.state],
    ['failed', job.state === 'Failed' ? `${job.code}: ${job.message}` : ''],
    ['input', `${job.bucket}/${job.input}`],
    ['rule', job.rule],
    ['template', template === null ? '' : `${template.name} (${template.id})`],
    ['output', `${output.bucket}/${result?.object ?? output.object}`],
    ['picture', result === null ? '' : `${result.format} ${result.width}×${result.height}, ${result.size} bytes`],
    ['queue', `${job.queue}, level ${job.level}`],
    ['submitted', at(job.createTime)],
    ['began', at(job.startTime)],
    ['ended', at(job.endTime)],
    ['callback', job.callback ?? ''],
    ['user data', job.userData ?? ''],
    ['run', job.runId ?? ''],
    ['batch', job.batchId ?? ''],
  ]
  return table(facts.filter(([, value]) => value !== '').map(([name, value]) => [name, printable(value)]))
}
