import { Failure } from '../../base/index.ts'
import type { ObjectStore } from '../../objects/index.ts'
import { type BatchRequest, said } from '../../wire/index.ts'
import type { Batch, BatchStore, StoredBatchState } from '../../workflows/index.ts'
import { knownBucket } from '../known-bucket.ts'
import { requireOutputs } from '../outputs.ts'
import { type BatchBody, batchBodySchema, batchRequestOf } from './batch-body.ts'
import { batchJson, batchSchema, batchStates, wholeBatchJson, wholeBatchSchema } from './batch-json.ts'
import { type PageAsked, pageJson, pageOf, pageParameters, pageSchema } from './page.ts'
import { bucketParameter, route } from './route.ts'

export interface BatchDeps {
  createBatch(bucket: string, request: BatchRequest): Promise<Batch>
  readonly batches: Pick<BatchStore, 'findBatches' | 'listBatches' | 'cancelBatch'>
  readonly buckets: Pick<ObjectStore, 'findBucket'>
}

interface BatchNamed {
  path: { batchId: string }
  query: { bucket: string }
}

const batchPath = { batchId: { says: 'The id of a batch.' } }

export const batchRoutes = [
  route<
    BatchDeps,
    {
      query: PageAsked & { bucket: string; state?: StoredBatchState[]; workflow?: string; name?: string }
    }
  >({
    method: 'GET',
    path: '/-/api/batches',
    name: 'listBatches',
    subject: 'batches',
    summary: 'The batches of a bucket.',
    permission: 'read',
    query: {
      bucket: bucketParameter,
      state: {
        schema: { type: 'array', items: { type: 'string', enum: batchStates } },
        says: 'Only those in these states.',
      },
      workflow: { schema: { type: 'string', maxLength: 128 }, says: 'Only those that start runs of this workflow.' },
      name: { schema: { type: 'string', maxLength: 128 }, says: 'Only those that are called so.' },
      ...pageParameters,
    },
    answer: { says: 'A page of batches.', schema: pageSchema('batches', batchSchema) },
    async carryOut({ query, answer }, { batches, buckets }) {
      const page = await batches.listBatches({
        bucket: await knownBucket(buckets, query.bucket),
        type: null,
        states: query.state ?? [],
        id: null,
        workflowId: query.workflow ?? null,
        name: query.name ?? null,
        ...pageOf(query),
      })
      await answer(pageJson('batches', page.batches.map(batchJson), page.next))
    },
  }),
  route<BatchDeps, { body: BatchBody }>({
    method: 'POST',
    path: '/-/api/batches',
    name: 'startBatch',
    subject: 'batches',
    summary: 'Applies a rule, a template or workflows to many objects that are there already.',
    description:
      'When this is answered, the batch is on disk. Whether its list can be read, and what is in it, shows while it runs.',
    permission: 'submit',
    body: { schema: batchBodySchema },
    answer: { status: 201, says: 'The batch.', schema: wholeBatchSchema },
    async carryOut({ body, exchange, answer }, deps) {
      const { bucket } = body
      const request = await batchRequestOf(body, (name) => deps.buckets.findBucket(name))
      requireOutputs(exchange, bucket, request.job === null ? [] : [request.job.output])
      const batch = await deps.createBatch(bucket, request)
      await answer(wholeBatchJson(batch), {
        status: 201,
        headers: { location: `/-/api/batches/${batch.id}?bucket=${encodeURIComponent(bucket)}` },
      })
    },
  }),
  route<BatchDeps, BatchNamed>({
    method: 'GET',
    path: '/-/api/batches/{batchId}',
    name: 'showBatch',
    subject: 'batches',
    summary: 'One batch, with the first of what failed.',
    permission: 'read',
    pathParameters: batchPath,
    query: { bucket: bucketParameter },
    answer: { says: 'The batch.', schema: wholeBatchSchema },
    async carryOut({ path, query, answer }, { batches }) {
      const [batch] = await batches.findBatches(query.bucket, [path.batchId])
      if (batch === undefined) {
        throw new Failure(
          'BatchNotFound',
          `There is no batch ${said(path.batchId)} in the bucket ${said(query.bucket)}.`,
        )
      }
      await answer(wholeBatchJson(batch))
    },
  }),
  route<BatchDeps, BatchNamed>({
    method: 'POST',
    path: '/-/api/batches/{batchId}/cancel',
    name: 'cancelBatch',
    subject: 'batches',
    summary: 'Ends a batch.',
    description:
      'It makes no more jobs, and those that wait are cancelled; what runs goes on. One that was cancelled stays so; one that ended otherwise is refused.',
    permission: 'submit',
    pathParameters: batchPath,
    query: { bucket: bucketParameter },
    answer: { says: 'The batch.', schema: wholeBatchSchema },
    async carryOut({ path, query, answer }, { batches }) {
      await answer(wholeBatchJson(await batches.cancelBatch(query.bucket, path.batchId)))
    },
  }),
]
