import { describe, expect, test } from 'vitest'
import { crc64 } from '../../src/base/index.ts'
import { slowCrc64 } from './crc64.ts'
import type { Evidence, JobSeen, ObjectSeen, Receipt } from './evidence.ts'
import { Journal } from './journal.ts'
import { judge } from './judge.ts'

const SOURCE = 'a'.repeat(32)
const OUTPUT = 'b'.repeat(32)

const object = (key: string, md5: string, changes: Partial<ObjectSeen> = {}): ObjectSeen => ({
  key,
  listed: { size: 100, etag: md5 },
  head: { size: 100, etag: md5, crc64: '7' },
  body: { size: 100, md5, crc64: '7' },
  picture: { width: 20, height: 10, colour: [200, 10, 30] },
  ...changes,
})

const receipt = (changes: Partial<Receipt> = {}): Receipt => ({
  boot: 1,
  path: '/prompt',
  webhookId: 'evt_1',
  body: 'the story',
  isSigned: true,
  jobId: 'j1',
  state: 'Success',
  code: 'Success',
  answered: 200,
  ...changes,
})

const job = (changes: Partial<JobSeen> = {}): JobSeen => ({
  id: 'j1',
  tag: 'submit-1',
  state: 'Success',
  code: 'Success',
  message: '',
  document: '<JobsDetail>1</JobsDetail>',
  result: { key: 'made/1', size: 100, width: 20, height: 10, sourceEtag: SOURCE },
  ...changes,
})

/** A story in which every promise was kept: one source, one job, one callback. */
function allIsWell(changes: Partial<Evidence> = {}): Evidence {
  const journal = new Journal()
  journal.submits.push({
    tag: 'submit-1',
    input: 'source/1',
    output: 'made/1',
    callback: '/prompt',
    mayEnd: ['Success'],
    jobId: 'j1',
  })
  journal.noteWrite('source/1', { md5: SOURCE, acknowledged: true })
  journal.colours.set(SOURCE, [200, 12, 28])
  return {
    journal,
    jobs: [job()],
    objects: [object('source/1', SOURCE), object('made/1', OUTPUT)],
    receipts: [receipt()],
    blobs: [
      { name: 'aa/1', size: 100, md5: SOURCE },
      { name: 'bb/2', size: 100, md5: OUTPUT },
    ],
    strays: [],
    ...changes,
  }
}

/** The same story with something changed in what the clients noted. */
function noted(change: (journal: Journal) => void, changes: Partial<Evidence> = {}): Evidence {
  const evidence = allIsWell(changes)
  change(evidence.journal)
  return evidence
}

const withoutOutput = { objects: [object('source/1', SOURCE)], blobs: allIsWell().blobs.slice(0, 1) }

test('a story without a fault has no findings', () => {
  expect(judge(allIsWell())).toEqual([])
})

test('a submit whose answer was never seen may have made a job, or none', () => {
  const unheard = (journal: Journal) => {
    journal.submits[0] = { ...journal.submits[0]!, jobId: null }
  }
  expect(judge(noted(unheard))).toEqual([])
  expect(judge(noted(unheard, { ...withoutOutput, jobs: [], receipts: [] }))).toEqual([])
})

test('an event that was refused, cut off by a kill, and taken twice over one is right', () => {
  const receipts = [
    receipt({ answered: 500 }),
    receipt({ answered: null }),
    receipt({ answered: 200 }),
    receipt({ answered: 200, boot: 2 }),
  ]
  expect(judge(allIsWell({ receipts }))).toEqual([])
})

