import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signRequest } from '../../src/http/authentication/index.ts'
import { bucket, find, type House, jobXml, region, secretId, secretKey, startHouse, textAt } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'

let house: House

beforeAll(async () => {
  house = await startHouse()
  await house.put('in.jpg', await jpeg(20, 20))
})
afterAll(() => house?.close())

/** Nothing was made: no job, whatever the request was. */
async function noJobs(): Promise<void> {
  const list = (await house.ci({ target: '/jobs?size=100' })).xml()
  expect(find(list, 'JobsDetail')).toBeUndefined()
}

async function refusal(body: string | Uint8Array, headers: Record<string, string> = {}) {
  const answer = await house.ci({ method: 'POST', target: '/jobs', body, headers })
  const document = answer.xml()
  expect(document.name).toBe('Error')
  for (const name of ['Code', 'Message', 'Resource', 'RequestId', 'TraceId']) {
    expect(textAt(document, name)).not.toBe('')
  }
  expect(textAt(document, 'RequestId')).toBe(answer.headers['x-ci-request-id'])
  expect(answer.headers['x-cos-request-id']).toBe(answer.headers['x-ci-request-id'])
  expect(answer.headers['content-type']).toBe('application/xml')
  return { status: answer.status, code: textAt(document, 'Code'), message: textAt(document, 'Message') }
}

const good = jobXml({ rule: 'imageMogr2/thumbnail/20x' })
const levels = (count: number) => `<Request>${'<a>'.repeat(count)}${'</a>'.repeat(count)}</Request>`

describe('a body that is no document', () => {
  test.each([
    ['nothing', '', 'MissingContent'],
    ['no XML', 'tag=PicProcess', 'InvalidContent'],
    ['JSON', '{"Request":{}}', 'InvalidContent'],
    ['a missing end tag', good.replace('</Input>', ''), 'InvalidContent'],
    ['a wrong end tag', good.replace('</Input>', '</Output>'), 'InvalidContent'],
    ['two roots', `${good}${good}`, 'InvalidContent'],
    ['text behind the root', `${good}!`, 'InvalidContent'],
    ['a wrong root', good.replaceAll('Request', 'Response'), 'InvalidContent'],
    ['deep nesting', levels(100), 'InvalidContent'],
    ['very deep nesting', levels(50_000), 'InvalidContent'],
    ['a DOCTYPE', `<!DOCTYPE Request [<!ENTITY a "b">]>${good}`, 'InvalidContent'],
    ['an unknown entity', good.replace('in.jpg', '&a;'), 'InvalidContent'],
    ['a bare ampersand', good.replace('in.jpg', 'a&b'), 'InvalidContent'],
    ['a NUL', good.replace('in.jpg', 'a\u0000b'), 'InvalidContent'],
    ['half a document', good.slice(0, good.length / 2), 'InvalidContent'],
    ['bytes that are no UTF-8', Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0xfe, 0x3c, 0x2f, 0x61, 0x3e]), 'InvalidContent'],
  ])('%s', async (_what, body, code) => {
    const refused = await refusal(body)
    expect([refused.status, refused.code]).toEqual([400, code])
    await noJobs()
  })

  test('a checksum of other bytes', async () => {
    const refused = await refusal(good, { 'content-md5': 'XrY7u+Ae7tCTyyK7j1rNww==' })
    expect([refused.status, refused.code]).toEqual([400, 'InvalidContent'])
    await noJobs()
  })

  test('50 MB', async () => {
    const body = Buffer.alloc(50 * 1024 * 1024, 0x20)
    const refused = await refusal(body)
    expect([refused.status, refused.code]).toEqual([413, 'InvalidContent'])
    await noJobs()
  })
})

