import type { Exchange } from '../exchange.ts'
import { checkPermission } from './check-permission.ts'
import { findRoute } from './find-route.ts'
import { inOwnWords } from './own-words.ts'
import { readCall } from './read-call.ts'
import { type ApiDeps, apiRoutes } from './routes.ts'

/** The calls of our own, below `/-/api/`. Throws what becomes their error answer. */
export async function handleApi(exchange: Exchange, deps: ApiDeps): Promise<void> {
  const { route, path } = findRoute(apiRoutes, exchange.method, exchange.path)
  const call = await readCall(exchange, route, path)
  checkPermission(route, call)
  try {
    await route.carryOut(call, deps)
  } catch (error) {
    throw inOwnWords(error)
  }
}
