import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse, verify } from '../../packages/receiver/src/index.ts'
import { api } from '../support/api.ts'
import {
  bucket,
  freshKey,
  type House,
  jobXml,
  secretId,
  secretKey,
  startHouse,
  textAt,
  webhookSecret,
} from '../support/house.ts'
import { runPixmill } from '../support/program.ts'
import { notifyXml, workflowXml } from '../support/workflow-xml.ts'

let house: House
let received = 0
beforeAll(async () => {
  house = await startHouse()
})
afterAll(() => house?.close())

/** Types a command; gives what it says, which is JSON, and how it ended. */
async function typed(...args: string[]) {
  const { status, stdout, stderr } = await runPixmill(args, {
    PIXMILL_SERVER: house.app.url,
    PIXMILL_SECRET_ID: secretId,
    PIXMILL_SECRET_KEY: secretKey,
  }).ended
  return { status, stdout, stderr, json: args.includes('--json') ? JSON.parse(stdout) : null }
}
const answered = (status: number) =>
  house.receiver.answerWith([(response) => response.writeHead(status).end('as told')])
/** A job that ends at once and tells the receiver at this path; the delivery after its attempt. */
async function told(path: string) {
  const attempted = house.app.signals.courier.next('attempt recorded')
  const url = `${house.receiver.url}${path}`
  const jobId = await house.submit(jobXml({ input: `${freshKey()}.none`, rule: 'imageMogr2/strip', callback: url }))
  const callback = await house.receiver.nth(received++)
  await attempted
  const { json } = await api(house, 'GET', `/deliveries?subject=${jobId}`)
  return { jobId, url, callback, delivery: json.deliveries[0] }
}

