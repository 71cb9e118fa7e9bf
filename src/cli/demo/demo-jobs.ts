import { setTimeout as wait } from 'node:timers/promises'
import { type BucketClient, textAt } from '../server-client/index.ts'
import { DemoFailure } from './demo-failure.ts'
import type { DemoCallback, DemoReceiver } from './demo-receiver.ts'
import { jobRequest, templateRequest } from './demo-requests.ts'
import type { StateLine } from './state-line.ts'

/** Two pictures of one: small and modern for a page, and a square for a list. */
export const INLINE_RULE = 'imageMogr2/auto-orient/thumbnail/640x/format/webp/quality/80'
/** The colour is #141a3c, in the URL-safe Base64 that rules use. */
export const TEMPLATE_RULE =
  'imageMogr2/auto-orient/thumbnail/480x480/pad/1/color/IzE0MWEzYw|imageMogr2/format/jpg/quality/85/strip'
export const TEMPLATE_NAME = 'demo-square'

const CALLBACK_WITHIN_MS = 30_000
const POLL_EVERY_MS = 20

/** A job on its way. */
export interface DemoJob {
  readonly id: string
  /** For the state line. */
  readonly name: string
  /** As the answer to the submit says it. */
  readonly firstState: string
  /** Of `performance.now()`, before the request was sent. */
  readonly submittedAt: number
}

export async function makeTemplate(client: BucketClient): Promise<string> {
  const answer = await client.post('/template', templateRequest({ name: TEMPLATE_NAME, rule: TEMPLATE_RULE }))
  return textAt(answer, 'Template/TemplateId')
}

/** Submits the two jobs: one with its rule inside and an XML callback, one by the template with a JSON callback. */
export async function submitJobs(
  client: BucketClient,
  input: string,
  templateId: string,
  receiverUrl: string,
): Promise<readonly [DemoJob, DemoJob]> {
  const { bucket, region } = client
  const common = { input, bucket, region, callback: receiverUrl }
  const submit = async (name: string, body: string): Promise<DemoJob> => {
    const submittedAt = performance.now()
    const answer = await client.post('/jobs', body)
    return { id: textAt(answer, 'JobsDetail/JobId'), name, firstState: textAt(answer, 'JobsDetail/State'), submittedAt }
  }
  const inline = { by: { rule: INLINE_RULE }, output: 'results/${InputName}-640.${Ext}' }
  const byTemplate = { by: { templateId }, output: 'results/${InputName}-square.${Ext}' }
  return [
    await submit('inline rule', jobRequest({ ...common, ...inline, callbackFormat: 'XML' })),
    await submit('template', jobRequest({ ...common, ...byTemplate, callbackFormat: 'JSON' })),
  ]
}

/** Shows the states until every job has ended. */
export async function watchStates(
  client: BucketClient,
  jobs: readonly DemoJob[],
  line: StateLine,
  signal: AbortSignal,
): Promise<void> {
  line.show(jobs.map((job) => [job.name, job.firstState]))
  for (;;) {
    const states = await statesOf(client, jobs)
    line.show(states.map((state, index) => [jobs[index]!.name, state]))
    if (states.every((state) => state !== 'Submitted' && state !== 'Running')) return
    // An abort is told by the next request, with its reason.
    await wait(POLL_EVERY_MS, undefined, { signal }).catch(() => {})
  }
}

async function statesOf(client: BucketClient, jobs: readonly DemoJob[]): Promise<readonly string[]> {
  const answer = await client.get(`/jobs/${jobs.map((job) => job.id).join(',')}`)
  return jobs.map((job) => {
    const detail = answer.children.find(
      (child) => child.name === 'JobsDetail' && child.children.some((it) => it.name === 'JobId' && it.text === job.id),
    )
    if (detail === undefined) throw new DemoFailure(`The server no longer knows the job ${job.id}.`)
    return textAt(detail, 'State')
  })
}

/** The callbacks of the jobs, in their order, wherever they came first. */
export async function awaitCallbacks(
  client: BucketClient,
  receiver: DemoReceiver,
  jobs: readonly DemoJob[],
  signal: AbortSignal,
): Promise<readonly DemoCallback[]> {
  const ends = new AbortController()
  const late = wait(CALLBACK_WITHIN_MS, undefined, { signal: AbortSignal.any([signal, ends.signal]) }).then(
    () => 'late' as const,
    () => 'stopped' as const,
  )
  try {
    const came = await Promise.race([Promise.all(jobs.map((job) => receiver.callbackOf(job.id))), late])
    if (came === 'stopped') throw signal.reason
    if (came !== 'late') return came
  } finally {
    ends.abort()
  }
  const states = await statesOf(client, jobs)
  const told = jobs.map((job, index) => `${job.id} is ${states[index]}`).join(', ')
  throw new DemoFailure(`Not every callback came within ${CALLBACK_WITHIN_MS / 1000} s; ${told}.`)
}
