import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkValue } from '../../src/http/api/check-value.ts'
import { apiRoutes } from '../../src/http/api/index.ts'
import { refusalSchema } from '../../src/http/api/openapi.ts'
import { api, called, note } from '../support/api.ts'
import { bucket, freshKey, type House, jobXml, region, startHouse, textAt } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'
import { RawConnection, textOf } from '../support/raw-http.ts'
import { workflowXml } from '../support/workflow-xml.ts'

let house: House

beforeAll(async () => {
  // Files that ran before in this process called some, too.
  called.clear()
  house = await startHouse()
})
afterAll(() => house?.close())

const inBucket = `bucket=${bucket}`

async function queueId(): Promise<string> {
  const { json } = await api(house, 'GET', `/queues?${inBucket}`)
  return json.queues[0].queueId
}

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

  test('a job is submitted, and answered when it has ended', async () => {
    const key = freshKey()
    await house.put(key, await jpeg(80, 60))
    const told = await api(house, 'POST', '/jobs?wait=60s', {
      bucket,
      input: key,
      rule: 'imageMogr2/thumbnail/20x/format/png',
      output: `${key}.${'${Ext}'}`,
      level: 2,
      userData: 'läufer 1',
      callback: `${house.receiver.url}/json-door`,
      callbackFormat: 'JSON',
    })
    expect(told.status).toBe(201)
    expect(told.json).toMatchObject({ state: 'Success', level: 2, userData: 'läufer 1', output: { bucket, region } })
    expect(told.json.result).toMatchObject({ format: 'png', width: 20, height: 15, source: { picture: null } })
    expect(told.headers.location).toBe(`/-/api/jobs/${told.json.jobId}?${inBucket}`)
    const picture = await house.cos({ target: `/${told.json.result.object}` })
    expect([picture.status, picture.headers['content-type']]).toEqual([200, 'image/png'])
    // The ended one is answered at once.
    expect((await api(house, 'GET', `/jobs/${told.json.jobId}?${inBucket}&wait=5m`)).json).toEqual(told.json)
  })

  test('many wait for the same job, and are answered by its end', async () => {
    await api(house, 'PATCH', `/queues/${await queueId()}?${inBucket}`, { state: 'Paused' })
    const body = { bucket, input: freshKey(), rule: 'imageMogr2/format/png', output: 'never.png' }
    const submitted = (await api(house, 'POST', '/jobs', body)).json
    expect(submitted.state).toBe('Pause')
    expect((await api(house, 'GET', `/jobs/${submitted.jobId}?${inBucket}&wait=1ms`)).json.state).toBe('Pause')
    const waiting = Array.from({ length: 20 }, () => api(house, 'GET', `/jobs/${submitted.jobId}?${inBucket}&wait=5m`))
    const cancelled = await api(house, 'POST', `/jobs/${submitted.jobId}/cancel?${inBucket}`)
    expect(cancelled.json).toMatchObject({ jobId: submitted.jobId, state: 'Cancel' })
    const states = (await Promise.all(waiting)).map(({ json }) => json.state)
    expect(new Set(states)).toEqual(new Set(['Cancel']))
    expect(await api(house, 'POST', `/jobs/${submitted.jobId}/cancel?${inBucket}`)).toMatchObject({
      status: 400,
      json: { error: 'InvalidArgument', message: 'The job provided can not be modified.' },
    })
    const again = (await api(house, 'POST', '/jobs', body)).json
    expect(await api(house, 'POST', `/jobs/${again.jobId}/retry?${inBucket}`)).toMatchObject({
      status: 409,
      json: { error: 'InvalidArgument', message: expect.stringContaining('only one that has ended is done again') },
    })
    await api(house, 'PATCH', `/queues/${await queueId()}?${inBucket}`, { state: 'Active' })
  })

  test('one that failed is done again, as a job of its own', async () => {
    const key = freshKey()
    const failed = await api(house, 'POST', '/jobs?wait=60s', {
      bucket,
      input: key,
      rule: 'imageMogr2/thumbnail/20x',
      pictureInfo: true,
      output: { object: `${key}.small.jpg`, region: 'elsewhere' },
      userData: 'mine',
    })
    expect(failed.json).toMatchObject({ state: 'Failed', code: 'ResourceNotFound', result: null })
    await house.put(key, await jpeg(80, 60))
    const again = await api(house, 'POST', `/jobs/${failed.json.jobId}/retry?${inBucket}&wait=60s`)
    expect(again.json).toMatchObject({
      state: 'Success',
      rule: 'imageMogr2/thumbnail/20x',
      userData: 'mine',
      output: { bucket, region: 'elsewhere', object: `${key}.small.jpg` },
      result: { width: 20, source: { picture: { width: 80 } } },
    })
    expect(again.json.jobId).not.toBe(failed.json.jobId)
    expect((await api(house, 'GET', `/jobs/${failed.json.jobId}?${inBucket}`)).json).toEqual(failed.json)
    expect((await api(house, 'POST', `/jobs/c0/retry?${inBucket}`)).status).toBe(404)
  })

  const good = { bucket, input: 'in.jpg', rule: 'imageMogr2/thumbnail/20x', output: 'out.jpg' }
  test.each<[unknown, string, string | undefined]>([
    ['', 'The request has no body, expected JSON.', undefined],
    ['{"bucket":', 'The body is not JSON', undefined],
    ['"text"', 'The body is "text", expected an object.', ''],
    ['['.repeat(200_000), 'The body is not JSON', undefined],
    [[], 'The body is a list, expected an object.', ''],
    [{ ...good, input: undefined }, 'input is missing, expected a text', 'input'],
    [{ ...good, input: '' }, 'input is "", expected a text that is not empty', 'input'],
    [{ ...good, input: 'x'.repeat(851) }, 'input: ', 'input'],
    [{ ...good, output: 7 }, 'output is 7, expected a text that is not empty, or an object', 'output'],
    [{ ...good, output: 'a\u0000b' }, 'output holds U+0000', 'output'],
    [{ ...good, userData: 'a\ud800' }, 'userData holds U+D800', 'userData'],
    [
      { ...good, output: { object: 'x', bucket: 'no-1' } },
      'output.bucket is "no-1", expected a bucket',
      'output.bucket',
    ],
    [{ ...good, rule: 'imageMogr2/rotate/much' }, 'much', 'rule'],
    [{ ...good, rule: 'imageView3/1' }, '', 'rule'],
    [{ ...good, rule: 'style/nowhere' }, 'The style "nowhere" does not exist', 'rule'],
    [{ ...good, rule: 'watermark/1/image/aHR0cDovL2EvYi5wbmc' }, 'nothing is fetched from elsewhere', 'rule'],
    [{ ...good, rule: undefined }, 'rule is missing, expected a rule, or template', 'rule'],
    [{ ...good, template: 't1x' }, 'rule and template are both given', 'template'],
    [{ ...good, rule: undefined, template: 't1x' }, 'template is "t1x", expected a template', 'template'],
    [{ ...good, queue: 'p0' }, 'queue is "p0", expected a queue of the bucket', 'queue'],
    [{ ...good, level: 3 }, 'level is 3, expected 0 or 1 or 2', 'level'],
    [{ ...good, userData: 'x'.repeat(1025) }, 'userData has 1025 characters, expected at most 1024', 'userData'],
    [{ ...good, callback: 'ftp://x/' }, 'callback is "ftp://x/", expected', 'callback'],
    [{ ...good, callback: 'http://169.254.169.254/' }, 'callback is "http://169.254.169.254/"', 'callback'],
    [{ ...good, callbackFormat: 'YAML' }, 'callbackFormat is "YAML", expected XML or JSON', 'callbackFormat'],
    [{ ...good, priority: 1 }, 'priority is not known, expected some of bucket, input', 'priority'],
    // Message queues are no word of this door; what asks for them is not dropped in silence.
    [{ ...good, callbackType: 'TDMQ' }, 'callbackType is not known, expected some of bucket, input', 'callbackType'],
    [{ ...good, callback: { type: 'Kafka' } }, 'callback is an object, expected a text', 'callback'],
  ])('POST /jobs refuses %j', async (body, message, field) => {
    const told = await api(house, 'POST', '/jobs', body)
    expect(told.status).toBe(400)
    expect(told.json.message).toContain(message)
    expect(told.json.field).toBe(field === '' ? undefined : field)
  })

  test.each(['soon', '30', '6m', '301s', '-1s', '1h'])('wait=%s is refused', async (wait) => {
    const told = await api(house, 'POST', `/jobs?wait=${wait}`, good)
    expect(told).toMatchObject({
      status: 400,
      json: { field: 'wait', message: expect.stringContaining('expected a time such as') },
    })
  })

  test('a bucket that is not there, and a body that is too long', async () => {
    expect((await api(house, 'POST', '/jobs', { ...good, bucket: 'no-1' })).json).toMatchObject({
      error: 'NoSuchBucket',
    })
    const long = await api(house, 'POST', '/jobs', JSON.stringify({ ...good, userData: 'x'.repeat(1024 * 1024) }))
    expect(long).toMatchObject({ status: 413, json: { error: 'EntityTooLarge' } })
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
    [`/jobs?${inBucket}&stat=Failed`, 400, 'InvalidArgument', 'The parameter "stat" is not known here', 'stat'],
    [`/jobs?${inBucket}&${inBucket}`, 400, 'InvalidArgument', 'bucket stands 2 times, expected once', 'bucket'],
    [`/jobs/%00?${inBucket}`, 400, 'InvalidArgument', 'jobId holds U+0000', 'jobId'],
    [`/jobs?bucket=%01`, 400, 'InvalidArgument', 'bucket holds U+0001', 'bucket'],
    [`/jobs/c0?${inBucket}`, 404, 'ResourceNotFound', 'There is no job "c0" in the bucket', undefined],
    ...['/jobs', '/batches', '/runs', '/queues', '/templates', '/workflows', '/styles'].map(
      (list): [string, number, string, string, undefined] => [
        `${list}?bucket=mistyped-1250000000${list === '/runs' ? '&workflow=w' : ''}`,
        404,
        'NoSuchBucket',
        'does not exist',
        undefined,
      ],
    ),
  ])('GET %s is refused', async (path, status, error, message, field) => {
    const told = await api(house, 'GET', path)
    expect([told.status, told.json.error]).toEqual([status, error])
    expect(told.json.message).toContain(message)
    if (field !== undefined) expect(told.json.field).toBe(field)
  })
})

