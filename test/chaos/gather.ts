import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { readXml } from '../../src/wire/index.ts'
import { find, textAt } from '../support/house.ts'
import { type Clients, detailsIn, md5 } from './clients.ts'
import { slowCrc64 } from './crc64.ts'
import { batchIn, jobIn, runsIn } from './documents.ts'
import type { BatchSeen, Evidence, JobSeen, ObjectSeen, RunSeen } from './evidence.ts'
import type { Journal } from './journal.ts'
import { readPages } from './pages.ts'
import type { Receivers } from './receivers.ts'

const AT_ONCE = 6

export interface GatherOptions {
  readonly clients: Clients
  readonly journal: Journal
  readonly receivers: Receivers
  readonly dataDir: string
  /** How long the last jobs and events may take, and then the left-overs to go. */
  readonly withinMs: number
}

/** What is told over the wire; the rest is what lies on disk. */
export type Told = Omit<Evidence, 'blobs' | 'strays'>

/**
 * Waits until everything has come to rest, or the time is up, and asks for whatever there is.
 *
 * @param before an earlier look: objects that the list tells unchanged are not read again
 */
export async function gatherTold(options: GatherOptions, before?: Told): Promise<Told> {
  const { clients, journal, receivers } = options
  const resting = await whatRests(options, before)
  const known = new Map(before?.objects.map((object) => [`${object.key} ${object.listed.etag}`, object]))
  const objects = await inLanes(
    await listKeys(clients),
    async (listed) => known.get(`${listed.key} ${listed.etag}`) ?? (await lookAtObject(clients, listed)),
  )
  return { journal, ...resting, objects, receipts: [...receivers.log] }
}

