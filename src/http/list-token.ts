import { Failure } from '../base/index.ts'
import { said } from '../wire/index.ts'

/** A place between two entries of a list by time of creation; new entries do not move it. */
export interface Cursor {
  readonly createdAt: number
  readonly id: string
}

/** A token is opaque to clients: the place where the page before ended. `null` on the last page. */
export function writeToken(next: Cursor | null): string | null {
  return next === null ? null : Buffer.from(`${next.createdAt}:${next.id}`).toString('base64url')
}

/**
 * @param parameter where it was given, and `given` where it comes from, both for the message
 * @throws Failure `InvalidArgument`
 */
export function readToken(token: string, parameter: string, given: string): Cursor {
  const parts = /^(\d{1,15}):([0-9a-z_]{1,64})$/.exec(Buffer.from(token, 'base64url').toString('latin1'))
  if (parts === null) {
    throw new Failure('InvalidArgument', `${parameter} is ${said(token)}, expected the ${given} of the page before.`, {
      details: { field: parameter },
    })
  }
  return { createdAt: Number(parts[1]), id: parts[2]! }
}
