import { describe, expect, test } from 'vitest'
import { Failure } from '../base/index.ts'
import { readSubmitRequest } from './submit-request.ts'

const output =
  '<Output><Region>ap-guangzhou</Region><Bucket>album-1251000001</Bucket><Object>thumb/a.webp</Object></Output>'
const rule = '<PicProcess><IsPicInfo>true</IsPicInfo><ProcessRule>imageMogr2/rotate/90</ProcessRule></PicProcess>'
const input = '<Input><Object>raw/cat.png</Object></Input>'
const request = (parts: { tag?: string; input?: string; operation?: string; rest?: string }) =>
  `<Request>${parts.tag ?? '<Tag>PicProcess</Tag>'}${parts.input ?? input}${
    parts.operation ?? `<Operation>${rule}${output}</Operation>`
  }${parts.rest ?? ''}</Request>`
const operation = (inside: string) => request({ operation: `<Operation>${inside}</Operation>` })

describe('what is read', () => {
  test('a full request, in any order, with elements nobody knows', () => {
    const body = `<?xml version="1.0" encoding="utf-8"?>
      <Request>
        <BucketName>ignored</BucketName>
        <CallBackFormat>JSON</CallBackFormat>
        <CallBackType>Url</CallBackType>
        <CallBackMqConfig><MqName/></CallBackMqConfig>
        <CallBack>https://hooks.example.org/ci?a=1&amp;b=2</CallBack>
        <QueueId> p7a41c0de9b3f4e21a6d58c07f1e2b394
        </QueueId>
        <Operation>
          <JobLevel>2</JobLevel>
          <UserData> asset=77 </UserData>
          <FreeTranscode>false</FreeTranscode>
          ${output}
          ${rule}
        </Operation>
        ${input}
        <Tag>PicProcess</Tag>
      </Request>`
    expect(readSubmitRequest(Buffer.from(body))).toEqual({
      inputObject: 'raw/cat.png',
      queueId: 'p7a41c0de9b3f4e21a6d58c07f1e2b394',
      work: { kind: 'inline', picProcess: { isPicInfo: true, processRule: 'imageMogr2/rotate/90' } },
      output: { bucket: 'album-1251000001', object: 'thumb/a.webp', region: 'ap-guangzhou' },
      userData: ' asset=77 ',
      jobLevel: 2,
      callback: { to: 'url', url: 'https://hooks.example.org/ci?a=1&b=2' },
      callbackFormat: 'JSON',
    })
  })

  test('the least that makes a job; empty elements count as not given', () => {
    const rest = '<QueueId/><CallBack></CallBack><CallBackFormat/><CallBackType/>'
    const bare = `<Operation>${output}<TemplateId/><UserData/><JobLevel/><PicProcess><IsPicInfo/><ProcessRule>imageSlim</ProcessRule></PicProcess></Operation>`
    expect(readSubmitRequest(request({ operation: bare, rest }))).toEqual({
      inputObject: 'raw/cat.png',
      queueId: null,
      work: { kind: 'inline', picProcess: { isPicInfo: false, processRule: 'imageSlim' } },
      output: { bucket: 'album-1251000001', object: 'thumb/a.webp', region: 'ap-guangzhou' },
      userData: null,
      jobLevel: 0,
      callback: { to: 'queue' },
      callbackFormat: null,
    })
  })

  test('a template wins over a rule that comes along', () => {
    const both = readSubmitRequest(operation(`<TemplateId>t1abc</TemplateId>${rule}${output}`))
    expect(both.work).toEqual({ kind: 'template', templateId: 't1abc' })
  })

  test.each(['no', 'No', ' NO\n'])('a callback address of %j means nobody', (word) => {
    const read = readSubmitRequest(request({ rest: `<CallBack>${word}</CallBack>` }))
    expect(read.callback).toEqual({ to: 'nobody' })
  })

  test('formats and booleans in any case', () => {
    const lower = `<Operation>${rule.replace('true', 'FALSE')}${output}</Operation>`
    const read = readSubmitRequest(request({ operation: lower, rest: '<CallBackFormat>json</CallBackFormat>' }))
    expect(read.callbackFormat).toBe('JSON')
    expect(read.work).toMatchObject({ picProcess: { isPicInfo: false } })
  })

  test('a key keeps its blanks', () => {
    expect(readSubmitRequest(request({ input: '<Input><Object> a </Object></Input>' })).inputObject).toBe(' a ')
  })

  test('1024 characters of user data, however many bytes', () => {
    const userData = '😀'.repeat(1024)
    expect(readSubmitRequest(operation(`${rule}${output}<UserData>${userData}</UserData>`)).userData).toBe(userData)
  })
})

