import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readPrivateAuthorities } from './private-authorities.ts'

const certificate = await readFile(new URL('../../test/fixtures/tls/receiver.cert.pem', import.meta.url), 'utf8')
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-ca-'))
})
afterEach(() => rm(folder, { recursive: true }))

const fileWith = async (text: string): Promise<string> => {
  const file = join(folder, 'ca.pem')
  await writeFile(file, text)
  return file
}

test('all certificates of a file are read, whatever stands between them', async () => {
  const read = await readPrivateAuthorities(await fileWith(`our own\n${certificate}\n\n# and\n${certificate}`))
  expect(read).toEqual([certificate.trim(), certificate.trim()])
})

test.each([
  ['nothing in it', '', 'a file with certificates in PEM form'],
  ['a key in it', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', 'a file with certificates'],
  ['half a certificate', certificate.slice(0, 200), 'a file with certificates'],
  ['a certificate that is none', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'the 1. of 1 cannot'],
])('a file with %s is refused', async (_what, text, expected) => {
  const file = await fileWith(text)
  await expect(readPrivateAuthorities(file)).rejects.toMatchObject({
    code: 'InvalidArgument',
    message: expect.stringContaining(`PIXMILL_CALLBACK_CA is ${file}, expected`),
  })
  await expect(readPrivateAuthorities(file)).rejects.toThrow(expected)
})

test('a file that is not there is refused', async () => {
  await expect(readPrivateAuthorities(join(folder, 'none.pem'))).rejects.toThrow(/expected a file that can be read/)
})
