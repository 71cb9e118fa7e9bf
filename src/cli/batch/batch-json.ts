import type { ToldBatch } from '../../wire/index.ts'

const time = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())

/** A batch for `--json`. What is not known yet is `null`. */
export function batchJson(batch: ToldBatch) {
  const { job, timeInterval } = batch
  return {
    batchId: batch.batchId,
    name: batch.name,
    type: batch.type,
    state: batch.state,
    code: batch.code,
    message: batch.message,
    createTime: time(batch.createTimeMs),
    startTime: time(batch.startTimeMs),
    endTime: time(batch.endTimeMs),
    progress: batch.progress,
    counts: batch.counts,
    failures: batch.failures,
    input: batch.input,
    from: time(timeInterval.startMs),
    until: time(timeInterval.endMs),
    workflowIds: batch.workflowIds,
    job:
      job === null
        ? null
        : {
            template: job.templateId,
            rule: job.inline?.processRule ?? null,
            output: job.output,
            queue: job.queueId,
            level: job.level,
            userData: job.userData,
          },
  }
}
