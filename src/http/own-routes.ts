import type { Answer } from './answer.ts'

/** Everything of our own lives below this path, on hosts that name no bucket. */
export const OWN_PATH = '/-/'
/** What needs a signature; see `api/`. */
export const API_PATH = '/-/api/'

export interface OwnRoutesDeps {
  /** Whether work can be taken in: the ledger answers, the disk has room, engines start. */
  readonly isReady: () => boolean | Promise<boolean>
  readonly isStopping: () => boolean
}

/** Answers health questions, without credential: they tell nothing that a connection would not tell. */
export async function handleOwn(method: string, path: string, answer: Answer, deps: OwnRoutesDeps): Promise<void> {
  const probe = path === '/-/healthz' || path === '/-/readyz'
  if (!probe) return json(answer, 404, { error: 'NotFound', message: `there is nothing at ${path}` })
  if (method !== 'GET' && method !== 'HEAD') {
    return json(
      answer,
      405,
      { error: 'MethodNotAllowed', message: `${path} is asked with GET` },
      { allow: 'GET, HEAD' },
    )
  }
  if (path === '/-/healthz') return json(answer, 200, { status: 'ok' })
  const isReady = !deps.isStopping() && (await deps.isReady())
  return json(answer, isReady ? 200 : 503, { status: isReady ? 'ready' : deps.isStopping() ? 'stopping' : 'not ready' })
}

function json(answer: Answer, status: number, value: object, headers: Record<string, string> = {}): Promise<void> {
  return answer.text(status, 'application/json', `${JSON.stringify(value)}\n`, {
    ...headers,
    'cache-control': 'no-store',
  })
}
