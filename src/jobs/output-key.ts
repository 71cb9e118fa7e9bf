import { Failure } from '../base/index.ts'
import { said } from '../wire/index.ts'
import type { Job } from './job.ts'

/** What the placeholders of an output key stand for. */
export interface OutputFacts {
  /** Key of the source. */
  readonly inputKey: string
  /** Extension of the result's format, without a dot. */
  readonly extension: string
  readonly jobId: string
  /** Of the run the job belongs to; a plain job has none and keeps `${RunId}` as it stands. */
  readonly runId: string | null
  /** Of the batch that made the job; without one `${InventoryTriggerJobId}` stays too. */
  readonly batchId: string | null
}

/**
 * The key that is written. Placeholders are known in any case (`${ext}`, `${Ext}`); unknown ones, and known ones that
 * have no value here, stay as they stand. One leading slash goes, which `${InputPath}/x` has for a source without folder.
 *
 * @source the placeholder table of the workflow pages; case and leading slash are our reading of the samples
 */
export function resolveOutputKey(text: string, facts: OutputFacts): string {
  const slash = facts.inputKey.lastIndexOf('/')
  const fileName = facts.inputKey.slice(slash + 1)
  const dot = fileName.lastIndexOf('.')
  const values: Record<string, string | null> = {
    inputpath: slash < 0 ? '' : facts.inputKey.slice(0, slash),
    // A name that begins with its only dot has no extension: `.profile`.
    inputname: dot > 0 ? fileName.slice(0, dot) : fileName,
    inputnameandext: fileName,
    ext: facts.extension,
    jobid: facts.jobId,
    runid: facts.runId,
    inventorytriggerjobid: facts.batchId,
  }
  const resolved = text.replace(/\$\{([A-Za-z]+)\}/g, (whole, name: string) => values[name.toLowerCase()] ?? whole)
  return resolved.startsWith('/') ? resolved.slice(1) : resolved
}

/**
 * Whether a result would take the place of one of these keys, as far as the text of an output key can tell: what only
 * turns out with the format of the result, or with another key, is refused when it is about to be written.
 */
export function mayOverwrite(output: string, inputKeys: readonly string[]): boolean {
  return inputKeys.some((inputKey) => resolveOutputKey(output, { inputKey, ...unknownFacts('') }) === inputKey)
}

/** Facts that nobody knows before the work. @param of tells the facts of one piece of work from those of another */
export const unknownFacts = (of: string): Omit<OutputFacts, 'inputKey'> => ({
  extension: `\0${of}`,
  jobId: `\0job ${of}`,
  runId: '\0run',
  batchId: '\0batch',
})

/**
 * The key that a job writes. In a run the placeholders speak of the object that started it, whatever the job works on;
 * and a job of a run or of a batch may take the place neither of that object nor of the one it works on, which only turns
 * out here when the key depends on the format of the result: nobody looks at each of them, and originals would be lost.
 *
 * @param extension of the result's format, without a dot
 * @throws Failure `InvalidArgument`
 */
export function outputKeyOf(
  job: Pick<Job, 'id' | 'bucket' | 'inputObject' | 'output' | 'origin' | 'batchId'>,
  extension: string,
): string {
  const { workflow, runObject = job.inputObject } = job.origin ?? {}
  const key = resolveOutputKey(job.output.object, {
    inputKey: runObject,
    extension,
    jobId: job.id,
    runId: workflow?.runId ?? null,
    batchId: job.batchId,
  })
  const isOneOfMany = workflow !== undefined || job.batchId !== null
  if (isOneOfMany && job.output.bucket === job.bucket && (key === job.inputObject || key === runObject)) {
    const ofWhat = workflow === undefined ? '' : ` of ${workflow.name}`
    throw new Failure(
      'InvalidArgument',
      `Operation.Output.Object${ofWhat} is ${said(job.output.object)}, which here is ${said(key)}, the object that it works on: expected another key.`,
    )
  }
  return key
}
