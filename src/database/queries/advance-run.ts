import { newId } from '../../base/index.ts'
import type { NewEvent } from '../../callbacks/index.ts'
import type { JobResult } from '../../jobs/index.ts'
import type { WorkflowNotify } from '../../wire/index.ts'
import { nextNodes, type Run, runStateOf, startNodeOf } from '../../workflows/index.ts'
import { writeEvent } from '../event-writer.ts'
import type { Ledger } from '../ledger.ts'
import { jobFromRow, runFromRow, taskFromRow, topologyFromJson } from '../rows.ts'
import { statement } from '../statement.ts'
import type { Addressees, WhatFollows } from '../what-follows.ts'
import { HELD_BACK_AT_MOST_MS, holdBack } from './hold-back.ts'
import type { JobRow } from './insert-job.ts'
import { notifyOf } from './notify-of.ts'
import { groundOfRun, type RunGround } from './run-ground.ts'
import { startNode } from './start-node.ts'

/*
 * A run is decided by its rows alone: its own, and those of its jobs. Whoever ends a job of a run locks the run before he
 * looks at the other jobs, so of two who end the last two at the same moment the second one sees both ended, and only he
 * finds nothing left to do.
 *
 * Locks are taken in this order: jobs, the object that is published, runs by their ids, queues. Nobody who has a run locks
 * a job of it that was there before. (Closing a service has to begin with the queue; should it meet a run that waits for
 * that queue, PostgreSQL breaks the circle and one of the two is done again.)
 */

/** What follows for its run from a job that has just ended and has to be told: its event, and all that `advanceRuns` does. */
export async function endTask(ledger: Ledger, whatFollows: WhatFollows, ended: JobRow): Promise<void> {
  const locked = await lockRun(ledger, ended.run_id!)
  const to = await addresseesOf(ledger, locked.notify, ended.queue_id)
  await tell(ledger, whatFollows.jobEnded(jobFromRow(ended, false), to))
  await carryOn(ledger, whatFollows, locked, await tasksOf.all(ledger, { runId: locked.run.id }))
}

/** Carries runs on after jobs of theirs have ended without a word, being cancelled. Twice is fine. */
export async function advanceRuns(
  ledger: Ledger,
  whatFollows: WhatFollows,
  ids: Iterable<string | null>,
): Promise<void> {
  const inOrder = [...new Set(ids)].filter((id) => id !== null).sort()
  for (const id of inOrder) {
    const locked = await lockRun(ledger, id)
    await carryOn(ledger, whatFollows, locked, await tasksOf.all(ledger, { runId: id }))
  }
}

/** A run that nobody else carries on meanwhile, and what its workflow says now about telling. */
export interface LockedRun {
  readonly run: Run
  readonly notify: WorkflowNotify | null
}

/**
 * Starts the nodes that may start now; when there are none and every job has ended, ends the run. Its `WorkflowFinish`
 * waits for the first attempt to tell of the last job. Gives the run as it is then.
 *
 * @param begun the jobs of the run, in the order in which they were started
 * @param known the ground for its next jobs, when the caller has looked it up
 */
export async function carryOn(
  ledger: Ledger,
  whatFollows: WhatFollows,
  { run, notify }: LockedRun,
  begun: readonly JobRow[],
  known: RunGround | null = null,
): Promise<Run> {
  if (run.state !== 'Running') return run
  const tasks = [...begun]
  const states = () => tasks.map((task) => ({ node: task.node!, state: task.state }))
  const next = nextNodes(run.topology, states())
  if (next.length > 0) {
    const ground = known ?? (await groundOfRun(ledger, run, whatFollows.submitOptions))
    for (const { node, after } of next) {
      const input = after === null ? run.object : outputOf(tasks.find((task) => task.node === after)!)
      const task = await startNode(ledger, run, node, input, ground)
      tasks.push(task)
      if (task.state !== 'Failed') continue
      const to = await addresseesOf(ledger, notify, task.queue_id)
      await tell(ledger, whatFollows.jobEnded(jobFromRow(task, false), to))
    }
  }
  const state = runStateOf(run.topology, states())
  if (state === 'Running') return run

  // With its last job: on another server a transaction that began sooner may come later.
  const endedAt = Math.max(...tasks.map((task) => task.ended_at!))
  await end.run(ledger, { id: run.id, state, endedAt })
  const ended: Run = { ...run, state, endedAt }
  const event = whatFollows.runEnded(
    { ...ended, tasks: tasks.map((task) => taskFromRow(task, false)) },
    await addresseesOf(ledger, notify, tasks[0]!.queue_id),
  )
  if (event === null) return ended
  const at = ledger.now()
  const id = newId.event(at)
  const jobIds = tasks.map((task) => task.id)
  const isHeldBack = event.deliveries.length > 0 && (await holdBack(ledger, id, jobIds))
  await writeEvent(ledger, event, at, { id, dueAt: isHeldBack ? at + HELD_BACK_AT_MOST_MS : at })
  return ended
}

const end = statement(({ db }, { id, state, endedAt }: { id: string; state: Run['state']; endedAt: number }) =>
  db.updateTable('runs').set({ state, ended_at: endedAt }).where('id', '=', id),
)

const runToLock = statement(({ db, concurrent }, { id }: { id: string }) =>
  db
    .selectFrom('runs')
    .leftJoin('workflows', 'workflows.id', 'runs.workflow_id')
    .selectAll('runs')
    .select('workflows.topology_json as topology_now')
    .where('runs.id', '=', id)
    .$if(concurrent, (runs) => runs.forNoKeyUpdate('runs')),
)

async function lockRun(ledger: Ledger, id: string): Promise<LockedRun> {
  const row = (await runToLock.first(ledger, { id }))!
  const run = runFromRow(row)
  // A workflow that was deleted said it last when the run began.
  const now = row.topology_now === null ? run.topology : topologyFromJson(row.topology_now)
  return { run, notify: startNodeOf(now).notify }
}

/** In the order in which they were started. After the lock: what the others did meanwhile is there to be seen. */
const tasksOf = statement(({ db }, { runId }: { runId: string }) =>
  db.selectFrom('jobs').selectAll().where('run_id', '=', runId).orderBy('created_at').orderBy('id'),
)

/** Of the workflow and of the queue. */
async function addresseesOf(
  ledger: Ledger,
  notify: WorkflowNotify | null,
  queueId: string | null,
): Promise<Addressees> {
  return { ...(await notifyOf(ledger, queueId)), workflow: { notify } }
}

async function tell(ledger: Ledger, event: NewEvent | null): Promise<void> {
  if (event !== null) await writeEvent(ledger, event, ledger.now())
}

/** The key that a job wrote, placeholders resolved. */
function outputOf({ result_json }: JobRow): string {
  return (JSON.parse(result_json!) as JobResult).objectName
}
