import type { RunSummary, ToldRun } from '../../wire/index.ts'
import { nodeStates } from './node-states.ts'

const time = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())

/** A run of a list, for `--json`. */
export function summaryJson({ runId, workflowId, object, state, createTimeMs }: RunSummary) {
  return { runId, workflowId, object, state, createTime: time(createTimeMs) }
}

/** A run in all its parts, for `--json`. What there is not yet is `null`. */
export function runJson(run: ToldRun) {
  return {
    ...summaryJson(run),
    workflowName: run.workflowName,
    nodes: nodeStates(run).map(({ name, after, state, task }) => ({
      name,
      after,
      state,
      jobId: task?.jobId ?? null,
      createTime: time(task?.createTimeMs ?? null),
      startTime: time(task?.startTimeMs ?? null),
      endTime: time(task?.endTimeMs ?? null),
      code: task?.code ?? null,
      message: task?.message ?? null,
      output: task?.result?.objectName ?? null,
      outputUrl: task?.result?.objectUrl ?? null,
    })),
  }
}
