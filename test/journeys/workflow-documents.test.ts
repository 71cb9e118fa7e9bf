import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import COS from 'cos-nodejs-sdk-v5'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readXml, renderTime } from '../../src/wire/index.ts'
import { find, type House, secretId, secretKey, startHouse, textAt } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'
import { notifyXml, workflowXml } from '../support/workflow-xml.ts'

// The golden documents speak of this bucket. A program written for the original service talks to it.
const Bucket = 'test-1234567890'
const Region = 'ap-chongqing'
const node = 'PicProcess_1581665960537'

const golden = (name: string): Promise<string> =>
  readFile(fileURLToPath(new URL(`../fixtures/golden/${name}`, import.meta.url)), 'utf8')

/** White space between elements says nothing; inside them it does. */
const squeezed = (xml: string): string => xml.trim().replace(/>\s+</g, '><')

/** The document with other texts in the place of some, each of which must stand in it. */
function withTexts(document: string, texts: Readonly<Record<string, string>>): string {
  return Object.entries(texts).reduce((text, [old, fresh]) => {
    if (!text.includes(old)) throw new Error(`${old} does not stand in the golden document`)
    return text.replaceAll(old, () => fresh)
  }, document)
}

/** What the SDK makes of the answers asked for here: text, objects, and nothing of their kind. */
interface Told {
  readonly Template: { readonly TemplateId: string }
  readonly MediaWorkflow: { readonly WorkflowId: string }
  readonly QueueList: { readonly QueueId: string }
  readonly WorkflowExecutionList: { readonly RunId: string }
  readonly WorkflowExecution: {
    readonly CreateTime: string
    readonly State: string
    readonly Tasks: { readonly JobId: string; readonly Code: string }
  }
  readonly JobsDetail: {
    readonly CreationTime: string
    readonly StartTime: string
    readonly EndTime: string
    readonly Operation: {
      readonly PicProcessResult: { readonly OriginalInfo: { readonly ImageInfo: { readonly Ave: string } } }
    }
  }
}

