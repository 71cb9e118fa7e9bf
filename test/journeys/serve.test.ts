import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Run, runPixmill } from '../support/program.ts'

let folder = ''
let count = 0
const runs: Run[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-serve-test-'))
})
afterAll(async () => {
  for (const { child } of runs) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

const freshData = (): string => join(folder, `data-${count++}`)

/** `pixmill serve` on a free port, one engine. */
function serve(dataDir: string, args: readonly string[] = [], environment: Record<string, string> = {}): Run {
  const run = runPixmill(['serve', '--port', '0', '--engines', '1', '--data-dir', dataDir, ...args], {
    PIXMILL_LOG_LEVEL: 'warn',
    ...environment,
  })
  runs.push(run)
  return run
}

test('a first start makes a key pair and a webhook secret, tells them once, and keeps the pair for the owner alone', async () => {
  const dataDir = freshData()
  const first = serve(dataDir)
  await first.outputMatches(/listening/)
  const file = join(dataDir, 'credentials.json')
  const kept = JSON.parse(await readFile(file, 'utf8')) as { secretId: string; secretKey: string }
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  first.child.kill('SIGTERM')
  const { stdout, stderr } = await first.ended
  expect(stderr).toContain(`SecretId  ${kept.secretId}\n  SecretKey ${kept.secretKey}\n`)
  expect(stderr).toMatch(/^ {2}whsec_[A-Za-z0-9+/]{43}=$/m)
  expect(stdout).not.toContain(kept.secretKey)

  const second = serve(dataDir)
  await second.outputMatches(/listening/)
  second.child.kill('SIGTERM')
  expect((await second.ended).stderr).toBe('')
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(kept)
})

test('it says in one line where it listens, answers probes, and ends with 0 after SIGTERM', async () => {
  const run = serve(freshData(), [], { PIXMILL_SECRET_ID: 'id', PIXMILL_SECRET_KEY: 'key' })
  const [line, url] = await run.outputMatches(/^pixmill listening on (http:\/\/127\.0\.0\.1:\d+)\n/)
  expect((await fetch(`${url}/-/healthz`)).status).toBe(200)
  // The engines may need a moment longer than the doors.
  while ((await fetch(`${url}/-/readyz`)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 20))
  expect((await fetch(`${url}/`)).status).toBe(403)
  run.child.kill('SIGTERM')
  const { status, signal, stdout } = await run.ended
  expect({ status, signal }).toEqual({ status: 0, signal: null })
  expect(stdout).toBe(line)
})

test('a second server on the same data folder is refused, and the first goes on', async () => {
  const dataDir = freshData()
  const first = serve(dataDir)
  const [, url] = await first.outputMatches(/listening on (\S+)\n/)
  const { status, stdout, stderr } = await serve(dataDir).ended
  expect(status).toBe(1)
  expect(stdout).toBe('')
  expect(stderr).toContain('Another Pixmill server is using this data folder')
  expect((await fetch(`${url}/-/healthz`)).status).toBe(200)
  first.child.kill('SIGTERM')
  expect((await first.ended).status).toBe(0)
})

test('--anonymous is refused on an address that others can reach', async () => {
  const { status, stderr } = await serve(freshData(), ['--anonymous', '--host', '0.0.0.0']).ended
  expect(status).toBe(1)
  expect(stderr).toContain('PIXMILL_ANONYMOUS lets everybody in and PIXMILL_HOST is 0.0.0.0')
})

test('with --anonymous on loopback nobody needs a signature', async () => {
  const run = serve(freshData(), ['--anonymous', '--buckets', 'album-1250000000@ap-test'])
  const [, url] = await run.outputMatches(/listening on (\S+)\n/)
  const put = await fetch(`${url}/album-1250000000/a.txt`, { method: 'PUT', body: 'hello' })
  expect(put.status).toBe(200)
  expect(await (await fetch(`${url}/album-1250000000/a.txt`)).text()).toBe('hello')
  run.child.kill('SIGTERM')
  expect((await run.ended).status).toBe(0)
})

test('bad settings are told all at once, without the secret ones', async () => {
  const args = ['--engines', '0', '--time-zone', 'CET', '--webhook-secret', 'sesame']
  const { status, stdout, stderr } = await serve(freshData(), args, { PIXMILL_JOB_DEADLINE: 'soon' }).ended
  expect(status).toBe(1)
  expect(stdout).toBe('')
  expect(stderr).toContain('--engines is "0", expected a whole number from 1 to 256.')
  expect(stderr).toContain('--time-zone is "CET", expected an offset such as +08:00 or -03:30.')
  expect(stderr).toContain(
    '--webhook-secret is (not shown), expected whsec_ and the Base64 of 24 to 64 bytes, or two of them',
  )
  expect(stderr).toContain('PIXMILL_JOB_DEADLINE is "soon", expected a whole number from 100 to 3600000 (ms).')
  expect(stderr).not.toContain('sesame')
})

test('one half of a key pair is refused', async () => {
  const { status, stderr } = await serve(freshData(), ['--secret-id', 'id']).ended
  expect(status).toBe(1)
  expect(stderr).toContain('PIXMILL_SECRET_ID is given without PIXMILL_SECRET_KEY')
})

test('an unknown flag, an unknown command and a word too many are refused', async () => {
  for (const args of [['serve', '--prot', '1'], ['sevre'], ['serve', 'now']]) {
    const { status, stdout, stderr } = await runPixmill(args).ended
    expect(status, args.join(' ')).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^error: /)
  }
})

test('a port that is taken and a folder that cannot be made are told in a line, not as a trace', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as { port: number }
  const busy = await serve(freshData(), ['--port', String(port)]).ended
  taken.close()
  expect(busy.status).toBe(1)
  expect(busy.stderr).toContain(`EADDRINUSE: address already in use 127.0.0.1:${port}`)
  expect(busy.stderr).not.toContain('    at ')

  const { status, stderr } = await serve('/dev/null/data').ended
  expect(status).toBe(1)
  expect(stderr).toMatch(/^pixmill could not start\.\nENOTDIR: .*\n$/)
})

test('--version says which one it is', async () => {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(await runPixmill(['--version']).ended).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' })
})

test('--help lists every setting with its variable', async () => {
  const { status, stdout } = await runPixmill(['serve', '--help']).ended
  expect(status).toBe(0)
  expect(stdout).toMatch(/--port <value> +Port to listen on; 0 picks a free one\. Default: 9000\. \[PIXMILL_PORT\]/)
})
