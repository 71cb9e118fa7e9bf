import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import type { CallbackEvent } from '../packages/receiver/src/index.ts'
import { everyDelivery, post } from '../packages/receiver/src/testing/index.ts'

// Every receiver is started as its first line says, and is sent every delivery that the test kit knows.

const folder = mkdtempSync(join(tmpdir(), 'pixmill-examples-'))
const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const example = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const secrets = [7, 8].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`)

/** Runs a handler of Fetch requests in Node, which has no command for that: what Bun, Deno and Workers do themselves. */
const fetchInNode = `
  import { createServer } from 'node:http'
  import receiver from ${JSON.stringify(pathToFileURL(example('fetch/receiver.mjs')).href)}
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const answer = await receiver.fetch(new Request('http://127.0.0.1/callbacks', { method: request.method, headers: request.headers, body }))
    response.writeHead(answer.status).end(await answer.text())
  }).listen(0, '127.0.0.1', () => console.log('listening on http://127.0.0.1:' + server.address().port + '/callbacks'))`

interface Example {
  readonly name: string
  /** The program that must be there; without it the example is not run. */
  readonly needs: readonly [string, string]
  readonly command: () => readonly [string, ...string[]]
}

const examples: readonly Example[] = [
  { name: 'Express', needs: ['node', '--version'], command: () => [process.execPath, example('express/receiver.mjs')] },
  { name: 'Fastify', needs: ['node', '--version'], command: () => [process.execPath, example('fastify/receiver.mjs')] },
  {
    name: 'Fetch',
    needs: ['node', '--version'],
    command: () => [process.execPath, '--input-type=module', '-e', fetchInNode],
  },
  { name: 'Python', needs: ['python3', '--version'], command: () => ['python3', example('python/receiver.py')] },
  {
    name: 'Go',
    needs: ['go', 'version'],
    command: () => {
      const program = join(folder, 'receiver')
      // Nothing is fetched: the example has no dependencies, and the language is the one that is there. It is left to decide
      // about cgo: what Debian brings compiled is compiled with it, and without it takes half a minute to compile anew.
      const env = {
        ...process.env,
        GOPROXY: 'off',
        GOTOOLCHAIN: 'local',
        GOENV: 'off',
        GOFLAGS: '',
        GOCACHE: join(folder, 'go-cache'),
      }
      execFileSync('go', ['build', '-o', program, '.'], { cwd: example('go'), env })
      return [program]
    },
  },
]

function isThere([program, argument]: readonly [string, string]): boolean {
  try {
    execFileSync(program, [argument], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** What every example prints of an event. */
function lineOf(event: CallbackEvent): string {
  return event.name === 'TaskFinish'
    ? `${event.name} ${event.job.id} ${event.job.state} ${event.job.input.object}`
    : `${event.name} ${event.run.id} ${event.run.state} ${event.run.object}`
}

/** Starts a program; the lines that it prints come one by one. */
function start(command: readonly [string, ...string[]], environment: Record<string, string>) {
  const [program, ...args] = command
  const child = spawn(program, args, {
    env: { ...process.env, PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Packages are found from where the examples are.
    cwd: example('.'),
  })
  children.push(child)
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const closed = once(child, 'close')
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done === true) {
      // What it said on the other pipe may still be on its way.
      await closed
      throw new Error(`it has ended: ${complaints}`)
    }
    return value
  }
  return { child, next }
}

describe.each(examples)('the receiver in $name', ({ needs, command }) => {
  test.skipIf(!isThere(needs))(
    `handles what is to be handled, once, and refuses the rest (skipped where there is no ${needs[0]})`,
    async () => {
      const { child, next } = start(command(), { PIXMILL_WEBHOOK_SECRET: secrets.join(' ') })
      const url = /^listening on (http:\S+)$/.exec(await next())![1]!
      // It knows both secrets of a rotation; the sender has changed over.
      for (const { name, delivery, expected, event } of await everyDelivery({ secrets: secrets[1]! })) {
        const { status } = await post(url, delivery)
        expect(status, name).toSatisfy((one: number) =>
          expected === 'refused' ? one === 400 || one === 401 : one === 200,
        )
        // Had it handled anything between, that would be the next line.
        if (expected === 'handled') expect(await next(), name).toBe(lineOf(event!))
      }
      child.kill()
    },
    180_000,
  )

  test.skipIf(!isThere(needs))(
    'says what is missing when it has no secret',
    async () => {
      const { next, child } = start(command(), { PIXMILL_WEBHOOK_SECRET: '' })
      const said = await next().catch((error: unknown) => String(error))
      if (said.startsWith('listening')) {
        // A Worker is handed its settings with the first request.
        const url = said.split(' ').at(-1)!
        await expect(post(url, (await everyDelivery({ secrets }))[0]!.delivery)).rejects.toThrow()
      } else expect(said).toMatch(/PIXMILL_WEBHOOK_SECRET|A secret is a text of 0 characters/)
      child.kill()
    },
    180_000,
  )
})
