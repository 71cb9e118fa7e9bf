import { type Command, Option } from 'commander'
import type { RunState } from '../../wire/index.ts'
import { carryOut } from '../carry-out.ts'
import {
  addBucketOptions,
  connectToBucket,
  findWorkflow,
  isWorkflowId,
  listRuns,
  type ServerOptions,
} from '../server-client/index.ts'
import { printable, shownTime, table } from '../terminal/index.ts'
import { wholeNumber } from '../whole-number.ts'
import { summaryJson } from './run-json.ts'

interface Options extends ServerOptions {
  readonly state?: RunState
  readonly object?: string
  readonly batch?: string
  readonly limit: number
}

/** `pixmill runs list`: the runs of a workflow, newest first. */
export function addList(runs: Command): void {
  const command = runs
    .command('list')
    .description('List the runs of a workflow, newest first.')
    .argument('<workflow>', 'name or id; the id of one that is deleted, too')
    .addOption(
      new Option('--state <state>', 'only runs in this state').choices(['Running', 'Success', 'Failed', 'Cancel']),
    )
    .option('--object <key>', 'only runs of this object: its key, or the last part of it')
    .option('--batch <id>', 'only runs that this batch started')
    .option('--limit <number>', 'how many', wholeNumber(1, 100_000), 20)
    .addHelpText(
      'after',
      '\nExamples:\n  pixmill runs list thumbs --state Failed\n  pixmill runs list thumbs --object cat.png --json',
    )
  addBucketOptions(command).action((workflow: string, options: Options) =>
    carryOut('runs list', options, () => list(workflow, options)),
  )
}

async function list(workflow: string, options: Options): Promise<number> {
  const bucket = await connectToBucket(options)
  const workflowId = isWorkflowId(workflow) ? workflow : (await findWorkflow(bucket, workflow)).workflowId
  const runs = await listRuns(bucket, {
    workflowId,
    states: options.state === undefined ? [] : [options.state],
    object: options.object ?? null,
    batchId: options.batch ?? null,
    limit: options.limit,
  })
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ workflowId, runs: runs.map(summaryJson) })}\n`)
  } else {
    const rows = runs.map(({ runId, state, createTimeMs, object }) => [
      runId,
      state,
      shownTime(createTimeMs),
      printable(object),
    ])
    process.stdout.write(rows.length === 0 ? 'No runs.\n' : table([['RUN', 'STATE', 'STARTED', 'OBJECT'], ...rows]))
  }
  return 0
}
