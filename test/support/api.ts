import { checkValue } from '../../src/http/api/check-value.ts'
import { findRoute } from '../../src/http/api/find-route.ts'
import { type ApiRoute, apiRoutes } from '../../src/http/api/index.ts'
import { refusalSchema } from '../../src/http/api/openapi.ts'
import type { Answer, House } from './house.ts'

/** What the JSON door answered. */
export interface Told {
  readonly status: number
  readonly headers: Answer['headers']
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
  readonly json: any
}

/** Which routes were called since it was emptied, by name: whether one call at least was carried out, one refused. */
export const called = new Map<string, Set<boolean>>()

/** Keeps in mind that a route was called; gives it, `null` when there is none. */
export function note(method: string, target: string, status: number): ApiRoute<never> | null {
  try {
    const { route } = findRoute(apiRoutes, method, decodeURIComponent(target.split('?')[0]!))
    called.set(route.name, (called.get(route.name) ?? new Set()).add(status < 300))
    return route
  } catch {
    return null
  }
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
  const isJson = answer.headers['content-type'] === 'application/json'
  const json = isJson ? JSON.parse(answer.text) : null
  const route = note(method, target, answer.status)
  if (route !== null && answer.status < 300) {
    if (route.answer.schema !== undefined) checkValue(json, route.answer.schema, '')
    if ((route.answer.status ?? 200) !== answer.status) {
      throw new Error(`${route.name} answered ${answer.status}, its route says ${route.answer.status ?? 200}`)
    }
  } else {
    if (method !== 'HEAD') checkValue(json, refusalSchema, '')
  }
  return { status: answer.status, headers: answer.headers, json }
}
