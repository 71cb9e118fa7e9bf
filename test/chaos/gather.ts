import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { readXml } from '../../src/wire/index.ts'
import { find, textAt } from '../support/house.ts'
import { type Clients, detailsIn, md5 } from './clients.ts'
import { slowCrc64 } from './crc64.ts'
import type { Evidence, JobSeen, ObjectSeen } from './evidence.ts'
import type { Journal } from './journal.ts'
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
  const jobs = await restingJobs(options)
  const known = new Map(before?.objects.map((object) => [`${object.key} ${object.listed.etag}`, object]))
  const objects = await inLanes(
    await listKeys(clients),
    async (listed) => known.get(`${listed.key} ${listed.etag}`) ?? (await lookAtObject(clients, listed)),
  )
  return { journal, jobs, objects, receipts: [...receivers.log] }
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

/** All jobs, once none is on its way and every one that had to be told of was. Late ones are the judge's. */
async function restingJobs({ clients, journal, receivers, withinMs }: GatherOptions): Promise<JobSeen[]> {
  const until = Date.now() + withinMs
  const toldTags = new Set(journal.submits.filter(({ callback }) => callback !== null).map(({ tag }) => tag))
  for (;;) {
    const jobs = await listJobs(clients)
    const isResting = jobs.every(
      ({ id, tag, state }) =>
        state === 'Cancel' ||
        ((state === 'Success' || state === 'Failed') && (!toldTags.has(tag) || receivers.hasTaken(id))),
    )
    if (isResting || Date.now() > until) return jobs
    await receivers.next(100)
  }
}

async function listJobs(clients: Clients): Promise<JobSeen[]> {
  const jobs: JobSeen[] = []
  let token = ''
  do {
    const answer = await clients.ci({ target: `/jobs?size=100&orderByTime=Asc&nextToken=${token}` })
    if (answer?.status !== 200) throw new Error(`the list of jobs was answered ${answer?.status} ${answer?.text}`)
    jobs.push(...detailsIn(answer.text).map(jobSeen))
    token = encodeURIComponent(textAt(answer.xml(), 'NextToken'))
  } while (token !== '')
  return jobs
}

function jobSeen(document: string): JobSeen {
  const detail = readXml(Buffer.from(document))
  const told = find(detail, 'Operation/PicProcessResult')
  return {
    id: textAt(detail, 'JobId'),
    tag: textAt(detail, 'Operation/UserData'),
    state: textAt(detail, 'State'),
    code: textAt(detail, 'Code'),
    message: textAt(detail, 'Message'),
    document,
    result:
      told === undefined
        ? null
        : {
            key: textAt(told, 'ObjectName'),
            size: Number(textAt(told, 'ProcessResult/Size')),
            width: Number(textAt(told, 'ProcessResult/Width')),
            height: Number(textAt(told, 'ProcessResult/Height')),
            sourceEtag: unquoted(textAt(told, 'OriginalInfo/Etag')),
          },
  }
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
  for (const name of await readdir(join(dataDir, 'attempts'))) strays.push(`attempts/${name}`)
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
