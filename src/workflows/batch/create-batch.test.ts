import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bucketOfHosts } from '../../app/bucket-of-host.ts'
import { Failure, silentLog } from '../../base/index.ts'
import { openSqliteInProcess } from '../../database/sqlite/index.ts'
import { checkRule } from '../../images/index.ts'
import { addressGuard, checkCallbackUrl } from '../../network/index.ts'
import { checkKey } from '../../objects/index.ts'
import type { BatchJob, BatchRequest } from '../../wire/index.ts'
import { createBatch } from './create-batch.ts'

const bucketOfHost = bucketOfHosts({ domains: [] })

const bucket = 'album-1250000000'
const other = 'other-1250000000'
const now = Date.UTC(2026, 2, 2)
const job: BatchJob = {
  templateId: null,
  inline: { isPicInfo: false, processRule: 'imageMogr2/thumbnail/320x' },
  output: { bucket, region: 'ap-test', object: 'out/${InputName}.webp' },
  queueId: null,
  level: 0,
  userData: null,
  callback: { to: 'queue' },
  callbackFormat: null,
}
const request: BatchRequest = {
  name: 'march-import',
  type: 'Job',
  input: { kind: 'Prefix', value: 'raw/' },
  workflowIds: [],
  job,
  timeInterval: { startMs: null, endMs: null },
}

let folder: string
let ledger: Awaited<ReturnType<typeof openSqliteInProcess>>
const warnings: unknown[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-create-batch-'))
  ledger = await openSqliteInProcess({ file: join(folder, 'ledger.db'), now: () => now })
  for (const name of [bucket, other]) await ledger.stores.objects.createBucket({ name, region: 'ap-test' })
})
afterAll(async () => {
  await ledger.close()
  await rm(folder, { recursive: true, force: true })
})

const guard = addressGuard({ allowLoopback: false, allow: [], deny: [] })
const create = (changes: Partial<BatchRequest>) =>
  createBatch(
    {
      store: ledger.stores.batches,
      checks: { checkRule, checkKey, checkCallbackAddress: (url, field) => checkCallbackUrl(url, field, guard) },
      bucketOfHost,
      options: {
        submit: { openService: true, queueDefaults: { maxSize: 10_000, maxConcurrent: 1_000 } },
        maxOpen: 1_000,
      },
      clock: { now: () => now },
      log: { ...silentLog, warn: (facts) => warnings.push(facts) },
    },
    bucket,
    { ...request, ...changes },
  )

test.each<[string, Partial<BatchRequest>]>([
  ['a prefix', {}],
  ['the whole bucket', { input: { kind: 'Prefix', value: '/' } }],
  ['a key of a list', { input: { kind: 'UrlFile', value: 'lists/march.txt' } }],
  [
    'an address of a manifest',
    { input: { kind: 'Manifest', value: `https://${bucket}.cos.ap-test.myqcloud.com/inv/manifest.json?sign=x` } },
  ],
  [
    'an output under the keys of its inputs in another bucket',
    { job: { ...job, output: { ...job.output, bucket: other, object: '${InputPath}/${InputNameAndExt}' } } },
  ],
  [
    'an interval that begins in the future and says when it ends',
    { timeInterval: { startMs: now + 1, endMs: now + 2 } },
  ],
])('%s is taken', async (_what, changes) => {
  expect(await create(changes)).toMatchObject({ ...request, ...changes, job: expect.anything(), state: 'Submitted' })
})

test.each<[string, Partial<BatchRequest>, string, string]>([
  [
    'a list elsewhere',
    { input: { kind: 'UrlFile', value: 'https://elsewhere.test/list.txt' } },
    'InvalidArgument',
    'Input.UrlFile is "https://elsewhere.test/list.txt": the address names the host "elsewhere.test"',
  ],
  [
    'a list at the processing service',
    { input: { kind: 'UrlFile', value: `https://${bucket}.ci.ap-test.myqcloud.com/list.txt` } },
    'InvalidArgument',
    'no object of the bucket album-1250000000',
  ],
  [
    'a manifest in another bucket',
    { input: { kind: 'Manifest', value: 'https://other-1.cos.ap-test.myqcloud.com/manifest.json' } },
    'InvalidArgument',
    'Input.Manifest is "https://other-1.cos.ap-test.myqcloud.com/manifest.json"',
  ],
  [
    'a list whose address does not decode',
    { input: { kind: 'UrlFile', value: `https://${bucket}.cos.ap-test.myqcloud.com/%e0%a4%a` } },
    'InvalidArgument',
    'is not percent-encoded UTF-8',
  ],
  [
    'a prefix that no key can have',
    { input: { kind: 'Prefix', value: 'x'.repeat(851) } },
    'InvalidArgument',
    'the object key has 851 bytes',
  ],
  [
    'an object that no key can name',
    { input: { kind: 'Object', value: 'a\u0000b' } },
    'InvalidArgument',
    'Input.Object: the object key holds U+0000',
  ],
  [
    'an interval that nothing can lie in',
    { timeInterval: { startMs: now + 1, endMs: null } },
    'InvalidArgument',
    'Operation.TimeInterval.Start lies in the future and End is not given, which means now',
  ],
  [
    'an unknown operation',
    { job: { ...job, inline: { isPicInfo: false, processRule: 'imageMogr2/paint/red' } } },
    'RuleInvalid',
    'paint',
  ],
  [
    'an output key that is none',
    { job: { ...job, output: { ...job.output, object: 'x'.repeat(851) } } },
    'InvalidArgument',
    'Operation.Output.Object: the object key has 851 bytes',
  ],
  ...(
    [
      ['of a prefix', { kind: 'Prefix', value: 'raw/' }, '${InputPath}/${InputNameAndExt}'],
      ['of a list', { kind: 'UrlFile', value: 'lists/march.txt' }, '${inputpath}/${InputNameAndExt}'],
      ['of one object', { kind: 'Object', value: 'raw/cat.jpg' }, 'raw/${InputName}.jpg'],
      ['of one object, by its key', { kind: 'Object', value: 'raw/cat.jpg' }, '/raw/cat.jpg'],
    ] as const
  ).map(([what, input, object]): [string, Partial<BatchRequest>, string, string] => [
    `an output in the place of its input: ${what}`,
    { input, job: { ...job, output: { ...job.output, object } } },
    'InvalidArgument',
    `Operation.Output.Object is "${object}", which is the object that a job works on: expected another key`,
  ]),
  [
    'a callback to where none may go',
    { job: { ...job, callback: { to: 'url', url: 'http://169.254.169.254/' } } },
    'InvalidArgument',
    'Operation.CallBack',
  ],
])('%s is refused by name', async (_what, changes, code, says) => {
  const failure = await create(changes).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Failure)
  expect(failure).toMatchObject({ code, message: expect.stringContaining(says) })
})

test('an output key without any placeholder is taken, and warned of', async () => {
  warnings.length = 0
  await create({})
  expect(warnings).toEqual([])
  const { id } = await create({ job: { ...job, output: { ...job.output, object: 'out/one.webp' } } })
  expect(warnings).toEqual([{ batchId: id, object: 'out/one.webp' }])
})
