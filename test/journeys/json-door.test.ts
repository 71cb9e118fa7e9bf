import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { api } from '../support/api.ts'
import { bucket, freshKey, type House, jobXml, region, startHouse } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'

let house: House

beforeAll(async () => {
  house = await startHouse()
})
afterAll(() => house?.close())

const inBucket = `bucket=${bucket}`

describe('jobs', () => {
  test('one that succeeded, and one that failed, are shown and listed', async () => {
    const key = freshKey()
    await house.put(key, await jpeg(80, 60))
    const rule = 'imageMogr2/thumbnail/40x'
    const good = await house.submit(jobXml({ input: key, rule, output: `${key}.out.jpg`, isPicInfo: 'true' }))
    const bad = await house.submit(jobXml({ input: `${key}.none`, rule, userData: 'mine' }))
    await Promise.all([house.ended(good), house.ended(bad)])
    expect((await api(house, 'GET', `/jobs/${good}?${inBucket}`)).json).toMatchObject({
      jobId: good,
      bucket,
      state: 'Success',
      code: 'Success',
      message: '',
      input: key,
      rule,
      template: null,
      pictureInfo: true,
      output: { bucket, region, object: `${key}.out.jpg` },
      userData: null,
      result: {
        object: `${key}.out.jpg`,
        format: 'jpeg',
        width: 40,
        height: 30,
        source: { picture: { format: 'jpeg', width: 80, height: 60, orientation: 0 } },
      },
      workflowId: null,
    })
    const listed = await api(house, 'GET', `/jobs?${inBucket}&state=Failed,Cancel&input=${key}.none`)
    expect(listed.json).toMatchObject({
      jobs: [{ jobId: bad, state: 'Failed', code: 'ResourceNotFound', userData: 'mine', result: null }],
      next: null,
    })
  })

  test('a list is turned over page by page, either way', async () => {
    const key = freshKey()
    const ids: string[] = []
    for (let n = 0; n < 3; n += 1) ids.push(await house.submit(jobXml({ input: key, rule: 'imageMogr2/format/png' })))
    for (const [order, wanted] of [
      ['oldest', ids],
      ['newest', ids.toReversed()],
    ] as const) {
      const seen: string[] = []
      let next: string | null = ''
      while (next !== null) {
        const page = await api(house, 'GET', `/jobs?${inBucket}&input=${key}&order=${order}&limit=2&after=${next}`)
        seen.push(...page.json.jobs.map((job: { jobId: string }) => job.jobId))
        next = page.json.next
      }
      expect(seen).toEqual(wanted)
    }
  })

  test.each([
    ['/jobs', 400, 'InvalidArgument', 'bucket is missing.', 'bucket'],
    [`/jobs?${inBucket}&state=Done`, 400, 'InvalidArgument', 'state[0] is "Done", expected Submitted or', 'state[0]'],
    [
      `/jobs?${inBucket}&limit=0`,
      400,
      'InvalidArgument',
      'limit is "0", expected a whole number from 1 to 100',
      'limit',
    ],
    [`/jobs?${inBucket}&limit=ten`, 400, 'InvalidArgument', 'limit is "ten", expected a whole number', 'limit'],
    [`/jobs?${inBucket}&from=today`, 400, 'InvalidArgument', 'from is "today", expected a time', 'from'],
    [
      `/jobs?${inBucket}&after=x`,
      400,
      'InvalidArgument',
      'after is "x", expected the next of the page before',
      'after',
    ],
    [`/jobs?${inBucket}&stat=Failed`, 400, 'InvalidArgument', 'The parameter "stat" is not known here', '"stat"'],
    [`/jobs?${inBucket}&${inBucket}`, 400, 'InvalidArgument', 'bucket stands 2 times, expected once', 'bucket'],
    [`/jobs/c0?${inBucket}`, 404, 'ResourceNotFound', 'There is no job "c0" in the bucket', undefined],
  ])('GET %s is refused', async (path, status, error, message, field) => {
    const told = await api(house, 'GET', path)
    expect([told.status, told.json.error]).toEqual([status, error])
    expect(told.json.message).toContain(message)
    if (field !== undefined) expect(told.json.field).toBe(field)
  })
})

test('what is not there, and what is asked in the wrong way', async () => {
  expect((await api(house, 'GET', '/nothing')).json).toMatchObject({ error: 'InvalidUrl' })
  const told = await api(house, 'DELETE', '/jobs')
  expect([told.status, told.json.error, told.headers.allow]).toEqual([405, 'MethodNotAllowed', 'GET'])
})
