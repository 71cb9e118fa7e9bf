import type { Command } from 'commander'
import type { WorkflowView } from '../../wire/index.ts'
import { carryOut } from '../carry-out.ts'
import {
  addBucketOptions,
  type BucketClient,
  connectToBucket,
  deleteWorkflow,
  findWorkflow,
  type ServerOptions,
  setWorkflowState,
} from '../server-client/index.ts'
import { printable } from '../terminal/index.ts'

interface Change {
  readonly verb: 'pause' | 'activate' | 'delete'
  readonly description: string
  /** Gives what the workflow is afterwards. */
  readonly carryOut: (bucket: BucketClient, workflow: WorkflowView) => Promise<'Active' | 'Paused' | 'Deleted'>
}

const changes: readonly Change[] = [
  {
    verb: 'pause',
    description: 'Pause workflows: uploads start no more runs. Those that go on are not touched.',
    carryOut: async (bucket, { workflowId }) => (await setWorkflowState(bucket, workflowId, 'Paused')).state,
  },
  {
    verb: 'activate',
    description: 'Activate workflows: uploads start runs from now on.',
    carryOut: async (bucket, { workflowId }) => (await setWorkflowState(bucket, workflowId, 'Active')).state,
  },
  {
    verb: 'delete',
    description: 'Delete workflows that are paused. Their runs go on to their end and stay readable.',
    carryOut: async (bucket, { workflowId }) => {
      await deleteWorkflow(bucket, workflowId)
      return 'Deleted'
    },
  },
]

/** `pixmill workflows pause|activate|delete`. */
export function addChanges(workflows: Command): void {
  for (const change of changes) {
    const command = workflows
      .command(change.verb)
      .description(change.description)
      .argument('<workflow...>', 'names or ids')
    addBucketOptions(command).action((names: readonly string[], options: ServerOptions) =>
      carryOut(`workflows ${change.verb}`, options, () => changeAll(change, names, options)),
    )
  }
}

async function changeAll(change: Change, names: readonly string[], options: ServerOptions): Promise<number> {
  const bucket = await connectToBucket(options)
  // All are looked for before one is changed.
  const found: WorkflowView[] = []
  for (const name of names) found.push(await findWorkflow(bucket, name))
  const done: { workflowId: string; name: string; state: string }[] = []
  for (const workflow of found) {
    const { workflowId, name } = workflow
    const state = await change.carryOut(bucket, workflow)
    done.push({ workflowId, name, state })
    if (!options.json) process.stdout.write(`${printable(name)} (${workflowId}): ${state}\n`)
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ workflows: done })}\n`)
  return 0
}
