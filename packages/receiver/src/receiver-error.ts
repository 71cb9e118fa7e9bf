/**
 * Everything that can go wrong here, and what the ready-made handlers answer then. A sender that is answered anything but
 * 2xx tries again later, so nothing is lost by a refusal that was a mistake: mend the receiver and the event comes back.
 */
export const errorCodes = {
  /** An option of yours is not usable. Thrown when a handler is made, before any request. */
  InvalidOption: { status: 500 },
  /** Callbacks are sent with POST. */
  MethodNotAllowed: { status: 405 },
  /** The body is larger than `maxBodyBytes`. */
  BodyTooLarge: { status: 413 },
  /** Something in front of the handler has read the body and kept only what it made of it: it cannot be verified. */
  BodyAlreadyRead: { status: 500 },
  /** `webhook-id`, `webhook-timestamp` or `webhook-signature` is missing, or no signature is of a known version. */
  NotSigned: { status: 401 },
  /** `webhook-timestamp` is no time, or too far from now: the request is old, or a clock is wrong. */
  TimestampNotAccepted: { status: 401 },
  /** Signed with another secret, or changed on the way. */
  WrongSignature: { status: 401 },
  /** The body is neither well-formed XML nor JSON in UTF-8. */
  NotReadable: { status: 400 },
  /** The body is a document, but none of the three events. */
  UnknownEvent: { status: 400 },
  /** A field of the event is missing or is not what the protocol has there. */
  UnexpectedField: { status: 400 },
  /** Events behind the cursor are kept no longer, or it is of another ledger. */
  CursorExpired: { status: 500 },
  /** The server does not give its events to this token. */
  FeedRefused: { status: 500 },
  /** The server did not give its events in time. */
  FeedUnreachable: { status: 500 },
} as const satisfies Record<string, { readonly status: number }>

export type ErrorCode = keyof typeof errorCodes

/**
 * The one error of this package. Tell them apart by `code`: the package can be loaded twice (as ES module and as
 * CommonJS), and then `instanceof` knows only one of the two classes.
 */
export class ReceiverError extends Error {
  override readonly name = 'ReceiverError'
  readonly code: ErrorCode
  /** What to answer to the sender. */
  readonly status: number

  constructor(code: ErrorCode, message: string) {
    super(message)
    this.code = code
    this.status = errorCodes[code].status
  }
}

/**
 * A value of somebody else's for a message: quoted, on one line, and cut short.
 *
 * @internal
 */
export function said(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}
