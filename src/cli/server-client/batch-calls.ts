import {
  type BatchRequest,
  batchRequestDocument,
  readBatchView,
  readNextToken,
  said,
  type ToldBatch,
  writeDocument,
  type XmlElement,
} from '../../wire/index.ts'
import type { BucketClient } from './bucket-client.ts'
import { ClientFailure } from './client-failure.ts'
import { elementAt, elementsOf, readAnswer } from './elements.ts'

const PAGE = 100

export async function startBatch(bucket: BucketClient, request: BatchRequest): Promise<ToldBatch> {
  const answer = await bucket.post('/inventorytriggerjob', writeDocument(batchRequestDocument(request), 'XML'))
  return readAnswer(() => readBatchView(elementAt(answer, 'JobsDetail')!))
}

/** @throws ClientFailure `BatchNotFound` */
export async function getBatch(bucket: BucketClient, batchId: string): Promise<ToldBatch> {
  const found = elementAt(await bucket.get(`/inventorytriggerjob/${batchId}`), 'JobsDetail')
  if (found !== undefined) return readAnswer(() => readBatchView(found))
  throw new ClientFailure('BatchNotFound', `There is no batch ${said(batchId)} in the bucket ${bucket.bucket}.`)
}

export async function cancelBatch(bucket: BucketClient, batchId: string): Promise<void> {
  await bucket.put(`/inventorytriggerjob/${batchId}`, '', { cancel: '' })
}

/** Newest first, both kinds. */
export async function listBatches(bucket: BucketClient, limit: number): Promise<readonly ToldBatch[]> {
  const kinds = await Promise.all((['Workflow', 'Job'] as const).map((type) => listOfType(bucket, type, limit)))
  return kinds
    .flat()
    .sort((a, b) => b.createTimeMs - a.createTimeMs)
    .slice(0, limit)
}

async function listOfType(bucket: BucketClient, type: string, limit: number): Promise<readonly ToldBatch[]> {
  const found: ToldBatch[] = []
  for (let token: string | null = null; found.length < limit; ) {
    const size = Math.min(PAGE, limit - found.length)
    const answer: XmlElement = await bucket.get('/inventorytriggerjob', { type, size, nextToken: token })
    found.push(...elementsOf(answer, 'JobsDetail').map((one) => readAnswer(() => readBatchView(one))))
    token = readNextToken(answer)
    if (token === null) break
  }
  return found
}
