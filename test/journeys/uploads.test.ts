import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import COS from 'cos-nodejs-sdk-v5'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { crc64 } from '../../src/base/index.ts'
import { readXml, type XmlElement } from '../../src/wire/index.ts'
import { bucket, find, type House, region, secretId, secretKey, startHouse, textAt } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'
import { notifyXml, workflowXml } from '../support/workflow-xml.ts'

const place = { Bucket: bucket, Region: region }
const MB = 1024 * 1024

let house: House
let cos: COS
let folder: string

beforeAll(async () => {
  house = await startHouse()
  folder = await mkdtemp(join(tmpdir(), 'pixmill-uploads-'))
  cos = sdk()
})
afterAll(async () => {
  await house?.close()
  await rm(folder, { recursive: true, force: true })
})

/** The official SDK, at the server as it listens now. */
function sdk(): COS {
  return new COS({
    SecretId: secretId,
    SecretKey: secretKey,
    Protocol: 'http:',
    Ip: new URL(house.app.url).host,
    ConfCwd: folder,
  } as COS.COSOptions)
}

async function fileOf(bytes: Uint8Array): Promise<string> {
  const path = join(folder, randomBytes(6).toString('hex'))
  await writeFile(path, bytes)
  return path
}

const etagInParts = (bytes: Buffer, partBytes: number) => {
  const sums: Buffer[] = []
  for (let at = 0; at < bytes.length; at += partBytes) {
    sums.push(
      createHash('md5')
        .update(bytes.subarray(at, at + partBytes))
        .digest(),
    )
  }
  return `"${createHash('md5').update(Buffer.concat(sums)).digest('hex')}-${sums.length}"`
}

test('the official Node SDK uploads a file in slices, and reads it back whole and in pieces', async () => {
  const bytes = randomBytes(5 * MB + 321)
  const Key = 'sliced/a b+夏.bin'
  const stored = await cos.sliceUploadFile({
    ...place,
    Key,
    FilePath: await fileOf(bytes),
    ChunkSize: MB,
    AsyncLimit: 4,
    Headers: { 'x-cos-meta-a': 'b' },
  } as COS.SliceUploadFileParams)
  expect(stored.ETag).toBe(etagInParts(bytes, MB))
  const head = await cos.headObject({ ...place, Key })
  expect(head.headers).toMatchObject({ 'x-cos-hash-crc64ecma': crc64(bytes), 'x-cos-meta-a': 'b' })
  expect(((await cos.getObject({ ...place, Key })).Body as Buffer).equals(bytes)).toBe(true)
  const target = join(folder, 'downloaded')
  await (cos as unknown as { downloadFile(params: object): Promise<unknown> }).downloadFile({
    ...place,
    Key,
    FilePath: target,
    ChunkSize: MB,
    ParallelLimit: 3,
  })
  expect((await readFile(target)).equals(bytes)).toBe(true)
})

test('many files at once, small ones and large ones', async () => {
  const bodies = [randomBytes(10), randomBytes(MB + 5), randomBytes(3 * MB)]
  const files = await Promise.all(
    bodies.map(async (body, n) => ({ ...place, Key: `files/${n}`, FilePath: await fileOf(body) })),
  )
  const { files: outcomes } = await cos.uploadFiles({ files, SliceSize: MB } as COS.UploadFilesParams)
  expect(outcomes.map(({ error }) => error)).toEqual([null, null, null])
  for (const [n, body] of bodies.entries()) {
    expect(((await cos.getObject({ ...place, Key: `files/${n}` })).Body as Buffer).equals(body)).toBe(true)
  }
  const removed = await cos.deleteMultipleObject({
    ...place,
    Objects: [...files.map(({ Key }) => ({ Key })), { Key: 'files/none' }],
  })
  expect(removed.Deleted.map(({ Key }) => Key)).toEqual(['files/0', 'files/1', 'files/2', 'files/none'])
  expect((await cos.getBucket({ ...place, Prefix: 'files/' })).Contents).toEqual([])
})

test('copies, small and in slices', async () => {
  const bytes = randomBytes(3 * MB + 7)
  await cos.putObject({ ...place, Key: 'copies/source', Body: bytes, Headers: { 'x-cos-meta-a': 'b' } })
  const host = `${bucket}.cos.${region}.myqcloud.com`
  const copied = await cos.putObjectCopy({ ...place, Key: 'copies/whole', CopySource: `${host}/copies/source` })
  expect(copied.ETag).toBe(`"${createHash('md5').update(bytes).digest('hex')}"`)
  await cos.sliceCopyFile({
    ...place,
    Key: 'copies/sliced',
    CopySource: `${host}/copies/source`,
    CopySliceSize: 1,
    CopyChunkSize: MB,
  } as COS.SliceCopyFileParams)
  for (const Key of ['copies/whole', 'copies/sliced']) {
    const read = await cos.getObject({ ...place, Key })
    expect((read.Body as Buffer).equals(bytes)).toBe(true)
    expect(read.headers).toMatchObject({ 'x-cos-meta-a': 'b', 'x-cos-hash-crc64ecma': crc64(bytes) })
  }
})

