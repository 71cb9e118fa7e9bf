import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepServerFile, readServerFile } from './server-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-server-file-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test.each([
  ['http://127.0.0.1:9000', 'http://127.0.0.1:9000'],
  ['http://0.0.0.0:9001', 'http://127.0.0.1:9001'],
  ['http://[::]:9002', 'http://[::1]:9002'],
  ['http://10.1.2.3:9003', 'http://10.1.2.3:9003'],
])('a server on %s is found at %s, until it takes that away', async (listensOn, url) => {
  const takeAway = await keepServerFile(folder, listensOn)
  expect(await readServerFile(folder)).toEqual({ url, pid: process.pid, certificateFile: null })
  await takeAway()
  expect(await readdir(folder)).toEqual([])
  expect(await readServerFile(folder)).toBeNull()
  await takeAway()
})

test('what another server has written meanwhile stays', async () => {
  const takeAway = await keepServerFile(folder, 'http://127.0.0.1:9000')
  const other = { url: 'http://127.0.0.1:9100', pid: process.pid + 1 }
  await writeFile(join(folder, 'server.json'), JSON.stringify(other))
  await takeAway()
  expect(await readServerFile(folder)).toEqual({ ...other, certificateFile: null })
})

test.each([
  '',
  'null',
  '{}',
  '{"url":"here","pid":1}',
  '{"url":"http://127.0.0.1:1","pid":"1"}',
  '{"url":"http://h","pid":0}',
])('a file that holds %j is told, not believed', async (text) => {
  await writeFile(join(folder, 'server.json'), text)
  await expect(readServerFile(folder)).rejects.toThrow()
})
