import type { Command } from 'commander'
import type { WorkflowRequest, WorkflowView } from '../../wire/index.ts'
import { requestOf } from '../../wire/index.ts'
import { carryOut } from '../carry-out.ts'
import { givenText } from '../given-path.ts'
import {
  addBucketOptions,
  type BucketClient,
  ClientFailure,
  connectToBucket,
  createWorkflow,
  findWorkflow,
  listWorkflows,
  replaceWorkflow,
  type ServerOptions,
  setWorkflowState,
  UsageFailure,
} from '../server-client/index.ts'
import { printable } from '../terminal/index.ts'
import type { ReadFile } from './file/read-workflow-file.ts'
import { findIds } from './find-ids.ts'
import { workflowJson } from './workflow-json.ts'

interface Options extends ServerOptions {
  readonly check?: true
  readonly replace?: true
  readonly id?: string
}

/** `pixmill workflows import`. */
export function addImport(workflows: Command): void {
  const command = workflows
    .command('import')
    .description(
      'Make a workflow out of a file, or replace one. docs/reference/workflow-file.md says what the file holds.',
    )
    .argument('<file>', 'YAML or JSON; - is standard input')
    .option('--check', 'only say whether the file is right; asks no server')
    .option('--replace', 'replace the workflow of the same name, if there is one; an active one is paused meanwhile')
    .option('--id <id>', 'with --replace: replace this workflow, whatever its name')
    .addHelpText(
      'after',
      '\nExamples:\n  pixmill workflows import --check thumbs.yaml\n  pixmill workflows import thumbs.yaml --replace',
    )
  addBucketOptions(command).action((file: string, options: Options) =>
    carryOut('workflows import', options, () => importWorkflow(file, options)),
  )
}

async function importWorkflow(path: string, options: Options): Promise<number> {
  if (options.id !== undefined && !options.replace) throw new UsageFailure('--id is given without --replace.')
  if (options.check && options.replace) throw new UsageFailure('--check and --replace are given, expected one of them.')
  const file = await readChecked(path)
  if (options.check) {
    tellChecked(file, options.json === true)
    return 0
  }
  const bucket = await connectToBucket(options)
  const before = await workflowToReplace(bucket, file, options)
  const request = requestOf(file.workflow, bucket, await findIds(bucket, file))
  const state = file.workflow.state ?? before?.state ?? 'Paused'
  const view = await inItsWords(file, () =>
    before === null ? createWorkflow(bucket, { ...request, state }) : replace(bucket, before, { ...request, state }),
  )
  tellImported(view, bucket, before !== null, options.json === true)
  return 0
}

/** Reads a file and checks all of it that can be checked without a server. */
async function readChecked(path: string): Promise<ReadFile> {
  const content = await givenText(path)
  // Only now: no other command needs them.
  const [{ readWorkflowFile }, { checkFile }, { checkRule }, { checkKey }] = await Promise.all([
    import('./file/read-workflow-file.ts'),
    import('./check-file.ts'),
    import('../../images/index.ts'),
    import('../../objects/index.ts'),
  ])
  const checks = { checkRule, checkKey }
  const file = readWorkflowFile(content, path === '-' ? 'standard input' : path, checks)
  checkFile(file, checks)
  return file
}

function tellChecked({ workflow, name }: ReadFile, asJson: boolean): void {
  const nodes = workflow.nodes.length
  if (asJson) process.stdout.write(`${JSON.stringify({ file: name, name: workflow.name, nodes })}\n`)
  else
    process.stdout.write(
      `${name}: right, the workflow ${workflow.name} with ${nodes} ${nodes === 1 ? 'node' : 'nodes'}\n`,
    )
}

/** `null`: a new one is made. */
async function workflowToReplace(bucket: BucketClient, file: ReadFile, options: Options): Promise<WorkflowView | null> {
  if (options.id !== undefined) return findWorkflow(bucket, options.id)
  const { name } = file.workflow
  const namesakes = (await listWorkflows(bucket, name)).filter((one) => one.name === name)
  if (namesakes.length === 0) return null
  const ids = namesakes.map(({ workflowId }) => workflowId).join(', ')
  if (!options.replace) {
    throw new ClientFailure('WorkflowExists', `There is a workflow ${name} already (${ids}); --replace replaces it.`)
  }
  if (namesakes.length === 1) return namesakes[0]!
  throw new ClientFailure(
    'WorkflowNotUnique',
    `${namesakes.length} workflows are called ${name} (${ids}); name one with --id.`,
  )
}

/** Replaces a workflow. An active one cannot be changed: it is paused, and, when it could not be replaced, activated again. */
async function replace(bucket: BucketClient, before: WorkflowView, request: WorkflowRequest): Promise<WorkflowView> {
  const { workflowId, state } = before
  if (state === 'Paused') return replaceWorkflow(bucket, workflowId, request)
  await setWorkflowState(bucket, workflowId, 'Paused')
  try {
    return await replaceWorkflow(bucket, workflowId, request)
  } catch (error) {
    await setWorkflowState(bucket, workflowId, 'Active')
    throw error
  }
}

/** What the server refuses is told at its place in the file. */
async function inItsWords<Value>(file: ReadFile, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ClientFailure && error.message.includes('MediaWorkflow')) {
      throw file.complainInItsWords(error.message)
    }
    throw error
  }
}

function tellImported(view: WorkflowView, bucket: BucketClient, isReplaced: boolean, asJson: boolean): void {
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ isReplaced, ...workflowJson(view, bucket) })}\n`)
    return
  }
  const name = printable(view.name)
  process.stdout.write(`${isReplaced ? 'replaced' : 'made'} ${name} (${view.workflowId}): ${view.state}\n`)
  if (view.state === 'Paused') process.stdout.write(`Uploads start it after: pixmill workflows activate ${name}\n`)
}
