import type { WorkflowFile } from '../../../wire/index.ts'
import { fieldNamed, inWordsOfFile, said } from '../../../wire/index.ts'
import { WorkflowFileFailure } from './complaint.ts'
import { FileReader } from './file-reader.ts'
import { type FileChecks, readNodes } from './read-nodes.ts'
import { readExtensions, readNotify, readOtherQueues } from './read-start.ts'

/** As large as the server takes; nobody writes a workflow of a megabyte. */
export const MAX_FILE_BYTES = 1024 * 1024

/** A workflow file that is right in itself, and where its parts stand. */
export interface ReadFile {
  readonly workflow: WorkflowFile
  /** What the file is called in messages. */
  readonly name: string
  /** The failure for what only the server, or the workflow as a whole, could tell: at the place of the field. */
  complain(field: string, message: string): WorkflowFileFailure
  /** The same for a message that names its field as the protocol does. */
  complainInItsWords(message: string): WorkflowFileFailure
}

/**
 * Reads a workflow file, YAML or JSON.
 *
 * @param name what the file is called, for messages
 * @throws WorkflowFileFailure with everything that is wrong, each with file, line and field
 */
export function readWorkflowFile(text: string, name: string, checks: FileChecks): ReadFile {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) {
    throw new WorkflowFileFailure(name, [
      {
        line: 1,
        column: 1,
        field: '',
        message: `the file has more than ${MAX_FILE_BYTES} bytes, expected a workflow.`,
      },
    ])
  }
  const reader = new FileReader(text)
  // What is told of a file that cannot be parsed is enough: the rest would only be its echo.
  if (reader.complaints.length > 0) throw new WorkflowFileFailure(name, reader.complaints)
  const workflow = readWorkflow(reader, checks)
  if (workflow === null || reader.complaints.length > 0) throw new WorkflowFileFailure(name, reader.complaints)
  const complain = (field: string, message: string): WorkflowFileFailure => {
    reader.complain(reader.spotOf(field), message)
    return new WorkflowFileFailure(name, reader.complaints)
  }
  return {
    workflow,
    name,
    complain,
    complainInItsWords: (message) =>
      complain(fieldNamed(message, workflow.nodes), inWordsOfFile(message, workflow.nodes)),
  }
}

/** Letters of any script, digits, `_`, `-`. */
const WORKFLOW_NAME = /^[\p{L}\p{N}_-]{1,128}$/u

function readWorkflow(reader: FileReader, checks: FileChecks): WorkflowFile | null {
  const fields = reader.fields(reader.root, 'workflow')
  if (fields === null) {
    if (reader.complaints.length === 0) reader.complain(reader.root, 'the file is empty, expected a workflow.')
    return null
  }
  const name = reader.text(fields.name)
  if (name !== null && !WORKFLOW_NAME.test(name)) {
    reader.complain(fields.name, `name is ${said(name)}, expected 1 to 128 letters, digits, "-" or "_".`)
  }
  return {
    name: name ?? '',
    state: reader.choice(fields.state, ['Active', 'Paused']),
    prefix: reader.text(fields.prefix),
    extensions: readExtensions(reader, fields.extensions),
    queue: reader.text(fields.queue),
    otherQueues: readOtherQueues(reader, fields.otherQueues),
    notify: readNotify(reader, fields.notify),
    nodes: readNodes(reader, fields.nodes, checks),
  }
}