describe('a target that cannot be decoded', () => {
  test.each([
    ['/-/api/jobs?bucket=%zz', 'The parameter "bucket" with the value "%zz" cannot be decoded'],
    ['/-/api/jobs?%ff=1', 'The parameter "%ff" cannot be decoded'],
    ['/-/api/jobs/%', 'The path "/-/api/jobs/%" cannot be decoded'],
    ['/%2D/api/jobs?a=%F0%9F', 'The parameter "a" with the value'],
    ['http://localhost/-/api/jobs?a=%c3%28', 'The parameter "a" with the value "%c3%28" cannot be decoded'],
  ])('%s is refused in JSON, signed or not', async (target, message) => {
    const connection = new RawConnection(Number(new URL(house.app.url).port))
    const head = [`GET ${target} HTTP/1.1`, 'Host: localhost']
    for (const lines of [head, [...head, 'Authorization: Bearer none']]) {
      const answer = await connection.head(...lines).answer()
      expect([answer.status, answer.header('Content-Type')]).toEqual([400, 'application/json'])
      const told = JSON.parse(answer.body.toString('utf8'))
      checkValue(told, refusalSchema, '')
      expect(told).toMatchObject({ error: 'InvalidURI', message: expect.stringContaining(message) })
    }
    connection.destroy()
  })

  test('is a key like any other where the host is a bucket: refused in XML', async () => {
    const connection = new RawConnection(Number(new URL(house.app.url).port))
    const host = `${bucket}.cos.${region}.pixmill.test`
    const answer = await connection.head('GET /-/api/jobs?bucket=%zz HTTP/1.1', `Host: ${host}`).answer()
    expect([answer.status, textOf(answer, 'Code'), textOf(answer, 'Resource')]).toEqual([
      400,
      'InvalidURI',
      `${host}/-/api/jobs`,
    ])
    connection.destroy()
  })
})

