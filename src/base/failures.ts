/**
 * Everything that can go wrong, in one table. A failure says what happened in our own words; only `http/` knows which
 * status that is, and only `jobs/` which code a failed job carries for it.
 *
 * `retryable`: doing the same thing again later may succeed without anybody changing the request.
 * `says`: what it means, for the reference page (docs/reference/failures.md).
 */
export const failures = {
  // The request itself
  InvalidArgument: {
    retryable: false,
    says: 'A field or parameter has a value that is not allowed; the message names it.',
  },
  MissingContent: { retryable: false, says: 'The request needs a body and has none.' },
  InvalidContent: {
    retryable: false,
    says: 'The body cannot be read: not well-formed, wrong root, or not what its checksum says.',
  },
  ContentTooLarge: { retryable: false, says: 'The body of an API call is larger than allowed.' },
  MissingContentLength: { retryable: false, says: 'The request has neither a Content-Length nor a chunked body.' },
  InvalidHost: { retryable: false, says: 'The host of the request names no bucket of this server.' },
  InvalidUri: { retryable: false, says: 'The request target cannot be decoded.' },
  UnknownRoute: { retryable: false, says: 'There is nothing at this address.' },
  MethodNotAllowed: { retryable: false, says: 'This address exists, but not with this method or sub-resource.' },
  NotOffered: {
    retryable: false,
    says: 'An operation of the protocol that this server does not carry out; the message names it.',
  },

  // Who asks
  MissingAuthorization: { retryable: false, says: 'The request is not signed.' },
  InvalidAuthorization: {
    retryable: false,
    says: 'The signature of the request cannot be read; the message names the field.',
  },
  UnknownKey: { retryable: false, says: 'No key pair has the SecretId of this request.' },
  SignatureMismatch: { retryable: false, says: 'The signature is not the one this request should have.' },
  RequestExpired: { retryable: false, says: 'The signature is no longer valid.' },
  RequestTimeTooSkewed: {
    retryable: false,
    says: 'The signature starts more than 15 minutes in the future: one of the two clocks is wrong.',
  },
  AccessDenied: { retryable: false, says: 'The key is known, but may not do this.' },
  SecurityTokenExpired: { retryable: false, says: 'The security token of a temporary key has expired.' },
  TokenRefused: { retryable: false, says: 'The bearer token is none that this server knows.' },
  KeyNotFound: { retryable: false, says: 'There is no key or token with this id.' },
  KeyTaken: { retryable: false, says: 'There is a key with this id already.' },

  // Buckets and objects
  BucketNotFound: { retryable: false, says: 'The bucket does not exist.' },
  BucketAlreadyOwned: { retryable: false, says: 'The bucket exists already and is yours.' },
  BucketNameInvalid: { retryable: false, says: 'The bucket name is not of the form name-appid.' },
  BucketNotEmpty: {
    retryable: false,
    says: 'The bucket has objects, unfinished uploads, or jobs that have not ended; the message says which.',
  },
  ObjectNotFound: { retryable: false, says: 'There is no object with this key.' },
  KeyInvalid: { retryable: false, says: 'The object key holds something that is not allowed.' },
  KeyTooLong: { retryable: false, says: 'The object key is longer than 850 bytes.' },
  DigestInvalid: { retryable: false, says: 'Content-MD5 is not the Base64 form of 16 bytes.' },
  DigestMismatch: { retryable: false, says: 'The bytes received are not those that Content-MD5 speaks of.' },
  BodyIncomplete: { retryable: false, says: 'The connection ended before Content-Length bytes had come.' },
  ObjectTooLarge: { retryable: false, says: 'The object is larger than a single upload may be.' },
  PreconditionFailed: {
    retryable: false,
    says: 'A condition of the request (If-Match, If-Unmodified-Since) does not hold.',
  },
  ObjectExists: {
    retryable: false,
    says: 'There is an object with this key, and the request forbids overwriting it (x-cos-forbid-overwrite).',
  },
  CopySourceInvalid: { retryable: false, says: 'x-cos-copy-source does not name a bucket and a key.' },
  UploadNotFound: { retryable: false, says: 'There is no multipart upload with this id under this key.' },
  PartInvalid: {
    retryable: false,
    says: 'A part named by the completion was not uploaded, or is not the one with this ETag.',
  },
  PartOrderInvalid: { retryable: false, says: 'The parts of the completion are not in ascending order.' },
  PartTooSmall: { retryable: false, says: 'A part that is not the last one is smaller than parts must be.' },
  CorsNotSet: { retryable: false, says: 'The bucket has no CORS rules.' },
  CorsForbidden: { retryable: false, says: 'No CORS rule allows this request of another origin.' },
  RangeInvalid: { retryable: false, says: 'The range starts behind the end of the object.' },

  // Jobs, queues, templates
  JobNotFound: { retryable: false, says: 'There is no job with this id in this bucket.' },
  JobNotCancellable: { retryable: false, says: 'The job runs already or has ended.' },
  JobNotEnded: { retryable: false, says: 'The job has not ended yet; only then it can be done again.' },
  QueueNotFound: { retryable: false, says: 'There is no queue with this id in this bucket.' },
  QueueFull: { retryable: true, says: 'As many jobs wait in the queue as it may hold.' },
  QueueLimitReached: { retryable: false, says: 'The bucket has as many queues as it may have.' },
  QueuePaused: { retryable: true, says: 'The queue is paused, and this server takes no jobs for it meanwhile.' },
  ServiceNotOpen: { retryable: false, says: 'The image service is not open for this bucket.' },
  ServiceOpen: { retryable: false, says: 'The image service is open for this bucket already.' },
  TemplateNotFound: { retryable: false, says: 'There is no template with this id in this bucket.' },
  TemplateLimitReached: { retryable: false, says: 'The bucket has as many templates as it may have.' },
  TemplateNameTaken: { retryable: false, says: 'Another template of this bucket has this name.' },

  // Callbacks and events
  CursorExpired: {
    retryable: false,
    says: 'The cursor cannot be gone on from without missing events: some behind it were removed, or it is of another ledger.',
  },

  // Workflows, runs, batches
  WorkflowNotFound: { retryable: false, says: 'There is no workflow with this id in this bucket.' },
  WorkflowActive: { retryable: false, says: 'An active workflow cannot be changed or deleted; pause it first.' },
  WorkflowLimitReached: { retryable: false, says: 'The bucket has as many workflows as it may have.' },
  RunNotFound: { retryable: false, says: 'There is no run with this id in this bucket.' },
  BatchNotFound: { retryable: false, says: 'There is no batch job with this id in this bucket.' },
  BatchNotCancellable: { retryable: false, says: 'The batch job has ended.' },
  ListUnreadable: {
    retryable: false,
    says: 'The file that lists the objects of a batch job cannot be read: missing, broken, or not what it says it is.',
  },

  // Callbacks
  DeliveryNotFound: { retryable: false, says: 'There is no delivery with this id.' },
  DeliveryNotResendable: {
    retryable: false,
    says: 'The delivery is being sent right now, its body is no longer kept, or its receiver is switched off; the message says which.',
  },
  DeliveryNotCancellable: { retryable: false, says: 'The delivery has arrived, or is being sent right now.' },
  ReceiverNotFound: { retryable: false, says: 'There is no receiver with this id.' },
  // Styles and stored processing
  StyleNotFound: { retryable: false, says: 'The bucket has no style of this name.' },
  StyleLimitReached: { retryable: false, says: 'The bucket has as many styles as it may have.' },
  OriginProtected: { retryable: false, says: 'The bucket gives pictures in its styles only, not as they are stored.' },
  PicOperationsInvalid: {
    retryable: false,
    says: 'What is to be made of a picture when it is stored cannot be read; the message names the field.',
  },

  // Pictures
  RuleInvalid: {
    retryable: false,
    says: 'The rule cannot be read; the message names the stage, the parameter and the value.',
  },
  OperationNotOffered: {
    retryable: false,
    says: 'The rule names an operation that this server knows and does not carry out.',
  },
  PictureNotSupported: {
    retryable: false,
    says: 'The source is not a picture, or is of a kind that this server cannot read.',
  },
  PictureBroken: {
    retryable: false,
    says: 'The source begins like a picture and cannot be decoded; the message says what its decoder found.',
  },
  PictureOverLimit: {
    retryable: false,
    says: 'The picture or its result is larger than the limits allow; the message names the limit.',
  },
  SourceTooLarge: {
    retryable: false,
    says: 'The source has more bytes than a picture may have; the message names the limit.',
  },
  RuleNotApplicable: { retryable: false, says: 'The rule is right, but cannot be applied to this picture.' },
  PictureBrokeEngine: { retryable: false, says: 'The picture took its engine process down while it was alone in it.' },
  DeadlinePassed: { retryable: false, says: 'The work took longer than allowed.' },
  EnginesBusy: { retryable: true, says: 'The line in front of the engines is full.' },

  // The house
  StorageUnavailable: { retryable: true, says: 'The object store did not answer.' },
  StorageFull: { retryable: true, says: 'There is no room left on the disk.' },
  OutputDenied: { retryable: false, says: 'The result may not be written to its bucket.' },
  ServerStopping: { retryable: true, says: 'The server is stopping.' },
  SlowDown: { retryable: true, says: 'Too many requests at once.' },
  InternalError: {
    retryable: false,
    says: 'Something unforeseen happened; the log has the details under the request id.',
  },
} as const satisfies Record<string, { retryable: boolean; says: string }>

export type FailureCode = keyof typeof failures

/**
 * An expected failure. `message` may be read by strangers and names the thing, the value and what was expected;
 * `cause` is for the log only.
 */
export class Failure extends Error {
  readonly code: FailureCode
  /** Facts that somebody may need to answer well, for instance the current size for an invalid range. */
  readonly details: Readonly<Record<string, string | number>>

  constructor(
    code: FailureCode,
    message: string = failures[code].says,
    options: { cause?: unknown; details?: Record<string, string | number> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Failure'
    this.code = code
    this.details = Object.freeze({ ...options.details })
  }

  get retryable(): boolean {
    return failures[this.code].retryable
  }
}

/** Anything thrown, as a `Failure`: unknown errors become `InternalError` and keep themselves as `cause`. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (hasErrno(error, 'ENOSPC') || hasErrno(error, 'EDQUOT')) {
    return new Failure('StorageFull', undefined, { cause: error })
  }
  return new Failure('InternalError', undefined, { cause: error })
}

/** Whether an error carries this system error code (`ENOENT`, `ENOSPC` …). */
export function hasErrno(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code
}
