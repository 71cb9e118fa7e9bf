import type { Run, RunState, Task, TaskState } from './events.ts'
import type { Fields } from './fields.ts'
import { endStates, readTemplate, readUploadHeaders } from './read-job.ts'

export const runStates = ['Submitted', 'Running', ...endStates] as const satisfies readonly RunState[]
const taskStates = [...runStates, 'Pause'] as const satisfies readonly TaskState[]

/** `WorkflowExecution` of a `WorkflowFinish` (then `states` are the ends) or a `WorkflowStart`. */
export function readRun<State extends RunState>(
  execution: Fields,
  states: readonly State[],
): Run & { readonly state: State } {
  return {
    id: execution.requiredText('RunId'),
    workflowId: execution.text('WorkflowId'),
    workflowName: execution.text('WorkflowName'),
    state: execution.oneOf('State', states),
    bucket: execution.text('BucketId'),
    object: execution.text('Object'),
    headers: readUploadHeaders(execution),
    createdAt: execution.time('CreateTime'),
    tasks: execution.groups('Tasks').map(readTask),
  }
}

function readTask(task: Fields): Task {
  const info = task.groupOrEmpty('ResultInfo')
  return {
    type: task.text('Type'),
    node: task.text('Name'),
    jobId: task.text('JobId'),
    state: task.oneOf('State', taskStates),
    // The official table spells it with a small t, the official samples with a capital.
    createdAt: task.time('CreateTime') ?? task.time('Createtime'),
    startedAt: task.time('StartTime'),
    endedAt: task.time('EndTime'),
    template: readTemplate(task),
    results: info
      .groups('ObjectInfo')
      .map((one) => ({ object: one.writtenKey('ObjectName'), url: one.text('ObjectUrl') })),
  }
}
