import type { Readable } from 'node:stream'
import { Failure } from '../../base/index.ts'
import type { Exchange } from '../exchange.ts'

/** What the calls of our own need of the house. */
export interface ApiDeps {
  /** The bytes of a backup. The stream fails before its first byte when none can be made. */
  backup(): Readable
}

type Call = (exchange: Exchange, deps: ApiDeps) => Promise<void>

const calls: Readonly<Record<string, { readonly method: string; readonly carryOut: Call }>> = {
  '/-/api/backup': {
    method: 'POST',
    carryOut: (exchange, deps) =>
      exchange.answerStream(200, { 'content-type': 'application/x-tar', 'cache-control': 'no-store' }, deps.backup()),
  },
}

/** The calls of our own, below `/-/api/`. */
export async function handleApi(exchange: Exchange, deps: ApiDeps): Promise<void> {
  const { method, path } = exchange
  if (!Object.hasOwn(calls, path)) throw new Failure('UnknownRoute', `there is nothing at ${path}`)
  const call = calls[path]!
  if (method !== call.method) throw new Failure('MethodNotAllowed', `${path} is asked with ${call.method}`)
  await call.carryOut(exchange, deps)
}
