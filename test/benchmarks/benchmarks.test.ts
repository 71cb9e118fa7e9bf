import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** Every benchmark once, as small as it can be: that it still runs and says what it is for, not what it says. */

const folder = fileURLToPath(new URL('../../benchmarks/', import.meta.url))

/** What each is told to make it small, and what it has to say: the figures themselves may be any. */
const benchmarks: Readonly<Record<string, readonly [args: string, says: RegExp]>> = {
  batch: [
    '--objects 100 --seconds 0.2',
    /jobs made, none of them done: \d+ a second[\s\S]+GET with the batch: .+p99 ratio [\d.]+/,
  ],
  callbacks: [
    '--count 40 --runs 1 --idle 2 --each 1 --backlog 50',
    /recorded per second, [\d.]+ of a bare undici loop[\s\S]+callback received, idle: p50 \d[\s\S]+hang: p99 [\s\S]+a line of 50: \d/,
  ],
  images: [
    '--seconds 0.5 --rounds 1 --formats jpeg --pictures 2 --warm 2',
    /^jpeg: [\d.]+ of [\s\S]+^cached hits: p99 \d/m,
  ],
  jobs: ['--jobs 6 --runs 1 --warm 4', /IsPicInfo false: [\d.]+ of the bare loop[\s\S]+IsPicInfo true: [\d.]+ of/],
  'long-run': [
    '--jobs 20 --bytes 1000000',
    /20 jobs in .+ per second[\s\S]+engines: \d[\s\S]+an object of 1 MiB: up at \d/,
  ],
  objects: [
    '--small 16 --large 1 --warm 1 --runs 1',
    /PUT 10 kB: [\d.]+ of the bare server[\s\S]+GET 10 MB: [\d.]+ of/,
  ],
  'one-job': ['--jobs 2 --warm 1', /submit to callback received: p50 [\d.]+ ms/],
  recovery: ['--runs 1', /kill -9 to the first job running again: \d+ ms/],
  retention: ['--jobs 300 --seconds 1', /a batch of 100 jobs removed: .*\d[\s\S]+p99 ratio [\d.]+/],
  'slow-disk': ['--seconds 0.3 --runs 1', /slow to undisturbed disk, .+: p99 [\d.]+ times|^skipped: it takes /],
  start: ['--runs 1', /start to first answer: \d+ ms, [\d.]+ times a bare Node server[\s\S]+\d MB/],
  submit: ['--count 64 --runs 1', /POST \/jobs: \d+ accepted per second, [\d.]+ of a bare Node server/],
  workflows: ['--uploads 2 --runs 1 --warm 1', /a workflow of three nodes: [\d.]+ of the bare loop/],
}

test('each has its row here', () => {
  const there = readdirSync(folder).filter((name) => name.endsWith('.mjs'))
  expect(Object.keys(benchmarks).map((name) => `${name}.mjs`)).toEqual(there.sort())
})

test.each(Object.entries(benchmarks))(
  '%s runs and says its figures',
  async (name, [args, says]) => {
    const child = spawn(process.execPath, [`${folder}${name}.mjs`, ...args.split(' ')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(says)
  },
  180_000,
)