describe('what is refused', () => {
  const noOutput = (part: RegExp) => operation(rule + output.replace(part, ''))
  test.each<[string, string, string, RegExp]>([
    ['no body', '', 'MissingContent', /no body/],
    ['another root', '<Response/>', 'InvalidContent', /root of the body is "Response", expected "Request"/],
    ['no tag', request({ tag: '' }), 'InvalidArgument', /^Tag is missing/],
    [
      'another tag',
      request({ tag: '<Tag>Transcode</Tag>' }),
      'InvalidArgument',
      /^Tag is "Transcode", expected PicProcess/,
    ],
    ['two tags', request({ rest: '<Tag>PicProcess</Tag>' }), 'InvalidArgument', /^Tag stands 2 times/],
    ['no input', request({ input: '' }), 'InvalidArgument', /^Input\.Object is missing/],
    ['an empty input', request({ input: '<Input><Object/></Input>' }), 'InvalidArgument', /^Input\.Object is missing/],
    [
      'elements for text',
      request({ input: '<Input><Object><a/></Object></Input>' }),
      'InvalidArgument',
      /expected text/,
    ],
    ['no operation', request({ operation: '' }), 'InvalidArgument', /^Operation is missing/],
    ['an empty operation', request({ operation: '<Operation/>' }), 'InvalidArgument', /^Operation is missing/],
    [
      'two operations',
      request({ rest: `<Operation>${rule}${output}</Operation>` }),
      'InvalidArgument',
      /^Operation stands 2 times; this server runs one operation/,
    ],
    ['neither template nor rule', operation(output), 'InvalidArgument', /neither TemplateId nor PicProcess/],
    ['an empty rule', operation(`<PicProcess/>${output}`), 'InvalidArgument', /neither TemplateId nor PicProcess/],
    [
      'a rule without text',
      operation(`<PicProcess><IsPicInfo>true</IsPicInfo></PicProcess>${output}`),
      'InvalidArgument',
      /^Operation\.PicProcess\.ProcessRule is missing/,
    ],
    [
      'an odd IsPicInfo',
      operation(rule.replace('true', '1') + output),
      'InvalidArgument',
      /^Operation\.PicProcess\.IsPicInfo is "1", expected true or false/,
    ],
    ['no output', operation(rule), 'InvalidArgument', /^Operation\.Output\.Bucket is missing/],
    ['no output bucket', noOutput(/<Bucket>.*<\/Bucket>/), 'InvalidArgument', /Output\.Bucket is missing/],
    ['no output object', noOutput(/<Object>.*<\/Object>/), 'InvalidArgument', /Output\.Object is missing/],
    ['no output region', noOutput(/<Region>.*<\/Region>/), 'InvalidArgument', /Output\.Region is missing/],
    [
      'an odd level',
      operation(`${rule}${output}<JobLevel>3</JobLevel>`),
      'InvalidArgument',
      /^Operation\.JobLevel is "3", expected 0 or 1 or 2/,
    ],
    [
      'too much user data',
      operation(`${rule}${output}<UserData>${'x'.repeat(1025)}</UserData>`),
      'InvalidArgument',
      /^Operation\.UserData has 1025 characters, expected at most 1024/,
    ],
    [
      'a novel of user data',
      operation(`${rule}${output}<UserData>${'x'.repeat(100_000)}</UserData>`),
      'InvalidArgument',
      /more than 1024 characters/,
    ],
    ['an odd format', request({ rest: '<CallBackFormat>YAML</CallBackFormat>' }), 'InvalidArgument', /XML or JSON/],
    [
      'TDMQ',
      request({ rest: '<CallBackType>TDMQ</CallBackType>' }),
      'InvalidArgument',
      /"TDMQ", which this server does/,
    ],
    ['Kafka', request({ rest: '<CallBackType>kafka</CallBackType>' }), 'InvalidArgument', /"Kafka", which this server/],
    ['an odd type', request({ rest: '<CallBackType>Fax</CallBackType>' }), 'InvalidArgument', /"Fax", expected Url/],
    [
      'a sample of the official page that is not well-formed',
      '<Request><Tag>PicProcess</Tag><Input><Object>a</Object><Operation/></Request>',
      'InvalidContent',
      /line 1/,
    ],
  ])('%s', (_, body, code, message) => {
    try {
      readSubmitRequest(body)
    } catch (error) {
      expect(error).toBeInstanceOf(Failure)
      expect((error as Failure).code).toBe(code)
      expect((error as Failure).message).toMatch(message)
      return
    }
    throw new Error('it was accepted')
  })
})
