import { isIP } from 'node:net'
import { Failure } from '../base/index.ts'
import { maskUrl } from '../callbacks/index.ts'
import type { AddressGuard } from './address-guard.ts'
import { parseTargetUrl } from './target-url.ts'

/** Characters. What browsers and proxies agree on; a longer one is a mistake. */
export const MAX_CALLBACK_URL_LENGTH = 2048

/**
 * Refuses a callback address that can never be called, when it is configured: not http(s), not readable, too long, or a
 * forbidden address written as such. What a *name* stands for is only known, and checked, when it is connected to. User
 * name and password are allowed and are sent as `Authorization: Basic`, as curl and most HTTP clients do.
 *
 * @param field the name of the field it came in, for the message: `CallBack` or `NotifyConfig.Url`
 * @throws Failure `InvalidArgument`; the message names field, value (its secrets masked) and expectation.
 */
export function checkCallbackUrl(text: string, field: string, guard: AddressGuard): void {
  if (text.length > MAX_CALLBACK_URL_LENGTH) {
    throw refused(field, text, `a URL of at most ${MAX_CALLBACK_URL_LENGTH} characters`)
  }
  const target = parseTargetUrl(text)
  if ('problem' in target) throw refused(field, text, target.problem)
  if (isIP(target.hostname) === 0) return
  const reason = guard.refusal(target.hostname)
  if (reason !== null) throw refused(field, text, `an address that may be called: ${target.hostname} ${reason}`)
}

function refused(field: string, text: string, expectation: string): Failure {
  return new Failure('InvalidArgument', `${field} is "${maskUrl(text)}", expected ${expectation}.`, {
    details: { field },
  })
}
