import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bucket, type House, region, secretId, secretKey, send, startHouse } from '../support/house.ts'
import { runPixmill } from '../support/program.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
})
afterAll(() => house?.close())

async function pixmill(args: readonly string[], input?: string) {
  const environment = {
    PIXMILL_SERVER: house.app.url,
    PIXMILL_SECRET_ID: secretId,
    PIXMILL_SECRET_KEY: secretKey,
  }
  const { status, stdout, stderr } = await runPixmill(args, environment, input).ended
  return { status, out: stdout, err: stderr }
}
const host = `${bucket}.cos.${region}.pixmill.test`
const list = async (key: { secretId: string; secretKey: string }, headers: Record<string, string> = {}) =>
  (await send(house.app.url, host, { target: '/', key, headers })).status

test('a key pair is made, listed, switched off and on, and deleted', async () => {
  const made = await pixmill(['keys', 'create', 'web shop', '--buckets', `${bucket},web-*`, '--may', 'read,write'])
  expect(made.status, made.err).toBe(0)
  const [, id = '', secret = ''] = /^SecretId {2}(AKID[0-9a-f]{32})\nSecretKey ([0-9a-f]{40})\n$/.exec(made.out) ?? []
  expect(id).not.toBe('')
  expect(made.err).not.toContain(secret)
  const key = { secretId: id, secretKey: secret }
  expect(await list(key)).toBe(200)

  const shown = await pixmill(['keys', 'list'])
  expect(shown.out).toContain(`${id}  web shop  ${bucket},web-*  read,write  on     `)
  expect(shown.out).toContain('administer')
  expect(shown.out).not.toContain(secret)
  expect(JSON.parse((await pixmill(['keys', 'list', '--json'])).out).keys).toHaveLength(2)

  expect((await pixmill(['keys', 'disable', id])).out).toBe(`The key pair ${id} is switched off.\n`)
  expect(await list(key)).toBe(403)
  expect((await pixmill(['keys', 'list'])).out).toMatch(new RegExp(`${id} .* off `))
  expect((await pixmill(['keys', 'enable', id])).status).toBe(0)
  expect(await list(key)).toBe(200)
  expect((await pixmill(['keys', 'delete', id, '--json'])).out).toBe(`{"keys":["${id}"],"is":"taken away"}\n`)
  expect(await list(key)).toBe(403)
  const again = await pixmill(['keys', 'delete', id])
  expect([again.status, again.err]).toEqual([1, expect.stringContaining(`There is no key pair ${id}.`)])
})

test('a pair that programs have already comes in by a file', async () => {
  const key = { secretId: 'AKIDfromElsewhere', secretKey: 'the-secret-of-elsewhere' }
  const args = ['keys', 'create', 'old', '--buckets', '*', '--may', 'read', '--secret-id', key.secretId]
  expect((await pixmill(args)).status).toBe(2)
  expect((await pixmill([...args, '--secret-key-file', '-'], `${key.secretKey}\n`)).status).toBe(0)
  expect(await list(key)).toBe(200)
})

test('a token opens the JSON door, until it is switched off', async () => {
  const made = await pixmill([
    'tokens',
    'create',
    'ci',
    '--buckets',
    bucket,
    '--may',
    'read',
    '--expires',
    '2999-01-01',
  ])
  const token = made.out.trim()
  expect(token).toMatch(/^pixmill_[0-9a-f]{16}_[\w-]{43}$/)
  const ask = async () =>
    (
      await send(house.app.url, 'localhost', {
        target: `/-/api/jobs?bucket=${bucket}`,
        signed: false,
        headers: { authorization: `Bearer ${token}` },
      })
    ).status
  expect(await ask()).toBe(200)
  const id = token.split('_')[1]!
  expect((await pixmill(['tokens', 'list'])).out).toMatch(new RegExp(`${id}  ci .* read +until 2999-01-01 `))
  await pixmill(['tokens', 'disable', id])
  expect(await ask()).toBe(401)
})

