import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { givenPath } from '../given-path.ts'
import type { ServerClient } from '../server-client/index.ts'
import { type ObjectName, objectPath } from './object-name.ts'

/** Told of bytes as they pass. */
type OnBytes = (bytes: number) => void

/** Uploads a file; gives the ETag, without quotes. */
export async function upload(
  client: ServerClient,
  file: string,
  name: ObjectName,
  { type, onBytes }: { readonly type?: string | undefined; readonly onBytes?: OnBytes } = {},
): Promise<string> {
  const { size } = await givenPath(file, 'file')
  const headers = await client.putOwn(objectPath(name), counted(createReadStream(file), onBytes), {
    'content-length': String(size),
    ...(type === undefined ? {} : { 'content-type': type }),
  })
  return String(headers.etag ?? '').replaceAll('"', '')
}

/** Writes a file that is there only when it is whole. Gives its size in bytes. */
export async function writeWhole(source: Readable, file: string, onBytes?: OnBytes): Promise<number> {
  // A name that no object has, and nobody has put a link under.
  const part = join(dirname(file), `.pixmill-${randomBytes(8).toString('hex')}`)
  try {
    await pipeline(counted(source, onBytes), createWriteStream(part, { flags: 'wx' }))
    await rename(part, file)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  return (await stat(file)).size
}

function counted<Source extends Readable>(source: Source, onBytes: OnBytes | undefined): Source {
  return onBytes === undefined ? source : source.on('data', (piece: Buffer) => onBytes(piece.length))
}
