import { describe, expect, test } from 'vitest'
import { type FailureCode, failures } from '../base/index.ts'
import { failureResponses } from './failure-responses.ts'

describe.each(Object.keys(failures) as FailureCode[])('%s', (code) => {
  const { object, ci } = failureResponses[code]

  test('is an error on both surfaces', () => {
    for (const response of [object, ci]) {
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(response.code).toMatch(/^[A-Z][A-Za-z]+$/)
    }
  })

  test('is 5xx only when asking again may help, apart from what is not offered and what nobody foresaw', () => {
    if (failures[code].retryable || code === 'InternalError') return
    expect(ci.status).toBeLessThan(500)
    if (object.status !== 501) expect(object.status).toBeLessThan(500)
  })
})

test('clock problems are told in the words by which SDKs repair their clock, on both surfaces', () => {
  for (const surface of ['object', 'ci'] as const) {
    expect(failureResponses.RequestExpired[surface]).toEqual({ status: 403, code: 'AccessDenied' })
    expect(failureResponses.RequestTimeTooSkewed[surface]).toEqual({ status: 403, code: 'RequestTimeTooSkewed' })
  }
})
