/** A submit, as its client knows it. */
export interface SubmitTried {
  /** Its `UserData`, which no other submit has: by it a job is recognised whose answer was never seen. */
  readonly tag: string
  readonly input: string
  readonly output: string
  /** The receiver's path, or `null` when nobody is to be told. */
  readonly callback: string | null
  /** Codes with which it may end, `Success` among them or not. */
  readonly mayEnd: readonly string[]
  /** The job's id when the answer was 200; `null` when nobody knows. */
  readonly jobId: string | null
}

/** A change of one key by the one client that writes it, in the order in which it made them. */
export interface WriteTried {
  /** MD5 of the bytes, hex; `null`: the key was deleted. */
  readonly md5: string | null
  readonly acknowledged: boolean
  /** What the object says as its ETag, when that is not the MD5: it came in parts. */
  readonly etag?: string
  /** Of the answer, when it was one and this was a write. */
  readonly requestId?: string
}

/** What the bytes of a source are: a picture, one too wide for some rules, or none at all. */
export type SourceKind = 'picture' | 'wide' | 'broken'

/** A workflow, as the clients made it. */
export interface Flow {
  readonly id: string
  /** Every write below it starts a run, or `null`: only hands and batches do. */
  readonly prefix: string | null
  /** The receiver's path for `TaskFinish` and `WorkflowFinish`. */
  readonly callback: string
  readonly nodes: readonly FlowNode[]
}

export interface FlowNode {
  readonly name: string
  /** The node it works on the result of; `null`: on the object that started the run. */
  readonly after: string | null
  /** Codes with which its job may end, by what it works on. */
  readonly ends: Readonly<Record<SourceKind, string>>
}

/** A run that was asked for by hand. */
export interface TriggerTried {
  readonly workflowId: string
  readonly object: string
  readonly runId: string | null
}

/** A batch over all objects below a prefix, which nobody writes meanwhile. */
export interface BatchTried {
  /** No other batch has it; of a batch of jobs it is the jobs' `UserData` as well. */
  readonly name: string
  /** `null`: a batch of jobs. */
  readonly workflowId: string | null
  readonly keys: readonly string[]
  /** Of a batch of jobs. */
  readonly callback: string | null
  readonly batchId: string | null
}

/** What the clients did, what they were told, and what they cannot know. */
export class Journal {
  readonly submits: SubmitTried[] = []
  readonly writes = new Map<string, WriteTried[]>()
  /** Ids of jobs whose cancel was answered 200. */
  readonly cancelled = new Set<string>()
  /** Ids of jobs that somebody tried to cancel. */
  readonly cancelTried = new Set<string>()
  /** The document of an ended job, as somebody saw it first. */
  readonly seenEnded = new Map<string, string>()
  /** The colour of a source picture, by the MD5 of its bytes. */
  readonly colours = new Map<string, readonly [number, number, number]>()
  /** What the bytes of a source are, by their MD5. Those of no picture are left out. */
  readonly kinds = new Map<string, SourceKind>()
  readonly flows: Flow[] = []
  readonly triggers: TriggerTried[] = []
  readonly batches: BatchTried[] = []
  /** Ids of batches that somebody tried to cancel. */
  readonly batchCancelTried = new Set<string>()
  /** What a batch had made (jobs, or runs) when its cancel had been answered 200, by its id. */
  readonly madeAtCancel = new Map<string, readonly string[]>()
  /** Answers that nobody may get. */
  readonly oddAnswers: string[] = []

  noteWrite(key: string, write: WriteTried): void {
    const writes = this.writes.get(key)
    if (writes === undefined) this.writes.set(key, [write])
    else writes.push(write)
  }

  kindOf(md5: string): SourceKind {
    return this.kinds.get(md5) ?? 'broken'
  }
}
