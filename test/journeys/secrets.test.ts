import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verify } from '../../packages/receiver/src/index.ts'
import { deliveryOf, post, taskSucceeded } from '../../packages/receiver/src/testing/index.ts'
import { api } from '../support/api.ts'
import { bucket, freshKey, type House, jobXml, secretId, secretKey, startHouse, textAt } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'
import { type Run, runPixmill } from '../support/program.ts'
import type { Received } from '../support/receiver.ts'
import { notifyXml, workflowXml } from '../support/workflow-xml.ts'

let house: House
let received = 0
let listener: Run | null = null
beforeAll(async () => {
  // The ledger keeps the secrets.
  house = await startHouse({ PIXMILL_WEBHOOK_SECRET: '' })
})
afterAll(async () => {
  listener?.child.kill('SIGTERM')
  await listener?.ended
  await house?.close()
})

const run = (...args: string[]): Run =>
  runPixmill(args, { PIXMILL_SERVER: house.app.url, PIXMILL_SECRET_ID: secretId, PIXMILL_SECRET_KEY: secretKey })
async function said(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await run(...args).ended
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout.trimEnd()
}
const submit = (callback: string): Promise<string> =>
  house.submit(jobXml({ input: `${freshKey()}.none`, rule: 'imageMogr2/strip', callback }))
async function called(): Promise<Received> {
  await submit(`${house.receiver.url}/hook`)
  return house.receiver.nth(received++)
}
const isSignedWith = ({ headers, body }: Received, secrets: string): Promise<boolean> =>
  verify({ headers, body }, { secrets }).then(
    () => true,
    () => false,
  )
const fingerprint = (secret: string): string => createHash('sha256').update(secret).digest('hex')

test('a new secret is said once, and signs beside the old one until that retires, without a restart', async () => {
  const first = await said('secrets', 'rotate', '--keep-old', '0')
  expect(first).toMatch(/^whsec_\S{44}$/)
  expect(await isSignedWith(await called(), first)).toBe(true)
  const second = await said('secrets', 'rotate')
  const both = await called()
  expect([await isSignedWith(both, first), await isSignedWith(both, second)]).toEqual([true, true])

  const { secrets, givenBySettings } = JSON.parse(await said('secrets', 'list', '--json'))
  expect(givenBySettings).toBe(false)
  expect(secrets).toMatchObject([
    { queue: null, workflow: null, retireTime: null },
    { queue: null, workflow: null, retireTime: expect.stringMatching(/Z$/) },
  ])
  for (const [index, secret] of [second, first].entries()) {
    expect(fingerprint(secret).startsWith(secrets[index].fingerprint)).toBe(true)
  }
  expect(await said('secrets', 'list')).toMatch(/^OF .*\nthe server +[0-9a-f]+ .*\nthe server +[0-9a-f]+ .*$/)
  expect(JSON.stringify(secrets) + (await said('secrets', 'list'))).not.toContain('whsec_')

  const third = JSON.parse(await said('secrets', 'rotate', '--keep-old', '0', '--json')).secret
  const only = await called()
  expect([await isSignedWith(only, second), await isSignedWith(only, third)]).toEqual([false, true])
})

test('a queue has a secret of its own for as long as it is not taken away', async () => {
  const server = await said('secrets', 'rotate', '--keep-old', '0')
  const id = await submit('no')
  await house.ended(id)
  const { queue } = (await api(house, 'GET', `/jobs/${id}?bucket=${bucket}`)).json
  const own = await said('secrets', 'rotate', '--queue', queue)
  const withOwn = await called()
  expect([await isSignedWith(withOwn, own), await isSignedWith(withOwn, server)]).toEqual([true, false])
  expect((await api(house, 'GET', '/secrets')).json.secrets).toContainEqual(expect.objectContaining({ queue }))
  expect(await said('secrets', 'remove', '--queue', queue)).toBe('1 removed.')
  expect(await isSignedWith(await called(), server)).toBe(true)
})

test('a workflow has a secret of its own, for its jobs and its runs, before that of its queue', async () => {
  const notify = notifyXml(`${house.receiver.url}/flow`, 'TaskFinish,WorkflowFinish')
  const made = await house.ci({
    method: 'POST',
    target: '/workflow',
    body: workflowXml({ name: 'signed', state: 'Active', prefix: 'signed/', notify }),
  })
  const workflow = textAt(made.xml(), 'MediaWorkflow/WorkflowId')
  const own = await said('secrets', 'rotate', '--workflow', workflow)
  const { json } = await api(house, 'GET', `/queues?bucket=${bucket}`)
  const ofQueue = (await api(house, 'POST', '/secrets/rotate', { queue: json.queues[0].queueId })).json.secret
  await house.put('signed/cat.jpg', await jpeg(60, 40), { 'content-type': 'image/jpeg' })
  for (const event of ['TaskFinish', 'WorkflowFinish']) {
    const told = await house.receiver.nth(received++)
    expect(told.body).toContain(`<EventName>${event}<`)
    expect([await isSignedWith(told, own), await isSignedWith(told, ofQueue)]).toEqual([true, false])
  }
  expect(await isSignedWith(await called(), ofQueue)).toBe(true)
  await api(house, 'POST', '/secrets/remove', { queue: json.queues[0].queueId })
})

test.each([
  [['rotate', '--queue', 'p0'], 1, 'p0'],
  [['rotate', '--queue', 'p0', '--workflow', 'w0'], 1, 'both given'],
  [['rotate', '--keep-old', '31d'], 2, 'Expected a time of at most 30d'],
  [['rotate', '--keep-old', '5'], 2, 'Expected a time of at most 30d'],
  [['remove'], 2, 'Expected --queue or --workflow'],
])('secrets %j is refused in words', async (args, status, says) => {
  const refused = await run('secrets', ...args).ended
  expect(refused.stderr).toContain(says)
  expect(refused.status).toBe(status)
})

test('a receiver without the secret asks the server whether a callback is its own', async () => {
  listener = run('listen', '--port', '0', '--json')
  const url = await new Promise<string>((resolve) => {
    let told = ''
    listener!.child.stderr!.on('data', (text: string) => {
      told += text
      const found = /Listening on (http:\S+)\.[\s\S]*checked with the server at http/.exec(told)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  const id = await submit(`${url}/hook`)
  const [line] = await listener.outputMatches(/^.*\n/)
  expect(JSON.parse(line)).toMatchObject({ verified: true, answered: 200, event: { jobId: id, state: 'Failed' } })
  const forged = await deliveryOf(taskSucceeded(), { secrets: `whsec_${btoa('somebody else has made this one')}` })
  expect(await post(url, forged)).toMatchObject({ status: 401, body: expect.stringContaining('no signature') })
})
