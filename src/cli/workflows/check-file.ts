import { Failure } from '../../base/index.ts'
import { requestOf } from '../../wire/index.ts'
import { checkTopology } from '../../workflows/index.ts'
import type { FileChecks } from './file/read-nodes.ts'
import type { ReadFile } from './file/read-workflow-file.ts'

/** Any bucket will do: nothing is asked of it here but that it is the same everywhere. */
const SOMEWHERE = { bucket: 'bucket-1', region: 'region' }

/**
 * Checks the graph of a file as the server will: circles, outputs that overwrite what they are made of. Whether nodes may
 * follow nodes, and whom the server calls, are settings of the server.
 *
 * @throws WorkflowFileFailure
 */
export function checkFile(file: ReadFile, checks: FileChecks): void {
  const asTheyAre = (nameOrId: string): string => nameOrId
  const { topology } = requestOf(file.workflow, SOMEWHERE, { template: asTheyAre, queue: asTheyAre })
  try {
    checkTopology(SOMEWHERE.bucket, topology, { ...checks, checkCallbackAddress: () => undefined, chainedNodes: true })
  } catch (error) {
    if (error instanceof Failure) throw file.complainInItsWords(error.message)
    throw error
  }
}
