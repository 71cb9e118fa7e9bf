import { type Selectable, sql } from 'kysely'
import { newId } from '../../base/index.ts'
import type { StoredObject } from '../../objects/index.ts'
import type { CosHeader } from '../../wire/index.ts'
import { cosHeadersOf, matches, type Run, startNodeOf } from '../../workflows/index.ts'
import { writeEvent } from '../event-writer.ts'
import type { Ledger } from '../ledger.ts'
import { runFromRow, topologyFromJson } from '../rows.ts'
import { statement } from '../statement.ts'
import type { Tables } from '../tables.ts'
import type { WhatFollows } from '../what-follows.ts'
import { carryOn } from './advance-run.ts'
import { notifyOfRow } from './notify-of.ts'
import { groundOfRun } from './run-ground.ts'

export type WorkflowRow = Selectable<Tables['workflows']>

/** What a run is started with. */
export interface RunBeginning {
  /** Key of the object. */
  readonly object: string
  /** Of the upload that starts it; `null` when a hand or a batch does. */
  readonly version: string | null
  readonly cosHeaders: readonly CosHeader[]
  readonly batchId: string | null
}

const insert = statement(({ db }, { row }: { row: Selectable<Tables['runs']> }) => db.insertInto('runs').values(row))

/** Starts a run with its first jobs. There is no other way to make one. */
export async function startRun(
  ledger: Ledger,
  whatFollows: WhatFollows,
  workflow: WorkflowRow,
  { object, version, cosHeaders, batchId }: RunBeginning,
): Promise<Run> {
  const at = ledger.now()
  const row = {
    id: newId.run(at),
    bucket: workflow.bucket,
    workflow_id: workflow.id,
    workflow_name: workflow.name,
    state: 'Running',
    object,
    object_name: object.slice(object.lastIndexOf('/') + 1),
    object_version: version,
    topology_json: workflow.topology_json,
    cos_headers_json: JSON.stringify(cosHeaders),
    batch_id: batchId,
    created_at: at,
    ended_at: null,
  }
  await insert.run(ledger, { row })
  const run = runFromRow(row)
  const start = startNodeOf(run.topology)
  const ground = await groundOfRun(ledger, run, whatFollows.submitOptions)
  const to = {
    ...notifyOfRow(ground.queue?.id ?? null, ground.queue ?? undefined),
    workflow: { notify: start.notify },
  }
  const event = whatFollows.runStarted({ ...run, tasks: [] }, to)
  if (event !== null) await writeEvent(ledger, event, at)
  return carryOn(ledger, whatFollows, { run, notify: start.notify }, [], ground)
}

/** Prefixes are compared where the rows are: of a hundred workflows only the few are read that may be meant. */
const activeAbove = statement(({ db }, { bucket, key }: { bucket: string; key: string }) =>
  db
    .selectFrom('workflows')
    .selectAll()
    .where('bucket', '=', bucket)
    .where('state', '=', sql.lit('Active'))
    .where(sql<boolean>`substr(cast(${key} as text), 1, length(object_prefix)) = object_prefix`)
    .orderBy('created_at')
    .orderBy('id'),
)

/** Starts a run of every active workflow that an upload matches. */
export async function startRunsOf(ledger: Ledger, whatFollows: WhatFollows, upload: StoredObject): Promise<void> {
  for (const workflow of await activeAbove.all(ledger, { bucket: upload.bucket, key: upload.key })) {
    if (!matches(startNodeOf(topologyFromJson(workflow.topology_json)), upload)) continue
    await startRun(ledger, whatFollows, workflow, {
      object: upload.key,
      version: upload.version,
      cosHeaders: cosHeadersOf(upload),
      batchId: null,
    })
  }
}
