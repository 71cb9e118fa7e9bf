import { ClientFailure } from '../../server-client/index.ts'

/** Something in a file that is not right. Line and column count from 1. */
export interface Complaint {
  readonly line: number
  readonly column: number
  /** `nodes.small.output`; empty when it is the file as a whole. */
  readonly field: string
  /** A sentence that names the field. */
  readonly message: string
}

/** Everything that is wrong with a file, a line each. */
export class WorkflowFileFailure extends ClientFailure {
  constructor(file: string, complaints: readonly Complaint[]) {
    const inOrder = [...complaints].sort((a, b) => a.line - b.line || a.column - b.column)
    super(
      'WorkflowFileInvalid',
      inOrder.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`).join('\n'),
      { details: { file, complaints: inOrder } },
    )
    this.name = 'WorkflowFileFailure'
  }
}
