import type { WireDocument } from './document.ts'
import type { JobsDetail } from './jobs-detail.ts'
import { type AnswerDetailOptions, answerDetail } from './jobs-detail-tree.ts'

/** Answer to a submit. No request id: answers about jobs have none in their body. */
export function submitAnswer(job: JobsDetail, options?: AnswerDetailOptions): WireDocument {
  return { root: 'Response', content: { JobsDetail: answerDetail(job, options) } }
}

/** Answer to a query by ids: the jobs there are, and the ids there are none for. Never an error for an unknown id. */
export function queryAnswer(
  jobs: readonly JobsDetail[],
  unknownIds: readonly string[],
  options?: AnswerDetailOptions,
): WireDocument {
  return {
    root: 'Response',
    content: {
      JobsDetail: jobs.map((job) => answerDetail(job, options)),
      NonExistJobIds: unknownIds.length === 0 ? undefined : unknownIds,
    },
  }
}

/** One page of a list. @param nextToken `null` on the last page: an empty element in XML, no key in JSON. */
export function jobListAnswer(
  jobs: readonly JobsDetail[],
  nextToken: string | null,
  options?: AnswerDetailOptions,
): WireDocument {
  return {
    root: 'Response',
    content: { JobsDetail: jobs.map((job) => answerDetail(job, options)), NextToken: nextToken ?? '' },
  }
}
