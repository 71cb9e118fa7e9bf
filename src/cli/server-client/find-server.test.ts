import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { UsageFailure } from './client-failure.ts'
import { findServer, notAnswering } from './find-server.ts'

let dataDir: string
let file: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pixmill-find-server-'))
  file = join(dataDir, 'server.json')
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const says = (url: string, pid: number) => writeFile(file, JSON.stringify({ url, pid }))
const look = (server?: string, environment: Record<string, string> = {}) => findServer({ server, dataDir }, environment)

test('--server wins over PIXMILL_SERVER, that over the file of a running server, that over the default', async () => {
  const environment = { PIXMILL_SERVER: 'https://pixmill.example.org' }
  await says('http://127.0.0.1:9100', process.pid)
  expect(await look('http://10.0.0.1:8000/', environment)).toMatchObject({
    url: new URL('http://10.0.0.1:8000'),
    from: 'given by --server',
  })
  expect(await look(undefined, environment)).toMatchObject({
    url: new URL('https://pixmill.example.org'),
    from: 'given by PIXMILL_SERVER',
  })
  expect(await look()).toMatchObject({ url: new URL('http://127.0.0.1:9100'), from: `told by ${file}` })
  await rm(file)
  expect(await look(undefined, { PIXMILL_SERVER: ' ' })).toMatchObject({
    url: new URL('http://127.0.0.1:9000'),
    from: 'the default',
  })
})

test('the message names every place that was looked at, in order, and what was found there', async () => {
  await says('http://127.0.0.1:9100', process.pid)
  expect(notAnswering(await look(), 'connect ECONNREFUSED 127.0.0.1:9100').message).toBe(
    `No server answers at http://127.0.0.1:9100. Looked for one, in this order:
  --server${' '.repeat(file.length - 8)}  not given
  PIXMILL_SERVER${' '.repeat(file.length - 14)}  not given
  ${file}  http://127.0.0.1:9100, process ${process.pid}: connect ECONNREFUSED 127.0.0.1:9100
Start one with "pixmill serve", or say with --server URL or PIXMILL_SERVER where it is.`,
  )
})

test('the file of a process that is gone is told, and does not decide', async () => {
  const gone = spawn(process.execPath, ['-e', ''])
  await once(gone, 'exit')
  await says('http://127.0.0.1:9100', gone.pid!)
  const server = await look()
  expect(server.url.origin).toBe('http://127.0.0.1:9000')
  expect(server.trail).toEqual([
    { place: '--server', found: 'not given' },
    { place: 'PIXMILL_SERVER', found: 'not given' },
    {
      place: file,
      found: `http://127.0.0.1:9100, process ${gone.pid}, which does not run any more: left by a server that was killed`,
    },
    { place: 'the default', found: 'http://127.0.0.1:9000' },
  ])
})

test('a file that cannot be understood is told, and does not decide', async () => {
  await writeFile(file, 'not JSON')
  const server = await look()
  expect(server.url.origin).toBe('http://127.0.0.1:9000')
  expect(server.trail[2]?.found).toMatch(/^cannot be read: /)
})

test.each([
  '127.0.0.1:9000',
  'ftp://127.0.0.1',
  'http://',
  'http://127.0.0.1:9000/console',
  'http://me:secret@127.0.0.1',
  'http://127.0.0.1/?x',
])('%s is no address of a server', async (text) => {
  await expect(look(text)).rejects.toThrow(UsageFailure)
  await expect(look(undefined, { PIXMILL_SERVER: text })).rejects.toThrow('PIXMILL_SERVER is ')
})
