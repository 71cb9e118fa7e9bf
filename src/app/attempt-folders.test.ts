import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
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

test('a folder that is given back serves the next try, under another name for the source', async () => {
  const first = await folders.make(null)
  await writeFile(first.source, 'bytes')
  await writeFile(first.input(), 'a watermark')
  first.giveBack()
  await folders.settled()
  expect(await readdir(dirname(first.source))).toEqual([])
  const second = await folders.make(null)
  expect(second.output).toBe(first.output)
  expect(second.source).not.toBe(first.source)
})

test('a source that is over is given once to be removed, or else removed here', async () => {
  const [first, second] = [await folders.make(null), await folders.make(null)]
  await Promise.all([first, second].map((folder) => writeFile(folder.source, 'bytes')))
  first.giveBack()
  const third = await folders.make(null)
  expect([third.takeLeftOver(), third.takeLeftOver()]).toEqual([[first.source], []])
  second.giveBack()
  await folders.settled()
  expect([await readdir(dirname(first.source)), await readdir(dirname(second.source))]).toEqual([
    [basename(first.source)],
    [],
  ])
})

test('what nobody removed goes with its folder in the end', async () => {
  const first = await folders.make(null)
  await writeFile(first.source, 'bytes')
  const folder = dirname(first.source)
  let last = first
  while (dirname(last.source) === folder) {
    last.giveBack()
    last = await folders.make(null)
    last.takeLeftOver()
  }
  await folders.settled()
  expect(await readdir(root)).toEqual([basename(dirname(last.source))])
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

test('one whose further inputs are not there any more is removed', async () => {
  const first = await folders.make(null)
  first.input()
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
