import type { DocumentFormat, WireDocument } from './document.ts'
import type { JobsDetail } from './jobs-detail.ts'
import { type CallbackDetailOptions, callbackDetail } from './jobs-detail-tree.ts'
import { writeDocument } from './write-document.ts'

export interface TaskFinishOptions extends CallbackDetailOptions {
  readonly format: DocumentFormat
}

/** The notification that a job has ended, in its final bytes (as UTF-8 text). */
export function renderTaskFinish(detail: JobsDetail, options: TaskFinishOptions): string {
  return writeDocument(taskFinish(detail, options), options.format)
}

export function taskFinish(detail: JobsDetail, options: CallbackDetailOptions): WireDocument {
  const job = callbackDetail(detail, options)
  return {
    root: 'Response',
    content: { EventName: 'TaskFinish', JobsDetail: options.profile === '2023' ? job : [job] },
    keepsEmptyLeaves: options.profile === 'live',
  }
}
