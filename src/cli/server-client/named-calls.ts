import { said, type XmlElement } from '../../wire/index.ts'
import type { BucketClient } from './bucket-client.ts'
import { ClientFailure } from './client-failure.ts'
import { elementsOf, textAt } from './elements.ts'

const PAGE = 100

/** The id of a template or a queue that is given by its id or by its name. */
export type FindId = (bucket: BucketClient, nameOrId: string) => Promise<string>

/** @throws ClientFailure `TemplateNotFound`. What looks like an id is taken for one: the server says when it is none. */
export const findTemplateId: FindId = async (bucket, nameOrId) => {
  if (/^t[0-9a-f]{32,33}$/.test(nameOrId)) return nameOrId
  return idNamed(nameOrId, 'template', bucket, (pageNumber) =>
    pageOf(bucket, '/template', { name: nameOrId, pageNumber }, 'TemplateList', 'TemplateId'),
  )
}

/** @throws ClientFailure `QueueNotFound`, likewise */
export const findQueueId: FindId = async (bucket, nameOrId) => {
  if (/^p[0-9a-f]{32}$/.test(nameOrId)) return nameOrId
  return idNamed(nameOrId, 'queue', bucket, (pageNumber) =>
    pageOf(bucket, '/picqueue', { pageNumber }, 'QueueList', 'QueueId'),
  )
}

interface Named {
  readonly id: string
  readonly name: string
}

async function pageOf(
  bucket: BucketClient,
  path: string,
  parameters: Readonly<Record<string, string | number>>,
  list: string,
  id: string,
): Promise<readonly Named[]> {
  const answer: XmlElement = await bucket.get(path, { ...parameters, pageSize: PAGE })
  return elementsOf(answer, list).map((one) => ({ id: textAt(one, id), name: textAt(one, 'Name') }))
}

async function idNamed(
  wanted: string,
  kind: 'template' | 'queue',
  { bucket }: BucketClient,
  page: (pageNumber: number) => Promise<readonly Named[]>,
): Promise<string> {
  for (let pageNumber = 1; ; pageNumber += 1) {
    const found = await page(pageNumber)
    const [first, second] = found.filter(({ name }) => name === wanted)
    if (second !== undefined) {
      throw new ClientFailure(
        `${kind === 'queue' ? 'Queue' : 'Template'}NotUnique`,
        `More than one ${kind} is called ${said(wanted)}; give an id.`,
      )
    }
    if (first !== undefined) return first.id
    if (found.length === PAGE) continue
    throw new ClientFailure(
      `${kind === 'queue' ? 'Queue' : 'Template'}NotFound`,
      `There is no ${kind} ${said(wanted)} in the bucket ${bucket}, by id or by name.`,
    )
  }
}
