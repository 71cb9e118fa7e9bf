import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from '../../packages/receiver/src/index.ts'
import { webhookRefusal } from '../../src/callbacks/index.ts'
import { type House, jobXml, startHouse, textAt, webhookSecret } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'

let house: House
beforeEach(async () => {
  house = await startHouse()
  await house.put('cat.jpg', await jpeg(64, 48, 80))
})
afterEach(() => house.close())

const queueId = async (): Promise<string> =>
  textAt((await house.ci({ target: '/picqueue' })).xml(), 'QueueList/QueueId')
const update = async (inside: string): Promise<string> => {
  const body = `<Request>${inside}</Request>`
  const answer = await house.ci({ method: 'PUT', target: `/picqueue/${await queueId()}`, body })
  expect(answer.status).toBe(200)
  return answer.text
}
const notify = () =>
  `<NotifyConfig><State>On</State><Event>TaskFinish</Event><ResultFormat>JSON</ResultFormat><Type>Url</Type><Url>${house.receiver.url}/queue</Url></NotifyConfig>`

test('a queue has a profile and headers of its own, and the headers go nowhere but to its own address', async () => {
  const first = await house.submit(
    jobXml({ input: 'cat.jpg', rule: 'imageMogr2/strip', output: 'a.jpg', callback: 'no' }),
  )
  await house.ended(first)
  const shown = await update(
    `${notify()}<CallbackOptions><Profile>live</Profile><Headers><Key>X-Api-Key</Key><Value>s3cret</Value></Headers></CallbackOptions>`,
  )
  expect(shown).toContain('<Headers><Key>X-Api-Key</Key><Value>***</Value></Headers>')
  // A program that knows only the protocol changes the rest, and takes nothing away.
  expect(await update(notify())).toContain('<Profile>live</Profile>')

  await house.submit(jobXml({ input: 'cat.jpg', rule: 'imageMogr2/strip', output: 'b.jpg' }))
  const toQueue = await house.receiver.nth(0)
  expect(toQueue).toMatchObject({ path: '/queue', headers: { 'x-api-key': 's3cret' } })
  expect(JSON.parse(toQueue.body).JobsDetail[0]).toMatchObject({
    QueueType: 'PicProcess',
    Operation: {
      JobLevel: '0',
      PicProcessResult: [{ ObjectName: '/b.jpg', InputObjectUrl: expect.stringMatching(/\/cat\.jpg$/) }],
    },
  })
  expect(parse(toQueue.body)).toMatchObject({ name: 'TaskFinish', job: { result: { object: 'b.jpg' } } })

  await house.submit(
    jobXml({ input: 'cat.jpg', rule: 'imageMogr2/strip', output: 'c.jpg', callback: `${house.receiver.url}/own` }),
  )
  const toJob = await house.receiver.nth(1)
  expect(toJob.path).toBe('/own')
  expect(toJob.headers).not.toHaveProperty('x-api-key')
  for (const { headers, body } of [toQueue, toJob]) {
    const received = { headers, body: Buffer.from(body) }
    expect(webhookRefusal(received, { secrets: [webhookSecret], nowMs: Date.now() })).toBeNull()
  }
})

test('a receiver with a certificate of a private authority is believed when the server was given it', async () => {
  const tls = new URL('../fixtures/tls/', import.meta.url)
  const got: string[] = []
  const server = createServer(
    { key: readFileSync(new URL('receiver.key.pem', tls)), cert: readFileSync(new URL('receiver.cert.pem', tls)) },
    (request, response) => {
      got.push(request.url!)
      request.resume().on('end', () => response.end())
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const trusting = await startHouse({ PIXMILL_CALLBACK_CA: fileURLToPath(new URL('receiver.cert.pem', tls)) })
  try {
    const delivered = trusting.app.signals.courier.next('delivered')
    const callback = `https://127.0.0.1:${port}/private`
    await trusting.submit(jobXml({ input: 'none.jpg', rule: 'imageMogr2/strip', output: 'a.jpg', callback }))
    await delivered
    expect(got).toEqual(['/private'])
  } finally {
    await trusting.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

test('an unknown profile and a message queue are refused, and change nothing', async () => {
  await house.ended(
    await house.submit(jobXml({ input: 'cat.jpg', rule: 'imageMogr2/strip', output: 'a.jpg', callback: 'no' })),
  )
  const target = `/picqueue/${await queueId()}`
  const before = (await house.ci({ target: '/picqueue' })).text.replace(/<RequestId>.*<\/RequestId>/, '')
  for (const [inside, message] of [
    ['<CallbackOptions><Profile>2031</Profile></CallbackOptions>', 'CallbackOptions.Profile is "2031"'],
    ['<NotifyConfig><Type>TDMQ</Type></NotifyConfig>', 'NotifyConfig.Type is "TDMQ", which this server does not offer'],
    [
      '<NotifyConfig><Type>Kafka</Type></NotifyConfig>',
      'NotifyConfig.Type is "Kafka", which this server does not offer',
    ],
    ['<NotifyConfig><MqName>q</MqName></NotifyConfig>', 'NotifyConfig.MqName describes a message queue'],
  ] as const) {
    const answer = await house.ci({ method: 'PUT', target, body: `<Request><Name>new</Name>${inside}</Request>` })
    expect([answer.status, textAt(answer.xml(), 'Code')]).toEqual([400, 'InvalidArgument'])
    expect(textAt(answer.xml(), 'Message')).toContain(message)
  }
  const after = (await house.ci({ target: '/picqueue' })).text.replace(/<RequestId>.*<\/RequestId>/, '')
  expect(after).toBe(before)
})
