import type { Failure, FailureCode } from '../base/index.ts'

/**
 * The protocol's code for a job that failed so. What is not here is something the client can do nothing about and
 * learns nothing from: `InternalError`.
 *
 * @source the string codes of the CI error page; which cause has which code is our choice, no failed sample is published
 */
export const jobCodes: Partial<Record<FailureCode, string>> = {
  ObjectNotFound: 'ResourceNotFound',
  BucketNotFound: 'ResourceNotFound',
  StorageUnavailable: 'ResourceDownloadFailed',
  StorageFull: 'ResourceDownloadFailed',
  TemplateNotFound: 'ResourceNotFound',
  WorkflowNotFound: 'ResourceNotFound',
  ServiceNotOpen: 'MediaBucketUnBinded',
  ListUnreadable: 'InvalidArgument',
  PictureNotSupported: 'ResourceNotSupported',
  PictureBroken: 'ResourceNotSupported',
  PictureBrokeEngine: 'ResourceNotSupported',
  PictureOverLimit: 'InvalidArgument',
  SourceTooLarge: 'InvalidArgument',
  DeadlinePassed: 'InvalidArgument',
  StyleNotFound: 'InvalidArgument',
  RuleInvalid: 'InvalidArgument',
  RuleNotApplicable: 'InvalidArgument',
  OperationNotOffered: 'InvalidArgument',
  InvalidArgument: 'InvalidArgument',
  KeyInvalid: 'InvalidArgument',
  KeyTooLong: 'InvalidArgument',
  OutputDenied: 'WriteTargetBucketDenied',
}

/** `Code` and `Message` of a job that ended with this failure. The unforeseen shows nothing of itself. */
export function failedJob(failure: Failure): {
  readonly state: 'Failed'
  readonly code: string
  readonly message: string
} {
  const code = jobCodes[failure.code]
  if (code === undefined)
    return { state: 'Failed', code: 'InternalError', message: 'We encountered an internal error.' }
  return { state: 'Failed', code, message: failure.message }
}
