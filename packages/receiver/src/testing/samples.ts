import type { EndState, Job, Run, Task, TaskFinish, WorkflowFinish, WorkflowStart } from '../events.ts'

/** A job that went well. Ids are new each time. @param changes fields to have instead */
export function taskSucceeded(changes: Partial<Job> = {}): TaskFinish {
  return { name: 'TaskFinish', job: { ...succeededJob(), ...changes } }
}

/** A job whose picture was not there. */
export function taskFailed(changes: Partial<Job> = {}): TaskFinish {
  const failure = { state: 'Failed', code: 'ResourceNotFound', message: 'the input object does not exist' } as const
  return taskSucceeded({ ...failure, result: null, ...changes })
}

/** A job that an upload started by way of a workflow. */
export function taskOfWorkflow(changes: Partial<Job> = {}): TaskFinish {
  const { input } = succeededJob()
  const workflow = { node: 'PicProcess_small', runId: id('i'), workflowId: id('w'), workflowName: 'thumbs' }
  return taskSucceeded({ input: { ...input, headers: uploadHeaders }, workflow, ...changes })
}

/** A run of one job that went well. */
export function workflowFinished(changes: Partial<WorkflowFinish['run']> = {}): WorkflowFinish {
  return { name: 'WorkflowFinish', run: { ...run(), state: 'Success', tasks: [task('Success')], ...changes } }
}

/** A run whose one job failed. */
export function workflowFailed(changes: Partial<WorkflowFinish['run']> = {}): WorkflowFinish {
  return workflowFinished({ state: 'Failed', tasks: [task('Failed')], ...changes })
}

export function workflowStarted(changes: Partial<Run> = {}): WorkflowStart {
  return { name: 'WorkflowStart', run: { ...run(), ...changes } }
}

const uploadHeaders = [
  { key: 'Content-Type', value: 'image/png' },
  { key: 'x-cos-request-id', value: 'Njc1NGExYzJfMGEwYjBjMGRfMWYyZV8zYQ==' },
  { key: 'EventName', value: 'cos:ObjectCreated:Put' },
  { key: 'Size', value: '184320' },
]

function succeededJob(): Job {
  const now = wholeSecond()
  return {
    id: id('c'),
    state: 'Success',
    code: 'Success',
    message: '',
    tag: 'PicProcess',
    queueId: id('p'),
    createdAt: now,
    startedAt: now,
    endedAt: now,
    input: { bucket: 'album-1250000000', object: 'raw/cat.png', region: 'ap-local', headers: [] },
    output: { bucket: 'album-1250000000', object: 'thumb/cat.webp', region: 'ap-local' },
    rule: { processRule: 'imageMogr2/thumbnail/320x/format/webp', isPicInfo: true },
    template: null,
    userData: 'asset=77 & <more>',
    level: 0,
    result: {
      object: 'thumb/cat.webp',
      original: {
        etag: '"0f343b0931126a20f133d67c2b018a3b"',
        info: { averageColor: '0x8a7f6c', format: 'PNG', width: 1200, height: 900, quality: 100, orientation: 0 },
      },
      processed: { etag: '', format: 'WEBP', width: 320, height: 240, quality: 75, sizeBytes: 9120 },
    },
    workflow: null,
  }
}

function run(): Run {
  return {
    id: id('i'),
    workflowId: id('w'),
    workflowName: 'thumbs',
    state: 'Running',
    bucket: 'album-1250000000',
    object: 'raw/cat.png',
    headers: uploadHeaders,
    createdAt: wholeSecond(),
    tasks: [],
  }
}

function task(state: EndState): Task {
  const now = wholeSecond()
  const result = { object: 'thumb/cat.webp', url: 'http://album-1250000000.cos.ap-local.localhost:9000/thumb/cat.webp' }
  return {
    type: 'PicProcess',
    node: 'PicProcess_small',
    jobId: id('c'),
    state,
    createdAt: now,
    startedAt: now,
    endedAt: now,
    template: { id: id('t'), name: 'web-320' },
    results: state === 'Success' ? [result] : [],
  }
}

/** A new id as the protocol has them: a letter for the kind of thing, and 32 hexadecimal digits. */
function id(letter: string): string {
  return letter + crypto.randomUUID().replaceAll('-', '')
}

function wholeSecond(): Date {
  return new Date(Math.floor(Date.now() / 1000) * 1000)
}
