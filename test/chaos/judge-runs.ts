import type { Evidence, RunSeen } from './evidence.ts'
import { groupBy } from './group-by.ts'
import type { Flow, Journal } from './journal.ts'

type Told = Pick<Evidence, 'journal' | 'jobs' | 'runs' | 'receipts'>

/** Every upload below a prefix and every trigger has its one run; and every run ended as its jobs did. */
export function* judgeRuns(told: Told): Generator<string> {
  const { journal, runs } = told
  for (const flow of journal.flows) {
    // What batches started is judged with them.
    const started = runs.filter(({ workflowId, batchId }) => workflowId === flow.id && batchId === null)
    yield* flow.prefix === null ? judgeTriggers(journal, flow, started) : judgeUploads(told, flow.prefix, started)
  }
  for (const run of runs) {
    const flow = journal.flows.find(({ id }) => id === run.workflowId)
    if (flow !== undefined) yield* judgeRun(run, flow)
  }
  yield* judgeTaskJobs(told)
}

function* judgeUploads({ journal, receipts }: Told, prefix: string, runs: readonly RunSeen[]): Generator<string> {
  const uploadOf = new Map(
    receipts.filter(({ event }) => event === 'WorkflowFinish').map(({ subject, uploadedBy }) => [subject, uploadedBy]),
  )
  const byKey = groupBy(runs, ({ object }) => object)
  for (const [key, writes] of journal.writes) {
    if (!key.startsWith(prefix)) continue
    const ofKey = byKey.get(key) ?? []
    byKey.delete(key)
    const requestIds = writes.flatMap(({ requestId }) => requestId ?? [])
    for (const requestId of requestIds) {
      const started = ofKey.filter(({ id }) => uploadOf.get(id) === requestId)
      if (started.length !== 1) {
        yield `the upload of ${key} by request ${requestId} was acknowledged and has ${started.length} runs`
      }
    }
    const others = ofKey.filter(({ id }) => !requestIds.includes(uploadOf.get(id) ?? ''))
    const unknown = writes.length - requestIds.length
    if (others.length > unknown) {
      yield `${others.length} runs of ${key} belong to no upload that was answered, ${unknown} may`
    }
    const named = others.map(({ id }) => uploadOf.get(id))
    if (new Set(named).size < named.length) yield `one upload of ${key} started two runs`
  }
  for (const [key, [run]] of byKey) yield `run ${run!.id} was started by an upload of ${key}, which nobody wrote`
}

function* judgeTriggers({ triggers }: Journal, flow: Flow, runs: readonly RunSeen[]): Generator<string> {
  const byId = new Map(runs.map((run) => [run.id, run]))
  const tried = groupBy(
    triggers.filter(({ workflowId }) => workflowId === flow.id),
    ({ object }) => object,
  )
  for (const [object, tries] of tried) {
    for (const { runId } of tries) {
      if (runId === null) continue
      const run = byId.get(runId)
      if (run === undefined) yield `run ${runId} was acknowledged and is lost`
      else if (run.object !== object) yield `run ${runId} is over ${run.object}, expected ${object}`
    }
  }
  const acknowledged = new Set(triggers.map(({ runId }) => runId))
  for (const [object, others] of groupBy(
    runs.filter(({ id }) => !acknowledged.has(id)),
    (run) => run.object,
  )) {
    const unknown = (tried.get(object) ?? []).filter(({ runId }) => runId === null).length
    if (others.length > unknown) yield `${others.length} runs of ${object} were started by nobody, ${unknown} may be`
  }
}

/** Its nodes were started as the graph says, once each, and its state is the one that follows from theirs. */
function* judgeRun({ id, object, state, tasks }: RunSeen, { nodes }: Flow): Generator<string> {
  const what = `run ${id} of ${object}`
  const stateOf = new Map(tasks.map((task) => [task.node, task.state]))
  if (stateOf.size < tasks.length) yield `${what} started a node twice`
  for (const { name, after } of nodes) {
    const may = after === null || stateOf.get(after) === 'Success'
    if (may && !stateOf.has(name)) yield `${what} never started ${name}`
    if (!may && stateOf.has(name)) yield `${what} started ${name} before ${after} had succeeded`
  }
  const states = [...stateOf.values()]
  const isUnfinished = states.some((one) => one !== 'Success' && one !== 'Failed' && one !== 'Cancel')
  const follows = isUnfinished
    ? 'Running'
    : states.includes('Failed')
      ? 'Failed'
      : states.includes('Cancel')
        ? 'Cancel'
        : 'Success'
  if (state === 'Running') yield `${what} is Running, which is no final state`
  if (state !== follows) yield `${what} is ${state}, from its jobs follows ${follows}`
}

/** A task is a job and a job of a run is a task, in the same state. */
function* judgeTaskJobs({ jobs, runs }: Told): Generator<string> {
  const byId = new Map(jobs.map((job) => [job.id, job]))
  const tasks = new Set<string>()
  for (const run of runs) {
    for (const { node, jobId, state } of run.tasks) {
      tasks.add(`${run.id} ${node} ${jobId}`)
      const job = byId.get(jobId)
      if (job === undefined) yield `job ${jobId} is ${node} of run ${run.id} and does not exist`
      else if (job.state !== state) yield `job ${jobId} is ${job.state}, run ${run.id} says ${state}`
    }
  }
  for (const { id, run } of jobs) {
    if (run !== null && !tasks.has(`${run.id} ${run.node} ${id}`)) {
      yield `job ${id} says it is ${run.node} of run ${run.id}, which does not know it`
    }
  }
}
