import type { Authorization } from './authorization.ts'
import type { ParsedTarget, QueryParameter } from './raw-target.ts'
import { canonicalPairs, type Pair, type PartsToSign } from './signature.ts'

/** Headers as Node hands them over: lower-case names, values as Latin-1 text, one character for each byte. */
export type RawHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

export interface ReceivedRequest {
  readonly method: string
  readonly target: ParsedTarget
  readonly headers: RawHeaders
  /** `/<bucket>` when the bucket came in the path, else `''`. */
  readonly pathPrefixToStrip: string
}

/** One way to understand what a client may have signed. */
export interface Reading extends PartsToSign {
  /** What stands in the string to sign. */
  readonly signTime: string
}

/**
 * How many readings of one request are tried. Each costs one HMAC, and one more makes the key: 32 in all at most, so
 * that a request made to allow every reading at once is no lever.
 */
const MAX_READINGS = 31

/**
 * The ways in which the client that sent this request may have signed it, likeliest first. Nearly always there is one.
 * Each further one is what some client really does, and none widens what a signature stands for: bucket, key, method and
 * the listed names and values stay the same, but for the stripped path, which the caller must allow.
 *
 * - host: as received, or without the port (the Python SDK);
 * - path: whole, or without the bucket in front (Node and Python SDK with a path in their domain setting);
 * - header text beyond ASCII: as Latin-1 characters (Node), or as UTF-8 (Python, Go, Java);
 * - a plus in the query: a blank, or a plus (hand-made clients);
 * - the order of parameters: by encoded name, or by raw name (Node);
 * - the time that is signed: `q-sign-time`, or `q-key-time` (Go, when the two differ).
 */
export function* readingsOf(request: ReceivedRequest, authorization: Authorization): Iterable<Reading> {
  const { path, parameters } = request.target
  const prefix = request.pathPrefixToStrip
  const paths = [path]
  if (prefix !== '' && (path === prefix || path.startsWith(`${prefix}/`))) paths.push(path.slice(prefix.length) || '/')

  const headerTexts = headersToSign(authorization.headerList, request.headers)
  const parameterTexts = parametersToSign(authorization.parameterList, parameters)
  const times = [...new Set([authorization.signTime.text, authorization.keyTime.text])]

  const choices = []
  for (const [t, signTime] of times.entries()) {
    for (const [p, parameters] of parameterTexts.entries()) {
      for (const [h, headers] of headerTexts.entries()) {
        for (const [w, path] of paths.entries()) {
          choices.push({
            oddness: t + p + h + w,
            reading: { method: request.method, path, parameters, headers, signTime },
          })
        }
      }
    }
  }
  choices.sort((a, b) => a.oddness - b.oddness)
  for (const { reading } of choices.slice(0, MAX_READINGS)) yield reading
}

/** Up to four canonical texts of the listed headers. A listed header that did not come counts as empty. */
function headersToSign(list: readonly string[], headers: RawHeaders): readonly string[] {
  const pairs: Pair[] = [...namesOfHeaders(list)].map((name) => {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined
    return [name, typeof value === 'string' ? value : (value?.join(', ') ?? '')]
  })
  const withoutPort = pairs.map(([name, value]): Pair => [name, name === 'host' ? value.replace(/:\d+$/, '') : value])
  const asUtf8 = (one: readonly Pair[]) => one.map(([name, value]): Pair => [name, latin1AsUtf8(value)])
  const readings = [pairs, withoutPort, asUtf8(pairs), asUtf8(withoutPort)]
  return [...new Set(readings.map((one) => canonicalPairs(one)))]
}

/** Up to four canonical texts of the listed parameters. */
function parametersToSign(list: readonly string[], parameters: readonly QueryParameter[]): readonly string[] {
  const plusAsBlank = listed(
    list,
    parameters.map(({ name, value }) => [name, value]),
  )
  const readings = [plusAsBlank]
  if (parameters.some(({ rawName, rawValue }) => rawName.includes('+') || rawValue.includes('+'))) {
    readings.push(
      listed(
        list,
        parameters.map(({ rawName, rawValue }) => [decodedOnce(rawName), decodedOnce(rawValue)]),
      ),
    )
  }
  const texts = [...readings.map((one) => canonicalPairs(one)), ...readings.map((one) => canonicalPairs(one, 'raw'))]
  return [...new Set(texts)]
}

/**
 * The parameters that a list names. Its entries are encoded in most clients and plain in some, and of any case. All
 * parameters of a name count, however often the list repeats it: otherwise somebody could add a second `prefix` to a
 * signed URL and have it taken for the signed one.
 */
function listed(list: readonly string[], parameters: readonly Pair[]): readonly Pair[] {
  const byName = new Map<string, Pair[]>()
  for (const pair of parameters) {
    const name = pair[0].toLowerCase()
    const same = byName.get(name)
    if (same === undefined) byName.set(name, [pair])
    else same.push(pair)
  }
  return [...namesOfParameters(list, byName.keys())].flatMap((name) => byName.get(name) ?? [[name, ''] as const])
}

/** The headers that a list names, in lower case. */
export function namesOfHeaders(list: readonly string[]): ReadonlySet<string> {
  return new Set(list.map((entry) => decodedOnce(entry).toLowerCase()))
}

/** The parameters that a list names, in lower case, in a request that has those that are `sent`. */
export function namesOfParameters(list: readonly string[], sent: Iterable<string>): ReadonlySet<string> {
  const there = new Set([...sent].map((name) => name.toLowerCase()))
  return new Set(
    list.map((entry) => {
      const decoded = decodedOnce(entry).toLowerCase()
      return there.has(decoded) || !there.has(entry.toLowerCase()) ? decoded : entry.toLowerCase()
    }),
  )
}

function decodedOnce(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const beyondAscii = /[\u0080-\u00ff]/

function latin1AsUtf8(text: string): string {
  if (!beyondAscii.test(text)) return text
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, 'latin1'))
  } catch {
    return text
  }
}