test.each<[string, Evidence, string]>([
  [
    'a lost job',
    allIsWell({ ...withoutOutput, jobs: [], receipts: [] }),
    'job j1 (submit-1) was acknowledged and is lost',
  ],
  ['a job that never ends', allIsWell({ jobs: [job({ state: 'Running' })] }), 'is Running, which is no final state'],
  ['a job that waits for ever', allIsWell({ jobs: [job({ state: 'Pause' })] }), 'is Pause, which is no final state'],
  [
    'a job that failed without a reason',
    allIsWell({ jobs: [job({ state: 'Failed', code: 'InternalError' })] }),
    'ended as Failed InternalError',
  ],
  [
    'one submit that made two jobs',
    allIsWell({ jobs: [job(), job({ id: 'j2' })] }),
    'one submit (submit-1) made two jobs, j1 and j2',
  ],
  ['a job of nobody', allIsWell({ jobs: [job(), job({ id: 'j2', tag: 'x' })] }), 'job j2 (x) was submitted by nobody'],
  ['an end that changed', noted(({ seenEnded }) => seenEnded.set('j1', 'other')), 'job j1 had ended and changed'],
  ['a cancelled job that ran', noted(({ cancelled }) => cancelled.add('j1')), 'its cancel was acknowledged'],
  ['a cancel by nobody', allIsWell({ jobs: [job({ state: 'Cancel' })] }), 'is cancelled, which nobody asked for'],
  ['an output that is not there', allIsWell(withoutOutput), 'its output made/1 is not there'],
  ['a success without a result', allIsWell({ jobs: [job({ result: null })] }), 'job j1 succeeded and tells no result'],
  [
    'an output of another size',
    allIsWell({ jobs: [job({ result: { ...job().result!, size: 99 } })] }),
    'told 99 bytes, made/1 has 100',
  ],
  [
    'an output of other sides',
    allIsWell({ jobs: [job({ result: { ...job().result!, width: 21 } })] }),
    'told 21x10, made/1 is 20x10',
  ],
  [
    'an output that cannot be decoded',
    allIsWell({ objects: [object('source/1', SOURCE), object('made/1', OUTPUT, { picture: null })] }),
    'made/1 is no picture',
  ],
  [
    'an output of another source',
    noted(({ colours }) => colours.set(SOURCE, [20, 10, 30])),
    `made/1 has the colour 200,10,30, its source ${SOURCE} has 20,10,30`,
  ],
  [
    'a source that nobody wrote',
    allIsWell({ jobs: [job({ result: { ...job().result!, sourceEtag: OUTPUT } })] }),
    `names a version ${OUTPUT} of source/1 that nobody wrote`,
  ],
  ['a failure with an output', allIsWell({ jobs: [job({ state: 'Failed' })] }), 'job j1 is Failed and has an output'],
  ['an event that never came', allIsWell({ receipts: [] }), 'is Success and its event never arrived'],
  [
    'an event that was never taken',
    allIsWell({ receipts: [receipt({ answered: 500 }), receipt({ answered: null })] }),
    'was sent 2 times and never taken',
  ],
  [
    'two bodies',
    allIsWell({ receipts: [receipt({ answered: 500 }), receipt({ body: 'another story' })] }),
    'the event of job j1 had two bodies',
  ],
  [
    'two events',
    allIsWell({ receipts: [receipt({ answered: 500 }), receipt({ webhookId: 'evt_2' })] }),
    'job j1 has two different events',
  ],
  [
    'one id for two jobs',
    allIsWell({ receipts: [receipt(), receipt({ jobId: 'j2' })] }),
    'evt_1 was used for j1 and j2',
  ],
  ['an event of no job', allIsWell({ receipts: [receipt(), receipt({ jobId: 'j9' })] }), 'told of j9, which does not'],
  ['a wrong signature', allIsWell({ receipts: [receipt({ isSigned: false })] }), 'was not signed as it should be'],
  ['a wrong receiver', allIsWell({ receipts: [receipt({ path: '/slow' })] }), 'went to the wrong receiver'],
  [
    'an event that tells another end',
    allIsWell({ receipts: [receipt({ state: 'Failed', code: 'InternalError' })] }),
    'is Success Success, its event says Failed InternalError',
  ],
  [
    'an event that is sent again without need',
    allIsWell({ receipts: [receipt(), receipt()] }),
    'was taken 2 times in boot 1',
  ],
  [
    'an event of a cancelled job',
    noted(({ cancelTried }) => cancelTried.add('j1'), { jobs: [job({ state: 'Cancel' })] }),
    'is Cancel and was told of',
  ],
  [
    'a write that was acknowledged and is lost',
    noted((journal) => journal.noteWrite('source/1', { md5: OUTPUT, acknowledged: true })),
    `source/1 is ${SOURCE}, expected ${OUTPUT}`,
  ],
  [
    'a delete that was acknowledged and undone',
    noted((journal) => journal.noteWrite('source/1', { md5: null, acknowledged: true })),
    `source/1 is ${SOURCE}, expected nothing`,
  ],
  [
    'an object of nobody',
    allIsWell({ objects: [...allIsWell().objects, object('x', SOURCE)] }),
    'x was written by nobody',
  ],
  [
    'a check sum that is not that of the bytes',
    allIsWell({
      objects: [
        object('source/1', SOURCE, { head: { size: 100, etag: SOURCE, crc64: '8' } }),
        object('made/1', OUTPUT),
      ],
    }),
    'source/1 has the CRC-64 7, HEAD tells 8',
  ],
  [
    'a list that tells another version',
    allIsWell({
      objects: [object('source/1', SOURCE, { listed: { size: 90, etag: OUTPUT } }), object('made/1', OUTPUT)],
    }),
    'source/1 has 100 bytes, HEAD tells 100, the list 90',
  ],
  [
    'a stray blob',
    allIsWell({ blobs: [...allIsWell().blobs, { name: 'cc/3', size: 1, md5: 'c'.repeat(32) }] }),
    'the blob cc/3 belongs to no object',
  ],
  [
    'the same blob twice',
    allIsWell({ blobs: [...allIsWell().blobs, { name: 'cc/3', size: 100, md5: SOURCE }] }),
    'the blob cc/3 belongs to no object',
  ],
  ['a blob that is missing', allIsWell({ blobs: allIsWell().blobs.slice(1) }), `1 blobs with the MD5 ${SOURCE}`],
  ['a stray folder', allIsWell({ strays: ['attempts/a-x'] }), 'attempts/a-x was left behind'],
  [
    'an answer that nobody may get',
    noted(({ oddAnswers }) => oddAnswers.push('PUT was answered 500: …')),
    'PUT was answered 500',
  ],
])('%s is found', (_what, evidence, finding) => {
  expect(
    judge(evidence).some((line) => line.includes(finding)),
    judge(evidence).join('\n'),
  ).toBe(true)
})