describe('queues', () => {
  test('one is made, shown, changed, paused, and works', async () => {
    const name = `fast-${freshKey('x').slice(2, 8)}`
    const made = await api(house, 'POST', '/queues', { bucket, name, maxConcurrent: 3 })
    expect(made.json).toMatchObject({ bucket, name, state: 'Active', notify: null, maxConcurrent: 3 })
    const path = `/queues/${made.json.queueId}?${inBucket}`
    expect(made.headers.location).toBe(`/-/api${path}`)
    expect((await api(house, 'GET', path)).json).toEqual(made.json)
    const notify = { url: `${house.receiver.url}/queue`, events: ['TaskFinish'], format: 'JSON' }
    const changed = await api(house, 'PATCH', path, { notify, maxSize: 5 })
    expect(changed.json).toMatchObject({ name, notify, maxSize: 5, maxConcurrent: 3 })
    expect((await api(house, 'PATCH', path, { state: 'Paused' })).json).toMatchObject({ state: 'Paused', notify })
    const callbacks = { profile: 'live', headers: [{ name: 'X-Key', value: 's3cret' }] }
    const shown = { profile: 'live', headers: [{ name: 'X-Key', value: '***' }] }
    expect((await api(house, 'PATCH', path, { callbacks })).json).toMatchObject({ callbacks: shown, notify })
    expect((await api(house, 'PATCH', path, { callbacks: null })).json).toMatchObject({
      callbacks: { profile: null, headers: [] },
    })
    const other = await api(house, 'POST', '/queues', { bucket, name: `${name}-2`, callbacks })
    expect(other.json).toMatchObject({ callbacks: shown })
    const paused = await api(house, 'GET', `/queues?${inBucket}&state=Paused`)
    expect(paused.json).toMatchObject({ queues: [{ queueId: made.json.queueId }], total: 1 })
    expect((await api(house, 'PATCH', path, { state: 'Active', notify: null })).json).toMatchObject({ notify: null })
    const job = { bucket, input: freshKey(), rule: 'imageMogr2/format/png', output: 'x.png', queue: made.json.queueId }
    expect((await api(house, 'POST', '/jobs?wait=60s', job)).json).toMatchObject({ queue: made.json.queueId })
  })

  test.each<[string, string, unknown, number, string, string | undefined]>([
    ['GET', '/queues?bucket=no-1', undefined, 404, 'does not exist', undefined],
    ['GET', `/queues?${inBucket}&state=Off`, undefined, 400, 'state is "Off", expected Active or Paused', 'state'],
    ['GET', `/queues/p0?${inBucket}`, undefined, 404, 'There is no queue "p0"', undefined],
    ['PATCH', `/queues/p0?${inBucket}`, {}, 404, 'There is no queue p0', undefined],
    ['POST', '/queues', { bucket: 'no-1', name: 'x' }, 404, 'does not exist', undefined],
    ['POST', '/queues', { bucket, name: 'a b' }, 400, 'name is "a b", expected 1 to 128 letters', 'name'],
    ['POST', '/queues', { bucket }, 400, 'name is missing', 'name'],
    [
      'POST',
      '/queues',
      { bucket, name: 'x', callbacks: { headers: [{ name: 'Host', value: 'a' }] } },
      400,
      'callbacks.Headers.Key is "Host", which this server sets itself',
      undefined,
    ],
    ['POST', '/queues', { bucket, name: 'x', maxSize: 0 }, 400, 'maxSize is 0, expected a whole number', 'maxSize'],
    ['POST', '/queues', { bucket, name: 'x', notify: {} }, 400, 'notify.url is missing', 'notify.url'],
    [
      'POST',
      '/queues',
      { bucket, name: 'x', notify: { url: 'ftp://x' } },
      400,
      'notify.url is "ftp://x"',
      'notify.url',
    ],
    [
      'POST',
      '/queues',
      { bucket, name: 'x', notify: { url: 'http://x', events: ['All'] } },
      400,
      'notify.events[0] is "All", expected TaskFinish or',
      'notify.events[0]',
    ],
    [
      'POST',
      '/queues',
      { bucket, name: 'x', notify: { url: 'http://x', type: 'TDMQ' } },
      400,
      'notify.type is not known, expected some of url, events, format',
      'notify.type',
    ],
  ])('%s %s %j is refused', async (method, path, body, status, message, field) => {
    const told = await api(house, method, path, body)
    expect(told.status).toBe(status)
    expect(told.json.message).toContain(message)
    expect(told.json.field).toBe(field)
  })
})

