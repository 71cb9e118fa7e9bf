import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, open, readdir, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { openSqliteInProcess } from '../../src/database/sqlite/index.ts'
import { type House, jobXml, startHouse, textAt } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'

const MB = 1024 * 1024

/** Mounts a small disk of its own, which only root may; says why not. */
function mountSmallDisk(folder: string, megabytes: number): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root on Linux may mount a small disk'
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], {
    encoding: 'utf8',
  })
  return status === 0 ? null : `no small disk can be mounted here: ${stderr}`
}

let disk: string

async function whyNot(): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-mount-'))
  const reason = mountSmallDisk(folder, 1)
  if (reason === null) execFileSync('umount', [folder])
  await rm(folder, { recursive: true })
  return reason
}

beforeEach(async () => {
  disk = await mkdtemp(join(tmpdir(), 'pixmill-disk-'))
})
afterEach(async () => {
  spawnSync('umount', ['-l', disk])
  await rm(disk, { recursive: true, force: true })
})

const ballast = () => join(disk, 'ballast')

/** Fills the disk up until so many bytes are free; 0 to its last byte. */
async function fill(leaveBytes: number): Promise<void> {
  const file = await open(ballast(), 'a')
  try {
    for (let step = MB; step >= 1; ) {
      const { bavail, bsize } = await statfs(disk)
      const room = bavail * bsize - leaveBytes
      if (leaveBytes > 0 && room <= 0) return
      try {
        const piece = leaveBytes > 0 ? Math.min(step, room) : step
        const { bytesWritten } = await file.write(Buffer.alloc(piece))
        if (bytesWritten < piece) step = Math.floor(step / 16)
      } catch {
        step = Math.floor(step / 16)
      }
    }
  } finally {
    await file.close()
  }
}

const free = () => rm(ballast())

/** A picture of which every lossless form is large: 4.5 MB of chance. */
function noise(): Promise<Buffer> {
  const raw = { width: 1_500, height: 1_000, channels: 3 as const }
  return sharp(randomBytes(raw.width * raw.height * raw.channels), { raw })
    .jpeg({ quality: 95 })
    .toBuffer()
}

const reason = await whyNot()

