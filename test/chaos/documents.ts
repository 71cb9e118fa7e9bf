import type { XmlElement } from '../../src/wire/index.ts'
import { find, textAt } from '../support/house.ts'
import type { BatchSeen, JobSeen, RunSeen } from './evidence.ts'

/** A `JobsDetail` of a job. */
export function jobIn(detail: XmlElement, document: string): JobSeen {
  const told = find(detail, 'Operation/PicProcessResult')
  const workflow = find(detail, 'Workflow')
  return {
    id: textAt(detail, 'JobId'),
    tag: find(detail, 'Operation/UserData')?.text ?? '',
    state: textAt(detail, 'State'),
    code: textAt(detail, 'Code'),
    message: textAt(detail, 'Message'),
    input: textAt(detail, 'Input/Object'),
    endTime: textAt(detail, 'EndTime'),
    run: workflow === undefined ? null : { id: textAt(workflow, 'RunId'), node: textAt(workflow, 'Name') },
    batchId: null,
    document,
    result:
      told === undefined
        ? null
        : {
            key: textAt(told, 'ObjectName'),
            size: Number(textAt(told, 'ProcessResult/Size')),
            width: Number(textAt(told, 'ProcessResult/Width')),
            height: Number(textAt(told, 'ProcessResult/Height')),
            sourceEtag: textAt(told, 'OriginalInfo/Etag').replaceAll('"', ''),
          },
  }
}

/** The runs of an answer: the list of them names no tasks. */
export function runsIn(document: XmlElement): RunSeen[] {
  return document.children
    .filter(({ name }) => name === 'WorkflowExecution')
    .map((run) => ({
      id: textAt(run, 'RunId'),
      workflowId: textAt(run, 'WorkflowId'),
      object: textAt(run, 'Object'),
      state: textAt(run, 'State'),
      batchId: null,
      tasks: run.children
        .filter(({ name }) => name === 'Tasks')
        .map((task) => ({
          node: textAt(task, 'Name'),
          jobId: textAt(task, 'JobId'),
          state: textAt(task, 'State'),
        })),
    }))
}

/** A `JobsDetail` of a batch. */
export function batchIn(detail: XmlElement): BatchSeen {
  const count = (name: string) => Number(textAt(detail, `Counts/${name}`))
  return {
    id: textAt(detail, 'JobId'),
    name: textAt(detail, 'Name'),
    state: textAt(detail, 'State'),
    created: count('Created'),
    ended: count('Ended'),
    failed: count('Failed'),
  }
}