describe('writes', () => {
  const [first, second, third] = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [string, string, string]
  const holding = (md5: string | null) =>
    noted(
      (journal) => {
        journal.noteWrite('k', { md5: first, acknowledged: true })
        journal.noteWrite('k', { md5: second, acknowledged: true })
        journal.noteWrite('k', { md5: third, acknowledged: false })
        journal.noteWrite('k', { md5: null, acknowledged: false })
      },
      md5 === null
        ? {}
        : {
            objects: [...allIsWell().objects, object('k', md5)],
            blobs: [...allIsWell().blobs, { name: 'kk/k', size: 100, md5 }],
          },
    )
  test.each([
    ['the last that was acknowledged', second, 0],
    ['a later one whose answer was never seen', third, 0],
    ['a later delete whose answer was never seen', null, 0],
    ['an older one', first, 1],
  ])('a key may hold what was written: %s', (_what, md5, findings) => {
    expect(judge(holding(md5))).toHaveLength(findings)
  })
})

test('the slow check sum is the one of the server', () => {
  const bytes = Buffer.from('123456789')
  // The check value of CRC-64/XZ.
  expect(slowCrc64(bytes)).toBe(BigInt('0x995dc9bbdf1939fa').toString())
  expect(crc64(bytes)).toBe(slowCrc64(bytes))
})
