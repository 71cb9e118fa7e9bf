import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compiledProgram } from '../../src/base/index.ts'
import { jpeg } from '../support/pictures.ts'
import { type Run, runPixmill } from '../support/program.ts'

// The README is run as it stands; only the ports are others, so that it can be run beside anything else.
const webhookSecret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
let folder = ''
let blocks: { language: string; text: string }[] = []
let server: Run
let receiver: ChildProcess
let printed: AsyncIterator<[string]>
let serverPort = ''
let receiverPort = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-readme-'))
  const page = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({ language, text }))
  receiverPort = await freePort()
})
afterAll(async () => {
  server?.child.kill('SIGKILL')
  receiver?.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

function block(language: string, part: string): string {
  const found = blocks.find((one) => one.language === language && one.text.includes(part))
  if (found === undefined) throw new Error(`the README has no ${language} block with ${part}`)
  return found.text.replaceAll(':9000', `:${serverPort}`).replaceAll('8800', String(receiverPort))
}

/** What a shell prints for a block; `--fail-with-body` makes curl tell a refusal by its exit status. */
async function shell(text: string): Promise<string> {
  const npx = `npx() { shift; '${process.execPath}' '${compiledProgram('cli/pixmill.js')}' "$@"; }`
  const script = `${npx}\ncurl() { command curl -sS --noproxy '*' --fail-with-body "$@"; }\n${text}`
  return (await promisify(execFile)('sh', ['-e', '-c', script], { cwd: folder })).stdout
}

test('the first job by hand and the first callback', async () => {
  const args = /npm start -- (.*)/.exec(block('sh', 'npm start'))?.[1]?.split(' ') ?? []
  server = runPixmill(['serve', ...args, '--port', '0', '--data-dir', join(folder, 'data')], {
    PIXMILL_WEBHOOK_SECRET: webhookSecret,
    PIXMILL_LOG_LEVEL: 'warn',
  })
  serverPort = (await server.outputMatches(/listening on http:\/\/127\.0\.0\.1:(\d+)/))[1]!

  await writeFile(join(folder, 'receiver.mjs'), block('js', 'timingSafeEqual'))
  receiver = spawn(process.execPath, ['receiver.mjs'], {
    cwd: folder,
    env: { ...process.env, WEBHOOK_SECRET: webhookSecret },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  printed = on(createInterface({ input: receiver.stdout! }), 'line') as AsyncIterator<[string]>
  await answers(receiverPort)

  await writeFile(join(folder, 'cat.jpg'), await jpeg(1_000, 500))
  await shell(block('sh', 'curl -T cat.jpg'))
  expect(await shell(block('sh', '/jobs --data-binary'))).toContain('<State>Submitted</State>')

  const [event] = await told(1)
  expect(event).toMatchObject({ EventName: 'TaskFinish', JobsDetail: [{ State: 'Success' }] })
  expect(await shell(block('sh', 'tag=PicProcess'))).toContain('<State>Success</State>')
  expect((await readFile(join(folder, 'cat.webp'))).toString('latin1', 8, 12)).toBe('WEBP')

  await shell(block('sh', 'small.webp'))
  expect((await readFile(join(folder, 'small.webp'))).toString('latin1', 8, 12)).toBe('WEBP')

  expect(await shell(block('sh', '?imageInfo'))).toContain('{"format": "jpeg", "width": "1000", "height": "500"')
  expect((await readFile(join(folder, 'small.jpg'))).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]))
  expect(await shell(block('sh', 'Pic-Operations'))).toContain('<Key>stored/cat-small.webp</Key>')

  expect(await shell(block('sh', 'pixmill apply'))).toContain('result     PNG 300x300\n')
  expect(await readFile(join(folder, 'thumb.webp'))).toEqual(await readFile(join(folder, 'small.webp')))
})

test('the workflow and the batch', async () => {
  expect(await shell(block('sh', '/workflow --data-binary'))).toContain('<State>Active</State>')
  const [first, second, last] = await told(3)
  expect([first, second].map((event) => event!.EventName)).toEqual(['TaskFinish', 'TaskFinish'])
  expect(last).toMatchObject({ EventName: 'WorkflowFinish', WorkflowExecution: { State: 'Success' } })
  const written = last!.WorkflowExecution!.Tasks.flatMap((task) => task.ResultInfo.ObjectInfo)
  expect(written.map(({ ObjectName }) => ObjectName).sort()).toEqual(['thumbs/cat-160.webp', 'thumbs/cat-640.webp'])

  const batch = block('sh', '/inventorytriggerjob --data-binary')
  expect(await shell(batch)).toContain('<State>Submitted</State>')
  const list = batch.trim().split('\n').at(-1)!
  let state = ''
  while (!state.includes('<State>Success</State>')) state = await shell(list)
  expect(state).toContain('<Created>1</Created>')
})

test('the same from the command line', async () => {
  await writeFile(join(folder, 'tiles.yaml'), block('yaml', 'name: tiles'))
  const said = await shell(block('sh', 'workflows import'))
  expect(said).toMatch(/^made tiles \(w\w+\): Active\n/)
  expect(said).toMatch(/\ni\w+ +(Running|Success) .* photos\/cat\.jpg\n/)
  expect(said).toMatch(/: Success, 1 done in .*, 0 failed\n$/)
  for (const key of ['tiles/cat-320.webp', 'tiles/cat-square.jpg']) {
    const got = await fetch(`http://127.0.0.1:${serverPort}/album-1250000000/${key}`)
    expect([key, got.status]).toEqual([key, 200])
  }
})

test('the JSON door', async () => {
  // Two answers, and what is told to whoever makes the token.
  const said = await shell(block('sh', '/-/api'))
  expect(JSON.parse(said)).toMatchObject({ state: 'Success', result: { object: 'small/cat.webp', format: 'webp' } })
  expect((await readFile(join(folder, 'cat.webp'))).subarray(8, 12).toString()).toBe('WEBP')
})

test('the receiver believes nobody else', async () => {
  const forged = await fetch(`http://127.0.0.1:${receiverPort}/`, {
    method: 'POST',
    body: '{}',
    headers: {
      'webhook-id': 'evt_1',
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
    },
  })
  expect(forged.status).toBe(401)
  expect((await fetch(`http://127.0.0.1:${receiverPort}/`)).status).toBe(401)
})

interface Told {
  readonly EventName: string
  readonly WorkflowExecution?: {
    readonly Tasks: readonly {
      readonly ResultInfo: { readonly ObjectInfo: readonly { readonly ObjectName: string }[] }
    }[]
  }
}

/** The next callbacks that the receiver believed and printed. */
async function told(count: number): Promise<Told[]> {
  const events: Told[] = []
  while (events.length < count) events.push(JSON.parse((await printed.next()).value[0]) as Told)
  return events
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}

/** Resolves when somebody listens there. */
async function answers(port: number): Promise<void> {
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${port}/`)
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
