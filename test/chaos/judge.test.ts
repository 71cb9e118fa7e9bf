import { describe, expect, test } from 'vitest'
import { crc64 } from '../../src/base/index.ts'
import { slowCrc64 } from './crc64.ts'
import type { BatchSeen, Evidence, JobSeen, ObjectSeen, Receipt, RunSeen } from './evidence.ts'
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
  at: 0,
  path: '/prompt',
  webhookId: 'evt_1',
  body: 'the story',
  isSigned: true,
  event: 'TaskFinish',
  subject: 'j1',
  state: 'Success',
  code: 'Success',
  tasks: [],
  uploadedBy: null,
  answered: 200,
  ...changes,
})

const job = (changes: Partial<JobSeen> = {}): JobSeen => ({
  id: 'j1',
  tag: 'submit-1',
  state: 'Success',
  code: 'Success',
  message: '',
  input: 'source/1',
  endTime: '2026-03-02T10:11:12+0800',
  run: null,
  batchId: null,
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
    runs: [],
    batches: [],
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

test('an event may be taken again when the time of an attempt has passed: the first answer may not have got through', () => {
  expect(judge(allIsWell({ receipts: [receipt(), receipt({ at: 3_900 })] }))).toEqual([])
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
    allIsWell({ receipts: [receipt(), receipt({ subject: 'j2' })] }),
    'evt_1 was used for j1 and j2',
  ],
  [
    'an event of no job',
    allIsWell({ receipts: [receipt(), receipt({ subject: 'j9' })] }),
    'told of TaskFinish j9, which does not',
  ],
  ['a wrong signature', allIsWell({ receipts: [receipt({ isSigned: false })] }), 'was not signed as it should be'],
  ['a wrong receiver', allIsWell({ receipts: [receipt({ path: '/slow' })] }), 'went to the wrong receiver'],
  [
    'an event that tells another end',
    allIsWell({ receipts: [receipt({ state: 'Failed', code: 'InternalError' })] }),
    'is Success Success, its event says Failed InternalError',
  ],
  [
    'an event that is sent again without need',
    allIsWell({ receipts: [receipt(), receipt({ at: 900 })] }),
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
  [
    'a job that works on something else',
    allIsWell({ jobs: [job({ input: 'source/2' })] }),
    'works on source/2, expected source/1',
  ],
  ['a stray folder', allIsWell({ strays: ['attempts/a-x'] }), 'attempts/a-x was left behind'],
  [
    'an answer that nobody may get',
    noted(({ oddAnswers }) => oddAnswers.push('PUT was answered 500: …')),
    'PUT was answered 500',
  ],
])('%s is found', (_what, evidence, finding) => {
  expectFinding(evidence, finding)
})

function expectFinding(evidence: Evidence, finding: string): void {
  const findings = judge(evidence)
  expect(
    findings.some((line) => line.includes(finding)),
    findings.join('\n'),
  ).toBe(true)
}

describe('runs', () => {
  const ends = { picture: 'Success', wide: 'InvalidArgument', broken: 'ResourceNotSupported' }
  const uploads = { id: 'w1', prefix: 'flow/', callback: '/prompt' }
  const byHand = { id: 'w2', prefix: null, callback: '/slow' }
  const nodes = [
    { name: 'a', after: null, ends },
    { name: 'b', after: 'a', ends },
  ]
  const made = (run: string, node: string): ObjectSeen => object(`ran/${run}/${node}`, OUTPUT)
  const task = (run: string, node: string, input: string, source: string, changes: Partial<JobSeen> = {}): JobSeen =>
    job({
      id: `${run}-${node}`,
      tag: '',
      input,
      run: { id: run, node },
      endTime: node === 'a' ? '2026-03-02T10:11:12+0800' : '2026-03-02T10:11:13+0800',
      result: { ...job().result!, key: `ran/${run}/${node}`, sourceEtag: source },
      ...changes,
    })
  const jobsOf = (run: string, source: string) => [
    task(run, 'a', source, SOURCE),
    task(run, 'b', `ran/${run}/a`, OUTPUT),
  ]
  const tasksOf = (run: string) => ['a', 'b'].map((node) => ({ node, jobId: `${run}-${node}`, state: 'Success' }))
  const run = (id: string, changes: Partial<RunSeen> = {}): RunSeen => ({
    id,
    workflowId: 'w1',
    object: 'flow/1',
    state: 'Success',
    batchId: null,
    tasks: tasksOf(id),
    ...changes,
  })
  const told = (id: string, path: string, changes: Partial<Receipt> = {}): Receipt[] => [
    receipt({ subject: `${id}-a`, webhookId: `evt_${id}a`, path }),
    receipt({ subject: `${id}-b`, webhookId: `evt_${id}b`, path }),
    finish(id, { path, ...changes }),
  ]
  const finish = (id: string, changes: Partial<Receipt> = {}): Receipt =>
    receipt({
      event: 'WorkflowFinish',
      subject: id,
      webhookId: `evt_${id}`,
      code: '',
      tasks: tasksOf(id),
      uploadedBy: 'q1',
      ...changes,
    })

  /** An upload that started one run of two nodes, and a run that was started by hand. */
  function runsAreWell(
    changes: Partial<Evidence> = {},
    change: (journal: Journal) => void = () => undefined,
  ): Evidence {
    const journal = new Journal()
    journal.flows.push({ ...uploads, nodes }, { ...byHand, nodes })
    journal.noteWrite('flow/1', { md5: SOURCE, acknowledged: true, requestId: 'q1' })
    journal.noteWrite('bulk/1', { md5: SOURCE, acknowledged: true })
    journal.kinds.set(SOURCE, 'picture')
    journal.colours.set(SOURCE, [200, 12, 28])
    journal.triggers.push({ workflowId: 'w2', object: 'bulk/1', runId: 'r2' })
    change(journal)
    const objects = [
      object('flow/1', SOURCE),
      object('bulk/1', SOURCE),
      ...['r1', 'r2'].flatMap((id) => [made(id, 'a'), made(id, 'b')]),
    ]
    const evidence = {
      journal,
      jobs: [...jobsOf('r1', 'flow/1'), ...jobsOf('r2', 'bulk/1')],
      runs: [run('r1'), run('r2', { workflowId: 'w2', object: 'bulk/1' })],
      batches: [],
      objects,
      receipts: [...told('r1', '/prompt'), ...told('r2', '/slow', { uploadedBy: null })],
      strays: [],
      ...changes,
    }
    return { ...evidence, blobs: evidence.objects.map(({ key, body }) => ({ name: key, size: 100, md5: body.md5 })) }
  }
  const jobs = runsAreWell().jobs
  const runs = runsAreWell().runs
  const receipts = runsAreWell().receipts
  const without = (...subjects: string[]) => receipts.filter(({ subject }) => !subjects.includes(subject))
  const cancelled = task('r1', 'b', 'ran/r1/a', OUTPUT, { state: 'Cancel', result: null })
  const cancelledTasks = [tasksOf('r1')[0]!, { ...tasksOf('r1')[1]!, state: 'Cancel' }]

  test('a story without a fault has no findings', () => {
    expect(judge(runsAreWell())).toEqual([])
  })

  test('an upload or a trigger whose answer was never seen may have started a run, or none', () => {
    const unheard = (journal: Journal) => {
      journal.writes.set('flow/1', [{ md5: SOURCE, acknowledged: false }])
      journal.triggers[0] = { ...journal.triggers[0]!, runId: null }
    }
    expect(judge(runsAreWell({}, unheard))).toEqual([])
    const none = {
      jobs: [],
      runs: [],
      receipts: [],
      objects: [object('flow/1', SOURCE), object('bulk/1', SOURCE)],
    }
    expect(judge(runsAreWell(none, unheard))).toEqual([])
  })

  test('a run whose last job was cancelled is told as failed', () => {
    const evidence = runsAreWell(
      {
        jobs: [jobs[0]!, cancelled, ...jobs.slice(2)],
        runs: [run('r1', { state: 'Cancel', tasks: cancelledTasks }), runs[1]!],
        receipts: [...without('r1-b', 'r1'), finish('r1', { state: 'Failed', tasks: cancelledTasks })],
        objects: runsAreWell().objects.filter(({ key }) => key !== 'ran/r1/b'),
      },
      ({ cancelTried }) => cancelTried.add('r1-b'),
    )
    expect(judge(evidence)).toEqual([])
  })

  const twin = {
    jobs: [...jobs, ...jobsOf('r3', 'flow/1')],
    runs: [...runs, run('r3')],
    objects: [...runsAreWell().objects, made('r3', 'a'), made('r3', 'b')],
  }
  test.each<[string, Evidence, string]>([
    [
      'an upload without a run',
      runsAreWell({ jobs: jobs.slice(2), runs: runs.slice(1), receipts: receipts.slice(3) }),
      'the upload of flow/1 by request q1 was acknowledged and has 0 runs',
    ],
    [
      'an upload with two runs',
      runsAreWell({ ...twin, receipts: [...receipts, ...told('r3', '/prompt')] }),
      'the upload of flow/1 by request q1 was acknowledged and has 2 runs',
    ],
    [
      'a run of no upload',
      runsAreWell({ ...twin, receipts: [...receipts, ...told('r3', '/prompt', { uploadedBy: 'q9' })] }),
      '1 runs of flow/1 belong to no upload that was answered, 0 may',
    ],
    [
      'an upload whose answer was never seen and that has two runs',
      runsAreWell(
        {
          ...twin,
          receipts: [
            ...told('r1', '/prompt', { uploadedBy: 'q2' }),
            ...told('r3', '/prompt', { uploadedBy: 'q2' }),
            ...receipts.slice(3),
          ],
        },
        ({ writes }) =>
          writes.set('flow/1', [
            { md5: SOURCE, acknowledged: false },
            { md5: SOURCE, acknowledged: false },
          ]),
      ),
      'one upload of flow/1 started two runs',
    ],
    [
      'a run of a key that nobody wrote',
      runsAreWell({}, ({ writes }) => writes.delete('flow/1')),
      'run r1 was started by an upload of flow/1, which nobody wrote',
    ],
    [
      'a trigger that is lost',
      runsAreWell({ jobs: jobs.slice(0, 2), runs: runs.slice(0, 1), receipts: receipts.slice(0, 3) }),
      'run r2 was acknowledged and is lost',
    ],
    [
      'a run over something else',
      runsAreWell({}, ({ triggers }) => triggers.splice(0, 1, { workflowId: 'w2', object: 'flow/1', runId: 'r2' })),
      'run r2 is over bulk/1, expected flow/1',
    ],
    [
      'a run that nobody started',
      runsAreWell({}, ({ triggers }) => triggers.splice(0)),
      '1 runs of bulk/1 were started by nobody, 0 may be',
    ],
    [
      'a node that was never started',
      runsAreWell({ runs: [run('r1', { tasks: tasksOf('r1').slice(0, 1) }), runs[1]!] }),
      'run r1 of flow/1 never started b',
    ],
    [
      'a node that was started too soon',
      runsAreWell({
        runs: [run('r1', { tasks: [{ ...tasksOf('r1')[0]!, state: 'Failed' }, tasksOf('r1')[1]!] }), runs[1]!],
      }),
      'run r1 of flow/1 started b before a had succeeded',
    ],
    [
      'a node that was started twice',
      runsAreWell({ runs: [run('r1', { tasks: [...tasksOf('r1'), tasksOf('r1')[0]!] }), runs[1]!] }),
      'run r1 of flow/1 started a node twice',
    ],
    [
      'a run that never ends',
      runsAreWell({ runs: [run('r1', { state: 'Running' }), runs[1]!] }),
      'run r1 of flow/1 is Running, which is no final state',
    ],
    [
      'a run that ended otherwise than its jobs',
      runsAreWell({ runs: [run('r1', { state: 'Failed' }), runs[1]!] }),
      'run r1 of flow/1 is Failed, from its jobs follows Success',
    ],
    [
      'a run that ended before its jobs',
      runsAreWell({
        runs: [run('r1', { tasks: [tasksOf('r1')[0]!, { ...tasksOf('r1')[1]!, state: 'Running' }] }), runs[1]!],
      }),
      'run r1 of flow/1 is Success, from its jobs follows Running',
    ],
    [
      'a task that says another state than its job',
      runsAreWell({ jobs: [jobs[0]!, cancelled, ...jobs.slice(2)] }),
      'job r1-b is Cancel, run r1 says Success',
    ],
    ['a task without a job', runsAreWell({ jobs: jobs.slice(0, 3) }), 'job r2-b is b of run r2 and does not exist'],
    [
      'a job that its run does not know',
      runsAreWell({ jobs: [...jobs, task('r1', 'a', 'flow/1', SOURCE, { id: 'j7' })] }),
      'job j7 says it is a of run r1, which does not know it',
    ],
    ['a job of no run', runsAreWell({ runs: runs.slice(0, 1) }), 'job r2-a () was submitted by nobody'],
    [
      'a job of a run that failed without a reason',
      runsAreWell({
        jobs: [task('r1', 'a', 'flow/1', SOURCE, { state: 'Failed', code: 'InternalError' }), ...jobs.slice(1)],
      }),
      'job r1-a (a of run r1) ended as Failed InternalError',
    ],
    [
      'a job that should have failed',
      runsAreWell({}, ({ kinds }) => kinds.set(SOURCE, 'wide')),
      'job r1-a (a of run r1) ended as Success Success "", expected InvalidArgument',
    ],
    [
      'a job that works on the upload and not on the result before it',
      runsAreWell({ jobs: [jobs[0]!, task('r1', 'b', 'flow/1', SOURCE), ...jobs.slice(2)] }),
      'job r1-b (b of run r1) works on flow/1, expected ran/r1/a',
    ],
    [
      'a result that is made of another than the one before it',
      runsAreWell({ jobs: [jobs[0]!, task('r1', 'b', 'ran/r1/a', SOURCE), ...jobs.slice(2)] }),
      `job r1-b names a version ${SOURCE} of ran/r1/a that nobody wrote`,
    ],
    [
      'an end that was never told',
      runsAreWell({ receipts: without('r1') }),
      'run r1 of flow/1 is Success and its event never arrived',
    ],
    [
      'an end that was told twice',
      runsAreWell({ receipts: [...receipts, finish('r1', { webhookId: 'evt_9', boot: 2 })] }),
      'run r1 has two different events',
    ],
    [
      'an end that was told in two ways',
      runsAreWell({ receipts: [...receipts, finish('r1', { body: 'another story', boot: 2 })] }),
      'the event of run r1 had two bodies',
    ],
    [
      'an end that was told where nobody asked for it',
      runsAreWell({ receipts: [...without('r1'), finish('r1', { path: '/late' })] }),
      'the event of run r1 went to the wrong receiver',
    ],
    [
      'an end that is told otherwise than it is',
      runsAreWell({ receipts: [...without('r1'), finish('r1', { state: 'Failed' })] }),
      'run r1 is Success, its event says Failed',
    ],
    [
      'an end that tells other jobs',
      runsAreWell({ receipts: [...without('r1'), finish('r1', { tasks: tasksOf('r1').slice(1) })] }),
      'its event says [{"node":"b"',
    ],
    [
      'an end that is told before that of its last job',
      runsAreWell({ receipts: [receipts[0]!, receipts[2]!, receipts[1]!, ...receipts.slice(3)] }),
      'the end of run r1 was told before that of its last job',
    ],
    [
      'an end that is told and has not come',
      runsAreWell({ runs: [run('r1', { state: 'Running' }), runs[1]!] }),
      'run r1 is Running and its end was told',
    ],
    [
      'an event that nobody asked for',
      runsAreWell({ receipts: [...receipts, finish('r1', { event: 'WorkflowStart', webhookId: 'evt_8' })] }),
      'a receiver was told of WorkflowStart r1, which does not exist',
    ],
  ])('%s is found', (_what, evidence, finding) => {
    expectFinding(evidence, finding)
  })
})

describe('batches', () => {
  const batch = (changes: Partial<BatchSeen> = {}): BatchSeen => ({
    id: 'b1',
    name: 'batch-1',
    state: 'Success',
    created: 2,
    ended: 2,
    failed: 1,
    ...changes,
  })
  const jobOf = (number: number, changes: Partial<JobSeen> = {}): JobSeen =>
    job({
      id: `j${number}`,
      tag: 'batch-1',
      input: `bulk/${number}`,
      batchId: 'b1',
      result: { ...job().result!, key: `batched/b1/${number}` },
      ...changes,
    })
  const failed = jobOf(2, { state: 'Failed', code: 'ResourceNotSupported', result: null })
  const run: RunSeen = { id: 'r1', workflowId: 'w1', object: 'bulk/1', state: 'Cancel', batchId: 'b1', tasks: [] }

  /** A batch of jobs over two objects, one of them no picture. */
  function batchIsWell(
    changes: Partial<Evidence> = {},
    change: (journal: Journal) => void = () => undefined,
  ): Evidence {
    const journal = new Journal()
    journal.noteWrite('bulk/1', { md5: SOURCE, acknowledged: true })
    journal.noteWrite('bulk/2', { md5: OUTPUT, acknowledged: true })
    journal.kinds.set(SOURCE, 'picture')
    const keys = ['bulk/1', 'bulk/2']
    journal.batches.push({ name: 'batch-1', workflowId: null, keys, callback: null, batchId: 'b1' })
    change(journal)
    const objects = [object('bulk/1', SOURCE), object('bulk/2', OUTPUT), object('batched/b1/1', OUTPUT)]
    return {
      journal,
      jobs: [jobOf(1), failed],
      runs: [],
      batches: [batch()],
      objects,
      receipts: [],
      blobs: objects.map(({ key, body }) => ({ name: key, size: 100, md5: body.md5 })),
      strays: [],
      ...changes,
    }
  }
  const isCancelled = (madeAtCancel: readonly string[]) => (journal: Journal) => {
    journal.batchCancelTried.add('b1')
    journal.madeAtCancel.set('b1', madeAtCancel)
  }
  const ofRuns = (journal: Journal) => {
    journal.batches[0] = { ...journal.batches[0]!, workflowId: 'w1' }
    isCancelled(['r0'])(journal)
  }

  test('a story without a fault has no findings', () => {
    expect(judge(batchIsWell())).toEqual([])
  })

  test('a cancelled batch may have left objects out, and its jobs may be cancelled', () => {
    const evidence = batchIsWell(
      {
        jobs: [jobOf(1), jobOf(2, { state: 'Cancel', result: null })],
        batches: [batch({ state: 'Cancel', failed: 0 })],
      },
      isCancelled(['j1', 'j2']),
    )
    expect(judge(evidence)).toEqual([])
  })

  test.each<[string, Evidence, string]>([
    ['a lost batch', batchIsWell({ batches: [] }), 'batch b1 (batch-1) was acknowledged and is lost'],
    [
      'one request that made two batches',
      batchIsWell({ batches: [batch(), batch({ id: 'b2' })] }),
      'one request (batch-1) made two batches, b1 and b2',
    ],
    [
      'a batch of nobody',
      batchIsWell({ batches: [batch(), batch({ id: 'b2', name: 'x' })] }),
      'batch b2 (x) was started by nobody',
    ],
    [
      'a batch that never ends',
      batchIsWell({ batches: [batch({ state: 'Running' })] }),
      'batch b1 is Running, expected',
    ],
    ['a batch that failed', batchIsWell({ batches: [batch({ state: 'Failed' })] }), 'batch b1 is Failed, expected'],
    [
      'a cancel by nobody',
      batchIsWell({ batches: [batch({ state: 'Cancel' })] }),
      'batch b1 is cancelled, which nobody',
    ],
    [
      'a cancel that was not carried out',
      batchIsWell({}, isCancelled(['j1', 'j2'])),
      'batch b1 is Success, its cancel was acknowledged',
    ],
    ['an object left out', batchIsWell({ jobs: [jobOf(1)] }), 'batch b1 succeeded and left bulk/2 out'],
    [
      'an object done twice',
      batchIsWell({ jobs: [jobOf(1), failed, { ...failed, id: 'j3' }] }),
      'batch b1 did bulk/2 2 times',
    ],
    [
      'an object that it is not over',
      batchIsWell({ jobs: [jobOf(1), failed, jobOf(3)] }),
      'batch b1 did bulk/3, which it is not over',
    ],
    [
      'a success with a job that has not ended',
      batchIsWell({ jobs: [jobOf(1), jobOf(2, { state: 'Running', result: null })] }),
      'batch b1 succeeded and j2 is Running',
    ],
    [
      'a job made after the cancel',
      batchIsWell({ batches: [batch({ state: 'Cancel' })] }, isCancelled(['j1'])),
      'batch b1 made 1 more after its cancel was acknowledged',
    ],
    [
      'a run made after the cancel',
      batchIsWell({ batches: [batch({ state: 'Cancel' })], runs: [run] }, ofRuns),
      'batch b1 made 1 more after its cancel was acknowledged',
    ],
    ['a wrong count', batchIsWell({ batches: [batch({ created: 3 })] }), 'batch b1 counts 3 created, there are 2'],
    ['an end that is not counted', batchIsWell({ batches: [batch({ ended: 1 })] }), 'batch b1 counts 1 ended of 2'],
    [
      'a failure that is not counted',
      batchIsWell({ batches: [batch({ failed: 0 })] }),
      'batch b1 counts 0 failed, there',
    ],
    [
      'a job that was cancelled with no batch',
      batchIsWell({ jobs: [jobOf(1), jobOf(2, { state: 'Cancel', result: null })] }),
      'job j2 is cancelled, which nobody asked for',
    ],
    [
      'an output at the wrong place',
      batchIsWell({ jobs: [jobOf(1, { result: { ...job().result!, key: 'batched/1' } }), failed] }),
      'job j1 wrote batched/1, expected batched/b1/1',
    ],
  ])('%s is found', (_what, evidence, finding) => {
    expectFinding(evidence, finding)
  })
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
