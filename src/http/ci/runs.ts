import { Failure } from '../../base/index.ts'
import { type RunSummary, runAnswer, runListAnswer, said } from '../../wire/index.ts'
import { type Run, type RunQuery, runDocument } from '../../workflows/index.ts'
import type { Exchange } from '../exchange.ts'
import { writeToken } from '../list-token.ts'
import { answerDocument } from './answer.ts'
import type { CiDeps } from './ci-deps.ts'
import { textParameter } from './parameters.ts'
import { statesParameter, tokenListQuery } from './token-lists.ts'
import { workflowOptions } from './workflows.ts'

const RUN_STATES = ['Running', 'Success', 'Failed', 'Cancel'] as const

/** `GET /workflowexecution?workflowId=…`: a page of the runs of a workflow, one that was deleted too. */
export async function listRuns(exchange: Exchange, deps: CiDeps): Promise<void> {
  const page = await deps.workflows.listRuns(readRunQuery(exchange))
  await answerDocument(
    exchange,
    runListAnswer(page.runs.map(runSummary), writeToken(page.next), workflowOptions(exchange, deps)),
  )
}

/** `GET /workflowexecution/<id>`. */
export async function queryRun(exchange: Exchange, deps: CiDeps, id: string): Promise<void> {
  const run = await deps.workflows.findRun(exchange.requireBucket(), id)
  if (run === null) throw new Failure('RunNotFound', `There is no run ${said(id)} in this bucket.`)
  await answerDocument(exchange, runAnswer(runDocument(run, deps.objectUrl), workflowOptions(exchange, deps)))
}

function readRunQuery(exchange: Exchange): RunQuery {
  const bucket = exchange.requireBucket()
  const workflowId = textParameter(exchange, 'workflowId')
  if (workflowId === null) throw new Failure('InvalidArgument', 'workflowId is missing, expected the id of a workflow.')
  return {
    bucket,
    workflowId,
    name: exchange.query.first('name') || null,
    batchId: textParameter(exchange, 'jobId'),
    states: statesParameter(exchange, 'states', RUN_STATES),
    ...tokenListQuery(exchange),
  }
}

function runSummary(run: Run): RunSummary {
  return {
    runId: run.id,
    workflowId: run.workflowId,
    object: run.object,
    state: run.state,
    createTimeMs: run.createdAt,
  }
}
