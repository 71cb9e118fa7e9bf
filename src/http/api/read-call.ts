import { Failure } from '../../base/index.ts'
import { readInteger, said } from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
import { checkCharacters, checkValue, refusal } from './check-value.ts'
import { type ApiBody, type ApiCall, type ApiParameter, type ApiRoute, maxBytesOf } from './route.ts'

/** Reads what a call asks for and holds it to its route. Bytes are left for the route to read. */
export async function readCall(
  exchange: Exchange,
  route: Pick<ApiRoute<never>, 'pathParameters' | 'query' | 'body'>,
  path: Readonly<Record<string, string>>,
): Promise<ApiCall> {
  for (const [name, value] of Object.entries(path)) {
    // An object key has rules of its own.
    if (!route.pathParameters?.[name]?.isRest) checkCharacters(value, name)
  }
  const query = readQuery(exchange, route.query ?? {})
  const body = route.body === undefined ? undefined : await readJson(exchange, route.body)
  return {
    exchange,
    path,
    query,
    body,
    answer: (value, { status = 200, headers = {} } = {}) =>
      exchange.answerText(status, 'application/json', `${JSON.stringify(value)}\n`, {
        'cache-control': 'no-store',
        ...headers,
      }),
  }
}

/** The parts of a signature may stand in the query, whatever the route. */
const OF_THE_SIGNATURE = /^(q-|x-cos-|x-ci-)|^sign$/i

function readQuery({ query }: Exchange, parameters: Readonly<Record<string, ApiParameter>>): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  const refuse = (field: string, message: string) => new Failure('InvalidArgument', message, { details: { field } })
  for (const name of query.names()) {
    if (Object.hasOwn(parameters, name) || OF_THE_SIGNATURE.test(name)) continue
    const known = Object.keys(parameters)
    const expected = known.length === 0 ? 'no parameters' : `some of ${known.join(', ')}`
    // As it was sent, but for its end: it can be as long as a request line.
    throw refuse(name.slice(0, 80), `The parameter ${said(name)} is not known here, expected ${expected}.`)
  }
  for (const [name, { schema, required }] of Object.entries(parameters)) {
    const given = query.all(name)
    if (given.length > 1) throw refuse(name, `${name} stands ${given.length} times, expected once.`)
    const [text = ''] = given
    if (text === '' && schema.default !== undefined) values[name] = schema.default
    else if (text !== '') {
      values[name] = typed(text, name, schema)
      checkValue(values[name], schema, name)
    } else if (required) throw refuse(name, `${name} is missing.`)
  }
  return values
}

/** A parameter is text; its schema says what the text means. */
function typed(text: string, name: string, { type, minimum, maximum }: ApiParameter['schema']): unknown {
  if (type === 'integer') {
    const [least, most] = [minimum ?? Number.MIN_SAFE_INTEGER, maximum ?? Number.MAX_SAFE_INTEGER]
    return readInteger(name, text, { least, most })
  }
  if (type === 'boolean') {
    if (text === 'true' || text === 'false') return text === 'true'
    throw refusal(name, text, 'true or false')
  }
  if (type !== 'array') return text
  const items = text.split(',').map((item) => item.trim())
  return [...new Set(items.filter((item) => item !== ''))]
}

async function readJson(exchange: Exchange, body: ApiBody): Promise<unknown> {
  if (!('schema' in body)) return undefined
  const bytes = await exchange.readBody(maxBytesOf(body))
  if (bytes.length === 0) {
    if (body.isOptional) return undefined
    throw new Failure('MissingContent', 'The request has no body, expected JSON.')
  }
  const value = parse(bytes)
  checkValue(value, body.schema, '')
  return value
}

function parse(bytes: Buffer): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Failure('InvalidContent', 'The body is not UTF-8, expected JSON in UTF-8.')
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Failure('InvalidContent', `The body is not JSON: ${said((error as Error).message)}.`)
  }
}
