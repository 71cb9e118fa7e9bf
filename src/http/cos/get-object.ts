import { Failure } from '../../base/index.ts'
import type { Rule } from '../../images/index.ts'
import type { Exchange } from '../exchange.ts'
import { byteRange } from './byte-range.ts'
import { conditionsOf, ifRangeHolds } from './conditions.ts'
import type { CosDoorDeps } from './door.ts'
import { findObject } from './find-object.ts'
import { getPicture } from './get-picture.ts'
import { objectHeaders, overriddenHeaders, versionHeaders } from './object-headers.ts'
import { pictureFailure } from './picture-failure.ts'
import { pictureRule } from './picture-rule.ts'

/** GET Object and HEAD Object: of its bytes, or of the picture that a rule in the query makes of them. */
export async function getObject(exchange: Exchange, deps: CosDoorDeps): Promise<void> {
  const rule = ruleOf(exchange)
  await (rule === null ? getBytes(exchange, deps) : getPicture(exchange, rule, deps))
}

function ruleOf({ target }: Exchange): Rule | null {
  try {
    return pictureRule(target)
  } catch (error) {
    throw pictureFailure(error)
  }
}

/** The same answer, with and without the bytes. A range is for GET only (RFC 9110 § 14.2). */
async function getBytes(exchange: Exchange, { objects, blobs }: CosDoorDeps): Promise<void> {
  const { method, headers: asked } = exchange
  const overrides = overriddenHeaders(exchange)
  const object = await findObject(exchange, objects)

  const outcome = conditionsOf(asked, object)
  if (outcome === 'failed') throw new Failure('PreconditionFailed', 'Precondition not match.')
  if (outcome === 'not-modified') return exchange.answerEmpty(304, versionHeaders(object))

  const headers = { ...objectHeaders(object), ...overrides }
  const { size } = object
  if (method === 'HEAD') return exchange.answerEmpty(200, { ...headers, 'content-length': String(size) })
  const range = ifRangeHolds(asked['if-range'], object) ? byteRange(asked.range, size) : null
  if (range === null) {
    const source = await blobs.read(object.blobId)
    return exchange.answerStream(200, { ...headers, 'content-length': String(size) }, source)
  }
  const source = await blobs.read(object.blobId, range)
  const partial = {
    ...headers,
    'content-length': String(range.end - range.start + 1),
    'content-range': `bytes ${range.start}-${range.end}/${size}`,
  }
  await exchange.answerStream(206, partial, source)
}