describe('templates', () => {
  test('one is made, shown, listed, used, replaced and deleted', async () => {
    const name = `t-${freshKey('x').slice(2, 8)}`
    const made = await api(house, 'POST', '/templates', { bucket, name, rule: 'imageMogr2/thumbnail/16x' })
    expect(made.json).toMatchObject({ bucket, name, rule: 'imageMogr2/thumbnail/16x', pictureInfo: false })
    const path = `/templates/${made.json.templateId}?${inBucket}`
    expect((await api(house, 'GET', path)).json).toEqual(made.json)
    expect((await api(house, 'GET', `/templates?${inBucket}&name=${name}`)).json).toEqual({
      templates: [made.json],
      total: 1,
    })
    const key = freshKey()
    await house.put(key, await jpeg(80, 60))
    const job = { bucket, input: key, template: made.json.templateId, output: `${key}.t.jpg` }
    expect((await api(house, 'POST', '/jobs?wait=60s', job)).json).toMatchObject({
      rule: 'imageMogr2/thumbnail/16x',
      template: { id: made.json.templateId, name },
      result: { width: 16 },
    })
    const replaced = await api(house, 'PUT', path, { name, rule: 'imageMogr2/thumbnail/8x', pictureInfo: true })
    expect(replaced.json).toMatchObject({ rule: 'imageMogr2/thumbnail/8x', pictureInfo: true })
    expect((await api(house, 'DELETE', path)).status).toBe(204)
    expect((await api(house, 'DELETE', path)).status).toBe(404)
    expect((await api(house, 'GET', path)).json).toMatchObject({ error: 'ResourceNotFound' })
    expect((await api(house, 'PUT', path, { name, rule: 'imageMogr2/thumbnail/8x' })).status).toBe(404)
  })

  test('a name that is taken, and what is no template', async () => {
    const body = { bucket, name: 'taken', rule: 'imageMogr2/thumbnail/16x' }
    await api(house, 'POST', '/templates', body)
    expect((await api(house, 'POST', '/templates', body)).json).toMatchObject({ error: 'TemplateNameDuplicate' })
    expect((await api(house, 'GET', '/templates?bucket=no-1')).json).toMatchObject({ error: 'NoSuchBucket' })
    for (const [change, field] of [
      [{ name: 'a/b' }, 'name'],
      [{ rule: 'imageMogr2/rotate/x' }, 'rule'],
      [{ rule: 'style/nowhere' }, 'rule'],
      [{ rule: 7 }, 'rule'],
      [{ pictureInfo: 'yes' }, 'pictureInfo'],
      [{ extra: 1 }, 'extra'],
    ] as const) {
      expect((await api(house, 'POST', '/templates', { ...body, ...change })).json.field).toBe(field)
    }
  })
})

/** Asks until a batch has ended: nothing is told of that. */
async function endedBatch(id: string) {
  for (;;) {
    const { json } = await api(house, 'GET', `/batches/${id}?${inBucket}`)
    if (!['Submitted', 'Running'].includes(json.state)) return json
  }
}