describe('a field that is missing, doubled or wrong', () => {
  const rule = 'imageMogr2/thumbnail/20x'
  test.each([
    ['no Tag', good.replace('<Tag>PicProcess</Tag>', ''), 'Tag'],
    ['another Tag', good.replace('PicProcess</Tag>', 'Transcode</Tag>'), 'Transcode'],
    ['a doubled Tag', good.replace('<Tag>', '<Tag>PicProcess</Tag><Tag>'), 'Tag stands 2 times'],
    ['no Input', good.replace(/<Input>.*<\/Input>/, ''), 'Input.Object'],
    ['an empty Object', good.replace('in.jpg', ''), 'Input.Object'],
    ['no Operation', good.replace(/<Operation>.*<\/Operation>/, ''), 'Operation'],
    ['two Operations', good.replace(/(<Operation>.*<\/Operation>)/, '$1$1'), 'Operation stands 2 times'],
    ['no rule and no template', jobXml({}), 'TemplateId'],
    ['an empty rule', jobXml({ rule: '' }), 'ProcessRule'],
    ['no Output', good.replace(/<Output>.*<\/Output>/, ''), 'Operation.Output'],
    ['no region', good.replace(`<Region>${region}</Region>`, ''), 'Operation.Output.Region'],
    ['an unknown output bucket', jobXml({ rule, outputBucket: 'nobody-1250000000' }), 'nobody-1250000000'],
    ['an unknown queue', jobXml({ rule, queueId: 'p0' }), 'QueueId is "p0"'],
    ['an unknown template', jobXml({ templateId: 't10' }), 'Operation.TemplateId is "t10"'],
    ['a level that is none', jobXml({ rule, level: 3 }), 'Operation.JobLevel is "3"'],
    ['long user data', jobXml({ rule, userData: 'x'.repeat(1025) }), 'UserData'],
    ['IsPicInfo maybe', jobXml({ rule, isPicInfo: 'maybe' }), 'IsPicInfo is "maybe"'],
    ['an unknown format', jobXml({ rule, format: 'YAML' }), 'CallBackFormat is "YAML"'],
    ['a queue of another product', good.replace('</Request>', '<CallBackType>TDMQ</CallBackType></Request>'), 'TDMQ'],
    ['a key of 851 bytes', jobXml({ rule, input: 'k'.repeat(851) }), 'Input.Object'],
    ['an output key of 851 bytes', jobXml({ rule, output: 'k'.repeat(851) }), 'Operation.Output.Object'],
  ])('%s', async (_what, body, says) => {
    const refused = await refusal(body)
    expect([refused.status, refused.code]).toEqual([400, 'InvalidArgument'])
    expect(refused.message).toContain(says)
    await noJobs()
  })

  test('unknown fields and another order are no reason to refuse', async () => {
    const body = `<?xml version="1.0" encoding="utf-8"?>\n<Request><BucketName>${bucket}</BucketName><CallBackFormat/><Operation><Output><Object>o.jpg</Object><Bucket>${bucket}</Bucket><Region>${region}</Region></Output><PicProcess><ProcessRule>${rule}</ProcessRule><IsPicInfo/></PicProcess><Watermark>x</Watermark></Operation><Input><Object>in.jpg</Object></Input><QueueId></QueueId><Tag>PicProcess</Tag></Request>`
    const answer = await house.ci({ method: 'POST', target: '/pic_jobs', body })
    expect(answer.status).toBe(200)
    await house.ended(textAt(answer.xml(), 'JobsDetail/JobId'))
  })
})

describe('a rule that cannot be carried out', () => {
  test.each(
    [
      ['imageFoo/1', 'imageFoo'],
      ['imageMogr2/nonsense/1', 'nonsense'],
      ['imageMogr2/thumbnail', 'thumbnail'],
      ['imageMogr2/thumbnail/abc', 'abc'],
      ['imageMogr2/thumbnail/0x0', '0x0'],
      ['imageMogr2/rotate/abc', 'abc'],
      ['imageMogr2/rotate/361', '361'],
      ['imageMogr2/quality/-1', '-1'],
      ['imageMogr2/format/tpg', 'tpg'],
      ['imageMogr2/format/nope', 'nope'],
      ['imageMogr2/scrop/100x100', 'scrop'],
      ['imageMogr2/crop/0x0', '0x0'],
      ['watermark/2/text/!!!', 'text'],
      [`watermark/2/text/${Buffer.alloc(100_000, 'x').toString('base64url')}`, 'at most 16384'],
      ['watermark/3/type/3/text/VGVzdA', 'watermark/3'],
      ['watermark/1/image/aHR0cDovL2EvYi5wbmc', 'http://a/b.png'],
      ['imageView2/9/w/100', '9'],
      ['imageInfo', 'imageInfo'],
      ['imageMogr2/thumbnail/20x||imageMogr2/strip', 'stage 2'],
      [Array(11).fill('imageMogr2/rotate/90').join('|'), '10'],
      [`imageMogr2/${'strip/'.repeat(20_000)}`, 'rule'],
    ].map(([rule = '', says = '']) => [rule.slice(0, 60), rule, says] as const),
  )('%s', async (_name, rule, says) => {
    const refused = await refusal(jobXml({ rule }))
    expect([refused.status, refused.code]).toEqual([400, 'InvalidArgument'])
    expect(refused.message.toLowerCase()).toContain(says.toLowerCase())
    const template = await house.ci({
      method: 'POST',
      target: '/template',
      body: `<Request><Tag>PicProcess</Tag><Name>bad</Name><PicProcess><ProcessRule>${rule}</ProcessRule></PicProcess></Request>`,
    })
    expect(template.status).toBe(400)
  })
})

