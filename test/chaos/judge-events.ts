import type { Evidence, JobSeen, Receipt, RunSeen } from './evidence.ts'
import { groupBy } from './group-by.ts'
import { chaosSettings } from './settings.ts'
import type { WantedJob } from './wanted-jobs.ts'

type Told = Pick<Evidence, 'journal' | 'jobs' | 'runs' | 'receipts'>

/** Every job and run that ended was told, always in the same words; nobody was told of anything else. */
export function* judgeEvents(told: Told, wanted: ReadonlyMap<string, WantedJob>): Generator<string> {
  const bySubject = groupBy(told.receipts, ({ event, subject }) => `${event} ${subject}`)
  const known = new Set<string>()
  const heardOf = (event: string, subject: string): Receipt[] => {
    known.add(`${event} ${subject}`)
    return bySubject.get(`${event} ${subject}`) ?? []
  }
  for (const job of told.jobs) yield* judgeJobEvent(job, wanted.get(job.id), heardOf('TaskFinish', job.id))
  for (const run of told.runs) yield* judgeRunEvent(told, run, heardOf('WorkflowFinish', run.id))
  for (const [what] of bySubject) if (!known.has(what)) yield `a receiver was told of ${what}, which does not exist`
  for (const [webhookId, same] of groupBy(told.receipts, (receipt) => receipt.webhookId)) {
    const subjects = new Set(same.map(({ subject }) => subject))
    if (subjects.size > 1) yield `${webhookId} was used for ${[...subjects].join(' and ')}`
  }
}

function* judgeJobEvent(job: JobSeen, wanted: WantedJob | undefined, heard: readonly Receipt[]): Generator<string> {
  const mustBeTold = job.state !== 'Cancel' && wanted !== undefined && wanted.callback !== null
  if (!mustBeTold) {
    if (heard.length > 0) yield `job ${job.id} is ${job.state} and was told of, which nobody asked for`
    return
  }
  yield* judgeStory(`job ${job.id}`, `(${wanted.what}) is ${job.state}`, wanted.callback, heard)
  const [first] = heard
  if (first !== undefined && (first.state !== job.state || first.code !== job.code)) {
    yield `job ${job.id} is ${job.state} ${job.code}, its event says ${first.state} ${first.code}`
  }
}

function* judgeRunEvent({ journal, jobs, receipts }: Told, run: RunSeen, heard: readonly Receipt[]): Generator<string> {
  const flow = journal.flows.find(({ id }) => id === run.workflowId)
  if (run.state === 'Running') {
    if (heard.length > 0) yield `run ${run.id} is Running and its end was told`
    return
  }
  yield* judgeStory(`run ${run.id}`, `of ${run.object} is ${run.state}`, flow?.callback ?? '', heard)
  const [first] = heard
  if (first === undefined) return
  // Its documents know two ends.
  const state = run.state === 'Success' ? 'Success' : 'Failed'
  if (first.state !== state) yield `run ${run.id} is ${run.state}, its event says ${first.state}`
  const said = JSON.stringify(sorted(first.tasks))
  const is = JSON.stringify(sorted(run.tasks))
  if (said !== is) yield `run ${run.id} has the tasks ${is}, its event says ${said}`

  // Told last: one of the jobs that ended last had been told of by then.
  const told = jobs.filter((job) => job.run?.id === run.id && job.state !== 'Cancel')
  const end = told.reduce((latest, { endTime }) => (endTime > latest ? endTime : latest), '')
  const last = new Set(told.filter(({ endTime }) => endTime === end).map(({ id }) => id))
  const before = receipts.slice(0, receipts.indexOf(first))
  if (last.size > 0 && !before.some(({ event, subject }) => event === 'TaskFinish' && last.has(subject))) {
    yield `the end of run ${run.id} was told before that of its last job`
  }
}

/** What holds for every event that has to be told. */
function* judgeStory(
  whose: string,
  how: string,
  callback: string | null,
  heard: readonly Receipt[],
): Generator<string> {
  const [first] = heard
  if (first === undefined) {
    yield `${whose} ${how} and its event never arrived`
    return
  }
  if (!heard.some(isTaken)) yield `the event of ${whose} was sent ${heard.length} times and never taken`
  if (heard.some(({ webhookId }) => webhookId !== first.webhookId)) yield `${whose} has two different events`
  if (heard.some(({ body }) => body !== first.body)) yield `the event of ${whose} had two bodies`
  if (heard.some(({ isSigned }) => !isSigned)) yield `the event of ${whose} was not signed as it should be`
  if (heard.some(({ path }) => path !== callback)) yield `the event of ${whose} went to the wrong receiver`
  // At least once, but not more often than it takes: after a 2xx only an end of the server excuses another attempt, or a
  // machine so busy that the 2xx did not get through in the time that an attempt has.
  for (const [boot, same] of groupBy(heard.filter(isTaken), (receipt) => receipt.boot)) {
    if (same.some(({ at }, index) => index > 0 && at - same[index - 1]!.at < ATTEMPT_MS))
      yield `the event of ${whose} was taken ${same.length} times in boot ${boot}`
  }
}

/** How long an attempt may take. */
const ATTEMPT_MS = Number(chaosSettings.PIXMILL_CALLBACK_TIMEOUT)

function isTaken({ answered }: Receipt): boolean {
  return answered !== null && answered >= 200 && answered < 300
}

function sorted(tasks: RunSeen['tasks']): RunSeen['tasks'] {
  return [...tasks].sort((a, b) => (a.node < b.node ? -1 : 1))
}
