/** What the placeholders of an output key stand for. */
export interface OutputFacts {
  /** Key of the source. */
  readonly inputKey: string
  /** Extension of the result's format, without a dot. */
  readonly extension: string
  readonly jobId: string
  /** Of the run the job belongs to; a plain job has none and keeps `${RunId}` as it stands. */
  readonly runId: string | null
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
  }
  const resolved = text.replace(/\$\{([A-Za-z]+)\}/g, (whole, name: string) => values[name.toLowerCase()] ?? whole)
  return resolved.startsWith('/') ? resolved.slice(1) : resolved
}
