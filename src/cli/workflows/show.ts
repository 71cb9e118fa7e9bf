import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addBucketOptions, connectToBucket, findWorkflow, type ServerOptions } from '../server-client/index.ts'
import { workflowJson } from './workflow-json.ts'
import { workflowText } from './workflow-lines.ts'

/** `pixmill workflows show`. */
export function addShow(workflows: Command): void {
  const command = workflows
    .command('show')
    .description('Show a workflow: what starts it, whom it tells, and its nodes as a tree.')
    .argument('<workflow>', 'name or id')
  addBucketOptions(command).action((workflow: string, options: ServerOptions) =>
    carryOut('workflows show', options, () => show(workflow, options)),
  )
}

async function show(workflow: string, options: ServerOptions): Promise<number> {
  const bucket = await connectToBucket(options)
  const view = await findWorkflow(bucket, workflow)
  process.stdout.write(options.json ? `${JSON.stringify(workflowJson(view, bucket))}\n` : workflowText(view, bucket))
  return 0
}