describe.skipIf(reason !== null)(`a full disk${reason === null ? '' : ` (${reason})`}`, () => {
  let house: House
  let data: string

  async function start(environment: Record<string, string> = {}): Promise<void> {
    mountSmallDisk(disk, 160)
    data = join(disk, 'data')
    house = await startHouse({ PIXMILL_DATA_DIR: data, ...environment })
    onTestFinished(() => house.close())
    await ready(200)
  }

  async function ready(status: number): Promise<void> {
    // Engines may still be starting.
    for (;;) {
      const answer = await house.send('localhost', { target: '/-/readyz', signed: false })
      if (answer.status === status) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  const put = (key: string, body: Uint8Array) => house.cos({ method: 'PUT', target: `/${key}`, body })
  const submit = (xml: string) => house.ci({ method: 'POST', target: '/jobs', body: xml })

  test('uploads and jobs are refused, what is there is served and can be deleted, and all is well with room again', async () => {
    await start()
    const picture = await jpeg(64, 64)
    await house.put('in.jpg', picture)
    await house.put('other.jpg', picture)
    await fill(32 * MB)
    await ready(503)
    const refused = await put('new.jpg', picture)
    expect(refused.status).toBe(503)
    expect(textAt(refused.xml(), 'Code')).toBe('ServiceUnavailable')
    expect((await submit(jobXml({ rule: 'imageMogr2/thumbnail/32x' }))).status).toBe(503)
    expect((await house.cos({ target: '/in.jpg' })).body.equals(picture)).toBe(true)
    expect((await house.cos({ method: 'DELETE', target: '/other.jpg' })).status).toBe(204)
    expect((await house.cos({ target: '/new.jpg' })).status).toBe(404)
    await free()
    await ready(200)
    expect((await put('new.jpg', picture)).status).toBe(200)
    const id = await house.submit(jobXml({ rule: 'imageMogr2/thumbnail/32x' }))
    expect(textAt(await house.ended(id), 'State')).toBe('Success')
  })

  test('full to the last byte: the ledger refuses and goes on, jobs wait and succeed when there is room again', async () => {
    await start({ PIXMILL_JOB_RETRY_WAITS: Array(300).fill(200).join(',') })
    const picture = await noise()
    await house.put('in.jpg', picture)
    const queueId = textAt((await house.ci({ method: 'POST', target: '/picbucket' })).xml(), 'PicBucket/BucketId')
    expect(queueId).not.toBe('')
    const queue = textAt((await house.ci({ target: '/picqueue' })).xml(), 'QueueList/QueueId')
    const setState = async (state: string) =>
      house.ci({ method: 'PUT', target: `/picqueue/${queue}`, body: `<Request><State>${state}</State></Request>` })
    await setState('Paused')
    const ids = []
    for (let n = 0; n < 3; n += 1) {
      const rule = 'imageMogr2/format/png'
      const callback = `${house.receiver.url}/hook`
      ids.push(await house.submit(jobXml({ rule, output: `out-${n}.png`, callback })))
    }
    // A little is left, which the results need more than.
    await fill(3 * MB)
    await setState('Active')
    const returned = house.app.signals.worker.next(
      'job returned',
      (facts) => (facts as { why: string }).why === 'retry',
    )
    await returned
    await fill(0)
    // Whoever asks for a change now is told that there is no room; the ledger thread lives and answers questions.
    const answers = await Promise.all([
      house.ci({ target: `/jobs/${ids[0]}` }),
      house.cos({ target: '/in.jpg' }),
      put('new.jpg', picture),
      submit(jobXml({ rule: 'imageMogr2/strip' })),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 503, 503])
    expect(await readdir(join(data, 'blobs/.writing'))).toEqual([])
    await free()
    await ready(200)
    for (const [n, id] of ids.entries()) {
      expect(textAt(await house.ended(id), 'State')).toBe('Success')
      const output = await house.cos({ target: `/out-${n}.png` })
      expect(output.body.subarray(1, 4).toString()).toBe('PNG')
      expect(output.headers['content-length']).toBe(String(output.body.length))
    }
    const told = await Promise.all([0, 1, 2].map((n) => house.receiver.nth(n)))
    expect(new Set(told.map(({ headers }) => headers['webhook-id'])).size).toBe(3)
    // Each job has its result once, each source its blob; nothing half-written lies about.
    expect(await readdir(join(data, 'blobs/.writing'))).toEqual([])
    const shards = (await readdir(join(data, 'blobs'))).filter((name) => name !== '.writing')
    const blobs = await Promise.all(shards.map((shard) => readdir(join(data, 'blobs', shard))))
    expect(blobs.flat()).toHaveLength(4)
  })

  test('pictures that are stored on request need room for all of them, and leave nothing of any', async () => {
    await start()
    await house.put('in.jpg', await noise())
    // Room for one picture and not for two.
    await fill(6 * MB)
    const rules = ['one', 'two'].map((name) => ({ fileid: `${name}.png`, rule: 'imageMogr2/format/png' }))
    const headers = { 'pic-operations': JSON.stringify({ rules }), 'content-length': '0' }
    const answer = await house.cos({ method: 'POST', target: '/in.jpg?image_process', headers })
    expect([answer.status, textAt(answer.xml(), 'Code')]).toEqual([503, 'ServiceUnavailable'])
    for (const { fileid } of rules) expect((await house.cos({ target: `/${fileid}` })).status).toBe(404)
    await free()
    await ready(200)
    const shards = await readdir(join(data, 'blobs'))
    const blobs = await Promise.all(shards.map((shard) => readdir(join(data, 'blobs', shard))))
    expect(blobs.flat()).toHaveLength(1)
    expect((await house.cos({ method: 'POST', target: '/in.jpg?image_process', headers })).status).toBe(200)
  })

  test('a job whose result never finds room fails after its last try', async () => {
    await start({ PIXMILL_JOB_RETRY_WAITS: '10,10' })
    await house.put('in.jpg', await noise())
    const id = await (async () => {
      await house.ci({ method: 'POST', target: '/picbucket' })
      const queue = textAt((await house.ci({ target: '/picqueue' })).xml(), 'QueueList/QueueId')
      const setState = (state: string) =>
        house.ci({ method: 'PUT', target: `/picqueue/${queue}`, body: `<Request><State>${state}</State></Request>` })
      await setState('Paused')
      const submitted = await house.submit(jobXml({ rule: 'imageMogr2/format/png', output: 'out.png' }))
      // Room for the ledger, none for an uncompressed picture.
      await fill(1 * MB)
      await setState('Active')
      return submitted
    })()
    const job = await house.ended(id)
    expect(textAt(job, 'State')).toBe('Failed')
    expect(textAt(job, 'Code')).toBe('ResourceDownloadFailed')
    expect(await readdir(join(data, 'blobs/.writing'))).toEqual([])
  })

  test('the ledger fails every call of a transaction that SQLite took back for want of room, and none by halves', async () => {
    mountSmallDisk(disk, 8)
    const ledger = await openSqliteInProcess({ file: join(disk, 'ledger.db') })
    onTestFinished(() => ledger.close())
    await ledger.stores.objects.createBucket({ name: 'album-1250000000', region: 'ap-test' })
    await mkdir(join(disk, 'empty'))
    await fill(0)
    let refused = 0
    const template = (name: string) => ({ name, picProcess: { isPicInfo: false, processRule: 'x'.repeat(100_000) } })
    const made: string[] = []
    for (let n = 0; n < 60; n += 1) {
      try {
        await ledger.stores.templates.createTemplate('album-1250000000', template(`t${n}`))
        made.push(`t${n}`)
      } catch (error) {
        expect(error).toMatchObject({ code: 'StorageFull' })
        refused += 1
      }
    }
    expect(refused).toBeGreaterThan(0)
    const kept = await ledger.stores.templates.listTemplates({
      bucket: 'album-1250000000',
      prefix: null,
      offset: 0,
      limit: 100,
    })
    expect(kept.items.map(({ name }) => name).sort()).toEqual(made.sort())
    await free()
    await ledger.stores.templates.createTemplate('album-1250000000', template('after'))
  })
})
