import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import type { BlobId } from '../base/index.ts'
import { defaultPictureLimits, FontShelf, type PictureRequest, readPictureRequest } from '../images/index.ts'
import { pictureVersions } from './picture-version.ts'
import { findRuleInputs } from './rule-inputs.ts'

const versionOf = pictureVersions()
const source = { blobId: 'b1' as BlobId, version: 'v1' }
const nothing = { versions: [] }
const request = (text: string): PictureRequest => readPictureRequest(text)

test('a version is an ETag that nobody takes for an MD5, and the same for the same', () => {
  const asked = request('imageMogr2/thumbnail/100x')
  expect(versionOf(source, asked, nothing)).toMatch(/^[0-9a-f]{32}-r$/)
  expect(versionOf(source, request('IMAGEMOGR2/thumbnail/100x/'), nothing)).toBe(versionOf(source, asked, nothing))
})

test('whatever could make another picture makes another version', () => {
  const asked = request('imageMogr2/thumbnail/100x')
  const all = [
    versionOf(source, asked, nothing),
    versionOf({ ...source, blobId: 'b2' as BlobId }, asked, nothing),
    versionOf({ ...source, version: 'v2' }, asked, nothing),
    versionOf(source, request('imageMogr2/thumbnail/101x'), nothing),
    versionOf(source, request('imageMogr2/thumbnail/100x|imageInfo'), nothing),
    versionOf(source, request('imageMogr2/thumbnail/100x|imageAve'), nothing),
    versionOf(source, asked, { versions: ['http://a/b.png', 'm1', '1'] }),
    versionOf(source, asked, { versions: ['http://a/b.png', 'm2', '1'] }),
  ]
  expect(new Set(all).size).toBe(all.length)
})

test('other fonts make other texts, and nothing else another', async () => {
  const folder = join(mkdtempSync(join(inject('runFolder'), 'versions-')), 'fonts')
  mkdirSync(folder)
  await copyFile('test/fixtures/fonts/few-chinese.ttf', join(folder, 'a.ttf'))
  writeFileSync(join(folder, 'readme.txt'), 'no font')
  const inputsWith = (fonts: FontShelf, text: string) => {
    const deps = {
      fonts,
      limits: defaultPictureLimits,
      objects: { findObject: async () => null },
      bucketOfHost: () => null,
    }
    return findRuleInputs(deps, 'album-1250000000', request(text).rule)
  }
  const text = `watermark/2/text/${Buffer.from('Hello').toString('base64url')}`
  const versions = async (rule: string) =>
    Promise.all(
      [new FontShelf(null), new FontShelf(folder), new FontShelf(folder)].map(async (shelf) =>
        versionOf(source, request(rule), await inputsWith(shelf, rule)),
      ),
    )
  const [own, more, same] = await versions(text)
  expect([own === more, more === same]).toEqual([false, true])
  const plain = await versions('imageMogr2/thumbnail/100x')
  expect(new Set(plain).size).toBe(1)
})
