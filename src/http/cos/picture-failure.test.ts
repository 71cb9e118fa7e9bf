import { expect, test } from 'vitest'
import { Failure, type FailureCode } from '../../base/index.ts'
import { pictureFailure } from './picture-failure.ts'

/** The numbers that programs written for the original tell failures apart by, as its pages have them. */
test.each<[FailureCode, number]>([
  ['StyleNotFound', -105],
  ['RuleInvalid', -106],
  ['RuleNotApplicable', -106],
  ['OriginProtected', -154],
  ['SourceTooLarge', -167],
  ['PictureNotSupported', -441],
  ['PictureBroken', -441],
  ['PictureBrokeEngine', -441],
  ['OperationNotOffered', -443],
  ['PictureOverLimit', -447],
  ['DeadlinePassed', -901],
  ['ObjectNotFound', -6101],
  ['EnginesBusy', -29214],
  ['RangeInvalid', -29034],
])('%s has the number %d beside what it says', (code, errNo) => {
  const failure = pictureFailure(new Failure(code, 'What it says.', { details: { value: 7 } }))
  expect(failure).toMatchObject({ code, message: 'What it says.', details: { value: 7, errNo } })
})

test('a result that would be too large has another number than a source that is', () => {
  const failure = pictureFailure(new Failure('PictureOverLimit', 'Too large.', { details: { of: 'result' } }))
  expect(failure.details).toEqual({ of: 'result', errNo: -442 })
})

test('what the protocol has no number for stays as it is', () => {
  const failure = new Failure('StorageUnavailable', 'Away.')
  expect(pictureFailure(failure)).toBe(failure)
})
