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
  /** Answers that nobody may get. */
  readonly oddAnswers: string[] = []

  noteWrite(key: string, write: WriteTried): void {
    const writes = this.writes.get(key)
    if (writes === undefined) this.writes.set(key, [write])
    else writes.push(write)
  }
}