describe('runs and batches', () => {
  const jobs = { name: 'door', output: 'door-small/${InputName}.${Ext}', rule: 'imageMogr2/thumbnail/10x' }

  test('a rule is applied to what is there, and what failed is named', async () => {
    const prefix = `${freshKey('b').replaceAll('/', '-')}/`
    await house.put(`${prefix}good.jpg`, await jpeg(40, 30))
    await house.put(`${prefix}bad.jpg`, Buffer.from('no picture'))
    const input = { kind: 'Prefix', value: prefix }
    const started = await api(house, 'POST', '/batches', { bucket, input, ...jobs, level: 1, userData: 'mine' })
    expect(started.json).toMatchObject({
      ...jobs,
      bucket,
      input,
      output: { bucket, region, object: jobs.output },
      template: null,
      workflows: [],
      level: 1,
      userData: 'mine',
      callback: null,
      from: null,
      failures: [],
    })
    const { batchId } = started.json
    expect(started.headers.location).toBe(`/-/api/batches/${batchId}?${inBucket}`)
    const ended = await endedBatch(batchId)
    expect(ended).toMatchObject({
      state: 'Success',
      progress: 100,
      counts: { total: 2, listed: 2, created: 2, ended: 2, failed: 1 },
      failures: [{ object: `${prefix}bad.jpg`, code: expect.any(String) }],
    })
    const listed = await api(house, 'GET', `/batches?${inBucket}&state=Success&name=door`)
    const { failures: _failures, ...inList } = ended
    expect(listed.json).toEqual({ batches: [inList], next: null })
    expect((await api(house, 'GET', `/jobs?${inBucket}&batch=${batchId}`)).json.jobs).toHaveLength(2)
    expect(await api(house, 'POST', `/batches/${batchId}/cancel?${inBucket}`)).toMatchObject({ status: 400 })
  })

  test('workflows are started for what is there, and their runs are shown', async () => {
    const key = `${freshKey('r').replaceAll('/', '-')}/cat.jpg`
    await house.put(key, await jpeg(40, 30))
    const body = workflowXml({ name: 'door-runs', prefix: 'door-runs/' })
    const made = await house.ci({ method: 'POST', target: '/workflow', body })
    const workflow = textAt(made.xml(), 'MediaWorkflow/WorkflowId')
    const input = { kind: 'Object', value: key }
    const started = await api(house, 'POST', '/batches', { bucket, name: 'runs', input, workflows: [workflow] })
    expect(started.json).toMatchObject({ workflows: [workflow], rule: null, output: null, level: null })
    expect(await endedBatch(started.json.batchId)).toMatchObject({ state: 'Success', counts: { created: 1 } })
    const asked = `/runs?${inBucket}&workflow=${workflow}&batch=${started.json.batchId}&object=cat.jpg`
    const { runs } = (await api(house, 'GET', asked)).json
    expect(runs).toMatchObject([
      { workflowId: workflow, workflowName: 'door-runs', object: key, batchId: started.json.batchId, state: 'Success' },
    ])
    const run = (await api(house, 'GET', `/runs/${runs[0].runId}?${inBucket}`)).json
    const { tasks, ...rest } = run
    expect(rest).toEqual(runs[0])
    expect(tasks.length).toBeGreaterThan(0)
    expect(tasks[0].job).toMatchObject({ workflowId: workflow, runId: run.runId, node: tasks[0].node, input: key })
  })

  test('a manifest that is none fails it; of a list, what lies elsewhere is named and not fetched', async () => {
    await house.put('door-lists/manifest.json', Buffer.from('Dear Sir or Madam'))
    const foreign = `${house.receiver.url}/stolen.jpg`
    await house.put('door-lists/urls.txt', Buffer.from(`${foreign}\ndoor-lists/ghost.jpg\n`))
    const calls = house.receiver.received.length
    const [manifest, list] = await Promise.all(
      [
        { kind: 'Manifest', value: 'door-lists/manifest.json' },
        { kind: 'UrlFile', value: 'door-lists/urls.txt' },
      ].map(async (input) => {
        const { batchId } = (await api(house, 'POST', '/batches', { bucket, input, ...jobs })).json
        return endedBatch(batchId)
      }),
    )
    expect(manifest).toMatchObject({
      state: 'Failed',
      code: 'InvalidArgument',
      message: expect.stringContaining('JSON'),
    })
    expect(list).toMatchObject({ state: 'Success', counts: { listed: 2, created: 0, failed: 2 } })
    expect(list.failures).toMatchObject([
      { object: foreign, code: 'InvalidArgument', message: expect.stringMatching(/^line 1: .*nothing is fetched/) },
      { object: 'door-lists/ghost.jpg', code: 'ResourceNotFound' },
    ])
    expect(house.receiver.received).toHaveLength(calls)
  })

  test('a batch is cancelled', async () => {
    const prefix = `${freshKey('c').replaceAll('/', '-')}/`
    await house.put(`${prefix}a.jpg`, await jpeg(40, 30))
    await api(house, 'PATCH', `/queues/${await queueId()}?${inBucket}`, { state: 'Paused' })
    const input = { kind: 'Prefix', value: prefix }
    const { batchId } = (await api(house, 'POST', '/batches', { bucket, input, ...jobs })).json
    for (const _again of [1, 2]) {
      expect((await api(house, 'POST', `/batches/${batchId}/cancel?${inBucket}`)).json).toMatchObject({
        batchId,
        state: 'Cancel',
      })
    }
    await api(house, 'PATCH', `/queues/${await queueId()}?${inBucket}`, { state: 'Active' })
  })

  test.each<[object, string]>([
    [{ name: 'a b' }, 'name'],
    [{ input: 'raw/' }, 'input'],
    [{ input: { kind: 'All', value: '/' } }, 'input.kind'],
    [{ input: { kind: 'Object', value: 'k'.repeat(851) } }, 'input'],
    [{ input: { kind: 'Manifest', value: 'https://elsewhere.example/manifest.json' } }, 'input'],
    [{ workflows: ['w1'] }, 'output'],
    [{ workflows: ['w1'], output: undefined, rule: undefined }, 'workflows'],
    [{ rule: undefined }, 'rule'],
    [{ rule: 'imageMogr2/rotate/x' }, 'rule'],
    [{ rule: 'style/nowhere' }, 'rule'],
    [{ output: undefined }, 'output'],
    [{ output: '${InputPath}/${InputNameAndExt}' }, 'output'],
    [{ input: { kind: 'UrlFile', value: 'http://169.254.169.254/latest' } }, 'input'],
    [{ output: { object: 'x', bucket: 'no-1' } }, 'output.bucket'],
    [{ queue: 'no' }, 'queue'],
    [{ callback: 'ftp://x' }, 'callback'],
    [{ callbackType: 'Kafka' }, 'callbackType'],
    [{ from: 'yesterday' }, 'from'],
    [{ from: '2999-01-01T00:00:00Z' }, 'from'],
    [{ from: '2026-03-02T00:00:00Z', until: '2026-03-01T00:00:00Z' }, 'from'],
    [{ timeInterval: {} }, 'timeInterval'],
  ])('a batch with %j is refused, and %s is named', async (change, field) => {
    const input = { kind: 'Prefix', value: 'raw/' }
    const told = await api(house, 'POST', '/batches', { bucket, input, ...jobs, ...change })
    expect([told.status, told.json.field]).toEqual([400, field])
    expect(told.json.message.startsWith('Operation')).toBe(false)
  })

  test.each([
    ['GET', '/runs?bucket=x-1', 400],
    ['GET', `/runs/none?${inBucket}`, 404],
    ['GET', `/batches/none?${inBucket}`, 404],
    ['GET', `/batches?${inBucket}&state=Pause`, 400],
    ['POST', `/batches/none/cancel?${inBucket}`, 404],
  ])('%s %s is refused', async (method, path, status) => {
    expect((await api(house, method, path)).status).toBe(status)
  })
})