/** The same, and what lies on disk once the cleaner was there. */
export async function gather(options: GatherOptions): Promise<Evidence> {
  const { dataDir, withinMs } = options
  const told = await gatherTold(options)
  const until = Date.now() + withinMs
  for (;;) {
    const files = await filesIn(dataDir)
    const isTidy = files.strays.length === 0 && files.blobs.length === told.objects.length
    if (isTidy || Date.now() > until) return { ...told, ...files }
    // The cleaner announces nothing to the outside.
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

type Resting = Pick<Evidence, 'jobs' | 'runs' | 'batches'>

/** All jobs, runs and batches, once none is on its way and everything that had to be told was. Late ones are the judge's. */
async function whatRests(options: GatherOptions, before?: Resting): Promise<Resting> {
  const { receivers, withinMs } = options
  const until = Date.now() + withinMs
  for (let known = before?.runs ?? []; ; ) {
    const seen = await lookAround(options, known)
    known = seen.runs
    if (isAtRest(seen, options) || Date.now() > until) return seen
    await receivers.next(100)
  }
}

function isAtRest({ jobs, runs, batches }: Resting, { journal, receivers }: GatherOptions): boolean {
  const toldTags = new Set(
    [...journal.submits.map(({ tag, callback }) => ({ tag, callback })), ...journal.batches.map(toTag)]
      .filter(({ callback }) => callback !== null)
      .map(({ tag }) => tag),
  )
  const isTold = ({ id, tag, run }: JobSeen) => (run === null && !toldTags.has(tag)) || receivers.hasTaken(id)
  return (
    jobs.every((job) => job.state === 'Cancel' || (isEnd(job.state) && isTold(job))) &&
    runs.every(({ id, state }) => isEnd(state) && receivers.hasTaken(id)) &&
    batches.every(({ state, created, ended }) => isEnd(state) && created === ended)
  )
}

const toTag = ({ name, callback }: Journal['batches'][number]) => ({ tag: name, callback })

function isEnd(state: string): boolean {
  return state === 'Success' || state === 'Failed' || state === 'Cancel'
}

/**
 * What the lists say now.
 *
 * @param known runs of an earlier look: those that had ended are not asked for again
 */
async function lookAround({ clients, journal }: GatherOptions, known: readonly RunSeen[]): Promise<Resting> {
  // Batches first, then runs, then jobs: what is made in between is not missing where it belongs to.
  const batches: BatchSeen[] = (await readPages(clients, '/inventorytriggerjob', 'JobsDetail')).map(batchIn)
  const batchOfRun = new Map<string, string>()
  const batchOfJob = new Map<string, string>()
  for (const { id } of batches) {
    const details = await readPages(clients, `/jobs?inventoryTriggerJobId=${id}`, 'JobsDetail')
    for (const detail of details) batchOfJob.set(textAt(detail, 'JobId'), id)
    for (const flow of journal.flows) {
      for (const run of await listRuns(clients, `${flow.id}&jobId=${id}`)) batchOfRun.set(run, id)
    }
  }
  const ids: string[] = []
  for (const flow of journal.flows) ids.push(...(await listRuns(clients, flow.id)))
  const ended = new Map(known.filter(({ state }) => isEnd(state)).map((run) => [run.id, run]))
  const runs = await inLanes(ids, async (id) => {
    const before = ended.get(id)
    // It may have been made and have ended between the looks at its batch and at it.
    if (before !== undefined) return { ...before, batchId: batchOfRun.get(id) ?? before.batchId }
    const answer = await clients.ci({ target: `/workflowexecution/${id}` })
    if (answer?.status !== 200) throw new Error(`a run was answered ${answer?.status} ${answer?.text}`)
    return { ...runsIn(answer.xml())[0]!, batchId: batchOfRun.get(id) ?? null } satisfies RunSeen
  })
  const jobs = (await listJobs(clients)).map((job) => ({ ...job, batchId: batchOfJob.get(job.id) ?? null }))
  return { batches, runs, jobs }
}

async function listRuns(clients: Clients, query: string): Promise<string[]> {
  const runs = await readPages(clients, `/workflowexecution?workflowId=${query}`, 'WorkflowExecutionList')
  return runs.map((run) => textAt(run, 'RunId'))
}

/** Each with its document as text: what an ended job says must never change. */
async function listJobs(clients: Clients): Promise<JobSeen[]> {
  const jobs: JobSeen[] = []
  let token = ''
  do {
    const answer = await clients.ci({ target: `/jobs?size=100&orderByTime=Asc&nextToken=${token}` })
    if (answer?.status !== 200) throw new Error(`the list of jobs was answered ${answer?.status} ${answer?.text}`)
    jobs.push(...detailsIn(answer.text).map((document) => jobIn(readXml(Buffer.from(document)), document)))
    token = encodeURIComponent(textAt(answer.xml(), 'NextToken'))
  } while (token !== '')
  return jobs
}

interface Listed {
  readonly key: string
  readonly size: number
  readonly etag: string
}

async function listKeys(clients: Clients): Promise<Listed[]> {
  const listed: Listed[] = []
  let marker = ''
  do {
    const answer = await clients.cos({ target: `/?max-keys=1000&marker=${encodeURIComponent(marker)}` })
    if (answer?.status !== 200) throw new Error(`the list of objects was answered ${answer?.status} ${answer?.text}`)
    const document = answer.xml()
    for (const one of document.children.filter(({ name }) => name === 'Contents')) {
      listed.push({ key: textAt(one, 'Key'), size: Number(textAt(one, 'Size')), etag: unquoted(textAt(one, 'ETag')) })
    }
    marker = find(document, 'NextMarker')?.text ?? ''
  } while (marker !== '')
  return listed
}

async function lookAtObject(clients: Clients, { key, ...listed }: Listed): Promise<ObjectSeen> {
  const head = await clients.cos({ method: 'HEAD', target: `/${key}` })
  const got = await clients.cos({ target: `/${key}` })
  // What cannot be read has no bytes: the judge then says what is missing.
  const bytes = got?.status === 200 ? got.body : Buffer.alloc(0)
  return {
    key,
    listed,
    head: {
      size: Number(head?.headers['content-length']),
      etag: unquoted(String(head?.headers.etag)),
      crc64: String(head?.headers['x-cos-hash-crc64ecma']),
    },
    body: { size: bytes.length, md5: md5(bytes), crc64: slowCrc64(bytes) },
    picture: await pictureIn(bytes),
  }
}

async function pictureIn(bytes: Buffer): Promise<ObjectSeen['picture']> {
  try {
    const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true })
    const at = (Math.floor(info.height / 2) * info.width + Math.floor(info.width / 2)) * info.channels
    return { width: info.width, height: info.height, colour: [data[at]!, data[at + 1]!, data[at + 2]!] }
  } catch {
    return null
  }
}

/** What lies in the data folder: blobs, and what should have gone. */
async function filesIn(dataDir: string): Promise<Pick<Evidence, 'blobs' | 'strays'>> {
  const blobs: { name: string; size: number; md5: string }[] = []
  const strays: string[] = []
  const blobFolder = join(dataDir, 'blobs')
  for (const shard of await readdir(blobFolder)) {
    for (const name of await readdir(join(blobFolder, shard))) {
      if (shard.startsWith('.')) strays.push(`blobs/${shard}/${name}`)
      else {
        const bytes = await readFile(join(blobFolder, shard, name)).catch(() => Buffer.alloc(0))
        blobs.push({ name: `${shard}/${name}`, size: bytes.length, md5: md5(bytes) })
      }
    }
  }
  // Empty ones wait to be used again.
  for (const name of await readdir(join(dataDir, 'attempts'))) {
    const left = await readdir(join(dataDir, 'attempts', name)).catch(() => [])
    if (left.length > 0) strays.push(`attempts/${name}`)
  }
  // One folder is the running pool's.
  const engines = join(dataDir, 'engines')
  const pools = existsSync(engines) ? await readdir(engines) : []
  if (pools.length > 1) strays.push(`engines/ (${pools.length} folders of pools)`)
  return { blobs, strays }
}

/** Works on all items, a few at a time. */
async function inLanes<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = new Array(items.length)
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++
      results[at] = await work(items[at]!)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return results
}

function unquoted(etag: string): string {
  return etag.replaceAll('"', '')
}
