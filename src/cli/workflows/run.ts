import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { watchRun } from '../runs/index.ts'
import {
  addBucketOptions,
  connectToBucket,
  findWorkflow,
  type ServerOptions,
  triggerWorkflow,
} from '../server-client/index.ts'

interface Options extends ServerOptions {
  readonly watch?: true
}

/** `pixmill workflows run`. */
export function addRun(workflows: Command): void {
  const command = workflows
    .command('run')
    .description('Run a workflow on one object, whatever its prefix and extensions, paused or not.')
    .argument('<workflow>', 'name or id')
    .argument('<key>', 'key of the object')
    .option('--watch', 'watch the run until it has ended, as "runs watch" does')
    .addHelpText('after', '\nExample:\n  pixmill workflows run thumbs raw/cat.png --watch')
  addBucketOptions(command).action((workflow: string, key: string, options: Options) =>
    carryOut('workflows run', options, () => run(workflow, key, options)),
  )
}

async function run(workflow: string, key: string, options: Options): Promise<number> {
  const bucket = await connectToBucket(options)
  const { workflowId } = await findWorkflow(bucket, workflow)
  const runId = await triggerWorkflow(bucket, workflowId, key)
  if (options.watch) return watchRun(bucket, runId, options.json === true)
  process.stdout.write(options.json ? `${JSON.stringify({ runId, workflowId })}\n` : `${runId}\n`)
  return 0
}
