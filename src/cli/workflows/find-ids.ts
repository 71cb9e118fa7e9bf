import type { Ids } from '../../wire/index.ts'
import { type BucketClient, ClientFailure, findQueueId, findTemplateId } from '../server-client/index.ts'
import type { ReadFile } from './file/read-workflow-file.ts'

/** Looks for the templates and the queue that a file calls by name. @throws WorkflowFileFailure at the place of the name */
export async function findIds(bucket: BucketClient, file: ReadFile): Promise<Ids> {
  const { nodes, queue } = file.workflow
  const templates = new Map<string, string>()
  for (const { name, template } of nodes) {
    if (template === null || templates.has(template)) continue
    templates.set(template, await at(file, `nodes.${name}.template`, () => findTemplateId(bucket, template)))
  }
  const queueId = queue === null ? '' : await at(file, 'queue', () => findQueueId(bucket, queue))
  return { template: (nameOrId) => templates.get(nameOrId)!, queue: () => queueId }
}

async function at(file: ReadFile, field: string, find: () => Promise<string>): Promise<string> {
  try {
    return await find()
  } catch (error) {
    const isItsOwn = error instanceof ClientFailure && /^(Template|Queue)Not/.test(error.code)
    throw isItsOwn ? file.complain(field, `${field}: ${error.message}`) : error
  }
}
