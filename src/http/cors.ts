import type { IncomingHttpHeaders } from 'node:http'
import { Failure } from '../base/index.ts'
import { type CorsRule, corsRuleFor } from '../objects/index.ts'
import type { AnswerHeaders } from './exchange.ts'

/** How long the rules of a bucket are taken as they were; a server that changes them forgets them at once. */
const KEPT_MS = 5_000
/** Names of buckets come from strangers. */
const MOST_BUCKETS_KEPT = 1_000

/** What a script may read of any answer, when nobody has said otherwise; `x-cos-meta-*` that are there come on top. */
const USUAL_HEADERS = [
  'ETag',
  'Content-Length',
  'Content-Range',
  'Date',
  'x-cos-request-id',
  'x-ci-request-id',
  'x-cos-hash-crc64ecma',
  'x-cos-version-id',
  'x-cos-storage-class',
]

export interface CorsOptions {
  readonly findRules: (bucket: string) => Promise<readonly CorsRule[]>
  /** Origins that may use a bucket without rules of its own, and what belongs to no bucket. */
  readonly origins: readonly string[]
}

/**
 * What web pages of other origins may do (CORS): by the rules of the bucket, or by one rule for all buckets that have
 * none. It protects nobody from requests: it says which answers a browser shows to a script.
 */
export class Cors {
  readonly #options: CorsOptions
  readonly #usual: readonly CorsRule[]
  readonly #kept = new Map<string, { readonly rules: Promise<readonly CorsRule[]>; readonly until: number }>()

  constructor(options: CorsOptions) {
    this.#options = options
    const { origins } = options
    const methods = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD']
    this.#usual =
      origins.length === 0
        ? []
        : [{ id: null, origins, methods, headers: ['*'], exposeHeaders: USUAL_HEADERS, maxAgeSeconds: 600 }]
  }

  /** To be called when the rules of a bucket have changed. */
  forget(bucket: string): void {
    this.#kept.delete(bucket)
  }

  /** The answer to a preflight. Fails with `CorsForbidden` when no rule allows what it asks for. */
  async preflight(bucket: string | null, asked: IncomingHttpHeaders): Promise<AnswerHeaders> {
    const origin = asked.origin ?? ''
    const method = asked['access-control-request-method'] ?? ''
    const names = String(asked['access-control-request-headers'] ?? '')
    const headers = names.split(',').flatMap((name) => name.trim() || [])
    const rule = corsRuleFor(await this.#rulesOf(bucket), { origin, method, headers })
    if (origin === '' || rule === null) {
      throw new Failure('CorsForbidden', 'This CORS request is not allowed: no CORS rule matches.')
    }
    return {
      ...allowed(rule, origin),
      'access-control-allow-methods': rule.methods.join(', '),
      // As they were asked for: an asterisk would not mean Authorization.
      'access-control-allow-headers': headers.length === 0 ? undefined : headers.join(', '),
      'access-control-expose-headers': listed(rule.exposeHeaders),
      'access-control-max-age': rule.maxAgeSeconds === null ? undefined : String(rule.maxAgeSeconds),
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    }
  }

  /**
   * What an answer to any other request says of it, errors included. `Vary` also when the request says nothing of an
   * origin: a browser that keeps the answer for a page must not give it to the script of another.
   */
  async actual(
    bucket: string | null,
    method: string,
    { origin }: IncomingHttpHeaders,
  ): Promise<(names: readonly string[]) => AnswerHeaders> {
    const rules = await this.#rulesOf(bucket)
    if (rules.length === 0) return () => ({})
    const rule = origin ? corsRuleFor(rules, { origin, method, headers: [] }) : null
    if (!origin || rule === null) return () => ({ vary: 'Origin' })
    return (names) => {
      const metadata = rules === this.#usual ? names.filter((name) => name.startsWith('x-cos-meta-')) : []
      return {
        ...allowed(rule, origin),
        'access-control-expose-headers': listed([...rule.exposeHeaders, ...metadata]),
        vary: 'Origin',
      }
    }
  }

  async #rulesOf(bucket: string | null): Promise<readonly CorsRule[]> {
    if (bucket === null) return this.#usual
    const own = await this.#ownRules(bucket)
    return own.length === 0 ? this.#usual : own
  }

  #ownRules(bucket: string): Promise<readonly CorsRule[]> {
    const now = performance.now()
    const kept = this.#kept.get(bucket)
    if (kept !== undefined && kept.until > now) return kept.rules
    if (this.#kept.size >= MOST_BUCKETS_KEPT) this.#kept.clear()
    const rules = this.#options.findRules(bucket)
    const entry = { rules, until: now + KEPT_MS }
    this.#kept.set(bucket, entry)
    rules.catch(() => {
      if (this.#kept.get(bucket) === entry) this.#kept.delete(bucket)
    })
    return rules
  }
}

function allowed(rule: CorsRule, origin: string): AnswerHeaders {
  return { 'access-control-allow-origin': rule.origins.includes('*') ? '*' : origin }
}

function listed(names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : names.join(', ')
}
