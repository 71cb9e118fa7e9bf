import { createReadStream } from 'node:fs'
import type { Pair } from '../../http/authentication/index.ts'
import type { XmlElement } from '../../wire/index.ts'
import { givenPath } from '../given-path.ts'
import type { Answer, Call, Place, ServerClient } from './server-client.ts'

type Parameters = Readonly<Record<string, string | number | null>>

/** One bucket of a server: its objects and its processing service. */
export class BucketClient implements Place {
  readonly server: ServerClient
  readonly bucket: string
  readonly region: string

  constructor(server: ServerClient, { bucket, region }: Place) {
    this.server = server
    this.bucket = bucket
    this.region = region
  }

  hostOf(product: 'cos' | 'ci'): string {
    return this.server.hostOf(this, product)
  }

  /** @param parameters those that are `null` are left out */
  async get(path: string, parameters?: Parameters): Promise<XmlElement> {
    return (await this.#ci('GET', path, { parameters })).xml()
  }

  async post(path: string, xml: string, parameters?: Parameters): Promise<XmlElement> {
    return (await this.#ci('POST', path, { xml, parameters })).xml()
  }

  async put(path: string, xml: string, parameters?: Parameters): Promise<Answer> {
    return this.#ci('PUT', path, { xml, parameters })
  }

  async delete(path: string): Promise<XmlElement> {
    return (await this.#ci('DELETE', path, {})).xml()
  }

  /** Uploads a file; gives the ETag. */
  async putFile(key: string, file: string): Promise<string> {
    const { size } = await givenPath(file, 'file')
    const headers = { 'content-length': String(size) }
    const answer = await this.#cos('PUT', key, { headers, body: createReadStream(file) })
    return String(answer.headers.etag ?? '')
  }

  async getObject(key: string): Promise<Buffer> {
    return (await this.#cos('GET', key)).body
  }

  #cos(method: Call['method'], key: string, more: Pick<Call, 'headers' | 'body'> = {}): Promise<Answer> {
    return this.server.call({ method, host: this.hostOf('cos'), path: `/${key}`, ...more })
  }

  #ci(
    method: Call['method'],
    path: string,
    { parameters = {}, xml = '' }: { parameters?: Parameters | undefined; xml?: string },
  ): Promise<Answer> {
    const given = Object.entries(parameters).flatMap(([name, value]): Pair[] =>
      value === null ? [] : [[name, String(value)]],
    )
    return this.server.call({
      method,
      host: this.hostOf('ci'),
      path,
      parameters: given,
      ...(xml === '' ? {} : { headers: { 'content-type': 'application/xml' }, body: xml }),
    })
  }
}
