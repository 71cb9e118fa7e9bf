import { describe, expect, test } from 'vitest'
import type { Job } from './job.ts'
import { type OutputFacts, outputKeyOf, resolveOutputKey } from './output-key.ts'

const facts = { inputKey: 'raw/a/cat.png', extension: 'webp', jobId: 'c5e0', runId: null, batchId: null }

const cases: [text: string, key: string, facts?: Partial<OutputFacts>][] = [
  ['thumb/cat.webp', 'thumb/cat.webp'],
  ['thumb/${InputName}-320.${ext}', 'thumb/cat-320.webp'],
  ['${InputPath}/small/${InputNameAndExt}', 'raw/a/small/cat.png'],
  ['${InputPath}/x.${Ext}', 'x.webp', { inputKey: 'cat.png' }],
  ['/absolute.jpg', 'absolute.jpg'],
  ['//twice.jpg', '/twice.jpg'],
  ['${jobid}/${JobId}/${JOBID}', 'c5e0/c5e0/c5e0'],
  ['${RunId}.jpg', '${RunId}.jpg'],
  ['${RunId}.jpg', 'i6f3.jpg', { runId: 'i6f3' }],
  ['${InventoryTriggerJobId}/${InputName}', '${InventoryTriggerJobId}/cat'],
  ['${InventoryTriggerJobId}/${inventorytriggerjobid}', 'b0c9/b0c9', { batchId: 'b0c9' }],
  ['${Number}-${unknown}-{Ext}', '${Number}-${unknown}-{Ext}'],
  ['${InputName}', '.profile', { inputKey: 'home/.profile' }],
  ['${InputName}', 'archive.tar', { inputKey: 'archive.tar.gz' }],
  ['${InputName}', '$& $1 ${Ext}', { inputKey: '$& $1 ${Ext}.png' }],
]

test.each(cases)('%s becomes %s', (text, key, others) => {
  expect(resolveOutputKey(text, { ...facts, ...others })).toBe(key)
})

describe('the key that a job writes', () => {
  const bucket = 'album-1250000000'
  const run = { name: 'PicProcess_a', runId: 'i6f3', workflowId: 'w9d1', workflowName: 'thumbs' }
  const keyOf = (object: string, changes: Partial<Job> = {}, extension = 'webp'): string =>
    outputKeyOf(
      {
        id: 'c5e0' as Job['id'],
        bucket,
        inputObject: 'raw/cat.png',
        output: { bucket, region: 'ap-test', object },
        origin: { workflow: run },
        batchId: null,
        ...changes,
      },
      extension,
    )

  test('names its run', () => {
    expect(keyOf('${InputNameAndExt}_${RunId}.${Ext}')).toBe('cat.png_i6f3.webp')
    expect(keyOf('${RunId}', { origin: null })).toBe('${RunId}')
  })

  test('in a chain speaks of the object that started the run', () => {
    const origin = { workflow: run, runObject: 'raw/cat.png' }
    expect(keyOf('thumb/${InputName}.${Ext}', { inputObject: 'mid/x.jpg', origin })).toBe('thumb/cat.webp')
  })

  test.each<[string, string, Partial<Job>]>([
    ['the object it works on', '${InputPath}/${InputName}.${Ext}', {}],
    ['that one, named in full', '/raw/cat.png', {}],
    [
      'what it works on in a chain',
      'mid/x.png',
      { inputObject: 'mid/x.png', origin: { workflow: run, runObject: 'raw/cat.png' } },
    ],
    [
      'the object that started its chain',
      '${InputPath}/${InputName}.${Ext}',
      { inputObject: 'mid/x.png', origin: { workflow: run, runObject: 'raw/cat.png' } },
    ],
  ])('in a run is never that of %s', (_what, object, changes) => {
    expect(() => keyOf(object, changes, 'png')).toThrow(
      expect.objectContaining({
        code: 'InvalidArgument',
        message: expect.stringContaining(`Operation.Output.Object of PicProcess_a is "${object}", which here is "`),
      }),
    )
  })

  test('in a batch is never that of the object it works on', () => {
    const changes = { origin: null, batchId: 'b0c9' as Job['batchId'] }
    expect(() => keyOf('${InputPath}/${InputName}.${Ext}', changes, 'png')).toThrow(
      expect.objectContaining({
        code: 'InvalidArgument',
        message: expect.stringMatching(/^Operation\.Output\.Object is ".*", which here is "raw\/cat\.png", the object/),
      }),
    )
    expect(keyOf('${InputPath}/${InputName}.${Ext}', changes, 'webp')).toBe('raw/cat.webp')
  })

  test('may be that of its input in another bucket, and outside of runs and batches', () => {
    const output = { bucket: 'other-1250000000', region: 'ap-test', object: 'raw/cat.png' }
    expect(keyOf('', { output })).toBe('raw/cat.png')
    expect(keyOf('raw/cat.png', { origin: null })).toBe('raw/cat.png')
  })
})