describe('workflows', () => {
  const node = { rule: 'imageMogr2/thumbnail/10x', output: 'wf-small/${InputName}.${Ext}' }

  test('one is made, shown, listed, replaced, switched, run and deleted', async () => {
    const file = {
      name: 'door-flow',
      state: 'Paused',
      prefix: 'wf-raw/',
      extensions: ['jpg', 'png'],
      notify: { url: `${house.receiver.url}/flow`, events: ['WorkflowFinish'], format: 'JSON' },
      nodes: {
        small: { ...node, picInfo: true, userData: 'mine' },
        square: { ...node, output: 'wf-square/${InputName}.${Ext}' },
      },
    }
    const made = await api(house, 'POST', `/workflows?${inBucket}`, file)
    expect(made.json).toMatchObject({ bucket, name: 'door-flow', state: 'Paused' })
    expect(made.json.workflow).toEqual(file)
    const path = `/workflows/${made.json.workflowId}`
    expect(made.headers.location).toBe(`/-/api${path}?${inBucket}`)
    expect((await api(house, 'GET', `${path}?${inBucket}`)).json).toEqual(made.json)
    expect((await api(house, 'GET', `/workflows?${inBucket}&name=or-fl`)).json).toEqual({
      workflows: [made.json],
      total: 1,
    })
    // As the protocol shows it.
    const there = await house.ci({ target: `/workflow?ids=${made.json.workflowId}` })
    expect(there.text).toContain('<ProcessRule>imageMogr2/thumbnail/10x</ProcessRule>')

    const next = { name: 'door-flow-2', state: 'Paused', extensions: 'images', nodes: { small: node } }
    const replaced = await api(house, 'PUT', `${path}?${inBucket}`, next)
    expect(replaced.json).toMatchObject({ workflowId: made.json.workflowId, workflow: next })
    expect(replaced.json.workflow).toEqual(next)
    expect((await api(house, 'POST', `${path}/activate?${inBucket}`)).json.state).toBe('Active')
    for (const method of ['PUT', 'DELETE']) {
      const told = await api(house, method, `${path}?${inBucket}`, method === 'PUT' ? next : undefined)
      expect([told.status, told.json.error]).toEqual([403, 'ActiveWorkflowForbiddenUpdate'])
    }
    expect((await api(house, 'POST', `${path}/pause?${inBucket}`)).json.state).toBe('Paused')

    const key = freshKey()
    await house.put(key, await jpeg(40, 30))
    const run = await api(house, 'POST', `${path}/run?${inBucket}`, { object: key })
    expect(run.json).toMatchObject({ workflowName: 'door-flow-2', object: key, state: 'Running', batchId: null })
    expect(run.headers.location).toBe(`/-/api/runs/${run.json.runId}?${inBucket}`)
    const { tasks } = (await api(house, 'GET', `/runs/${run.json.runId}?${inBucket}`)).json
    const job = await api(house, 'GET', `/jobs/${tasks[0].job.jobId}?${inBucket}&wait=5m`)
    expect(job.json).toMatchObject({ state: 'Success', node: 'small', runId: run.json.runId })
    expect((await api(house, 'DELETE', `${path}?${inBucket}`)).status).toBe(204)
    expect((await api(house, 'GET', `${path}?${inBucket}`)).json).toMatchObject({ error: 'ResourceNotFound' })
  })

  test.each<[object, string]>([
    [{ name: 'a b' }, 'name'],
    [{ prefix: 'k'.repeat(851) }, 'prefix'],
    [{ extensions: [] }, 'extensions'],
    [{ extensions: ['a/b'] }, 'extensions[0]'],
    [{ extensions: { custom: true } }, 'extensions.customExts'],
    [{ extensions: { state: 'On' } }, 'extensions'],
    [{ queue: 'none' }, 'queue'],
    [{ notify: { url: 'http://127.0.0.1:1/' } }, 'notify.events'],
    [{ notify: { events: ['TaskFinish'] } }, 'notify.url'],
    [{ notify: { url: 'ftp://x', events: ['TaskFinish'] } }, 'notify.url'],
    [{ notify: { url: 'http://x', events: ['TaskFinish'], type: 'Kafka' } }, 'notify.type'],
    [{ nodes: {} }, 'nodes'],
    [{ nodes: { End: node } }, 'nodes'],
    [{ nodes: { 'a b': node } }, 'nodes'],
    [{ nodes: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`n${index}`, node])) }, 'nodes'],
    [{ nodes: { small: { output: 'x' } } }, 'nodes.small'],
    [{ nodes: { small: { ...node, template: 't1' } } }, 'nodes.small'],
    [{ nodes: { small: { template: 't1', output: 'x' } } }, 'nodes.small.template'],
    [{ nodes: { small: { template: 't1', picInfo: true, output: 'x' } } }, 'nodes.small.picInfo'],
    [{ nodes: { small: { ...node, rule: 'imageMogr2/rotate/x' } } }, 'nodes.small.rule'],
    [{ nodes: { small: { ...node, rule: 'style/nowhere' } } }, 'nodes.small.rule'],
    [{ nodes: { small: { ...node, output: '${InputPath}/${InputNameAndExt}' } } }, 'nodes.small.output'],
    [{ nodes: { small: node, b: { ...node, after: 'small' }, c: { ...node, after: 'b' } } }, 'nodes.b.after'],
    [{ nodes: { small: { ...node, output: { key: 'x', bucket: 'no-1' } } } }, 'nodes.small.output'],
    [{ nodes: { small: { ...node, after: 'none' } } }, 'nodes.small.after'],
    [{ topology: {} }, 'topology'],
  ])('one with %j is refused, and %s is named', async (change, field) => {
    const told = await api(house, 'POST', `/workflows?${inBucket}`, { name: 'odd', nodes: { small: node }, ...change })
    expect([told.status, told.json.field]).toEqual([400, field])
    expect(told.json.message.startsWith('MediaWorkflow')).toBe(false)
  })

  test.each([
    ['GET', '/workflows?bucket=no-1', undefined],
    ['GET', `/workflows/none?${inBucket}`, undefined],
    ['PUT', `/workflows/none?${inBucket}`, { name: 'odd', nodes: { small: node } }],
    ['POST', `/workflows/none/activate?${inBucket}`, undefined],
    ['POST', `/workflows/none/pause?${inBucket}`, undefined],
    ['POST', `/workflows/none/run?${inBucket}`, { object: 'x' }],
    ['DELETE', `/workflows/none?${inBucket}`, undefined],
  ])('%s %s is refused', async (method, path, body) => {
    expect((await api(house, method, path, body)).status).toBe(404)
  })
})

