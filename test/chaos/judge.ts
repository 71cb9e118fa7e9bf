import type { Evidence, JobSeen, ObjectSeen } from './evidence.ts'
import { groupBy } from './group-by.ts'
import { judgeBatches } from './judge-batches.ts'
import { judgeEvents } from './judge-events.ts'
import { judgeRuns } from './judge-runs.ts'
import { type WantedJob, wantedJobs } from './wanted-jobs.ts'

const FINAL = ['Success', 'Failed', 'Cancel']
/** JPEG of one colour comes back nearly exact. */
const COLOUR_TOLERANCE = 10

/**
 * What is wrong, a line each; nothing when every promise was kept. Pure, and knows nothing of how the server works: it
 * compares what clients were told with what is there.
 */
export function judge(evidence: Evidence): string[] {
  return [...judgeTold(evidence), ...judgeFiles(evidence)]
}

/** The part of it that the wire shows. */
export function judgeTold(told: Told): string[] {
  const wanted = wantedJobs(told)
  return [
    ...told.journal.oddAnswers,
    ...judgeJobs(told, wanted),
    ...judgeOutputs(told, wanted),
    ...judgeRuns(told),
    ...judgeBatches(told),
    ...judgeEvents(told, wanted),
    ...judgeWrites(told),
    ...judgeObjects(told, wanted),
  ]
}

type Told = Omit<Evidence, 'blobs' | 'strays'>
type Wanted = ReadonlyMap<string, WantedJob>

/** Every acknowledged job is in one final state, the one it was seen in, and one it may have; no submit made two. */
function* judgeJobs({ journal, jobs }: Told, wanted: Wanted): Generator<string> {
  const byId = new Map(jobs.map((job) => [job.id, job]))
  for (const { jobId, tag } of journal.submits) {
    if (jobId !== null && !byId.has(jobId)) yield `job ${jobId} (${tag}) was acknowledged and is lost`
  }
  const tags = new Set(journal.submits.map(({ tag }) => tag))
  for (const [tag, [first, twin]] of groupBy(jobs, (job) => job.tag)) {
    if (tags.has(tag) && twin !== undefined) yield `one submit (${tag}) made two jobs, ${first!.id} and ${twin.id}`
  }
  for (const job of jobs) {
    const mine = wanted.get(job.id)
    if (mine === undefined) yield `job ${job.id} (${job.tag}) was submitted by nobody`
    yield* judgeJob(job, mine)
    const seen = journal.seenEnded.get(job.id)
    if (seen !== undefined && seen !== job.document)
      yield `job ${job.id} had ended and changed: ${seen} became ${job.document}`
    const isCancelled = job.state === 'Cancel'
    const mayBeCancelled =
      journal.cancelTried.has(job.id) || (job.batchId !== null && journal.batchCancelTried.has(job.batchId))
    if (isCancelled && !mayBeCancelled) yield `job ${job.id} is cancelled, which nobody asked for`
    if (!isCancelled && journal.cancelled.has(job.id))
      yield `job ${job.id} is ${job.state}, its cancel was acknowledged`
  }
}

function* judgeJob(job: JobSeen, wanted: WantedJob | undefined): Generator<string> {
  if (!FINAL.includes(job.state)) yield `job ${job.id} (${job.tag}) is ${job.state}, which is no final state`
  const code = job.state === 'Success' ? 'Success' : job.code
  if (wanted !== undefined && FINAL.includes(job.state) && job.state !== 'Cancel' && !wanted.mayEnd.includes(code)) {
    yield `job ${job.id} (${wanted.what}) ended as ${job.state} ${code} "${job.message}", expected ${wanted.mayEnd.join(' or ')}`
  }
  if (wanted !== undefined && job.input !== wanted.input) {
    yield `job ${job.id} (${wanted.what}) works on ${job.input}, expected ${wanted.input}`
  }
}

/** Every success has its whole output, made of the very version of the source that it names. */
function* judgeOutputs(told: Told, wanted: Wanted): Generator<string> {
  const byKey = new Map(told.objects.map((object) => [object.key, object]))
  for (const job of told.jobs) {
    const mine = wanted.get(job.id)
    if (job.state !== 'Success') {
      if (mine !== undefined && byKey.has(mine.output)) yield `job ${job.id} is ${job.state} and has an output`
      continue
    }
    if (job.result === null) {
      yield `job ${job.id} succeeded and tells no result`
      continue
    }
    const { key, size, width, height, sourceEtag } = job.result
    if (mine !== undefined && key !== mine.output) yield `job ${job.id} wrote ${key}, expected ${mine.output}`
    const output = byKey.get(key)
    if (output === undefined) {
      yield `job ${job.id} succeeded and its output ${key} is not there`
      continue
    }
    if (output.body.size !== size) yield `job ${job.id} told ${size} bytes, ${key} has ${output.body.size}`
    if (output.picture === null) yield `job ${job.id}: ${key} is no picture`
    else if (output.picture.width !== width || output.picture.height !== height) {
      yield `job ${job.id} told ${width}x${height}, ${key} is ${output.picture.width}x${output.picture.height}`
    }
    if (mine !== undefined) yield* judgeSource(job, sourceEtag, output, coloursAt(told, byKey, mine.input))
  }
}

