import { afterAll, beforeAll, expect, test } from 'vitest'
import { api } from '../support/api.ts'
import { bucket, freshKey, type House, jobXml, startHouse, textAt } from '../support/house.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
})
afterAll(() => house?.close())

const rule = 'imageMogr2/strip'

async function submit(body: string, headers: Record<string, string> = {}, more: object = {}): Promise<string> {
  const answer = await house.ci({ method: 'POST', target: '/jobs', body, headers, ...more })
  expect(answer.status, answer.text).toBe(200)
  return textAt(answer.xml(), 'JobsDetail/JobId')
}

test('what an SDK sends a second time is answered with the job of the first time', async () => {
  const body = jobXml({ input: freshKey(), rule })
  const retry = { 'x-cos-sdk-retry': 'true' }
  const first = await submit(body)
  expect(await submit(body, retry)).toBe(first)
  expect(await submit(body, retry)).toBe(first)
  expect(await submit(body)).not.toBe(first)
  expect(await submit(jobXml({ input: freshKey(), rule }), retry)).not.toBe(first)
})

test('so is one with the same Idempotency-Key, also while the first is on its way', async () => {
  const body = jobXml({ input: freshKey(), rule })
  const key = (text: string) => ({ 'idempotency-key': text })
  const ids = await Promise.all(Array.from({ length: 5 }, () => submit(body, key('order 77'))))
  expect(new Set(ids).size).toBe(1)
  expect(await submit(body, key('order 78'))).not.toBe(ids[0])
  expect(await submit(jobXml({ input: freshKey(), rule }), key('order 77'))).not.toBe(ids[0])
  const tooLong = await house.ci({ method: 'POST', target: '/jobs', body, headers: key('x'.repeat(256)) })
  expect([tooLong.status, textAt(tooLong.xml(), 'Code')]).toEqual([400, 'InvalidArgument'])
})

test('another key pair has jobs of its own', async () => {
  const { json } = await api(house, 'POST', '/keys', { name: 'x', buckets: [bucket], permissions: ['submit'] })
  const body = jobXml({ input: freshKey(), rule })
  const headers = { 'idempotency-key': 'same' }
  const first = await submit(body, headers)
  expect(await submit(body, headers, { key: { secretId: json.id, secretKey: json.secretKey } })).not.toBe(first)
})

test('the JSON door does the same', async () => {
  const body = JSON.stringify({ bucket, input: freshKey(), rule, output: { bucket, object: 'o.jpg' } })
  const send = async (key?: string) => {
    const answer = await house.send('localhost', {
      method: 'POST',
      target: '/-/api/jobs',
      body,
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    })
    expect(answer.status, answer.text).toBe(201)
    return JSON.parse(answer.text).jobId as string
  }
  const first = await send('once')
  expect(await send('once')).toBe(first)
  expect(await send('twice')).not.toBe(first)
  expect(await send()).not.toBe(await send())
})
