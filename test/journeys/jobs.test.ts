import sharp from 'sharp'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readXml } from '../../src/wire/index.ts'
import {
  bucket,
  find,
  freshKey,
  type House,
  jobXml,
  region,
  startHouse,
  textAt,
  webhookSecret,
} from '../support/house.ts'
import { jpeg, png, withSize } from '../support/pictures.ts'
import type { Received } from '../support/receiver.ts'

let house: House

beforeAll(async () => {
  house = await startHouse()
})
afterAll(() => house?.close())

/** The callback of a job, whichever others come in between. */
async function callbackOf(jobId: string): Promise<Received> {
  for (let index = 0; ; index += 1) {
    const one = await house.receiver.nth(index)
    if (one.body.includes(jobId)) return one
  }
}

const hook = (path = '/hook') => `${house.receiver.url}${path}`

describe('a picture in, a job, a picture out, a callback', () => {
  test('X20: by an inline rule, told in XML', async () => {
    const key = freshKey()
    const source = await jpeg(500, 417, 68)
    const put = await house.put(key, source)
    const jobId = await house.submit(
      jobXml({
        input: key,
        rule: 'imageMogr2/rotate/90',
        isPicInfo: 'true',
        output: 'turned/${InputName}.${ext}',
        callback: hook('/ci?secret=s3cret'),
        userData: 'asset=77 & <more>',
        level: 1,
      }),
    )
    const callback = await callbackOf(jobId)
    expect(callback.method).toBe('POST')
    expect(callback.path).toBe('/ci?secret=s3cret')
    expect(callback.headers['content-type']).toBe('application/xml')
    expect(callback.headers['content-length']).toBe(String(Buffer.byteLength(callback.body)))
    expect(callback.headers['transfer-encoding']).toBeUndefined()
    expect(() => new Webhook(webhookSecret).verify(callback.body, callback.headers as never)).not.toThrow(/signature/i)

    const event = readXml(callback.body)
    const detail = find(event, 'JobsDetail')!
    const name = key.slice(2, -4)
    expect(textAt(event, 'EventName')).toBe('TaskFinish')
    expect(textAt(detail, 'State')).toBe('Success')
    expect(textAt(detail, 'Operation/UserData')).toBe('asset=77 & <more>')
    expect(textAt(detail, 'Operation/JobLevel')).toBe('1')
    expect(textAt(detail, 'Operation/PicProcessResult/ObjectName')).toBe(`turned/${name}.jpg`)
    expect(textAt(detail, 'Operation/PicProcessResult/OriginalInfo/Etag')).toBe(put.headers.etag)
    const info = (field: string) => textAt(detail, `Operation/PicProcessResult/OriginalInfo/ImageInfo/${field}`)
    expect([info('Format'), info('Width'), info('Height'), info('Quality'), info('Orientation')]).toEqual([
      'JPEG',
      '500',
      '417',
      '68',
      '0',
    ])
    const result = (field: string) => textAt(detail, `Operation/PicProcessResult/ProcessResult/${field}`)
    expect([result('Format'), result('Width'), result('Height'), result('Etag')]).toEqual(['JPEG', '417', '500', ''])

    const output = await house.cos({ target: `/turned/${name}.jpg` })
    expect(output.status).toBe(200)
    expect(output.headers['content-type']).toBe('image/jpeg')
    expect(output.body.length).toBe(Number(result('Size')))
    expect(await sharp(output.body).metadata()).toMatchObject({ width: 417, height: 500, format: 'jpeg' })
    // Turned clockwise: what was at the lower left is at the upper left now.
    const before = await sharp(source).extract({ left: 4, top: 408, width: 4, height: 4 }).stats()
    const after = await sharp(output.body).extract({ left: 4, top: 4, width: 4, height: 4 }).stats()
    for (const channel of [0, 1, 2]) {
      expect(Math.abs(after.channels[channel]!.mean - before.channels[channel]!.mean)).toBeLessThan(12)
    }
  })

  test('by a template, told in JSON', async () => {
    const key = freshKey('png')
    await house.put(key, await png(120, 90))
    const made = await house.ci({
      method: 'POST',
      target: '/template',
      body: '<Request><Tag>PicProcess</Tag><Name>web-60</Name><PicProcess><IsPicInfo>true</IsPicInfo><ProcessRule>imageMogr2/thumbnail/60x/format/webp</ProcessRule></PicProcess></Request>',
    })
    const templateId = textAt(made.xml(), 'Template/TemplateId')
    const jobId = await house.submit(
      jobXml({ input: key, templateId, output: freshKey('webp'), callback: hook(), format: 'JSON' }),
    )
    const callback = await callbackOf(jobId)
    expect(callback.headers['content-type']).toBe('application/json')
    const event = JSON.parse(callback.body)
    expect(event.EventName).toBe('TaskFinish')
    const [detail] = event.JobsDetail
    expect(detail).toMatchObject({
      Code: 'Success',
      State: 'Success',
      Tag: 'PicProcess',
      Input: { BucketId: bucket, Object: key, Region: region },
    })
    expect(detail.Operation).toMatchObject({ TemplateId: templateId, TemplateName: 'web-60', JobLevel: 0 })
    expect(detail.Operation.PicProcess).toBeUndefined()
    expect(detail.Message).toBeUndefined()
    expect(detail.Operation.PicProcessResult.ProcessResult).toEqual({
      Format: 'WEBP',
      Height: '45',
      Quality: expect.stringMatching(/^\d+$/),
      Size: expect.stringMatching(/^\d+$/),
      Width: '60',
    })
    expect(detail.Operation.PicProcessResult.OriginalInfo.ImageInfo).toMatchObject({ Format: 'PNG', Quality: '100' })
  })

  test('without IsPicInfo the source is named and not described', async () => {
    const key = freshKey()
    await house.put(key, await jpeg(40, 30))
    const jobId = await house.submit(
      jobXml({
        input: key,
        rule: 'imageMogr2/thumbnail/20x',
        isPicInfo: 'false',
        output: freshKey(),
        callback: hook(),
        format: 'JSON',
      }),
    )
    const [detail] = JSON.parse((await callbackOf(jobId)).body).JobsDetail
    expect(detail.Operation.PicProcessResult.OriginalInfo).toEqual({ Etag: expect.stringMatching(/^"[0-9a-f]{32}"$/) })
    expect(detail.Operation.PicProcess).toEqual({ IsPicInfo: 'false', ProcessRule: 'imageMogr2/thumbnail/20x' })
  })

  test('the answer to a query carries the result in both documented shapes', async () => {
    const key = freshKey()
    const output = freshKey()
    await house.put(key, await jpeg(40, 30))
    const jobId = await house.submit(jobXml({ input: key, rule: 'imageMogr2/thumbnail/20x', output }))
    const detail = await house.ended(jobId)
    expect(textAt(detail, 'Operation/PicProcessResult/ProcessResult/Width')).toBe('20')
    const upload = find(detail, 'Operation/PicProcessResult/UploadResult/ProcessResults/Object')!
    expect(textAt(upload, 'Key')).toBe(output)
    expect(textAt(upload, 'Location')).toBe(`${bucket}.cos.${region}.pixmill.test/${output}`)
    const head = await house.cos({ method: 'HEAD', target: `/${output}` })
    expect([textAt(upload, 'ETag'), textAt(upload, 'Etag')]).toEqual([head.headers.etag, head.headers.etag])
  })
})