/** The versions that a key had, each with its colour: what clients wrote there, or what a job did. */
function coloursAt(
  { journal }: Told,
  byKey: ReadonlyMap<string, ObjectSeen>,
  key: string,
): Map<string | null, readonly number[] | undefined> {
  const writes = journal.writes.get(key)
  if (writes !== undefined) return new Map(writes.map(({ md5 }) => [md5, journal.colours.get(md5 ?? '')]))
  const made = byKey.get(key)
  return new Map(made === undefined ? [] : [[made.body.md5, made.picture?.colour]])
}

function* judgeSource(
  job: JobSeen,
  sourceEtag: string,
  output: ObjectSeen,
  colours: ReadonlyMap<string | null, readonly number[] | undefined>,
): Generator<string> {
  if (!colours.has(sourceEtag)) {
    yield `job ${job.id} names a version ${sourceEtag} of ${job.input} that nobody wrote`
    return
  }
  const wanted = colours.get(sourceEtag)
  const got = output.picture?.colour
  if (wanted === undefined || got === undefined) return
  if (wanted.some((value, channel) => Math.abs(value - got[channel]!) > COLOUR_TOLERANCE)) {
    yield `job ${job.id}: ${output.key} has the colour ${got}, its source ${sourceEtag} has ${wanted}`
  }
}

/** A key holds what was acknowledged last, or what somebody tried to write since. */
function* judgeWrites({ journal, objects }: Told): Generator<string> {
  const byKey = new Map(objects.map((object) => [object.key, object]))
  for (const [key, writes] of journal.writes) {
    const lastTold = writes.findLastIndex(({ acknowledged }) => acknowledged)
    const possible = new Set(writes.slice(Math.max(lastTold, 0)).map(({ md5 }) => md5))
    // Nothing was ever acknowledged: then nothing may be there as well.
    if (lastTold < 0) possible.add(null)
    const found = byKey.get(key)?.body.md5 ?? null
    if (!possible.has(found)) {
      yield `${key} is ${found ?? 'not there'}, expected ${[...possible].map((md5) => md5 ?? 'nothing').join(' or ')}`
    }
  }
}

/** Lists, HEAD and GET agree with each other and with the bytes; every object is somebody's. */
function* judgeObjects({ journal, objects }: Told, wanted: Wanted): Generator<string> {
  const outputs = new Set([...wanted.values()].map(({ output }) => output))
  for (const { key, listed, head, body } of objects) {
    if (!journal.writes.has(key) && !outputs.has(key)) yield `${key} was written by nobody`
    if (new Set([listed.size, head.size, body.size]).size > 1) {
      yield `${key} has ${body.size} bytes, HEAD tells ${head.size}, the list ${listed.size}`
    }
    const inParts = journal.writes.get(key)?.some(({ md5, etag }) => md5 === body.md5 && etag === head.etag) ?? false
    if (new Set([listed.etag, head.etag, ...(inParts ? [] : [body.md5])]).size > 1) {
      yield `${key} has the MD5 ${body.md5}, HEAD tells ${head.etag}, the list ${listed.etag}`
    }
    if (head.crc64 !== body.crc64) yield `${key} has the CRC-64 ${body.crc64}, HEAD tells ${head.crc64}`
  }
}

/** On disk lies what the objects are made of, once each, and nothing else. */
function* judgeFiles({ objects, blobs, strays }: Evidence): Generator<string> {
  for (const stray of strays) yield `${stray} was left behind`
  const wanted = new Map<string, number>()
  for (const { body } of objects) wanted.set(body.md5, (wanted.get(body.md5) ?? 0) + 1)
  for (const { name, md5 } of blobs) {
    const left = wanted.get(md5) ?? 0
    if (left === 0) yield `the blob ${name} belongs to no object`
    else wanted.set(md5, left - 1)
  }
  for (const [md5, missing] of wanted) if (missing > 0) yield `${missing} blobs with the MD5 ${md5} are not on disk`
}
