import { checkValue } from '../../src/http/api/check-value.ts'
import { findRoute } from '../../src/http/api/find-route.ts'
import { apiRoutes } from '../../src/http/api/index.ts'
import type { Answer, House } from './house.ts'

/** What the JSON door answered. */
export interface Told {
  readonly status: number
  readonly headers: Answer['headers']
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
  readonly json: any
}

/**
 * Calls the JSON door: `api(house, 'POST', '/jobs', {…})`. Whatever it answers is held to the schema of the route, and a
 * refusal to the form of refusals.
 */
export async function api(house: House, method: string, path: string, body?: unknown): Promise<Told> {
  const target = `/-/api${path}`
  const answer = await house.send('localhost', {
    method,
    target,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const json = answer.text === '' ? null : JSON.parse(answer.text)
  if (answer.status < 300) {
    const { route } = findRoute(apiRoutes, method, decodeURIComponent(target.split('?')[0]!))
    if (route.answer.schema !== undefined) checkValue(json, route.answer.schema, '')
    if ((route.answer.status ?? 200) !== answer.status) {
      throw new Error(`${route.name} answered ${answer.status}, its route says ${route.answer.status ?? 200}`)
    }
  } else {
    checkValue(json, refusalSchema, '')
  }
  return { status: answer.status, headers: answer.headers, json }
}

const refusalSchema = {
  type: 'object',
  properties: {
    error: { type: 'string' },
    message: { type: 'string', minLength: 1 },
    requestId: { type: 'string', minLength: 1 },
    field: { type: 'string' },
  },
  required: ['error', 'message', 'requestId'],
} as const
