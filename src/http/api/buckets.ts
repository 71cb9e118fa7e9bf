import { permissions } from '../../keys/index.ts'
import { type Bucket, createBucket, type ObjectStore } from '../../objects/index.ts'
import { getBucket } from '../known-bucket.ts'
import { bucketParameter, route } from './route.ts'
import { always, type JsonSchema, moment, timeOf } from './schema.ts'

export interface BucketDeps {
  readonly bucketStore: Pick<ObjectStore, 'createBucket' | 'findBucket' | 'listBuckets' | 'removeBucket'>
  /** The region of a bucket that is made without one. */
  readonly defaultRegion: string
}

const bucketSchema: JsonSchema = {
  title: 'Bucket',
  ...always({
    bucket: { type: 'string', examples: ['album-1250000000'] },
    region: { type: 'string' },
    createTime: moment,
  }),
}

const bucketPath = { bucket: { says: 'The name of a bucket, with its number.' } }

export const bucketRoutes = [
  route<BucketDeps>({
    method: 'GET',
    path: '/-/api/buckets',
    name: 'listBuckets',
    subject: 'buckets',
    summary: 'Every bucket that the one who asks may do something in, by name.',
    permission: 'read',
    picksOut: true,
    answer: { says: 'The buckets.', schema: always({ buckets: { type: 'array', items: bucketSchema } }) },
    async carryOut({ exchange, answer }, { bucketStore: buckets }) {
      const { requester } = exchange
      const shown = (await buckets.listBuckets()).filter(({ name }) =>
        permissions.some((one) => requester.may(one, name)),
      )
      await answer({ buckets: shown.map(bucketJson) })
    },
  }),
  route<BucketDeps, { body: { bucket: string; region?: string } }>({
    method: 'POST',
    path: '/-/api/buckets',
    name: 'createBucket',
    subject: 'buckets',
    summary: 'Makes a bucket.',
    permission: 'administer',
    body: {
      schema: {
        title: 'NewBucket',
        type: 'object',
        required: ['bucket'],
        properties: {
          bucket: {
            ...bucketParameter.schema,
            description: 'Lower-case letters, digits and hyphens, ending in a hyphen and a number; 63 at most.',
            examples: ['album-1250000000'],
          },
          region: { type: 'string', minLength: 1, maxLength: 63, description: 'Default: that of the server.' },
        },
      },
    },
    answer: { status: 201, says: 'The bucket.', schema: bucketSchema },
    async carryOut({ body, answer }, { bucketStore: buckets, defaultRegion }) {
      const name = body.bucket
      await createBucket(buckets, { name, region: body.region ?? defaultRegion, acl: 'private' })
      await answer(bucketJson(await getBucket(buckets, name)), {
        status: 201,
        headers: { location: `/-/api/buckets/${name}` },
      })
    },
  }),
  route<BucketDeps, { path: { bucket: string } }>({
    method: 'GET',
    path: '/-/api/buckets/{bucket}',
    name: 'showBucket',
    subject: 'buckets',
    summary: 'One bucket.',
    permission: 'read',
    pathParameters: bucketPath,
    answer: { says: 'The bucket.', schema: bucketSchema },
    async carryOut({ path, answer }, { bucketStore: buckets }) {
      await answer(bucketJson(await getBucket(buckets, path.bucket)))
    },
  }),
  route<BucketDeps, { path: { bucket: string } }>({
    method: 'DELETE',
    path: '/-/api/buckets/{bucket}',
    name: 'deleteBucket',
    subject: 'buckets',
    summary: 'Deletes a bucket that is empty.',
    permission: 'administer',
    pathParameters: bucketPath,
    answer: { status: 204, says: 'It is gone.' },
    async carryOut({ path, exchange }, { bucketStore: buckets }) {
      await buckets.removeBucket(path.bucket)
      await exchange.answerEmpty(204)
    },
  }),
]

function bucketJson({ name, region, createdAt }: Bucket) {
  return { bucket: name, region, createTime: timeOf(createdAt) }
}
