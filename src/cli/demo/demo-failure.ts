/** Something went wrong in the demo, in words that whoever typed the command can act on. */
export class DemoFailure extends Error {
  /** What the process ends with. */
  readonly exitCode: number

  constructor(message: string, options: { cause?: unknown; exitCode?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'DemoFailure'
    this.exitCode = options.exitCode ?? 1
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