describe('what goes wrong with a source is told by the job, not by the submit', () => {
  const failing = async (input: string, rule = 'imageMogr2/thumbnail/20x') => {
    const output = freshKey()
    const jobId = await house.submit(jobXml({ input, rule, isPicInfo: 'true', output, callback: hook() }))
    const detail = find(readXml((await callbackOf(jobId)).body), 'JobsDetail')!
    expect(textAt(detail, 'State')).toBe('Failed')
    expect(find(detail, 'Operation/PicProcessResult')).toBeUndefined()
    expect(textAt(detail, 'Operation/Output/Object')).toBe(output)
    expect((await house.cos({ method: 'HEAD', target: `/${output}` })).status).toBe(404)
    return { code: textAt(detail, 'Code'), message: textAt(detail, 'Message') }
  }

  test('a source that is not there', async () => {
    expect(await failing('missing.png')).toEqual({
      code: 'ResourceNotFound',
      message: 'the input object does not exist',
    })
  })

  test.each([
    ['a truncated picture', async () => (await jpeg(400, 300)).subarray(0, 2_000)],
    [
      'a picture with a wrong header',
      async () => Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), (await jpeg(40, 30)).subarray(8)]),
    ],
    ['a text', async () => Buffer.from('this is no picture at all')],
    ['nothing', async () => Buffer.alloc(0)],
    [
      'an SVG that would load something',
      async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
    ],
  ])('%s', async (_what, make) => {
    const key = freshKey()
    await house.put(key, await make())
    const { code, message } = await failing(key)
    expect(code).toBe('ResourceNotSupported')
    expect(message).not.toBe('')
  })

  test('a picture over the limits', async () => {
    const key = freshKey('png')
    // The header says so; that there are not as many pixels behind it is found out by nobody.
    const large = withSize(await png(20, 13), 20_000, 13_000)
    await house.put(key, large)
    const { code, message } = await failing(key)
    expect(code).toBe('InvalidArgument')
    expect(message).toContain('250000000')
    expect(message).toContain('260000000')
  })

  test('the neighbours of a broken picture come out right', async () => {
    const good = freshKey()
    const bad = freshKey()
    await house.put(good, await jpeg(300, 200))
    await house.put(bad, (await jpeg(300, 200)).subarray(0, 1_500))
    const ids = await Promise.all(
      [good, bad, good, bad, good].map((input) =>
        house.submit(jobXml({ input, rule: 'imageMogr2/thumbnail/150x', output: freshKey() })),
      ),
    )
    const states = await Promise.all(ids.map(async (id) => textAt(await house.ended(id), 'State')))
    expect(states).toEqual(['Success', 'Failed', 'Success', 'Failed', 'Success'])
  })
})

