import type { PicProcess } from '../jobs-detail.ts'
import type { ExtFilter, WorkflowNotify, WorkflowState } from '../workflow-documents.ts'

/** A workflow as a person writes it. `null`: not given. */
export interface WorkflowFile {
  readonly name: string
  readonly state: WorkflowState | null
  readonly prefix: string | null
  readonly extensions: ExtFilter | null
  /** Id or name. */
  readonly queue: string | null
  readonly otherQueues: OtherQueues
  readonly notify: WorkflowNotify | null
  /** In the order of the file. */
  readonly nodes: readonly FileNode[]
}

/** Queues that mean nothing to pictures, kept for programs that look for them. Ids. */
export interface OtherQueues {
  readonly media: string | null
  readonly speechRecognition: string | null
  readonly aiProcess: string | null
}

export interface FileNode {
  readonly name: string
  /** Id or name. Either this or `inline` is given. */
  readonly template: string | null
  readonly inline: PicProcess | null
  /** Name of the node whose result this one works on, or `Start` for the upload itself. */
  readonly after: string
  readonly output: FileOutput
  readonly userData: string | null
}

export interface FileOutput {
  /** With its placeholders. */
  readonly key: string
  /** `null`: the bucket of the workflow. Given together with the region. */
  readonly place: { readonly bucket: string; readonly region: string } | null
}

/** What follows a node that nothing follows. */
export const END = 'End'

export const NO_OTHER_QUEUES: OtherQueues = Object.freeze({ media: null, speechRecognition: null, aiProcess: null })
