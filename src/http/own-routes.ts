import type { Answer } from './answer.ts'

/** Everything of our own lives below this path, on hosts that name no bucket. */
export const OWN_PATH = '/-/'
/** What needs a signature; see `api/`. */
export const API_PATH = '/-/api/'
export const METRICS_PATH = '/-/metrics'

export interface OwnRoutesDeps {
  /** Whether work can be taken in: the ledger answers, the disk has room, engines start. */
  readonly isReady: () => boolean | Promise<boolean>
  readonly isStopping: () => boolean
  /** What this server tells of itself in numbers, for whoever may read it; absent: not here. */
  readonly metrics?: () => Promise<string>
}

/** Answers what needs no credential: questions of health, which tell nothing that a connection would not tell, and metrics for whoever may read them so. */
export async function handleOwn(method: string, path: string, answer: Answer, deps: OwnRoutesDeps): Promise<void> {
  const isKnown = path === '/-/healthz' || path === '/-/readyz' || (path === METRICS_PATH && deps.metrics !== undefined)
  if (!isKnown) return json(answer, 404, { error: 'NotFound', message: `there is nothing at ${path}` })
  if (method !== 'GET' && method !== 'HEAD') {
    return json(
      answer,
      405,
      { error: 'MethodNotAllowed', message: `${path} is asked with GET` },
      { allow: 'GET, HEAD' },
    )
  }
  if (path === METRICS_PATH && deps.metrics !== undefined) return answerMetrics(answer, await deps.metrics())
  if (path === '/-/healthz') return json(answer, 200, { status: 'ok' })
  const isReady = !deps.isStopping() && (await deps.isReady())
  return json(answer, isReady ? 200 : 503, { status: isReady ? 'ready' : deps.isStopping() ? 'stopping' : 'not ready' })
}

/** @source https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function answerMetrics(answer: Pick<Answer, 'text'>, text: string): Promise<void> {
  return answer.text(200, 'text/plain; version=0.0.4; charset=utf-8', text, { 'cache-control': 'no-store' })
}

function json(answer: Answer, status: number, value: object, headers: Record<string, string> = {}): Promise<void> {
  return answer.text(status, 'application/json', `${JSON.stringify(value)}\n`, {
    ...headers,
    'cache-control': 'no-store',
  })
}
