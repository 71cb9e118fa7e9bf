import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newId } from '../../base/index.ts'
import { blobFile, shardOf } from './blob-files.ts'
import { makeFolders } from './blob-store.ts'
import { NewestFolder } from './newest-folder.ts'
import { Turns } from './turns.ts'

async function filesIn(count: number): Promise<{ folder: string; files: string[] }> {
  const parent = await mkdtemp(join(tmpdir(), 'pixmill-newest-'))
  onTestFinished(() => rm(parent, { recursive: true, force: true }))
  const folder = join(parent, 'blobs')
  await makeFolders(folder)
  const files = Array.from({ length: count }, (_, n) => join(parent, `file-${n}`))
  for (const file of files) await writeFile(file, file)
  return { folder, files }
}

test('blobs that are made one after another lie together, so many of them', async () => {
  const { folder, files } = await filesIn(7)
  const newest = new NewestFolder(folder, new Turns(3), 3)
  const shards: string[] = []
  for (const file of files) {
    const fresh = newId.blob(Date.now())
    const id = await newest.put(file, fresh)
    expect(id.slice(0, -2)).toBe(fresh.slice(0, -2))
    expect(await readFile(blobFile(folder, id), 'utf8')).toBe(file)
    // The first of a folder says which one.
    if (shards.length % 3 === 0) expect(id).toBe(fresh)
    shards.push(shardOf(id))
  }
  const [first, , , second, , , third] = shards
  expect(shards).toEqual([first, first, first, second, second, second, third])
})

test('blobs that are kept at the same time all get their names, across folders', async () => {
  const { folder, files } = await filesIn(20)
  const newest = new NewestFolder(folder, new Turns(1), 4)
  const ids = await Promise.all(files.map((file) => newest.put(file, newId.blob(Date.now()))))
  expect(new Set(ids).size).toBe(20)
  const texts = await Promise.all(ids.map((id) => readFile(blobFile(folder, id), 'utf8')))
  expect(texts).toEqual(files)
})

test('a file that is not there costs no other one its name', async () => {
  const { folder, files } = await filesIn(2)
  const newest = new NewestFolder(folder, new Turns(3), 2)
  await expect(newest.put(join(folder, 'nowhere'), newId.blob(Date.now()))).rejects.toMatchObject({ code: 'ENOENT' })
  for (const file of files) {
    const id = await newest.put(file, newId.blob(Date.now()))
    expect(await readdir(join(folder, shardOf(id)))).toContain(id)
  }
})

test('a folder that cannot be opened is tried again', async () => {
  const { folder, files } = await filesIn(1)
  const id = newId.blob(Date.now())
  await rm(join(folder, shardOf(id)), { recursive: true })
  const newest = new NewestFolder(folder, new Turns(3))
  await expect(newest.put(files[0]!, id)).rejects.toMatchObject({ code: 'ENOENT' })
  await makeFolders(folder)
  expect(await newest.put(files[0]!, id)).toBe(id)
})