describe('callbacks', () => {
  test('a receiver that answers 500 twice gets the same event a third time', async () => {
    const quick = await startHouse({ PIXMILL_CALLBACK_RETRY_WAITS: '0,0,1' })
    try {
      quick.receiver.answerWith([
        (response) => response.writeHead(500).end('not now'),
        (response) => response.writeHead(500).end('not yet'),
      ])
      const jobId = await quick.submit(
        jobXml({ input: 'missing.jpg', rule: 'imageMogr2/strip', callback: quick.receiver.url }),
      )
      const three = [await quick.receiver.nth(0), await quick.receiver.nth(1), await quick.receiver.nth(2)]
      expect(new Set(three.map((one) => one.body)).size).toBe(1)
      expect(new Set(three.map((one) => one.headers['webhook-id'])).size).toBe(1)
      expect(three[0]!.body).toContain(jobId)
      expect(textAt(await quick.ended(jobId), 'State')).toBe('Failed')
    } finally {
      await quick.close()
    }
  })

  test('the queue tells when the job does not; "no" tells nobody', async () => {
    const own = await startHouse()
    try {
      await own.put('in.jpg', await jpeg(20, 20))
      await own.ci({ method: 'POST', target: '/picbucket' })
      const queueId = textAt((await own.ci({ target: '/picqueue' })).xml(), 'QueueList/QueueId')
      const update = await own.ci({
        method: 'PUT',
        target: `/picqueue/${queueId}`,
        body: `<Request><Name>main</Name><State>Active</State><NotifyConfig><State>On</State><Event>TaskFinish</Event><ResultFormat>JSON</ResultFormat><Type>Url</Type><Url>${own.receiver.url}/queue</Url></NotifyConfig></Request>`,
      })
      expect(update.status).toBe(200)
      const silent = await own.submit(jobXml({ rule: 'imageMogr2/strip', callback: ' No ' }))
      await own.ended(silent)
      const told = await own.submit(jobXml({ rule: 'imageMogr2/strip' }))
      const first = await own.receiver.nth(0)
      expect(first.path).toBe('/queue')
      expect(JSON.parse(first.body).JobsDetail[0].JobId).toBe(told)
      const itself = await own.submit(jobXml({ rule: 'imageMogr2/strip', callback: `${own.receiver.url}/job` }))
      const second = await own.receiver.nth(1)
      expect(second.path).toBe('/job')
      // XML unless the job says otherwise, whatever its queue says.
      expect(textAt(readXml(second.body), 'JobsDetail/JobId')).toBe(itself)
      expect(own.receiver.received).toHaveLength(2)
    } finally {
      await own.close()
    }
  })
})
