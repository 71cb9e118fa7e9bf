import { asFailure, Failure, type FailureCode } from '../../base/index.ts'

/**
 * What the protocol's own number of a failure is when a picture is asked for, in the header `X-ErrNo`. Programs written
 * for the original tell failures apart by it.
 *
 * @source "Download errors" of the error codes of Cloud Infinite
 */
const numberOf: Partial<Record<FailureCode, number>> = {
  StyleNotFound: -105,
  StyleLimitReached: -60957,
  OriginProtected: -154,
  RuleInvalid: -106,
  RuleNotApplicable: -106,
  OperationNotOffered: -443,
  PictureNotSupported: -441,
  PictureBroken: -441,
  PictureBrokeEngine: -441,
  PictureOverLimit: -447,
  SourceTooLarge: -167,
  DeadlinePassed: -901,
  EnginesBusy: -29214,
  ObjectNotFound: -6101,
  RangeInvalid: -29034,
}

/** Of a result that would be too large; a source that is has another number. */
const RESULT_TOO_LARGE = -442

/** The same failure, with its number. */
export function pictureFailure(error: unknown): Failure {
  const failure = asFailure(error)
  const isOfResult = failure.code === 'PictureOverLimit' && failure.details.of === 'result'
  const errNo = isOfResult ? RESULT_TOO_LARGE : numberOf[failure.code]
  if (errNo === undefined) return failure
  return new Failure(failure.code, failure.message, { cause: failure.cause, details: { ...failure.details, errNo } })
}
