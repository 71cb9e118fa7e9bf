/**
 * Something that a command could not do, in words for whoever typed it. Ends the process with 1.
 *
 * `code` and `details` are for programs (`--json`): the code is the protocol's own word when the server refused, else
 * one of ours.
 */
export class ClientFailure extends Error {
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    code: ClientFailureCode | (string & {}),
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'ClientFailure'
    this.code = code
    this.details = options.details ?? {}
  }
}

/** What goes wrong on this side of the connection. */
export type ClientFailureCode =
  | 'ServerNotFound'
  | 'NotPixmill'
  | 'KeyPairNotFound'
  | 'KeyPairRefused'
  | 'TokenRefused'
  | 'CertificatesNotFound'
  | 'BucketNotFound'
  | 'BucketNotNamed'

/** The command was not written as it should be. Ends the process with 2. */
export class UsageFailure extends ClientFailure {
  constructor(message: string) {
    super('Usage', message)
    this.name = 'UsageFailure'
  }
}
