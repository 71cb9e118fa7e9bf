import { describe } from 'vitest'
import { type Kit, kits, type OperationName } from './operations.ts'

/**
 * The tests of a kit. `shows` says which line of docs/compatibility.md the tests in it stand for: the page is made from
 * the names of those that passed.
 */
export function suiteOf(
  kit: Kit,
  declare: (shows: (operation: OperationName, tests: () => void) => void) => void,
): void {
  const { sdk, way } = kits[kit]
  describe(`${kit}: ${sdk}, ${way}`, () => declare((operation, tests) => describe(operation, tests)))
}
