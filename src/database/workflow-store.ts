import { Failure, newId } from '../base/index.ts'
import type { WorkflowRequest } from '../wire/index.ts'
import { prefixOf, startNodeOf, type WorkflowStore } from '../workflows/index.ts'
import type { Ledger } from './ledger.ts'
import { afterTheLast } from './queries/after-the-last.ts'
import { checkNamed } from './queries/check-named.ts'
import { dropSecrets } from './queries/drop-secrets.ts'
import { listRuns } from './queries/list-runs.ts'
import { lockBucket } from './queries/lock-bucket.ts'
import { startRun, type WorkflowRow } from './queries/start-run.ts'
import { runFromRow, taskFromRow, workflowFromRow } from './rows.ts'
import type { WhatFollows } from './what-follows.ts'

export function sqlWorkflowStore(ledger: Ledger, whatFollows: WhatFollows): WorkflowStore {
  const { db, now, concurrent } = ledger

  /** Locked, where others work at the same time: nobody makes it active while it is being replaced. */
  const getWorkflow = async (bucket: string, id: string): Promise<WorkflowRow> => {
    const row = await db
      .selectFrom('workflows')
      .selectAll()
      .where('bucket', '=', bucket)
      .where('id', '=', id)
      .$if(concurrent, (workflows) => workflows.forNoKeyUpdate())
      .executeTakeFirst()
    if (row === undefined) throw notFound(bucket, id)
    return row
  }
  const refuseActive = ({ id, name, state }: WorkflowRow): void => {
    if (state !== 'Active') return
    throw new Failure('WorkflowActive', `The workflow ${id} (${name}) is active, expected it to be paused first.`)
  }
  const columns = ({ name, state, topology }: WorkflowRequest) => ({
    name,
    state,
    object_prefix: prefixOf(startNodeOf(topology)),
    topology_json: JSON.stringify(topology),
  })

  return {
    async createWorkflow(bucket, body, { maxWorkflows }) {
      await lockBucket(ledger, bucket)
      const { count } = await db
        .selectFrom('workflows')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('bucket', '=', bucket)
        .executeTakeFirstOrThrow()
      if (count >= maxWorkflows) {
        throw new Failure(
          'WorkflowLimitReached',
          `The bucket ${bucket} has ${count} workflows, at most ${maxWorkflows} are allowed (PIXMILL_MAX_WORKFLOWS).`,
        )
      }
      await checkNamed(ledger, bucket, body.topology)
      const at = await afterTheLast(ledger, 'workflows', bucket)
      const row = { id: newId.workflow(), bucket, ...columns(body), created_at: at, updated_at: at }
      await db.insertInto('workflows').values(row).execute()
      return workflowFromRow(row)
    },

    async replaceWorkflow(bucket, id, body) {
      refuseActive(await getWorkflow(bucket, id))
      await checkNamed(ledger, bucket, body.topology)
      const row = await db
        .updateTable('workflows')
        .set({ ...columns(body), updated_at: now() })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow()
      return workflowFromRow(row)
    },

    async setWorkflowState(bucket, id, state) {
      const present = await getWorkflow(bucket, id)
      if (present.state === state) return workflowFromRow(present)
      const row = await db
        .updateTable('workflows')
        .set({ state, updated_at: now() })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow()
      return workflowFromRow(row)
    },

    async deleteWorkflow(bucket, id) {
      refuseActive(await getWorkflow(bucket, id))
      await db.deleteFrom('workflows').where('id', '=', id).execute()
      await dropSecrets(ledger, [{ kind: 'workflow', id }])
    },

    async findWorkflows(bucket, ids) {
      if (ids.length === 0) return []
      const rows = await db
        .selectFrom('workflows')
        .selectAll()
        .where('bucket', '=', bucket)
        .where('id', 'in', [...new Set(ids)])
        .execute()
      const byId = new Map<string, WorkflowRow>(rows.map((row) => [row.id, row]))
      return ids.flatMap((id) => {
        const row = byId.get(id)
        return row === undefined ? [] : [workflowFromRow(row)]
      })
    },

    async listWorkflows({ bucket, name, offset, limit }) {
      let workflows = db.selectFrom('workflows').where('bucket', '=', bucket)
      if (name !== null) {
        // Both engines have this one; a name that holds the text is another one without it.
        workflows = workflows.where((eb) =>
          eb(eb.fn('replace', ['name', eb.val(name), eb.val('')]), '<>', eb.ref('name')),
        )
      }
      const { total } = await workflows.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
      const rows = await workflows.selectAll().orderBy('created_at').orderBy('id').limit(limit).offset(offset).execute()
      return { items: rows.map(workflowFromRow), total }
    },

    async startRun(bucket, id, object) {
      const workflow = await db
        .selectFrom('workflows')
        .selectAll()
        .where('bucket', '=', bucket)
        .where('id', '=', id)
        .executeTakeFirst()
      if (workflow === undefined) throw notFound(bucket, id)
      return startRun(ledger, whatFollows, workflow, { object, version: null, cosHeaders: [], batchId: null })
    },

    listRuns: (query) => listRuns(ledger, query),

    async findRun(bucket, id) {
      const run = await db
        .selectFrom('runs')
        .selectAll()
        .where('bucket', '=', bucket)
        .where('id', '=', id)
        .executeTakeFirst()
      if (run === undefined) return null
      const tasks = await db
        .selectFrom('jobs')
        .leftJoin('queues', 'queues.id', 'jobs.queue_id')
        .selectAll('jobs')
        .select('queues.state as queue_state')
        .where('jobs.run_id', '=', id)
        .orderBy('jobs.created_at')
        .orderBy('jobs.id')
        .execute()
      return { ...runFromRow(run), tasks: tasks.map((task) => taskFromRow(task, task.queue_state === 'Paused')) }
    },
  }
}

function notFound(bucket: string, id: string): Failure {
  return new Failure('WorkflowNotFound', `There is no workflow ${id} in the bucket ${bucket}.`)
}