describe('a command with a token', () => {
  const tokenFor = async (buckets: string, may: string): Promise<{ token: string; id: string }> => {
    const { out, err } = await pixmill(['tokens', 'create', 'commands', '--buckets', buckets, '--may', may])
    const token = out.trim()
    expect(token, err).toMatch(/^pixmill_/)
    return { token, id: token.split('_')[1]! }
  }
  /** With nothing else to prove who it is. */
  const typed = (args: readonly string[], environment: Record<string, string>) =>
    runPixmill([...args, '--data-dir', '/nowhere'], { PIXMILL_SERVER: house.app.url, ...environment }).ended

  test('does all that its token may, at every door', async () => {
    const { token } = await tokenFor(bucket, 'administer')
    const file = join(import.meta.dirname, '../fixtures/tls/README.md')
    for (const args of [
      ['buckets', 'list'],
      ['objects', 'put', file, `${bucket}/notes.md`],
      ['objects', 'list', bucket],
      ['templates', 'create', 'by-token', 'imageMogr2/strip', '--bucket', bucket],
      ['templates', 'show', 'by-token', '--bucket', bucket],
      ['queues', 'list', '--bucket', bucket],
      ['jobs', 'submit', '--file', file, '--rule', 'imageMogr2/strip', '--output', 'o', 'in.md', '--bucket', bucket],
      ['workflows', 'list', '--bucket', bucket],
      ['batch', 'list', '--bucket', bucket],
    ]) {
      const { status, stderr, stdout } = await typed(args, { PIXMILL_TOKEN: token })
      expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: '' })
      expect(stdout).not.toContain(token)
    }
  })

  test('--token goes before PIXMILL_TOKEN, that before a key pair', async () => {
    const { token } = await tokenFor(bucket, 'read')
    const other = `pixmill_${'0'.repeat(16)}_${'x'.repeat(43)}`
    const pair = { PIXMILL_SECRET_ID: 'nobody', PIXMILL_SECRET_KEY: 'nothing' }
    const list = ['workflows', 'list']
    expect(await typed([...list, '--token', token], { ...pair, PIXMILL_TOKEN: other })).toMatchObject({ status: 0 })
    expect(await typed(list, { ...pair, PIXMILL_TOKEN: token })).toMatchObject({ status: 0 })
    for (const [args, environment, from] of [
      [['--token', other], { PIXMILL_TOKEN: token }, '--token'],
      [[], { PIXMILL_TOKEN: other }, 'PIXMILL_TOKEN'],
    ] as const) {
      // At the doors of the protocol, and at the JSON door.
      for (const command of [list, ['jobs', 'list', '--bucket', bucket], ['buckets', 'list']]) {
        const { status, stderr } = await typed([...command, ...args], environment)
        expect({ command, status }).toEqual({ command, status: 1 })
        expect(stderr).toContain(`does not accept the token ${'0'.repeat(16)} (from ${from}): `)
      }
    }
    expect(await typed(list, { ...pair, PIXMILL_TOKEN: '' })).toMatchObject({
      stderr: expect.stringContaining('does not accept the key pair of nobody'),
    })
  })

  test('is told what the token may not, and that it was switched off', async () => {
    const { token, id } = await tokenFor('elsewhere-1250000000', 'administer')
    const refused = await typed(['queues', 'list', '--bucket', bucket], { PIXMILL_TOKEN: token })
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining(`There is no bucket "${bucket}"`) })
    const put = ['objects', 'rm', `${bucket}/notes.md`]
    expect((await typed(put, { PIXMILL_TOKEN: token })).stderr).toContain(
      `The key ${id} lacks the permission "write" in the bucket ${bucket}.`,
    )
    await pixmill(['tokens', 'disable', id])
    const { status, stderr, stdout } = await typed(['buckets', 'list', '--json'], { PIXMILL_TOKEN: token })
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
    expect(JSON.parse(stdout)).toEqual({
      error: 'TokenRefused',
      message: expect.stringContaining(
        `does not accept the token ${id} (from PIXMILL_TOKEN): The token ${id} is switched off.`,
      ),
    })
  })

  test.each(['', 'AKIDsecret', 'pixmill_0123_x', `Bearer pixmill_${'0'.repeat(16)}_${'x'.repeat(43)}`])(
    'what is no token is refused before anything is asked, and not repeated: %j',
    async (text) => {
      const { status, stderr } = await typed(['jobs', 'list', '--token', text], {})
      expect(status).toBe(2)
      expect(stderr).toContain('--token is no token of a Pixmill server')
      if (text !== '') expect(stderr).not.toContain(text)
    },
  )
})

test('a temporary key carries its token', async () => {
  const made = await pixmill(['keys', 'temporary', '--may', 'read', '--for', '15m', '--json'])
  const { securityToken, ...key } = JSON.parse(made.out)
  expect(await list(key, { 'x-cos-security-token': securityToken })).toBe(200)
  expect(await list(key)).toBe(403)
})

test.each([
  [['keys', 'create', 'x', '--buckets', bucket], "required option '--may"],
  [['keys', 'create', 'x', '--buckets', ' , ', '--may', 'read'], 'Expected a comma list'],
  [['keys', 'create', 'x', '--buckets', bucket, '--may', 'everything'], 'permissions[0] is "everything"'],
  [['keys', 'temporary', '--for', 'ever'], 'Expected seconds'],
])('%j is refused', async (args, message) => {
  const { status, err, out } = await pixmill(args)
  expect(status).not.toBe(0)
  expect(err).toContain(message)
  expect(out).toBe('')
})
