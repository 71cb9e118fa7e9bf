import { Failure } from '../base/index.ts'
import { ClientFailure, UsageFailure } from './server-client/index.ts'

/**
 * Does the work of a command; what goes wrong is told on standard error, or as JSON on standard output, and decides the
 * exit code: 1, or 2 when the command was not written as it should be.
 *
 * @param command as it was typed, for the message: `workflows list`
 * @param work gives the exit code
 */
export async function carryOut(
  command: string,
  { json = false }: { readonly json?: boolean },
  work: () => Promise<number>,
): Promise<void> {
  process.exitCode = await work().catch((error: unknown) => tellFailure(command, error, json))
}

/** Gives the exit code. */
function tellFailure(command: string, error: unknown, asJson: boolean): number {
  const { code, message, details } = factsOf(error)
  if (asJson) process.stdout.write(`${JSON.stringify({ error: code, message, ...details })}\n`)
  else process.stderr.write(`pixmill ${command} failed.\n${message}\n`)
  return error instanceof UsageFailure ? 2 : 1
}

/** Our own words, or the system's (no such file, no room); else everything there is. */
function factsOf(error: unknown): { code: string; message: string; details?: Readonly<Record<string, unknown>> } {
  if (error instanceof ClientFailure) return error
  if (error instanceof Failure && (error.code !== 'InternalError' || error.cause === undefined)) {
    return { code: error.code, message: error.message }
  }
  const { code = 'InternalError', message, stack, syscall } = error as NodeJS.ErrnoException
  return syscall === undefined ? { code: 'InternalError', message: String(stack ?? error) } : { code, message }
}
