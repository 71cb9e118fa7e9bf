import type { Evidence, JobSeen, RunSeen } from './evidence.ts'
import type { FlowNode, Journal, SourceKind } from './journal.ts'

/** What somebody wanted of a job: a submit, the node of a workflow, or a batch. */
export interface WantedJob {
  /** For findings. */
  readonly what: string
  readonly input: string
  readonly output: string
  /** The receiver's path, or `null` when nobody is to be told. */
  readonly callback: string | null
  /** Codes with which it may end, `Success` among them or not. */
  readonly mayEnd: readonly string[]
}

type Told = Pick<Evidence, 'journal' | 'jobs' | 'runs'>

/** By the id of the job. A job that nobody wanted is left out. */
export function wantedJobs({ journal, jobs, runs }: Told): Map<string, WantedJob> {
  const submits = new Map(journal.submits.map((submit) => [submit.tag, submit]))
  const runsById = new Map(runs.map((run) => [run.id, run]))
  const wanted = new Map<string, WantedJob>()
  for (const job of jobs) {
    const submit = submits.get(job.tag)
    const one =
      job.run !== null
        ? ofRun(journal, job.run.node, runsById.get(job.run.id))
        : submit !== undefined
          ? { ...submit, what: submit.tag }
          : ofBatch(journal, job)
    if (one !== undefined) wanted.set(job.id, one)
  }
  return wanted
}

function ofRun(journal: Journal, name: string, run: RunSeen | undefined): WantedJob | undefined {
  const flow = journal.flows.find(({ id }) => id === run?.workflowId)
  const node = flow?.nodes.find((one) => one.name === name)
  if (run === undefined || flow === undefined || node === undefined) return undefined
  const outputOf = (of: string) => `ran/${run.id}/${of}`
  return {
    what: `${name} of run ${run.id}`,
    input: node.after === null ? run.object : outputOf(node.after),
    output: outputOf(name),
    callback: flow.callback,
    // What another node wrote is a picture.
    mayEnd: node.after === null ? endsOn(journal, run.object, node.ends) : [node.ends.picture],
  }
}

function ofBatch(journal: Journal, { tag, input, batchId }: JobSeen): WantedJob | undefined {
  const batch = journal.batches.find(({ name, workflowId }) => name === tag && workflowId === null)
  if (batch === undefined || !batch.keys.includes(input)) return undefined
  return {
    what: `${tag} for ${input}`,
    input,
    output: `batched/${batchId}/${input.slice(input.lastIndexOf('/') + 1)}`,
    callback: batch.callback,
    mayEnd: endsOn(journal, input, { picture: 'Success', wide: 'Success', broken: 'ResourceNotSupported' }),
  }
}

/** By what the key may have held. */
function endsOn(journal: Journal, key: string, ends: FlowNode['ends']): string[] {
  const writes = journal.writes.get(key) ?? []
  const kinds = writes.flatMap(({ md5 }): SourceKind[] => (md5 === null ? [] : [journal.kindOf(md5)]))
  const mayBeMissing = !writes.some(({ acknowledged }) => acknowledged)
  return [...new Set(kinds.map((kind) => ends[kind])), ...(mayBeMissing ? ['ResourceNotFound'] : [])]
}
