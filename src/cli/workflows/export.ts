import { writeFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import { fileOf } from '../../wire/index.ts'
import { carryOut } from '../carry-out.ts'
import { addBucketOptions, connectToBucket, findWorkflow, type ServerOptions } from '../server-client/index.ts'

interface Options extends ServerOptions {
  readonly output?: string
  readonly format?: 'yaml' | 'json'
}

/** `pixmill workflows export`. */
export function addExport(workflows: Command): void {
  const command = workflows
    .command('export')
    .description('Write a workflow as a file that "workflows import" makes the same workflow of.')
    .argument('<workflow>', 'name or id')
    .option('-o, --output <file>', 'the file to write (default: standard output)')
    .addOption(
      new Option('--format <format>', 'of the file (default: as the name of the file says, else yaml)').choices([
        'yaml',
        'json',
      ]),
    )
    .addHelpText('after', '\nExample:\n  pixmill workflows export thumbs -o thumbs.yaml')
  addBucketOptions(command).action((workflow: string, options: Options) =>
    carryOut('workflows export', options, () => exportWorkflow(workflow, options)),
  )
}

async function exportWorkflow(workflow: string, options: Options): Promise<number> {
  const bucket = await connectToBucket(options)
  const view = await findWorkflow(bucket, workflow)
  const { writeWorkflowFile } = await import('./file/write-workflow-file.ts')
  const isJson =
    options.format === undefined ? options.json || options.output?.endsWith('.json') : options.format === 'json'
  const text = writeWorkflowFile(fileOf(view, bucket), isJson ? 'JSON' : 'YAML')
  if (options.output === undefined) process.stdout.write(text)
  else await writeFile(options.output, text)
  return 0
}
