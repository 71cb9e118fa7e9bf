import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type ServerClient, UsageFailure } from '../server-client/index.ts'
import { type ObjectName, objectPath } from './object-name.ts'

/** Uploads a file; gives the ETag, without quotes. */
export async function upload(client: ServerClient, file: string, name: ObjectName, type?: string): Promise<string> {
  const found = await stat(file)
  if (!found.isFile()) throw new UsageFailure(`${file} is no file.`)
  const headers = await client.putOwn(objectPath(name), createReadStream(file), {
    'content-length': String(found.size),
    ...(type === undefined ? {} : { 'content-type': type }),
  })
  return String(headers.etag ?? '').replaceAll('"', '')
}

/** Writes a file that is there only when it is whole. Gives its size in bytes. */
export async function writeWhole(source: Readable, file: string): Promise<number> {
  // A name that no object has, and nobody has put a link under.
  const part = join(dirname(file), `.pixmill-${randomBytes(8).toString('hex')}`)
  try {
    await pipeline(source, createWriteStream(part, { flags: 'wx' }))
    await rename(part, file)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  return (await stat(file)).size
}
