import type { JobsDetail } from '../wire/index.ts'
import { type Job, shownState } from './job.ts'

/** A job as the protocol tells of it. Formats are upper case there, ETags quoted. */
export function jobDocument(job: Job): JobsDetail {
  const { result, rule } = job
  const facts = result?.source.facts ?? null
  return {
    jobId: job.id,
    state: shownState(job),
    code: job.code,
    message: job.message,
    creationTimeMs: job.createdAt,
    startTimeMs: job.startedAt,
    endTimeMs: job.endedAt,
    queueId: job.queueId,
    input: {
      bucket: job.bucket,
      object: job.inputObject,
      region: job.region,
      cosHeaders: job.origin?.cosHeaders ?? [],
    },
    template: rule.template,
    picProcess: rule.inline,
    output: job.output,
    userData: job.userData,
    jobLevel: job.level,
    result:
      result === null
        ? null
        : {
            objectName: result.objectName,
            originalInfo: {
              etag: `"${result.source.etag}"`,
              imageInfo:
                facts === null
                  ? null
                  : {
                      ave: facts.averageColour,
                      format: facts.format.toUpperCase(),
                      height: facts.height,
                      orientation: facts.orientation,
                      quality: facts.quality,
                      width: facts.width,
                    },
            },
            processResult: {
              etag: `"${result.output.etag}"`,
              format: result.output.format.toUpperCase(),
              height: result.output.height,
              quality: result.output.quality,
              size: result.output.size,
              width: result.output.width,
            },
          },
    workflow: job.origin?.workflow ?? null,
  }
}
