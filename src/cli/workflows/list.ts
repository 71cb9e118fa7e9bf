import type { Command } from 'commander'
import { fileOf } from '../../wire/index.ts'
import { carryOut } from '../carry-out.ts'
import { addBucketOptions, connectToBucket, listWorkflows, type ServerOptions } from '../server-client/index.ts'
import { printable, shownTime, table } from '../terminal/index.ts'
import { workflowJson } from './workflow-json.ts'

interface Options extends ServerOptions {
  readonly name?: string
}

/** `pixmill workflows list`. */
export function addList(workflows: Command): void {
  const command = workflows
    .command('list')
    .description('List the workflows of a bucket, oldest first.')
    .option('--name <text>', 'only those whose name holds this')
  addBucketOptions(command).action((options: Options) => carryOut('workflows list', options, () => list(options)))
}

async function list(options: Options): Promise<number> {
  const bucket = await connectToBucket(options)
  const found = await listWorkflows(bucket, options.name ?? null)
  if (options.json) {
    const workflows = found.map((view) => workflowJson(view, bucket))
    process.stdout.write(`${JSON.stringify({ bucket: bucket.bucket, workflows })}\n`)
    return 0
  }
  const rows = found.map((view) => {
    const { prefix, nodes } = fileOf(view, bucket)
    return [
      view.workflowId,
      printable(view.name),
      view.state,
      printable(prefix ?? '/'),
      String(nodes.length),
      shownTime(view.updateTimeMs),
    ]
  })
  const header = ['ID', 'NAME', 'STATE', 'PREFIX', 'NODES', 'UPDATED']
  process.stdout.write(rows.length === 0 ? `No workflows in ${bucket.bucket}.\n` : table([header, ...rows]))
  return 0
}
