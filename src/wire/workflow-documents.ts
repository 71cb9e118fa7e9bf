import type { DocumentFormat } from './document.ts'
import type { OutputPlace, PicProcess, WireJobState } from './jobs-detail.ts'
import type { NotifyEvent } from './queue-documents.ts'

/** `Active`: uploads start runs. `Paused`: only a hand or a batch does. */
export type WorkflowState = 'Active' | 'Paused'

/** What a workflow says: the body of both create and replace. */
export interface WorkflowRequest {
  readonly name: string
  /** Default `Paused`. */
  readonly state: WorkflowState
  readonly topology: WorkflowTopology
}

/** The graph as it was given, in the order in which it was given. Whether it is a good one is asked elsewhere. */
export interface WorkflowTopology {
  /** One entry for each element of `Dependencies`, no name twice. `to` has at least one entry and may hold `End`. */
  readonly dependencies: readonly WorkflowDependency[]
  /** Every element of `Nodes`, no name twice. */
  readonly nodes: readonly WorkflowNode[]
}

export interface WorkflowDependency {
  readonly from: string
  readonly to: readonly string[]
}

export type WorkflowNode = StartNode | PicProcessNode

/** What starts a run and how it is told of. Text that was not given, or is empty, is `null`. */
export interface StartNode {
  readonly name: string
  readonly type: 'Start'
  /** As given, a leading slash included: matching ignores one. `null`, as `/`: the whole bucket. */
  readonly objectPrefix: string | null
  /** The original's queue for media jobs. Used for pictures when it is an image queue and `picProcessQueueId` is absent. */
  readonly queueId: string | null
  readonly picProcessQueueId: string | null
  /** Kept and echoed; nothing here uses them. */
  readonly speechRecognitionQueueId: string | null
  readonly aiProcessQueueId: string | null
  readonly notify: WorkflowNotify | null
  readonly extFilter: ExtFilter | null
}

/** Where the events of a workflow's runs go, in the place of the queue's own setting. */
export interface WorkflowNotify {
  /** `null` when not given: then an address alone is enough, unlike in a queue. */
  readonly state: 'On' | 'Off' | null
  /** At least one unless `Off`. */
  readonly events: readonly NotifyEvent[]
  /** `null` when not given; XML then. */
  readonly resultFormat: DocumentFormat | null
  /** Given unless `Off`. */
  readonly url: string | null
  readonly type: 'Url' | null
}

/** Which uploads start a run, by what they are. The kinds that are on are a union. */
export interface ExtFilter {
  readonly state: 'On' | 'Off'
  readonly image: boolean
  readonly video: boolean
  readonly audio: boolean
  /** Decide by the content type of the upload. */
  readonly contentType: boolean
  readonly custom: boolean
  /** 1 to 10 when `custom`, as given; matching ignores their case and a dot in front. */
  readonly customExts: readonly string[]
  /** No filter. */
  readonly allFile: boolean
}

/** A filter that is on and lets nothing pass yet, to switch kinds on in. */
export const NO_KINDS: ExtFilter = Object.freeze({
  state: 'On',
  image: false,
  video: false,
  audio: false,
  contentType: false,
  custom: false,
  customExts: [],
  allFile: false,
})

/** One picture made of the object that comes in. */
export interface PicProcessNode {
  readonly name: string
  readonly type: 'PicProcess'
  /** Exactly one of the two is given. A rule of its own is our extension; the original knows templates only. */
  readonly templateId: string | null
  readonly inline: PicProcess | null
  readonly output: OutputPlace
  /**
   * What the job's callback says back. Our extension: the official tables have no such field in a node, but the official
   * callback of a workflow's job shows one.
   */
  readonly userData: string | null
}

/** A workflow as answers show it. Times are UTC milliseconds. */
export interface WorkflowView extends WorkflowRequest {
  readonly workflowId: string
  readonly bucket: string
  readonly createTimeMs: number
  readonly updateTimeMs: number
}

export type RunState = 'Running' | 'Success' | 'Failed' | 'Cancel'

/** A run as the list of runs shows it. Times are UTC milliseconds. */
export interface RunSummary {
  readonly runId: string
  readonly workflowId: string
  /** Key of the object that started it. */
  readonly object: string
  readonly state: RunState
  readonly createTimeMs: number
}

/** A run in all its parts. */
export interface RunView extends RunSummary {
  readonly workflowName: string
  /** As it was when the run started. */
  readonly topology: WorkflowTopology
  /** The jobs made so far, in the order in which they were made. */
  readonly tasks: readonly TaskView[]
}

/** One job of a run. Times are UTC milliseconds; `null` is shown as `-`. */
export interface TaskView {
  /** Name of the node. */
  readonly name: string
  readonly jobId: string
  readonly state: WireJobState
  readonly createTimeMs: number
  readonly startTimeMs: number | null
  readonly endTimeMs: number | null
  /** `Success` and empty unless the job failed. */
  readonly code: string
  readonly message: string
  readonly inputObject: string
  /** What it wrote: key and full address. `null` before there is something. */
  readonly result: { readonly objectName: string; readonly objectUrl: string } | null
}
