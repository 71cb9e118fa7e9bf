import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// The package as a stranger gets it: packed, installed into an empty folder, used from there.

const run = promisify(execFile)
const here = fileURLToPath(new URL('..', import.meta.url))
const root = fileURLToPath(new URL('../../..', import.meta.url))
const MOST_BYTES = 100_000
let folder = ''
let installed = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-receiver-'))
  // Without scripts: it was built before the tests, and others look at what was built.
  const packed = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: here })
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }]
  await writeFile(join(folder, 'package.json'), '{ "name": "somebody", "private": true }')
  await run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', join(folder, filename)], {
    cwd: folder,
  })
  installed = join(folder, 'node_modules/@pixmill/receiver')
}, 120_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

async function filesOf(path: string): Promise<{ path: string; bytes: number }[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(files.map(async (file) => ({ path: file, bytes: (await stat(file)).size })))
}

describe('installed into an empty folder', () => {
  test(`it brings nothing with it, and has at most ${MOST_BYTES} bytes`, async () => {
    const files = await filesOf(join(folder, 'node_modules'))
    const foreign = files.filter(({ path }) => !path.startsWith(installed) && !path.endsWith('.package-lock.json'))
    expect(foreign).toEqual([])
    expect(files.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(MOST_BYTES)
  })

  test('it holds its parts, and nothing that is only for its makers', async () => {
    const names = (await readdir(installed)).sort()
    expect(names).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json'])
    const files = await filesOf(installed)
    expect(files.filter(({ path }) => /\.test\.|\.contract\./.test(path))).toEqual([])
    // Workers and browsers have no modules of Node.
    for (const { path } of files.filter((one) => /\.m?js$/.test(one.path))) {
      const wanted = [...(await readFile(path, 'utf8')).matchAll(/(?:require\(|from |import\()["']([^"']+)/g)]
      expect(
        wanted.filter(([, name]) => !name!.startsWith('.')),
        path,
      ).toEqual([])
    }
  })

  const use = `
    const secrets = 'whsec_' + btoa('a secret of twenty-four!')
    const delivery = await testing.deliveryOf(testing.taskFailed(), { secrets, format: 'JSON', profile: 'live' })
    const { id } = await receiver.verify(delivery, { secrets })
    const { job } = receiver.parse(delivery.body)
    const answer = await receiver.fetchHandler({ secrets, onEvent() {} })(testing.requestTo('http://r/', delivery))
    let code
    try { receiver.parse('<') } catch (error) { code = error instanceof receiver.ReceiverError && error.code }
    console.log(JSON.stringify([id === delivery.headers['webhook-id'], job.state, job.code, answer.status, code]))`
  const right = '[true,"Failed","ResourceNotFound",200,"NotReadable"]\n'

  test('it can be imported', async () => {
    const program = `
      import * as receiver from '@pixmill/receiver'
      import * as testing from '@pixmill/receiver/testing'
      import { createRequire } from 'node:module'
      ${use}
      if (createRequire(process.cwd() + '/x.js')('@pixmill/receiver').ReceiverError !== receiver.ReceiverError) console.log('there are two')`
    await writeFile(join(folder, 'use.mjs'), program)
    expect((await run(process.execPath, ['use.mjs'], { cwd: folder })).stdout).toBe(right)
  })

  test('it can be required', async () => {
    const program = `
      const receiver = require('@pixmill/receiver')
      const testing = require('@pixmill/receiver/testing')
      void (async () => { ${use} })()`
    await writeFile(join(folder, 'use.cjs'), program)
    // Node 22 could require ES modules; this has to go without.
    expect((await run(process.execPath, ['use.cjs'], { cwd: folder })).stdout).toBe(right)
  })
})

describe('its README', () => {
  test('holds programs that run as they stand', async () => {
    const page = await readFile(join(installed, 'README.md'), 'utf8')
    const [server, byHand, catchingUp, tests] = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code!)
    const secrets = `whsec_${Buffer.alloc(32, 4).toString('base64')}`

    // Only the port is another, so that it can run beside anything else.
    const anyPort = `listen(0, '127.0.0.1', function () { console.log(this.address().port) })`
    await writeFile(join(folder, 'server.mjs'), server!.replace('listen(8800)', anyPort))
    const receiver = spawn(process.execPath, ['server.mjs'], {
      cwd: folder,
      env: { ...process.env, PIXMILL_WEBHOOK_SECRET: secrets },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: receiver.stdout })[Symbol.asyncIterator]()
    try {
      const url = `http://127.0.0.1:${(await lines.next()).value}`
      const given = `const [url, secrets] = ${JSON.stringify([url, secrets])}\n`
      await writeFile(join(folder, 'tests.mjs'), given + tests)
      await run(process.execPath, ['tests.mjs'], { cwd: folder })
      expect((await lines.next()).value).toMatch(/^c[0-9a-f]{32} raw\/cat\.png InvalidArgument /)
      expect((await lines.next()).value).toMatch(/^c[0-9a-f]{32} raw\/cat\.png -> thumb\/cat\.webp 320$/)
    } finally {
      receiver.kill()
    }

    const given = `
      import { deliveryOf, taskSucceeded } from '@pixmill/receiver/testing'
      const secrets = ${JSON.stringify(secrets)}
      const { headers, body } = await deliveryOf(taskSucceeded(), { secrets })`
    await writeFile(
      join(folder, 'by-hand.mjs'),
      `${given}\n${byHand}\nconsole.log(event.name, id.length, sentAt instanceof Date)`,
    )
    expect((await run(process.execPath, ['by-hand.mjs'], { cwd: folder })).stdout).toBe('TaskFinish 36 true\n')

    const feed = `
      import { createServer } from 'node:http'
      import { once } from 'node:events'
      import { seenInMemory } from '@pixmill/receiver'
      import { renderEvent, taskSucceeded } from '@pixmill/receiver/testing'
      const page = { events: [{ id: 'evt_1', body: renderEvent(taskSucceeded()), cursor: '1.a' }], next: '1.a', more: false }
      const pixmill = createServer((request, response) => response.end(JSON.stringify(page))).listen(0, '127.0.0.1')
      await once(pixmill, 'listening')
      const [server, token, after, seen] = ['http://127.0.0.1:' + pixmill.address().port, 't', undefined, seenInMemory()]
      const onEvent = (event) => console.log(event.name)`
    const end = `console.log(cursor)\npixmill.closeAllConnections()\npixmill.close()`
    await writeFile(join(folder, 'catching-up.mjs'), `${feed}\n${catchingUp}\n${end}`)
    expect((await run(process.execPath, ['catching-up.mjs'], { cwd: folder })).stdout).toBe('TaskFinish\n1.a\n')
  })
})

describe('its types', () => {
  const program = `
    import { type CallbackEvent, fastifyReceiver, fetchHandler, nodeHandler, parse, ReceiverError, seenInMemory, verify } from '@pixmill/receiver'
    import { everyDelivery, taskSucceeded } from '@pixmill/receiver/testing'

    export const POST: (request: Request) => Promise<Response> = fetchHandler({
      secrets: ['whsec_a', 'whsec_b'],
      seen: seenInMemory({ maxEvents: 10 }),
      async onEvent(event, { key }) {
        if (event.name === 'TaskFinish') return void (event.job.result?.processed.width satisfies number | null | undefined, key.trim())
        if (event.name === 'WorkflowFinish') event.run.state satisfies 'Success' | 'Failed' | 'Cancel'
      },
    })
    export const node = nodeHandler({ unsafeAcceptUnsigned: true, onEvent: (event: CallbackEvent) => void event.name })
    export const plugin: typeof fastifyReceiver = fastifyReceiver
    export const event: CallbackEvent = parse('{}')
    export const sample = taskSucceeded({ level: 2 }).job.level
    export const all = everyDelivery({ secrets: 'whsec_a' })
    export const code = (error: unknown) => (error instanceof ReceiverError ? error.code : null)
    void verify({ headers: new Headers(), body: '' }, { secrets: [] }).then(({ sentAt }) => sentAt.getTime())
    // @ts-expect-error one of the two
    nodeHandler({ onEvent() {} })
    // @ts-expect-error not both
    nodeHandler({ secrets: '', unsafeAcceptUnsigned: true, onEvent() {} })
    // @ts-expect-error there is no such event
    parse('').name === 'JobFinish'
  `
  const kinds = [
    { kind: 'an ES module', file: 'use.mts', options: { module: 'NodeNext', lib: ['ES2022', 'DOM'], types: [] } },
    { kind: 'CommonJS', file: 'use.cts', options: { module: 'Node16', lib: ['ES2022', 'DOM'], types: [] } },
    {
      kind: 'what is bundled',
      file: 'use.ts',
      options: { module: 'ESNext', moduleResolution: 'Bundler', lib: ['ES2022', 'DOM'], types: [] },
    },
    {
      kind: 'a program of Node',
      file: 'use.mts',
      options: { module: 'NodeNext', lib: ['ES2022'], types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
    },
  ]

  test.each(kinds)('are there for $kind', async ({ kind, file, options }) => {
    const project = join(folder, kind.replaceAll(' ', '-'))
    await mkdir(project)
    await writeFile(join(project, file), program)
    const compilerOptions = {
      target: 'ES2022',
      strict: true,
      noEmit: true,
      skipLibCheck: kind === 'a program of Node',
      ...options,
    }
    await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
    const compiled = await run(join(root, 'node_modules/.bin/tsc'), ['-p', project]).catch(
      (error: { stdout: string }) => error,
    )
    expect(compiled.stdout).toBe('')
  })
})