describe('deliveries', () => {
  test('one that was refused for good is listed, shown, and sent again with the same bytes and id', async () => {
    answered(410)
    const { jobId, callback, delivery } = await told('/gone?key=secret')
    expect(delivery).toMatchObject({
      state: 'Dead',
      event: 'TaskFinish',
      subject: jobId,
      eventId: callback.headers['webhook-id'],
      url: `${house.receiver.url}/gone?***`,
      attempts: 1,
      lastAttempt: { status: 410, answer: 'as told', error: 'answered 410', address: '127.0.0.1' },
      dueTime: null,
    })
    const listed = await typed('deliveries', 'list', '--state', 'Dead', '--job', jobId, '--json')
    expect(listed).toMatchObject({ status: 0, json: { deliveries: [delivery] } })
    const shown = await typed('deliveries', 'show', delivery.deliveryId, '--body')
    expect(shown.stdout).toMatch(/^state +Dead, since /m)
    expect(shown.stdout).toMatch(/^1 .* 127\.0\.0\.1 +410 +answered 410: as told$/m)
    expect(shown.stdout).toContain(`<JobId>${jobId}</JobId>`)
    const { json: job } = await api(house, 'GET', `/jobs/${jobId}?bucket=${bucket}`)
    expect(job.callback).toBe(`${house.receiver.url}/gone?***`)
    expect(shown.stdout + JSON.stringify(listed.json)).not.toContain('secret')

    const delivered = house.app.signals.courier.next('delivered')
    expect(await typed('deliveries', 'resend', delivery.deliveryId)).toMatchObject({
      status: 0,
      stdout: '1 sent again.\n',
    })
    const again = await house.receiver.nth(received++)
    expect([again.body, again.headers['webhook-id'], again.path]).toEqual([
      callback.body,
      callback.headers['webhook-id'],
      '/gone?key=secret',
    ])
    await delivered
    expect((await api(house, 'GET', `/deliveries/${delivery.deliveryId}`)).json).toMatchObject({
      state: 'Delivered',
      attempts: [{ status: 410 }, { status: 200 }],
    })
  })

  test('all that are dead since a time go again, and no others', async () => {
    answered(410)
    const before = await told('/others')
    answered(410)
    answered(410)
    const [one, other] = [await told('/mine?n=1'), await told('/mine?n=2')]
    const receiver = `${house.receiver.url}/mine`
    const resend = ['deliveries', 'resend', '--state', 'Dead', '--receiver', receiver, '--json']
    const longAgo = await typed(...resend, '--since', '2000-01-01', '--until', '2000-01-02')
    expect(longAgo).toMatchObject({ status: 0, json: { resent: 0, passedOver: 0 } })
    const since = new Date(Date.now() - 3_600_000).toISOString().slice(0, 19)
    const said = await typed(...resend, '--since', `${since}Z`)
    expect(said).toMatchObject({ status: 0, json: { resent: 2, passedOver: 0 } })
    const came = [await house.receiver.nth(received++), await house.receiver.nth(received++)]
    expect(new Set(came.map(({ headers }) => headers['webhook-id']))).toEqual(
      new Set([one.delivery.eventId, other.delivery.eventId]),
    )
    expect((await api(house, 'GET', `/deliveries/${before.delivery.deliveryId}`)).json.state).toBe('Dead')
  })

  test('one that waits for its next attempt is given up by hand', async () => {
    answered(500)
    const { delivery } = await told('/later')
    expect(delivery).toMatchObject({ state: 'Waiting', dueTime: expect.any(String) })
    expect(await typed('deliveries', 'cancel', delivery.deliveryId, '--json')).toMatchObject({
      status: 0,
      json: { deliveries: [{ deliveryId: delivery.deliveryId, state: 'Cancelled' }] },
    })
    const listed = await typed('deliveries', 'list', '--state', 'Cancelled')
    expect(listed.stdout).toMatch(new RegExp(`^${delivery.deliveryId}  Cancelled .* 1 .*answered 500$`, 'm'))
  })

  test('a list is turned over, and a page that is asked for in parts is the same', async () => {
    const all = (await api(house, 'GET', '/deliveries?limit=100')).json.deliveries
    const seen: unknown[] = []
    let next: string | null = ''
    while (next !== null) {
      const page: { deliveries: unknown[]; next: string | null } = (
        await api(house, 'GET', `/deliveries?limit=1${next === '' ? '' : `&after=${next}`}`)
      ).json
      seen.push(...page.deliveries)
      next = page.next
    }
    expect(seen).toEqual(all)
    const { json } = await typed('deliveries', 'list', '--limit', '2', '--json')
    expect(json.deliveries).toEqual(all.slice(0, 2))
  })

  test.each([
    [['deliveries', 'show', 'dlv_none'], 1, 'There is no delivery "dlv_none"'],
    [['deliveries', 'show', '../receivers'], 2, 'Expected the id of a delivery'],
    [['deliveries', 'cancel', 'dlv_none', '../x'], 2, 'Expected the id of a delivery'],
    [['deliveries', 'resend', 'p1'], 2, 'Expected the id of a delivery'],
    [['deliveries', 'resend', '--state', 'Dead', '--since', '2026-03-02', '--until', '2026-03-01'], 2, '--until is no'],
    [['deliveries', 'list', '--since', '2026-03-01', '--until', '2026-03-01'], 2, '--until is no later than --since'],
    [['deliveries', 'list', '--receiver', 'hooks.example/x?key=secret'], 2, '"hooks.example/x?***", expected its id'],
    [['receivers', 'show', 'localhost:80/x'], 2, 'expected its id (rcv_…) or its address'],
    [['receivers', 'disable', 'rcv_none'], 1, 'There is no receiver "rcv_none"'],
    [['receivers', 'disable', 'rcv_/../..'], 2, 'The receiver is "rcv_/../..", expected'],
    [['deliveries', 'resend', 'dlv_none'], 1, 'dlv_none'],
    [['deliveries', 'resend'], 2, 'Expected ids of deliveries, or options that say which'],
    [['deliveries', 'resend', '--queue', 'p1'], 2, 'Expected --state'],
    [['deliveries', 'resend', 'dlv_1', '--state', 'Dead'], 2, 'Expected ids of deliveries, or options'],
    [['deliveries', 'list', '--state', 'Lost'], 2, 'Allowed choices are'],
    [['deliveries', 'list', '--since', 'yesterday'], 2, 'Expected a time such as'],
  ])('%j is refused in words', async (args, status, says) => {
    const said = await typed(...args)
    expect(said.stderr).toContain(says)
    expect(said.status).toBe(status)
    expect(said.stderr).not.toContain('secret')
  })

  test('what the JSON door cannot read it refuses, naming the field', async () => {
    expect(await api(house, 'GET', '/deliveries?after=x')).toMatchObject({ status: 400, json: { field: 'after' } })
    expect(await api(house, 'GET', '/deliveries?state=Lost')).toMatchObject({ status: 400 })
    expect(await api(house, 'POST', '/deliveries/resend', {})).toMatchObject({ status: 400 })
    expect(await api(house, 'POST', '/deliveries/resend', { state: ['Dead'], from: 'x' })).toMatchObject({
      status: 400,
    })
    // Nothing named would be everything, the delivered ones too.
    expect(await api(house, 'POST', '/deliveries/resend', { state: [] })).toMatchObject({
      status: 400,
      json: { field: 'state', message: 'state has 0 entries, expected at least 1.' },
    })
  })

  test('what nothing can fit is refused, and not taken for nothing', async () => {
    const [early, late] = ['2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z']
    const noAddress = 'u:secret@hooks.example/x?key=secret'
    for (const [refused, field, says] of [
      [
        await api(house, 'GET', `/deliveries?from=${late}&until=${early}`),
        'until',
        'expected a time after from, which',
      ],
      [await api(house, 'GET', `/deliveries?from=${late}&until=${late}`), 'until', 'expected a time after from, which'],
      [await api(house, 'POST', '/deliveries/resend', { state: ['Dead'], from: late, until: early }), 'until', late],
      [
        await api(house, 'GET', `/deliveries?receiver=${encodeURIComponent(noAddress)}`),
        'receiver',
        '/x?***", expected',
      ],
      [
        await api(house, 'POST', '/receivers/test', { receiver: noAddress }),
        'receiver',
        'expected the id of a receiver',
      ],
      [await api(house, 'GET', '/receivers/nonsense'), 'receiverId', 'expected the id of a receiver'],
    ] as const) {
      expect(refused).toMatchObject({ status: 400, json: { field, message: expect.stringContaining(says) } })
      expect(refused.json.message).not.toContain('secret')
    }
    // What lies in the future only has nothing in it yet.
    expect(await api(house, 'GET', '/deliveries?from=2999-01-01T00:00:00Z')).toMatchObject({
      json: { deliveries: [], next: null },
    })
    const unknown = await api(house, 'POST', '/receivers/test', { receiver: 'http://u:secret@h/x?key=secret' })
    expect(unknown).toMatchObject({ status: 404, json: { message: 'There is no receiver "http://***@h/x?***".' } })
  })
})

