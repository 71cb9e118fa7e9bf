import { createHash } from 'node:crypto'
import COS from 'cos-nodejs-sdk-v5'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type House, jobXml, secretId, secretKey, startHouse } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'

// A program written for the original service; only the address it connects to is another.
const Bucket = 'sdk-1250000000'
const Region = 'ap-guangzhou'
const ciHost = `${Bucket}.ci.${Region}.myqcloud.com`

let house: House
let cos: COS

beforeAll(async () => {
  house = await startHouse()
  const options = {
    SecretId: secretId,
    SecretKey: secretKey,
    Protocol: 'http:',
    Ip: new URL(house.app.url).host,
    AutoSwitchHost: false,
  }
  cos = new COS(options as COS.COSOptions)
})
afterAll(() => house?.close())

interface Told {
  readonly Response: {
    readonly JobsDetail: {
      readonly JobId: string
      readonly State: string
      readonly Operation: {
        readonly PicProcessResult: { readonly ObjectName: string; readonly ProcessResult: { readonly Width: string } }
      }
    }
  }
}

const ci = (Method: string, Key: string, rest: object = {}) =>
  cos.request({
    Bucket,
    Region,
    Method,
    Key,
    Url: `http://${ciHost}/${Key}`,
    ...rest,
  } as never) as unknown as Promise<Told>

test('put, submit, poll, get, list, delete', async () => {
  await cos.putBucket({ Bucket, Region })
  const Body = await jpeg(320, 200)
  const put = await cos.putObject({ Bucket, Region, Key: 'raw/cat 猫.jpg', Body })
  expect(put.ETag).toBe(`"${createHash('md5').update(Body).digest('hex')}"`)

  const submitted = await ci('POST', 'jobs', {
    ContentType: 'application/xml',
    Body: jobXml({
      input: 'raw/cat 猫.jpg',
      rule: 'imageMogr2/thumbnail/160x/format/png',
      isPicInfo: 'true',
      outputBucket: Bucket,
      output: 'thumb/${InputName}.${ext}',
    }),
  })
  const { JobId } = submitted.Response.JobsDetail
  let detail = submitted.Response.JobsDetail
  while (detail.State === 'Submitted' || detail.State === 'Running') {
    detail = (await ci('GET', `jobs/${JobId}`)).Response.JobsDetail
  }
  expect(detail.State).toBe('Success')
  expect(detail.Operation.PicProcessResult.ProcessResult.Width).toBe('160')

  const got = await cos.getObject({ Bucket, Region, Key: detail.Operation.PicProcessResult.ObjectName })
  expect(await sharp(got.Body as Buffer).metadata()).toMatchObject({ format: 'png', width: 160, height: 100 })
  const list = await cos.getBucket({ Bucket, Region, Prefix: '' })
  expect(list.Contents.map((one) => one.Key)).toEqual(['raw/cat 猫.jpg', 'thumb/cat 猫.png'])
  for (const { Key } of list.Contents) await cos.deleteObject({ Bucket, Region, Key })
  expect((await cos.getBucket({ Bucket, Region, Prefix: '' })).Contents).toEqual([])
  await expect(cos.headObject({ Bucket, Region, Key: 'raw/cat 猫.jpg' })).rejects.toMatchObject({ statusCode: 404 })
})

test('an error is told in the words the SDK understands', async () => {
  await expect(ci('POST', 'jobs', { Body: jobXml({ rule: 'imageFoo' }) })).rejects.toMatchObject({
    statusCode: 400,
    code: 'InvalidArgument',
  })
  await expect(ci('PUT', 'jobs/c0', { Query: { cancel: '' } })).rejects.toMatchObject({
    statusCode: 404,
    code: 'ResourceNotFound',
  })
})