describe('a callback address that may not be called', () => {
  test.each(
    [
      ['ftp://example.test/'],
      ['javascript:alert(1)'],
      ['example.test/hook'],
      ['http://'],
      ['http://169.254.169.254/latest/meta-data'],
      ['http://[fe80::1]/'],
      ['http://100.100.100.200/'],
      ['http://2852039166/'],
      ['http://0xa9fea9fe/'],
      ['http://[::ffff:169.254.169.254]/'],
      ['http://224.0.0.1/'],
      ['http://255.255.255.255/'],
      [`http://example.test/${'x'.repeat(3_000)}`],
    ].map(([callback = '']) => [callback.slice(0, 60), callback] as const),
  )('%s', async (_name, callback) => {
    const refused = await refusal(jobXml({ rule: 'imageMogr2/strip', callback }))
    expect([refused.status, refused.code]).toEqual([400, 'InvalidArgument'])
    expect(refused.message).toContain('CallBack')
  })

  test('a secret in the query of a refused address is not repeated', async () => {
    const refused = await refusal(jobXml({ rule: 'imageMogr2/strip', callback: 'http://169.254.1.1/?token=s3cret' }))
    expect(refused.message).not.toContain('s3cret')
  })

  test('a queue refuses the same addresses', async () => {
    await house.ci({ method: 'POST', target: '/picbucket' })
    const queueId = textAt((await house.ci({ target: '/picqueue' })).xml(), 'QueueList/QueueId')
    const answer = await house.ci({
      method: 'PUT',
      target: `/picqueue/${queueId}`,
      body: '<Request><NotifyConfig><State>On</State><Event>TaskFinish</Event><Url>http://169.254.169.254/</Url></NotifyConfig></Request>',
    })
    expect(answer.status).toBe(400)
    expect(textAt(answer.xml(), 'Message')).toContain('NotifyConfig.Url')
  })
})

describe('requests that lead nowhere', () => {
  test.each([
    ['GET', '/nothing'],
    ['PATCH', '/queue'],
    ['PATCH', '/jobs'],
    ['DELETE', '/jobs/c0'],
    ['GET', '/template/t10'],
    ['GET', '/jobs/a/b'],
  ])('%s %s', async (method, target) => {
    const answer = await house.ci({ method, target })
    expect([answer.status, textAt(answer.xml(), 'Code')]).toEqual([404, 'InvalidUrl'])
  })

  test('a call to the service without a bucket says how to address one', async () => {
    const answer = await house.send('127.0.0.1', { target: '/jobs' })
    expect(answer.status).toBe(400)
    expect(textAt(answer.xml(), 'Message')).toContain('.ci.')
  })

  test('a bucket that does not exist', async () => {
    const host = `nobody-1250000000.ci.${region}.pixmill.test`
    const submitted = await house.send(host, { method: 'POST', target: '/jobs', body: good })
    expect([submitted.status, textAt(submitted.xml(), 'Code')]).toEqual([400, 'InvalidHost'])
    expect((await house.send(host, { target: '/picqueue' })).status).toBe(400)
  })

  test.each(['cos', 'ci'] as const)('without a signature nothing is told or done on a %s host', async (surface) => {
    const host = `${bucket}.${surface}.${region}.pixmill.test`
    for (const [method, target] of [
      ['GET', '/'],
      ['GET', '/in.jpg'],
      ['PUT', '/in.jpg'],
      ['DELETE', '/in.jpg'],
      ['GET', '/jobs'],
      ['POST', '/jobs'],
      ['PUT', '/jobs/c0'],
      ['DELETE', '/picbucket'],
    ] as const) {
      const answer = await house.send(host, {
        method,
        target,
        body: method === 'POST' ? good : undefined,
        signed: false,
      } as never)
      expect([401, 403]).toContain(answer.status)
    }
    expect((await house.cos({ method: 'HEAD', target: '/in.jpg' })).status).toBe(200)
  })

  test('a request that is no HTTP gets an answer, and the server goes on', async () => {
    const { port, hostname } = new URL(house.app.url)
    const said = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.end('HELLO\r\n\r\n'))
      let text = ''
      socket.on('data', (piece) => {
        text += piece.toString()
      })
      socket.on('end', () => resolve(text))
      socket.on('error', reject)
    })
    expect(said).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(said).toContain('<Error><Code>')
    expect((await house.cos({ method: 'HEAD', target: '/in.jpg' })).status).toBe(200)
  })
})