describe('buckets', () => {
  test('one is made, shown, listed and deleted', async () => {
    const made = await api(house, 'POST', '/buckets', { bucket: 'door-1250000000', region: 'ap-door' })
    expect(made.json).toMatchObject({ bucket: 'door-1250000000', region: 'ap-door' })
    expect((await api(house, 'GET', '/buckets/door-1250000000')).json).toEqual(made.json)
    const names = async () =>
      (await api(house, 'GET', '/buckets')).json.buckets.map((one: { bucket: string }) => one.bucket)
    expect(await names()).toEqual([bucket, 'door-1250000000'])
    expect((await api(house, 'POST', '/buckets', { bucket: 'door-1250000000' })).status).toBe(409)
    expect((await api(house, 'DELETE', '/buckets/door-1250000000')).status).toBe(204)
    expect(await names()).toEqual([bucket])
  })

  test.each<[string, string, unknown, number, string | undefined]>([
    ['GET', '/buckets?all', undefined, 400, 'all'],
    ['GET', '/buckets/no-1', undefined, 404, undefined],
    ['DELETE', '/buckets/no-1', undefined, 404, undefined],
    ['POST', '/buckets', { bucket: 'No' }, 400, 'bucket'],
    ['POST', '/buckets', { bucket: 'x-1', region: 'A B' }, 400, 'region'],
    ['POST', '/buckets', {}, 400, 'bucket'],
  ])('%s %s %j is refused', async (method, path, body, status, field) => {
    const told = await api(house, method, path, body)
    expect([told.status, told.json.field]).toEqual([status, field])
  })
})

describe('objects', () => {
  const raw = async (
    method: string,
    key: string,
    more: { body?: Uint8Array; headers?: Record<string, string> } = {},
  ) => {
    const target = `/-/api/objects/${bucket}/${key}`
    const answer = await house.send('localhost', { method, target, ...more })
    note(method, target, answer.status)
    return answer
  }

  test.each([
    'plain.jpg',
    'a/b//c.jpg',
    'sp%20ace.jpg',
    '%E7%8C%AB.jpg',
    '..%2F..%2Fup.jpg',
    'a%2Bb%25.jpg',
    '%F0%9F%98%80',
  ])('one is written, read and deleted under %s, and is the same at the object door', async (name) => {
    const key = `door/${name}`
    const picture = await jpeg(40, 30)
    const put = await raw('PUT', key, {
      body: picture,
      headers: { 'content-type': 'image/jpeg', 'x-cos-meta-who': 'me' },
    })
    expect([put.status, put.text]).toEqual([200, ''])
    const got = await raw('GET', key)
    expect([got.status, got.headers.etag, got.headers['content-type']]).toEqual([200, put.headers.etag, 'image/jpeg'])
    expect(got.body.equals(picture)).toBe(true)
    const there = await house.cos({ target: `/${key}` })
    expect([there.body.equals(picture), there.headers['x-cos-meta-who']]).toEqual([true, 'me'])
    const head = await raw('HEAD', key)
    expect([head.status, head.headers['content-length'], head.text]).toEqual([200, String(picture.length), ''])
    expect((await raw('GET', key, { headers: { range: 'bytes=0-9' } })).status).toBe(206)
    expect((await raw('DELETE', key)).status).toBe(204)
    expect((await raw('HEAD', key)).status).toBe(404)
    expect((await house.cos({ method: 'HEAD', target: `/${key}` })).status).toBe(404)
  })

  test('a picture is made on the way', async () => {
    const key = freshKey()
    await house.put(key, await jpeg(80, 60))
    const small = await raw(
      'GET',
      `${key}?rule=${encodeURIComponent('imageMogr2/thumbnail/20x|imageMogr2/format/png')}`,
    )
    expect([small.status, small.headers['content-type']]).toEqual([200, 'image/png'])
    expect((await raw('GET', `${key}?rule=imageMogr2/rotate/x`)).status).toBe(400)
  })

  test('they are listed, a page at a time, with what their keys have in common', async () => {
    const prefix = `list/${freshKey('x').slice(2)}/`
    for (const name of ['a/1', 'a/2', 'b', 'c', 'd']) await house.put(`${prefix}${name}`, Buffer.from(name))
    const first = await api(house, 'GET', `/objects/${bucket}?prefix=${prefix}&delimiter=/&limit=2`)
    expect(first.json.prefixes).toEqual([`${prefix}a/`])
    expect(first.json.objects).toMatchObject([{ key: `${prefix}b`, size: 1, contentType: expect.any(String) }])
    const rest = await api(house, 'GET', `/objects/${bucket}?prefix=${prefix}&delimiter=/&after=${first.json.next}`)
    expect(rest.json).toMatchObject({
      prefixes: [],
      objects: [{ key: `${prefix}c` }, { key: `${prefix}d` }],
      next: null,
    })
    expect((await api(house, 'GET', `/objects/no-1`)).json).toMatchObject({ error: 'NoSuchBucket' })
    expect((await api(house, 'GET', `/objects/${bucket}?limit=1001`)).json.field).toBe('limit')
  })

  test('what is not as it should be', async () => {
    expect((await api(house, 'GET', `/objects/${bucket}/none`)).json).toMatchObject({ error: 'NoSuchKey' })
    expect((await api(house, 'GET', `/objects/${bucket}/none?acl`)).json.field).toBe('acl')
    // Never the bucket instead of an object.
    for (const method of ['GET', 'PUT', 'DELETE']) {
      expect((await api(house, method, `/objects/${bucket}/`, method === 'PUT' ? 'x' : undefined)).json).toMatchObject({
        error: 'InvalidObjectName',
      })
    }
    expect((await api(house, 'PUT', `/objects/no-1/x`, 'x')).json).toMatchObject({ error: 'NoSuchBucket' })
    const wrong = await raw('PUT', 'x', {
      body: Buffer.from('x'),
      headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' },
    })
    expect(JSON.parse(wrong.text)).toMatchObject({ error: 'BadDigest' })
    expect((await raw('PUT', 'k'.repeat(851), { body: Buffer.from('x') })).status).toBe(400)
  })
})

