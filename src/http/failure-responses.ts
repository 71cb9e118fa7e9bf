import type { FailureCode } from '../base/index.ts'
import type { Surface } from './addressing.ts'

export interface FailureResponse {
  readonly status: number
  /** The protocol's word, as it stands in `Error/Code`. */
  readonly code: string
}

const response = (status: number, code: string): FailureResponse => ({ status, code })

/**
 * What each failure is on the wire. A code of ours without a line here does not compile.
 *
 * The two surfaces have their own words. SDKs repeat whatever is 5xx, so a permanent refusal is 4xx; the one exception
 * is 501 for parts of the object protocol that are not offered, which every storage client understands. Clock problems
 * are answered alike on both: two SDKs set their clock by `RequestTimeTooSkewed` and by `AccessDenied` with the text
 * "Request has expired", and by nothing else.
 */
export const failureResponses = {
  InvalidArgument: { object: response(400, 'InvalidArgument'), ci: response(400, 'InvalidArgument') },
  MissingContent: { object: response(400, 'MissingRequestBodyError'), ci: response(400, 'MissingContent') },
  InvalidContent: { object: response(400, 'MalformedXML'), ci: response(400, 'InvalidContent') },
  ContentTooLarge: { object: response(413, 'EntityTooLarge'), ci: response(413, 'InvalidContent') },
  MissingContentLength: { object: response(411, 'MissingContentLength'), ci: response(411, 'MissingContentLength') },
  InvalidHost: { object: response(400, 'InvalidHost'), ci: response(400, 'InvalidHost') },
  InvalidUri: { object: response(400, 'InvalidURI'), ci: response(400, 'InvalidURI') },
  UnknownRoute: { object: response(404, 'InvalidUrl'), ci: response(404, 'InvalidUrl') },
  MethodNotAllowed: { object: response(405, 'MethodNotAllowed'), ci: response(404, 'InvalidUrl') },
  NotOffered: { object: response(501, 'NotImplemented'), ci: response(400, 'InvalidArgument') },

  MissingAuthorization: { object: response(403, 'AccessDenied'), ci: response(401, 'MissingAuthorization') },
  InvalidAuthorization: { object: response(403, 'AccessDenied'), ci: response(401, 'InvalidAuthorization') },
  UnknownKey: { object: response(403, 'InvalidAccessKeyId'), ci: response(401, 'SecretidNotExist') },
  SignatureMismatch: { object: response(403, 'SignatureDoesNotMatch'), ci: response(403, 'SignatureDoesNotMatch') },
  RequestExpired: { object: response(403, 'AccessDenied'), ci: response(403, 'AccessDenied') },
  RequestTimeTooSkewed: { object: response(403, 'RequestTimeTooSkewed'), ci: response(403, 'RequestTimeTooSkewed') },
  AccessDenied: { object: response(403, 'AccessDenied'), ci: response(403, 'AccessDenied') },
  SecurityTokenExpired: { object: response(400, 'ExpiredToken'), ci: response(400, 'ExpiredToken') },
  TokenRefused: { object: response(401, 'InvalidAuthorization'), ci: response(401, 'InvalidAuthorization') },
  KeyNotFound: { object: response(404, 'ResourceNotFound'), ci: response(404, 'ResourceNotFound') },
  KeyTaken: { object: response(409, 'KeyTaken'), ci: response(400, 'InvalidArgument') },

  BucketNotFound: { object: response(404, 'NoSuchBucket'), ci: response(400, 'InvalidHost') },
  BucketAlreadyOwned: { object: response(409, 'BucketAlreadyOwnedByYou'), ci: response(403, 'BucketAlreadyBinded') },
  BucketNameInvalid: { object: response(400, 'InvalidBucketName'), ci: response(400, 'InvalidArgument') },
  BucketNotEmpty: { object: response(409, 'BucketNotEmpty'), ci: response(400, 'InvalidArgument') },
  ObjectNotFound: { object: response(404, 'NoSuchKey'), ci: response(400, 'ResourceNotFound') },
  KeyInvalid: { object: response(400, 'InvalidObjectName'), ci: response(400, 'InvalidArgument') },
  KeyTooLong: { object: response(400, 'KeyTooLong'), ci: response(400, 'InvalidArgument') },
  DigestInvalid: { object: response(400, 'InvalidDigest'), ci: response(400, 'InvalidContent') },
  DigestMismatch: { object: response(400, 'BadDigest'), ci: response(400, 'InvalidContent') },
  BodyIncomplete: { object: response(400, 'IncompleteBody'), ci: response(400, 'InvalidContent') },
  ObjectTooLarge: { object: response(400, 'EntityTooLarge'), ci: response(400, 'InvalidContent') },
  PreconditionFailed: { object: response(412, 'PreconditionFailed'), ci: response(412, 'PreconditionFailed') },
  ObjectExists: { object: response(409, 'PathConflict'), ci: response(400, 'InvalidArgument') },
  CopySourceInvalid: { object: response(400, 'InvalidCopySource'), ci: response(400, 'InvalidArgument') },
  UploadNotFound: { object: response(404, 'NoSuchUpload'), ci: response(404, 'ResourceNotFound') },
  PartInvalid: { object: response(400, 'InvalidPart'), ci: response(400, 'InvalidArgument') },
  PartOrderInvalid: { object: response(400, 'InvalidPartOrder'), ci: response(400, 'InvalidArgument') },
  PartTooSmall: { object: response(400, 'EntityTooSmall'), ci: response(400, 'InvalidArgument') },
  CorsNotSet: { object: response(404, 'NoSuchCORSConfiguration'), ci: response(404, 'ResourceNotFound') },
  CorsForbidden: { object: response(403, 'AccessForbidden'), ci: response(403, 'AccessForbidden') },
  RangeInvalid: { object: response(416, 'InvalidRange'), ci: response(400, 'InvalidArgument') },

  JobNotFound: { object: response(404, 'ResourceNotFound'), ci: response(404, 'ResourceNotFound') },
  JobNotCancellable: { object: response(400, 'InvalidArgument'), ci: response(400, 'InvalidArgument') },
  JobNotEnded: { object: response(409, 'InvalidArgument'), ci: response(400, 'InvalidArgument') },
  QueueNotFound: { object: response(404, 'ResourceNotFound'), ci: response(404, 'ResourceNotFound') },
  QueueFull: { object: response(403, 'QueueSaturated'), ci: response(403, 'QueueSaturated') },
  QueueLimitReached: { object: response(400, 'QueueNumLimit'), ci: response(400, 'QueueNumLimit') },
  QueuePaused: { object: response(403, 'QueuePaused'), ci: response(403, 'QueuePaused') },
  ServiceOpen: { object: response(403, 'MediaBucketAlreadyBinded'), ci: response(403, 'MediaBucketAlreadyBinded') },
  ServiceNotOpen: { object: response(403, 'MediaBucketUnBinded'), ci: response(403, 'MediaBucketUnBinded') },
  TemplateNotFound: { object: response(404, 'ResourceNotFound'), ci: response(404, 'ResourceNotFound') },
  TemplateLimitReached: {
    object: response(400, 'CreatedTemplateNumLimit'),
    ci: response(400, 'CreatedTemplateNumLimit'),
  },
  TemplateNameTaken: { object: response(400, 'TemplateNameDuplicate'), ci: response(400, 'TemplateNameDuplicate') },

  CursorExpired: { object: response(410, 'CursorExpired'), ci: response(410, 'CursorExpired') },

  WorkflowNotFound: { object: response(404, 'ResourceNotFound'), ci: response(404, 'ResourceNotFound') },
  WorkflowActive: {
    object: response(403, 'ActiveWorkflowForbiddenUpdate'),
    ci: response(403, 'ActiveWorkflowForbiddenUpdate'),
  },
  // The protocol spells it so.
  WorkflowLimitReached: { object: response(400, 'WorkFlowNumLimit'), ci: response(400, 'WorkFlowNumLimit') },
  RunNotFound: { object: response(404, 'ResourceNotFound'), ci: response(404, 'ResourceNotFound') },
  BatchNotFound: { object: response(404, 'ResourceNotFound'), ci: response(404, 'ResourceNotFound') },
  BatchNotCancellable: { object: response(400, 'InvalidArgument'), ci: response(400, 'InvalidArgument') },
  ListUnreadable: { object: response(400, 'InvalidArgument'), ci: response(400, 'InvalidArgument') },

  DeliveryNotFound: { object: response(404, 'ResourceNotFound'), ci: response(404, 'ResourceNotFound') },
  DeliveryNotResendable: { object: response(409, 'InvalidArgument'), ci: response(409, 'InvalidArgument') },
  DeliveryNotCancellable: { object: response(409, 'InvalidArgument'), ci: response(409, 'InvalidArgument') },
  ReceiverNotFound: { object: response(404, 'ResourceNotFound'), ci: response(404, 'ResourceNotFound') },
  StyleNotFound: { object: response(400, 'InvalidArgument'), ci: response(400, 'InvalidArgument') },
  StyleLimitReached: { object: response(400, 'InvalidArgument'), ci: response(400, 'InvalidArgument') },
  OriginProtected: { object: response(403, 'AccessDenied'), ci: response(403, 'AccessDenied') },
  PicOperationsInvalid: { object: response(400, 'InvalidPicOperations'), ci: response(400, 'InvalidArgument') },

  RuleInvalid: { object: response(400, 'InvalidArgument'), ci: response(400, 'InvalidArgument') },
  OperationNotOffered: { object: response(501, 'NotImplemented'), ci: response(400, 'InvalidArgument') },
  PictureNotSupported: { object: response(400, 'InvalidImageFormat'), ci: response(400, 'ResourceNotSupported') },
  PictureBroken: { object: response(400, 'InvalidImageSource'), ci: response(400, 'ResourceNotSupported') },
  PictureOverLimit: { object: response(400, 'ImageResolutionExceed'), ci: response(400, 'InvalidArgument') },
  SourceTooLarge: { object: response(400, 'ImageTooLarge'), ci: response(400, 'InvalidArgument') },
  RuleNotApplicable: { object: response(400, 'InvalidArgument'), ci: response(400, 'InvalidArgument') },
  PictureBrokeEngine: { object: response(400, 'InvalidImageSource'), ci: response(400, 'ResourceNotSupported') },
  DeadlinePassed: { object: response(400, 'InvalidArgument'), ci: response(400, 'InvalidArgument') },
  EnginesBusy: { object: response(503, 'SlowDown'), ci: response(503, 'SlowDown') },

  StorageUnavailable: { object: response(503, 'ServiceUnavailable'), ci: response(503, 'ServiceUnavailable') },
  StorageFull: { object: response(503, 'ServiceUnavailable'), ci: response(503, 'ServiceUnavailable') },
  OutputDenied: { object: response(403, 'AccessDenied'), ci: response(400, 'WriteTargetBucketDenied') },
  ServerStopping: { object: response(503, 'ServiceUnavailable'), ci: response(503, 'ServiceUnavailable') },
  SlowDown: { object: response(503, 'SlowDown'), ci: response(429, 'SlowDown') },
  InternalError: { object: response(500, 'InternalError'), ci: response(500, 'InternalError') },
} as const satisfies Record<FailureCode, Record<Surface, FailureResponse>>