describe('keys of every kind, from the source to the result', () => {
  test.each(
    [
      'plain.jpg',
      'a b/ä ö ü/夏天.jpg',
      '../../etc/passwd',
      'a//b///c.jpg',
      './.hidden',
      'percent%41+plus&amp;.jpg',
      `quote"'<>&.jpg`,
      '🌄/emoji.jpg',
      'tab\tand\nline.jpg',
      'trailing/',
      `${'k'.repeat(842)}.jpg`,
    ].map((key) => [JSON.stringify(key).slice(0, 40), key] as const),
  )('%s', async (_name, key) => {
    await house.put(key, await jpeg(16, 16))
    const output = `o/${key}`.slice(0, 800)
    const jobId = await house.submit(jobXml({ input: key, rule: 'imageMogr2/thumbnail/8x', output }))
    const detail = await house.ended(jobId)
    expect(textAt(detail, 'State')).toBe('Success')
    expect(textAt(detail, 'Input/Object')).toBe(key)
    expect(textAt(detail, 'Operation/PicProcessResult/ObjectName')).toBe(output)
    const target = `/${output.split('/').map(encodeURIComponent).join('/')}`
    expect((await house.cos({ target })).status).toBe(200)
  })
})

describe('a signature that is no good', () => {
  const doors = [
    ['objects', `${bucket}.cos.${region}.pixmill.test`, '/in.jpg'],
    ['the processing service', `${bucket}.ci.${region}.pixmill.test`, '/jobs'],
    ['JSON', 'localhost', '/-/api/keys'],
  ] as const
  const nowSeconds = Math.floor(Date.now() / 1000)
  const signed = (host: string, path: string, startSeconds = nowSeconds - 60, endSeconds = nowSeconds + 3600) =>
    signRequest({ method: 'GET', path, headers: { host } }, { secretId, secretKey }, { startSeconds, endSeconds })

  /** Headers as names and values in turn, so that one can be sent twice. */
  const ask = (host: string, path: string, headers: readonly string[]): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const options = { path, headers: ['Host', host, ...headers], agent: false }
      const request = httpRequest(house.app.url, options, (response) => {
        let text = ''
        response.on('data', (piece: Buffer) => {
          text += piece.toString()
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      })
      request.on('error', reject)
      request.end()
    })

  const of = (statuses: readonly [number, number, number]) =>
    doors.map(([door, host, path], index) => [door, host, path, statuses[index]!] as const)

  test.each(of([200, 200, 200]))('%s: a good one, to compare with', async (_door, host, path, status) => {
    expect((await ask(host, path, ['Authorization', signed(host, path)])).status).toBe(status)
  })

  test.each(of([400, 401, 401]))('%s: two of them, good or not', async (_door, host, path, status) => {
    const good = signed(host, path)
    for (const [first, second] of [
      [good, good],
      [good, 'Bearer x'],
      ['Bearer x', good],
    ] as const) {
      const answer = await ask(host, path, ['Authorization', first, 'authorization', second])
      expect(answer).toEqual({ status, text: expect.stringContaining('Authorization stands 2 times, expected once.') })
    }
  })

  test.each(of([403, 403, 403]))('%s: sent again after its end', async (_door, host, path, status) => {
    const over = signed(host, path, nowSeconds - 3600, nowSeconds - 1)
    for (const answer of [
      await ask(host, path, ['Authorization', over]),
      await ask(host, `${path}?${over}`, []),
      await ask(host, `${path}?sign=${encodeURIComponent(over)}`, []),
    ]) {
      expect(answer).toEqual({ status, text: expect.stringContaining('Request has expired') })
    }
  })

  test.each(of([403, 401, 401]))('%s: 60 KB of nothing', async (_door, host, path, status) => {
    const answer = await ask(host, path, ['Authorization', `q-${'&'.repeat(60_000)}`])
    expect(answer).toEqual({ status, text: expect.stringContaining('q-sign-algorithm is missing') })
  })

  test.each(of([403, 403, 403]))('%s: 60 KB of names that were not signed', async (_door, host, path, status) => {
    const names = Array.from({ length: 10_000 }, (_, n) => `h${n}`).join(';')
    const huge = signed(host, path).replace(/q-header-list=[^&]*/, `q-header-list=${names}`)
    const answer = await ask(host, path, ['Authorization', huge])
    expect(answer.status).toBe(status)
    expect(answer.text).toContain('The Signature you specified is invalid.')
  })

  test.each(of([431, 431, 431]))('%s: headers beyond 64 KiB', async (_door, host, path, status) => {
    const answer = await ask(host, path, ['Authorization', signed(host, path), 'x-long', 'x'.repeat(66_000)])
    expect(answer.status).toBe(status)
  })
})