describe('receivers', () => {
  test('a test is a signed event that a receiver can verify and read, and is in no record', async () => {
    for (const format of ['XML', 'JSON']) {
      const url = `${house.receiver.url}/try?key=secret`
      const { status, json, stdout } = await typed('receivers', 'test', url, '--format', format, '--json')
      expect(json).toMatchObject({ delivered: true, status: 200, address: '127.0.0.1', error: null })
      expect([status, stdout.includes('secret')]).toEqual([0, false])
      const { headers, body, path } = await house.receiver.nth(received++)
      expect(path).toBe('/try?key=secret')
      expect(await verify({ headers, body }, { secrets: webhookSecret })).toMatchObject({ id: json.eventId })
      expect(parse(body)).toMatchObject({ name: 'TaskFinish', job: { state: 'Success', userData: 'pixmill test' } })
      const events = await api(house, 'GET', '/events?after=newest')
      expect(events.json.events).toEqual([])
    }
  })

  test('a test that fails says why, and ends with 1', async () => {
    answered(500)
    const { status, stdout } = await typed('receivers', 'test', `${house.receiver.url}/bad`)
    received += 1
    expect(stdout).toMatch(
      /\/bad \(127\.0\.0\.1\) answered 500 after \d+ ms\.\nwebhook-id: evt_\w+\nIt said: as told\n$/,
    )
    expect(status).toBe(1)
    const forbidden = await typed('receivers', 'test', 'http://169.254.169.254/x')
    expect(forbidden).toMatchObject({ status: 1, stderr: expect.stringContaining('link-local') })
  })

  test('a test as of a queue or a workflow has what its callbacks have, and goes to its address when no other is named', async () => {
    const queue = textAt((await house.ci({ target: '/picqueue' })).xml(), 'QueueList/QueueId')
    const notify = `<NotifyConfig><State>On</State><Event>TaskFinish</Event><ResultFormat>JSON</ResultFormat><Type>Url</Type><Url>${house.receiver.url}/queue?key=secret</Url></NotifyConfig>`
    const options =
      '<CallbackOptions><Profile>live</Profile><Headers><Key>X-Api-Key</Key><Value>s3cret</Value></Headers></CallbackOptions>'
    const body = `<Request>${notify}${options}</Request>`
    expect((await house.ci({ method: 'PUT', target: `/picqueue/${queue}`, body })).status).toBe(200)
    const { json: own } = await api(house, 'POST', '/secrets/rotate', { queue })
    expect((await typed('queues', 'show', queue)).stdout).toContain(
      `${house.receiver.url}/queue?*** (TaskFinish; JSON)`,
    )

    expect(await typed('receivers', 'test', '--queue', queue, '--json')).toMatchObject({
      status: 0,
      json: { delivered: true, url: `${house.receiver.url}/queue?***` },
    })
    const toQueue = await house.receiver.nth(received++)
    expect(toQueue).toMatchObject({ path: '/queue?key=secret', headers: { 'x-api-key': 's3cret' } })
    expect(JSON.parse(toQueue.body).JobsDetail).toMatchObject([{ QueueId: queue, QueueType: 'PicProcess' }])

    const elsewhere = `${house.receiver.url}/elsewhere`
    expect((await typed('receivers', 'test', elsewhere, '--queue', queue)).status).toBe(0)
    const toOther = await house.receiver.nth(received++)
    expect(toOther.path).toBe('/elsewhere')
    // They may be the password of the queue's own receiver.
    expect(toOther.headers).not.toHaveProperty('x-api-key')
    for (const { headers, body } of [toQueue, toOther]) {
      expect(parse(body)).toMatchObject({ job: { userData: 'pixmill test', queueId: queue } })
      expect(await verify({ headers, body }, { secrets: own.secret })).toBeDefined()
      await expect(verify({ headers, body }, { secrets: webhookSecret })).rejects.toThrow()
    }

    const flow = await house.ci({
      method: 'POST',
      target: '/workflow',
      body: workflowXml({ name: 'tested', notify: notifyXml(`${house.receiver.url}/flow`) }),
    })
    const workflow = textAt(flow.xml(), 'MediaWorkflow/WorkflowId')
    const { json: flowOwn } = await api(house, 'POST', '/secrets/rotate', { workflow })
    expect(await api(house, 'POST', '/receivers/test', { workflow })).toMatchObject({ json: { delivered: true } })
    const toFlow = await house.receiver.nth(received++)
    expect(toFlow.path).toBe('/flow')
    expect(toFlow.headers).not.toHaveProperty('x-api-key')
    expect(await verify(toFlow, { secrets: flowOwn.secret })).toBeDefined()

    const bare = await house.ci({
      method: 'PUT',
      target: `/picqueue/${queue}`,
      body: '<Request><NotifyConfig><State>Off</State></NotifyConfig><CallbackOptions/></Request>',
    })
    expect(bare.status).toBe(200)
    for (const [asked, status, says] of [
      [{ queue }, 400, `The queue ${queue} has no address of its own`],
      [{ queue, workflow }, 400, 'queue and workflow are both given'],
      [{ queue: 'p0' }, 404, 'There is no queue p0'],
      [{ workflow: 'w0' }, 404, 'There is no workflow w0'],
    ] as const) {
      const { status: given, json } = await api(house, 'POST', '/receivers/test', asked)
      expect([given, json.message]).toEqual([status, expect.stringContaining(says)])
    }
    expect(await typed('receivers', 'test')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Expected a receiver, --queue or --workflow'),
    })
    await api(house, 'POST', '/secrets/remove', { queue })
  })

  test('one is listed and shown, and what goes to it is held while it is off', async () => {
    const noted = house.app.signals.courier.next('receivers noted', (notes) =>
      (notes as { address: string }[]).some(({ address }) => address.endsWith('/switched')),
    )
    const { url } = await told('/switched?key=secret')
    await noted
    const address = url.replace(/\?.*/, '')
    const { json } = await typed('receivers', 'list', '--address', address, '--json')
    expect(json.receivers).toMatchObject([{ address, enabled: true, failures: 0, failingSince: null }])
    const [{ receiverId }] = json.receivers
    const listed = await typed('receivers', 'list', '--address', address)
    expect(listed.stdout).toMatch(new RegExp(`^${receiverId}  well .*${address}$`, 'm'))

    const off = await typed('receivers', 'disable', url, '--because', 'it is being moved')
    expect(off.stdout).toMatch(/^is +off: it is being moved$/m)
    const held = await house.submit(jobXml({ input: `${freshKey()}.none`, rule: 'imageMogr2/strip', callback: url }))
    await house.ended(held)
    // It is held when a courier would take it; another callback that went out comes behind that.
    await told('/another')
    expect((await api(house, 'GET', `/deliveries?subject=${held}`)).json.deliveries).toMatchObject([{ state: 'Held' }])
    expect((await typed('receivers', 'show', receiverId, '--json')).json).toMatchObject({
      enabled: false,
      offBecause: 'it is being moved',
      held: 1,
    })
    expect((await typed('receivers', 'list', '--which', 'off', '--json')).json.receivers).toMatchObject([
      { receiverId },
    ])

    expect((await typed('receivers', 'enable', receiverId)).stdout).toMatch(/^is +well$/m)
    const came = await house.receiver.nth(received++)
    expect([came.path, came.body.includes(held)]).toEqual(['/switched?key=secret', true])
  })

  test('which nobody knows is said', async () => {
    for (const [method, path] of [
      ['GET', '/receivers/rcv_none'],
      ['POST', '/receivers/rcv_none/enable'],
      ['POST', '/receivers/rcv_none/disable'],
    ] as const) {
      expect(await api(house, method, path)).toMatchObject({ status: 404 })
    }
    expect(await api(house, 'POST', '/receivers/test', {})).toMatchObject({ status: 400, json: { field: 'receiver' } })
  })
})
