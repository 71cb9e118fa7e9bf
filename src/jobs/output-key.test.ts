import { expect, test } from 'vitest'
import { type OutputFacts, resolveOutputKey } from './output-key.ts'

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