describe('styles', () => {
  test('one is saved, shown, listed, asked for and deleted', async () => {
    const path = `/styles/tiny?${inBucket}`
    const saved = await api(house, 'PUT', path, { rule: 'imageMogr2/thumbnail/10x' })
    expect(saved.json).toEqual({ style: 'tiny', bucket, rule: 'imageMogr2/thumbnail/10x' })
    expect((await api(house, 'GET', path)).json).toEqual(saved.json)
    expect((await api(house, 'GET', `/styles?${inBucket}`)).json).toEqual({ styles: [saved.json] })
    const key = freshKey()
    await house.put(key, await jpeg(80, 60))
    expect((await house.cos({ target: `/${key}?style/tiny` })).status).toBe(200)
    expect((await api(house, 'DELETE', path)).status).toBe(204)
    expect((await api(house, 'GET', path)).json).toMatchObject({ message: expect.stringContaining('no style "tiny"') })
  })

  test.each<[string, string, unknown, number]>([
    ['DELETE', `/objects/no-1/x`, undefined, 404],
    ['GET', '/styles', undefined, 400],
    ['PUT', `/styles/tiny?${inBucket}`, {}, 400],
    ['PUT', `/styles/tiny?${inBucket}`, { rule: 'imageMogr2/rotate/x' }, 400],
    ['PUT', `/styles/a%20b?${inBucket}`, { rule: 'imageMogr2/strip' }, 400],
    ['DELETE', '/styles/tiny?bucket=no-1', undefined, 404],
  ])('%s %s %j is refused', async (method, path, body, status) => {
    expect((await api(house, method, path, body)).status).toBe(status)
  })
})

test('what is not there, and what is asked in the wrong way', async () => {
  expect((await api(house, 'GET', '/nothing')).json).toMatchObject({ error: 'InvalidUrl' })
  const told = await api(house, 'DELETE', '/jobs')
  expect([told.status, told.json.error, told.headers.allow]).toEqual([405, 'MethodNotAllowed', 'GET, POST'])
})

describe('the document', () => {
  test('is told by the server, and names every route', async () => {
    const { json } = await api(house, 'GET', '/openapi.json')
    expect(json.openapi).toBe('3.1.0')
    const told = Object.entries<Record<string, { operationId: string }>>(json.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => [operationId, method.toUpperCase(), path]),
    )
    expect(told.sort()).toEqual(apiRoutes.map(({ name, method, path }) => [name, method, path]).sort())
    expect(new Set(told.map(([name]) => name)).size).toBe(told.length)
  })

  test('refers to nothing that it does not hold', async () => {
    const { json } = await api(house, 'GET', '/openapi.json')
    const references = [...JSON.stringify(json).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    )
    expect(references.length).toBeGreaterThan(0)
    expect(Object.keys(json.components.schemas)).toEqual(expect.arrayContaining(references))
  })

  test.each(apiRoutes.map((route) => [route.name, route] as const))('%s says all of its path', (_name, route) => {
    const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    expect(Object.keys(route.pathParameters ?? {})).toEqual(inPath)
  })
})

/** What has a file of tests of its own, which calls its routes. */
const elsewhere: readonly string[] = ['backup', 'deliveries', 'events', 'keys', 'receivers', 'secrets']

test('every route was called, once at least as it should be and once as it should not', async () => {
  expect((await api(house, 'GET', '/openapi.json?as=yaml')).status).toBe(400)
  const here = apiRoutes.filter(({ subject }) => !elsewhere.includes(subject))
  const missing = here.filter(({ name }) => called.get(name)?.size !== 2).map(({ name }) => name)
  expect(missing).toEqual([])
})
