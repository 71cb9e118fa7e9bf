import type { Evidence, JobSeen, ObjectSeen, Receipt } from './evidence.ts'
import type { SubmitTried } from './journal.ts'

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
  return [
    ...told.journal.oddAnswers,
    ...judgeJobs(told),
    ...judgeOutputs(told),
    ...judgeEvents(told),
    ...judgeWrites(told),
    ...judgeObjects(told),
  ]
}

type Told = Omit<Evidence, 'blobs' | 'strays'>

/** Every acknowledged job is in one final state, the one it was seen in, and one it may have; no submit made two. */
function* judgeJobs({ journal, jobs }: Told): Generator<string> {
  const byId = new Map(jobs.map((job) => [job.id, job]))
  for (const { jobId, tag } of journal.submits) {
    if (jobId !== null && !byId.has(jobId)) yield `job ${jobId} (${tag}) was acknowledged and is lost`
  }
  const byTag = new Map<string, JobSeen>()
  const submits = new Map(journal.submits.map((submit) => [submit.tag, submit]))
  for (const job of jobs) {
    const submit = submits.get(job.tag)
    if (submit === undefined) yield `job ${job.id} (${job.tag}) was submitted by nobody`
    const twin = byTag.get(job.tag)
    if (twin !== undefined) yield `one submit (${job.tag}) made two jobs, ${twin.id} and ${job.id}`
    byTag.set(job.tag, job)
    yield* judgeJob(job, submit)
    const seen = journal.seenEnded.get(job.id)
    if (seen !== undefined && seen !== job.document)
      yield `job ${job.id} had ended and changed: ${seen} became ${job.document}`
    const isCancelled = job.state === 'Cancel'
    if (isCancelled && !journal.cancelTried.has(job.id)) yield `job ${job.id} is cancelled, which nobody asked for`
    if (!isCancelled && journal.cancelled.has(job.id))
      yield `job ${job.id} is ${job.state}, its cancel was acknowledged`
  }
}

function* judgeJob(job: JobSeen, submit: SubmitTried | undefined): Generator<string> {
  if (!FINAL.includes(job.state)) yield `job ${job.id} (${job.tag}) is ${job.state}, which is no final state`
  const code = job.state === 'Success' ? 'Success' : job.code
  if (submit !== undefined && FINAL.includes(job.state) && job.state !== 'Cancel' && !submit.mayEnd.includes(code)) {
    yield `job ${job.id} (${job.tag}) ended as ${job.state} ${code} "${job.message}", expected ${submit.mayEnd.join(' or ')}`
  }
}

/** Every success has its whole output, made of the very version of the source that it names. */
function* judgeOutputs({ journal, jobs, objects }: Told): Generator<string> {
  const byKey = new Map(objects.map((object) => [object.key, object]))
  const submits = new Map(journal.submits.map((submit) => [submit.tag, submit]))
  for (const job of jobs) {
    const submit = submits.get(job.tag)
    if (job.state !== 'Success') {
      if (submit !== undefined && byKey.has(submit.output)) yield `job ${job.id} is ${job.state} and has an output`
      continue
    }
    if (job.result === null) {
      yield `job ${job.id} succeeded and tells no result`
      continue
    }
    const { key, size, width, height, sourceEtag } = job.result
    if (submit !== undefined && key !== submit.output) yield `job ${job.id} wrote ${key}, expected ${submit.output}`
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
    yield* judgeSource(job, sourceEtag, output, { journal, submit })
  }
}

function* judgeSource(
  job: JobSeen,
  sourceEtag: string,
  output: ObjectSeen,
  { journal, submit }: Pick<Evidence, 'journal'> & { submit: SubmitTried | undefined },
): Generator<string> {
  if (submit === undefined) return
  const versions = journal.writes.get(submit.input) ?? []
  if (!versions.some(({ md5 }) => md5 === sourceEtag)) {
    yield `job ${job.id} names a version ${sourceEtag} of ${submit.input} that nobody wrote`
    return
  }
  const wanted = journal.colours.get(sourceEtag)
  const got = output.picture?.colour
  if (wanted === undefined || got === undefined) return
  if (wanted.some((value, channel) => Math.abs(value - got[channel]!) > COLOUR_TOLERANCE)) {
    yield `job ${job.id}: ${output.key} has the colour ${got}, its source ${sourceEtag} has ${wanted}`
  }
}

/** Every ended job was told, always in the same words; nobody was told of a cancelled one. */
function* judgeEvents({ journal, jobs, receipts }: Told): Generator<string> {
  const submits = new Map(journal.submits.map((submit) => [submit.tag, submit]))
  const byJob = groupBy(receipts, ({ jobId }) => jobId)
  const known = new Set(jobs.map(({ id }) => id))
  for (const job of jobs) {
    const told = byJob.get(job.id) ?? []
    const submit = submits.get(job.tag)
    const mustBeTold = job.state !== 'Cancel' && submit !== undefined && submit.callback !== null
    if (!mustBeTold && told.length > 0) yield `job ${job.id} is ${job.state} and was told of, which nobody asked for`
    if (!mustBeTold) continue
    if (told.length === 0) yield `job ${job.id} (${job.tag}) is ${job.state} and its event never arrived`
    else if (!told.some(isTaken)) yield `the event of job ${job.id} was sent ${told.length} times and never taken`
    yield* judgeStory(job, submit, told)
  }
  for (const jobId of byJob.keys()) if (!known.has(jobId)) yield `a receiver was told of ${jobId}, which does not exist`
  for (const [webhookId, same] of groupBy(receipts, (receipt) => receipt.webhookId)) {
    const subjects = new Set(same.map(({ jobId }) => jobId))
    if (subjects.size > 1) yield `${webhookId} was used for ${[...subjects].join(' and ')}`
  }
}

function* judgeStory(job: JobSeen, submit: SubmitTried, told: readonly Receipt[]): Generator<string> {
  const first = told[0]
  if (first === undefined) return
  if (told.some(({ webhookId }) => webhookId !== first.webhookId)) yield `job ${job.id} has two different events`
  if (told.some(({ body }) => body !== first.body)) yield `the event of job ${job.id} had two bodies`
  if (told.some(({ isSigned }) => !isSigned)) yield `the event of job ${job.id} was not signed as it should be`
  if (told.some(({ path }) => path !== submit.callback)) yield `the event of job ${job.id} went to the wrong receiver`
  if (first.state !== job.state || first.code !== job.code) {
    yield `job ${job.id} is ${job.state} ${job.code}, its event says ${first.state} ${first.code}`
  }
  // At least once, but not more often than it takes: after a 2xx only an end of the server excuses another attempt.
  for (const [boot, same] of groupBy(told.filter(isTaken), (receipt) => receipt.boot)) {
    if (same.length > 1) yield `the event of job ${job.id} was taken ${same.length} times in boot ${boot}`
  }
}

function isTaken({ answered }: Receipt): boolean {
  return answered !== null && answered >= 200 && answered < 300
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
function* judgeObjects({ journal, objects }: Told): Generator<string> {
  const outputs = new Set(journal.submits.map(({ output }) => output))
  for (const { key, listed, head, body } of objects) {
    if (!journal.writes.has(key) && !outputs.has(key)) yield `${key} was written by nobody`
    if (new Set([listed.size, head.size, body.size]).size > 1) {
      yield `${key} has ${body.size} bytes, HEAD tells ${head.size}, the list ${listed.size}`
    }
    if (new Set([listed.etag, head.etag, body.md5]).size > 1) {
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

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}
