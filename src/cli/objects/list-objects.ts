import type { ServerClient } from '../server-client/index.ts'
import type { ObjectName } from './object-name.ts'

export interface ToldObject {
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly etag: string
  readonly crc64: string
  readonly contentType: string
  readonly updateTime: string
}

/** Objects and what the keys of others have in common, page after page. */
export async function* listObjects(
  client: ServerClient,
  { bucket, key: prefix }: ObjectName,
  { delimiter = '' } = {},
): AsyncGenerator<{ readonly objects: readonly ToldObject[]; readonly prefixes: readonly string[] }> {
  let after = ''
  for (;;) {
    const given = { prefix, delimiter, after, limit: '1000' }
    const parameters = Object.entries(given).filter(([, value]) => value !== '')
    const page = (await client.callApi('GET', `/-/api/objects/${bucket}`, { parameters })) as {
      objects: ToldObject[]
      prefixes: string[]
      next: string | null
    }
    yield page
    if (page.next === null) return
    after = page.next
  }
}
