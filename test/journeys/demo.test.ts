import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Ended, type Run, runPixmill } from '../support/program.ts'

// The demo puts its data and its results below os.tmpdir(): a folder of this test, so that what is left can be counted.
let folder = ''
let run = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-demo-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function startDemo(...args: string[]): Promise<{ demo: Run; temp: string }> {
  const temp = await mkdtemp(join(folder, `${run++}-`))
  return { demo: runPixmill(['demo', ...args], { TMPDIR: temp }), temp }
}

async function runDemo(...args: string[]): Promise<Ended & { temp: string }> {
  const { demo, temp } = await startDemo(...args)
  return { ...(await demo.ended), temp }
}

/** Everything that was started is stopped and its data are gone; results of a demo that went through stay. */
async function leftBehind(temp: string): Promise<string[]> {
  return (await readdir(temp)).filter((name) => name.startsWith('pixmill-demo-data-'))
}

test('the demo goes through on a picture of its own', async () => {
  const { status, stdout, stderr, temp } = await runDemo()
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(stdout).toMatch(/^server {5}http:\/\/127\.0\.0\.1:\d+/m)
  expect(stdout).toMatch(/inline rule: Submitted {3}template: Submitted$/m)
  expect(stdout).toMatch(/inline rule: Success {3}template: Success$/m)
  expect(stdout).toMatch(/^callback of job 1: \d+ ms from submit to callback, signature right$/m)
  expect(stdout).toMatch(/^callback of job 2: \d+ ms from submit to callback, signature right$/m)
  expect(stdout).toContain('    content-type: application/xml\n')
  expect(stdout).toContain('    content-type: application/json\n')
  expect(stdout).toContain('      <EventName>TaskFinish</EventName>\n')
  expect(stdout).toContain('      "EventName": "TaskFinish",\n')
  // The original's information, which both jobs ask for.
  expect(stdout).toContain('<Width>1600</Width>')
  expect(stdout).toContain('"Width": "1600"')
  const saved = /^saved in {3}(\S+)$/m.exec(stdout)?.[1] ?? ''
  const files = await readdir(saved)
  expect(files.sort()).toEqual(['sunset-640.webp', 'sunset-square.jpg', 'sunset.jpg'])
  const webp = await readFile(join(saved, 'sunset-640.webp'))
  expect(webp.toString('latin1', 8, 12)).toBe('WEBP')
  expect(await leftBehind(temp)).toEqual([])
})

test('a picture with a name that needs care goes through as well', async () => {
  const file = join(folder, "it's a gif 100% #1?.gif")
  // The smallest GIF: one white pixel.
  await writeFile(file, Buffer.from('R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=', 'base64'))
  const { status, stdout, stderr } = await runDemo(file)
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(stdout).toContain('1 x 1 GIF')
})

test('a file that is no picture ends with what the failed job says', async () => {
  const file = join(folder, 'letter.jpg')
  await writeFile(file, 'Dear Sir or Madam')
  const { status, stdout, stderr, temp } = await runDemo(file)
  expect(status).toBe(1)
  expect(stdout).toContain('<State>Failed</State>')
  expect(stderr).toMatch(/The demo did not go through\.\nThe job c\w+ ended Failed with ResourceNotSupported: .+\n$/)
  expect(await readdir(temp)).toEqual([])
})

test('a picture that is not there is told by its name', async () => {
  const { status, stderr, temp } = await runDemo('/nowhere/cat.jpg')
  expect(status).toBe(1)
  expect(stderr).toBe('\nThe demo did not go through.\nThere is no picture at /nowhere/cat.jpg.\n')
  expect(await readdir(temp)).toEqual([])
})

test('interrupted while it stays for --keep, it stops the server and ends well', async () => {
  const { demo, temp } = await startDemo('--keep')
  const [, url] = await demo.outputMatches(/^The server stays at (\S+) until Ctrl-C/m)
  expect((await fetch(`${url}/-/healthz`)).status).toBe(200)
  demo.child.kill('SIGINT')
  expect((await demo.ended).status).toBe(0)
  await expect(fetch(`${url}/-/healthz`)).rejects.toThrow()
  expect(await leftBehind(temp)).toEqual([])
})

test('interrupted earlier, it says so, and leaves nothing behind', async () => {
  const { demo, temp } = await startDemo()
  await demo.outputMatches(/^server/m)
  demo.child.kill('SIGINT')
  const { status, stderr } = await demo.ended
  expect(status).toBe(130)
  expect(stderr).toContain('The demo was interrupted (SIGINT).')
  expect(await readdir(temp)).toEqual([])
})