test('an upload that was interrupted goes on after the server has been started anew', async () => {
  const Key = 'interrupted/a.bin'
  const bytes = randomBytes(3 * MB)
  const piece = (n: number) => bytes.subarray((n - 1) * MB, n * MB)
  const { UploadId } = await cos.multipartInit({ ...place, Key, StorageClass: 'STANDARD_IA' })
  const put = (n: number) => cos.multipartUpload({ ...place, Key, UploadId, PartNumber: n, Body: piece(n) })
  const etags = [(await put(1)).ETag, (await put(2)).ETag]
  await house.restart()
  cos = sdk()
  const { Upload } = await cos.multipartList({ ...place, Prefix: 'interrupted/' } as COS.MultipartListParams)
  expect(Upload).toMatchObject([{ Key, UploadId, StorageClass: 'STANDARD_IA' }])
  const { Part } = await cos.multipartListPart({ ...place, Key, UploadId } as COS.MultipartListPartParams)
  expect(Part.map((part) => [part.PartNumber, part.ETag])).toEqual([
    ['1', etags[0]],
    ['2', etags[1]],
  ])
  etags.push((await put(3)).ETag)
  const Parts = etags.map((ETag, at) => ({ PartNumber: at + 1, ETag }))
  const completed = await cos.multipartComplete({ ...place, Key, UploadId, Parts })
  await house.restart()
  cos = sdk()
  // The answer of a completed upload is remembered through a restart too.
  expect((await cos.multipartComplete({ ...place, Key, UploadId, Parts })).ETag).toBe(completed.ETag)
  expect(((await cos.getObject({ ...place, Key })).Body as Buffer).equals(bytes)).toBe(true)
  const abandoned = await cos.multipartInit({ ...place, Key })
  await cos.multipartAbort({ ...place, Key, UploadId: abandoned.UploadId })
  await expect(cos.multipartAbort({ ...place, Key, UploadId: abandoned.UploadId })).rejects.toMatchObject({
    code: 'NoSuchUpload',
  })
})

test('a copy and a completed upload start workflows, with the names of their events', async () => {
  const answer = await house.ci({
    method: 'POST',
    target: '/workflow',
    body: workflowXml({
      name: 'arrivals',
      state: 'Active',
      prefix: 'arrivals/',
      notify: notifyXml(`${house.receiver.url}/arrivals`, 'TaskFinish'),
    }),
  })
  expect(answer.status).toBe(200)
  await cos.putObject({ ...place, Key: 'departures/a.jpg', Body: await jpeg(120, 80) })
  const finished = async (count: number) => {
    const here = () => house.receiver.received.filter((one) => one.path === '/arrivals')
    while (here().length < count) await house.receiver.nth(house.receiver.received.length)
    return here().map(({ body }) => readXml(body))
  }
  await cos.putObjectCopy({
    ...place,
    Key: 'arrivals/copied.jpg',
    CopySource: `${bucket}.cos.${region}.myqcloud.com/departures/a.jpg`,
  })
  const [copied] = await finished(1)
  const { UploadId } = await cos.multipartInit({ ...place, Key: 'arrivals/parts.jpg' })
  const Body = await jpeg(100, 50)
  const { ETag } = await cos.multipartUpload({ ...place, Key: 'arrivals/parts.jpg', UploadId, PartNumber: 1, Body })
  const Parts = [{ PartNumber: 1, ETag }]
  // Twice, as a client does that has not heard the first answer: one run all the same.
  await Promise.all([1, 2].map(() => cos.multipartComplete({ ...place, Key: 'arrivals/parts.jpg', UploadId, Parts })))
  const [, parts] = await finished(2)
  const told = [copied, parts].map((event) => [
    textAt(event!, 'JobsDetail/State'),
    textAt(event!, 'JobsDetail/Input/Object'),
    eventNameOf(event!),
  ])
  expect(told).toEqual([
    ['Success', 'arrivals/copied.jpg', 'cos:ObjectCreated:Copy'],
    ['Success', 'arrivals/parts.jpg', 'cos:ObjectCreated:CompleteMultipartUpload'],
  ])
  const listed = await house.ci({
    target: `/workflowexecution?workflowId=${textAt(answer.xml(), 'MediaWorkflow/WorkflowId')}`,
  })
  expect(listed.xml().children.filter(({ name }) => name === 'WorkflowExecutionList')).toHaveLength(2)
})

/** What the upload was called that a job of a workflow goes back to. */
function eventNameOf(event: XmlElement): string | undefined {
  const headers = find(event, 'JobsDetail/Input')!.children.filter(({ name }) => name === 'CosHeaders')
  return headers.find((header) => textAt(header, 'Key') === 'EventName')?.children.find(({ name }) => name === 'Value')
    ?.text
}
