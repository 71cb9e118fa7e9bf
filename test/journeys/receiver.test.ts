import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type Callback,
  type CallbackEvent,
  nodeHandler,
  type ReceiverError,
  seenInMemory,
  type TaskFinish,
} from '../../packages/receiver/src/index.ts'
import { bucket, freshKey, type House, jobXml, region, startHouse, textAt, webhookSecret } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'
import { notifyXml, workflowXml } from '../support/workflow-xml.ts'

// What the server really sends, received by the package that is made for it.

let house: House
const servers: Server[] = []

beforeAll(async () => {
  house = await startHouse()
})
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await house?.close()
})

/** A receiver, and the next event that it is handed. */
async function receive(secrets: string) {
  const handled: { event: CallbackEvent; callback: Callback }[] = []
  const refused: ReceiverError[] = []
  const waiting: (() => void)[] = []
  const told = (): void => {
    for (const tell of waiting.splice(0)) tell()
  }
  const handler = nodeHandler({
    secrets,
    seen: seenInMemory(),
    onEvent: (event, callback) => {
      handled.push({ event, callback })
      told()
    },
    onRefused: (error) => {
      refused.push(error)
      told()
    },
  })
  const server = createServer(handler).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const next = async <One>(from: readonly One[], index: number): Promise<One> => {
    while (from.length <= index) await new Promise<void>((resolve) => waiting.push(resolve))
    return from[index]!
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks`,
    handled: (index: number) => next(handled, index),
    refused: (index: number) => next(refused, index),
  }
}

test('a job that went well and one that failed, in XML and in JSON', async () => {
  const { url, handled } = await receive(webhookSecret)
  let count = 0
  for (const format of ['XML', 'JSON']) {
    const key = freshKey()
    const put = await house.put(key, await jpeg(500, 417, 68))
    const common = { rule: 'imageMogr2/rotate/90', isPicInfo: 'true', callback: url, format }
    const jobId = await house.submit(
      jobXml({ ...common, input: key, output: `turned/${key}`, userData: 'asset=77 & <更多>', level: 1 }),
    )
    const { event, callback } = await handled(count++)
    const { job } = event as TaskFinish
    expect(callback).toEqual({ key: callback.id, id: expect.stringMatching(/^evt_/), sentAt: expect.any(Date) })
    expect(job).toMatchObject({
      id: jobId,
      state: 'Success',
      code: 'Success',
      message: '',
      tag: 'PicProcess',
      input: { bucket, object: key, region, headers: [] },
      output: { bucket, object: `turned/${key}`, region },
      rule: { processRule: 'imageMogr2/rotate/90', isPicInfo: true },
      template: null,
      userData: 'asset=77 & <更多>',
      level: 1,
      result: {
        object: `turned/${key}`,
        original: {
          etag: put.headers.etag,
          info: { format: 'JPEG', width: 500, height: 417, quality: 68, orientation: 0 },
        },
        processed: { format: 'JPEG', width: 417, height: 500 },
      },
      workflow: null,
    })
    expect(job.endedAt!.getTime()).toBeGreaterThanOrEqual(job.createdAt!.getTime())
    const output = await house.cos({ target: `/turned/${key}` })
    expect(job.result!.processed.sizeBytes).toBe(output.body.length)

    const failedId = await house.submit(jobXml({ ...common, input: 'is/not/there.jpg' }))
    const failed = ((await handled(count++)).event as TaskFinish).job
    expect(failed).toMatchObject({ id: failedId, state: 'Failed', code: 'ResourceNotFound', result: null })
    expect(failed.message).not.toBe('')
  }
})

test.each(['XML', 'JSON'])('a workflow that begins, works and ends, in %s', async (format) => {
  const { url, handled } = await receive(webhookSecret)
  const prefix = `receiver-${format}/`
  const notify = notifyXml(url, 'TaskFinish,WorkflowStart,WorkflowFinish', format)
  const body = workflowXml({ name: `receiver-${format}`, state: 'Active', prefix, notify })
  const made = await house.ci({ method: 'POST', target: '/workflow', body })
  const workflowId = textAt(made.xml(), 'MediaWorkflow/WorkflowId')
  await house.put(`${prefix}猫.jpg`, await jpeg(120, 80), { 'content-type': 'image/jpeg' })

  // In whatever order they come.
  const events = (await Promise.all([0, 1, 2].map(handled))).map(({ event }) => event)
  const named = <Name extends CallbackEvent['name']>(name: Name) =>
    events.find((event): event is Extract<CallbackEvent, { name: Name }> => event.name === name)!
  const { run: begun } = named('WorkflowStart')
  const { job } = named('TaskFinish')
  const { run } = named('WorkflowFinish')

  const upload = {
    bucket,
    object: `${prefix}猫.jpg`,
    headers: expect.arrayContaining([{ key: 'Content-Type', value: 'image/jpeg' }]),
  }
  const ofRun = { id: begun.id, workflowId, workflowName: `receiver-${format}`, ...upload }
  expect(begun).toMatchObject({ ...ofRun, state: 'Running', tasks: [] })
  expect(job).toMatchObject({
    state: 'Success',
    input: { region, ...upload },
    result: { object: `out/${begun.id}/small.jpg`, processed: { width: 60, height: 40 } },
    workflow: { node: 'small', runId: begun.id, workflowId, workflowName: `receiver-${format}` },
  })
  expect(run).toMatchObject({ ...ofRun, state: 'Success', createdAt: begun.createdAt })
  expect(run.tasks).toEqual([
    {
      type: 'PicProcess',
      node: 'small',
      jobId: job.id,
      state: 'Success',
      createdAt: job.createdAt,
      startedAt: job.startedAt,
      endedAt: job.endedAt,
      template: null,
      results: [{ object: job.result!.object, url: expect.stringContaining(`/${job.result!.object}`) }],
    },
  ])
})

test('a receiver with another secret refuses it, and handles nothing', async () => {
  const { url, refused } = await receive(`whsec_${Buffer.alloc(32, 99).toString('base64')}`)
  await house.submit(jobXml({ rule: 'imageMogr2/rotate/90', input: 'is/not/there.jpg', callback: url }))
  expect(await refused(0)).toMatchObject({ code: 'WrongSignature', status: 401 })
})