describe.each(['2025', '2023'])('profile %s', (profile) => {
  let house: House
  let cos: COS

  beforeAll(async () => {
    house = await startHouse({ PIXMILL_CALLBACK_PROFILE: profile, PIXMILL_BUCKETS: `${Bucket}@${Region}` })
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

  const ci = async (Method: string, Key: string, rest: object = {}): Promise<Told> => {
    const Url = `http://${Bucket}.ci.${Region}.myqcloud.com/${Key}`
    const { Response } = (await cos.request({ Bucket, Region, Method, Key, Url, ...rest } as never)) as unknown as {
      Response: Told
    }
    return Response
  }
  const post = (Key: string, Body: string) => ci('POST', Key, { ContentType: 'application/xml', Body })

  test.each(['XML', 'JSON'])('an upload through the SDK is told in the golden document, in %s', async (format) => {
    const made = await post(
      'template',
      `<Request><Tag>PicProcess</Tag><Name>test-${format}</Name><PicProcess><IsPicInfo>true</IsPicInfo><ProcessRule>imageMogr2/rotate/90</ProcessRule></PicProcess></Request>`,
    )
    const { TemplateId: templateId } = made.Template
    const created = await post(
      'workflow',
      workflowXml({
        name: 'workflow-test',
        state: 'Active',
        prefix: 'input/',
        notify: notifyXml(house.receiver.url, 'TaskFinish,WorkflowStart,WorkflowFinish', format),
        nodes: [
          {
            name: node,
            templateId,
            output: 'output/out.jpg',
            outputBucket: Bucket,
            outputRegion: Region,
            userData: 'This is my PicProcess job.',
          },
        ],
      }),
    )
    const { WorkflowId: workflowId } = created.MediaWorkflow

    const source = await jpeg(500, 417, 68)
    const told = house.receiver.received.length
    const before = Date.now()
    const put = await cos.putObject({
      Bucket,
      Region,
      Key: 'input/deer.jpg',
      Body: source,
      ContentType: 'image/jpeg',
    } as COS.PutObjectParams)
    await house.receiver.nth(told + 2)
    const after = Date.now()
    const bodies = house.receiver.received.slice(told).map(({ body }) => body)
    const bodyOf = (event: string): string => bodies.find((body) => body.includes(event))!
    // The end of the run is told behind that of its last job.
    expect(bodies.indexOf(bodyOf('WorkflowFinish'))).toBeGreaterThan(bodies.indexOf(bodyOf('TaskFinish')))
    const queue = (await ci('GET', 'picqueue')).QueueList.QueueId

    // Ids and times are the run's own; which ones can be seen in its answer.
    const runs = await ci('GET', 'workflowexecution', { Query: { workflowId } })
    const { RunId: runId } = runs.WorkflowExecutionList
    const run = (await ci('GET', `workflowexecution/${runId}`)).WorkflowExecution
    expect(run).toMatchObject({ State: 'Success', Tasks: { Code: 'Success' } })
    const { JobId: jobId } = run.Tasks
    const job = (await ci('GET', `jobs/${jobId}`)).JobsDetail
    const times = { creation: job.CreationTime, start: job.StartTime, end: job.EndTime }
    const inOrder = [renderTime(before), times.creation, times.start, times.end, renderTime(after)]
    expect([...inOrder].sort()).toEqual(inOrder)
    const { ImageInfo } = job.Operation.PicProcessResult.OriginalInfo
    const output = await cos.getObject({ Bucket, Region, Key: 'output/out.jpg' })

    const texts = {
      '2022-07-18T15:16:43+0800': times.creation,
      NjJiZDYwYTFfNjUzYTYyNjRfZjEwZl8xMmZhYzY5: put.headers!['x-cos-request-id'] as string,
      c93984788066911ed89ed352d4d9d2084: jobId,
      '0xc64847': ImageInfo.Ave,
      t10461fe2bd5a649db9022452ec71e0381: templateId,
      p2911917386e148639319e13c285cc774: queue,
      ic90edd59f84f11ec9d4f525400a3c59f: runId,
      web6ac56c1ef54dbfa44d7f4103203be9: workflowId,
      d5a491cd3d8d071e3212c3478e8e35a1: put.ETag.replaceAll('"', ''),
    }
    if (format === 'XML') {
      const expected = withTexts(await golden(`${profile}-task-by-workflow.xml`), {
        ...texts,
        '<Value>1024</Value>': `<Value>${source.length}</Value>`,
        '<Size>24911</Size>': `<Size>${output.Body.length}</Size>`,
        '<TemplateName>test</TemplateName>': `<TemplateName>test-${format}</TemplateName>`,
        '<EndTime>2022-07-18T15:16:44+0800</EndTime>': `<EndTime>${times.end}</EndTime>`,
        '<StartTime>2022-07-18T15:16:44+0800</StartTime>': `<StartTime>${times.start}</StartTime>`,
      })
      expect(squeezed(bodyOf('TaskFinish'))).toBe(squeezed(expected))
    } else {
      const expected = withTexts(await golden(`${profile}-task-by-workflow.json`), {
        ...texts,
        '"Value": "1024"': `"Value": "${source.length}"`,
        '"Size": "24911"': `"Size": "${output.Body.length}"`,
        '"TemplateName": "test"': `"TemplateName": "test-${format}"`,
        '"EndTime": "2022-07-18T15:16:44+0800"': `"EndTime": "${times.end}"`,
        '"StartTime": "2022-07-18T15:16:44+0800"': `"StartTime": "${times.start}"`,
      })
      // As text: order and spelling of the members count too.
      expect(JSON.stringify(JSON.parse(bodyOf('TaskFinish')), null, 2)).toBe(expected.trim())
    }

    const spaced = (time: string): string => time.replace('T', ' ').replace(/:(\d\d)$/, '$1')
    const execution = [
      `<RunId>${runId}</RunId>`,
      `<BucketId>${Bucket}</BucketId>`,
      '<Object>input/deer.jpg</Object>',
      '<CosHeaders><Key>Content-Type</Key><Value>image/jpeg</Value></CosHeaders>',
      `<CosHeaders><Key>x-cos-request-id</Key><Value>${put.headers!['x-cos-request-id']}</Value></CosHeaders>`,
      '<CosHeaders><Key>EventName</Key><Value>cos:ObjectCreated:Put</Value></CosHeaders>',
      `<CosHeaders><Key>Size</Key><Value>${source.length}</Value></CosHeaders>`,
      `<WorkflowId>${workflowId}</WorkflowId>`,
      '<WorkflowName>workflow-test</WorkflowName>',
      `<CreateTime>${spaced(run.CreateTime)}</CreateTime>`,
    ].join('')
    const task = [
      '<Type>PicProcess</Type>',
      `<CreateTime>${spaced(times.creation)}</CreateTime>`,
      `<StartTime>${spaced(times.start)}</StartTime>`,
      `<EndTime>${spaced(times.end)}</EndTime>`,
      '<State>Success</State>',
      `<JobId>${jobId}</JobId>`,
      `<Name>${node}</Name>`,
      `<TemplateId>${templateId}</TemplateId>`,
      `<TemplateName>test-${format}</TemplateName>`,
      '<ResultInfo><ObjectCount>1</ObjectCount><ObjectInfo><ObjectName>output/out.jpg</ObjectName>',
      `<ObjectUrl>https://${Bucket}.cos.${Region}.myqcloud.com/output/out.jpg</ObjectUrl></ObjectInfo></ResultInfo>`,
    ].join('')
    const event = (name: string, rest: string) =>
      `<Response><EventName>${name}</EventName><WorkflowExecution>${execution}${rest}</WorkflowExecution></Response>`
    const started = event('WorkflowStart', '<State>Running</State>')
    const finished = event('WorkflowFinish', `<State>Success</State><Tasks>${task}</Tasks>`)
    if (format === 'XML') {
      expect(bodyOf('WorkflowStart')).toBe(started)
      expect(bodyOf('WorkflowFinish')).toBe(finished)
    } else {
      expect(JSON.parse(bodyOf('WorkflowStart'))).toEqual(asJson(started))
      expect(JSON.parse(bodyOf('WorkflowFinish'))).toEqual(asJson(finished))
    }
    await ci('PUT', `workflow/${workflowId}`, { Query: { paused: '' } })
  })

  test('the metadata of the upload follows the four fixed headers, in alphabetical order', async () => {
    const created = await post(
      'workflow',
      workflowXml({
        state: 'Active',
        prefix: '/meta/',
        notify: notifyXml(house.receiver.url, 'TaskFinish'),
        nodes: [{ name: 'a', rule: 'imageMogr2/thumbnail/10x', outputBucket: Bucket, outputRegion: Region }],
      }),
    )
    const told = house.receiver.received.length
    await cos.putObject({
      Bucket,
      Region,
      Key: 'meta/a.jpg',
      Body: await jpeg(20, 20),
      Headers: { 'x-cos-meta-zeta': 'z', 'X-Cos-Meta-Alpha': 'a', 'x-cos-meta-mid': 'm' },
    } as COS.PutObjectParams)
    const detail = find(readXml((await house.receiver.nth(told)).body), 'JobsDetail')!
    const headers = find(detail, 'Input')!.children.filter(({ name }) => name === 'CosHeaders')
    expect(headers.map((header) => textAt(header, 'Key'))).toEqual([
      'Content-Type',
      'x-cos-request-id',
      'EventName',
      'Size',
      'x-cos-meta-alpha',
      'x-cos-meta-mid',
      'x-cos-meta-zeta',
    ])
    expect(headers.slice(4).map((header) => textAt(header, 'Value'))).toEqual(['a', 'm', 'z'])
    const { WorkflowId } = created.MediaWorkflow
    await ci('PUT', `workflow/${WorkflowId}`, { Query: { paused: '' } })
  })
})

/** The JSON of a run's event, by the rules of the protocol: no root, lists always arrays, one count a number. */
function asJson(xml: string): unknown {
  const lists = new Set(['CosHeaders', 'Tasks', 'ObjectInfo'])
  const value = (element: ReturnType<typeof readXml>): unknown => {
    if (element.children.length === 0) return element.name === 'ObjectCount' ? Number(element.text) : element.text
    const members: Record<string, unknown> = {}
    for (const child of element.children) {
      const before = (members[child.name] ?? []) as readonly unknown[]
      members[child.name] = lists.has(child.name) ? [...before, value(child)] : value(child)
    }
    return members
  }
  return value(readXml(xml))
}
