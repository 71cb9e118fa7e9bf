import { asFailure, Failure } from '../../base/index.ts'

/**
 * What PostgreSQL says, as the house knows it.
 *
 * @source PostgreSQL documentation, appendix A, "PostgreSQL Error Codes"
 */
export function postgresFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const code = sqlState(error)
  if (code === '53100') return new Failure('StorageFull', undefined, { cause: error })
  if (code === '22021') {
    return new Failure('InvalidArgument', 'A text holds the character NUL, which is in no name and no key.', {
      cause: error,
    })
  }
  if (isConnectionLost(error) || isPassing(code)) {
    return new Failure('StorageUnavailable', 'The database did not answer.', { cause: error })
  }
  return asFailure(error)
}

/** Two transactions were in each other's way. The one that lost can simply be run again. */
export function isConflict(error: unknown): boolean {
  const code = sqlState(error)
  // 23505: two made the same thing at once. Run again, the second one finds what the first one made. 23503: one removed
  // what the other one was about to name; run again, it finds that it is gone.
  return code === '40001' || code === '40P01' || code === '23505' || code === '23503'
}

/** The connection is of no use any more, and whatever it was doing is undone. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof Failure) return false
  const code = sqlState(error)
  if (code !== null) {
    // 08: connection exceptions. 57P: shut down or ended by somebody. 25P03: its transaction was silent for too long.
    return code.startsWith('08') || code.startsWith('57P') || code === '25P03'
  }
  if (SOCKET_ERRORS.has((error as NodeJS.ErrnoException).code ?? '')) return true
  // pg has no codes for its own: 'Connection terminated unexpectedly', 'Query read timeout', 'timeout exceeded when
  // trying to connect', 'Client has encountered a connection error and is not queryable'.
  return /connection|timeout|not queryable/i.test(error.message)
}

/** Not about us: too many connections, no memory, a statement that waited too long, a database that only reads. */
function isPassing(code: string | null): boolean {
  return code !== null && (code.startsWith('53') || code.startsWith('58') || PASSING.has(code))
}

const PASSING = new Set(['57014', '55P03', '25006', '40001', '40P01'])

const SOCKET_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
])

function sqlState(error: unknown): string | null {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !SOCKET_ERRORS.has(code) ? code : null
}
