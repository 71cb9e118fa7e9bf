import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AttemptFolders } from './attempt-folders.ts'

let root: string
let folders: AttemptFolders

beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'pixmill-attempts-')), 'attempts')
  folders = new AttemptFolders(root)
  await folders.prepare()
})
afterEach(async () => {
  await folders.settled()
  await rm(dirname(root), { recursive: true, force: true })
})

test('a folder that is given back is cleared and serves the next try', async () => {
  const first = await folders.make(null)
  await writeFile(first.source, 'bytes')
  first.giveBack()
  await folders.settled()
  expect(await readdir(dirname(first.source))).toEqual([])
  expect((await folders.make(null)).source).toBe(first.source)
})

test('two tries at the same time never share one', async () => {
  const first = await folders.make(null)
  const second = await folders.make(null)
  expect(second.source).not.toBe(first.source)
})

test('a folder that is removed is gone with all that is in it, and never used again', async () => {
  const first = await folders.make(null)
  await writeFile(first.output, 'half a picture')
  await writeFile(join(dirname(first.output), 'something else'), '')
  first.remove()
  await folders.settled()
  expect(await readdir(root)).toEqual([])
  expect((await folders.make(null)).output).not.toBe(first.output)
})

test('one whose source is not there any more is removed', async () => {
  const first = await folders.make(null)
  first.giveBack()
  await folders.settled()
  expect(await readdir(root)).toEqual([])
})

test.skipIf(process.getuid?.() !== 0)('a folder of another user is not used for this one', async () => {
  const first = await folders.make({ uid: 65534, gid: 65534 })
  expect((await stat(dirname(first.source))).uid).toBe(65534)
  await writeFile(first.source, '')
  first.giveBack()
  await folders.settled()
  const second = await folders.make(null)
  expect((await stat(dirname(second.source))).uid).toBe(0)
  await folders.settled()
  expect(await readdir(root)).toHaveLength(1)
})
