import { asFailure, Failure } from '../../base/index.ts'
import type { Exchange } from '../exchange.ts'
import { bareStyle } from './bare-style.ts'
import { byteRange } from './byte-range.ts'
import { conditionsOf, ifRangeHolds } from './conditions.ts'
import type { CosDoorDeps } from './door.ts'
import { getPicture } from './get-picture.ts'
import type { FoundObject, LookUp } from './look-up.ts'
import { objectHeaders, overriddenHeaders, versionHeaders } from './object-headers.ts'
import { type Asked, refuseProtectedOrigin } from './origin-protection.ts'
import { pictureFailure } from './picture-failure.ts'
import { askedFor } from './picture-rule.ts'

/**
 * GET Object and HEAD Object: of its bytes, or of the picture that a rule in the query or a style in the path makes of
 * them.
 */
export async function getObject(exchange: Exchange, deps: CosDoorDeps, lookUp: LookUp): Promise<void> {
  const asked = readAsked(exchange)
  const found = await findReadable(exchange, deps, asked, lookUp)
  const request = withStyle(asked, found.style)
  if (typeof request === 'string') await getBytes(exchange, found, deps)
  else await getPicture(exchange, found.object, request, deps)
}

function readAsked({ target }: Exchange): Asked {
  try {
    return askedFor(target)
  } catch (error) {
    throw pictureFailure(error)
  }
}

/** The object, when it may be had so, and the style in which the path or the bare query wants it. */
async function findReadable(
  exchange: Exchange,
  { pictures }: CosDoorDeps,
  asked: Asked,
  lookUp: LookUp,
): Promise<FoundObject> {
  try {
    let found = await lookUp.get()
    if (pictures !== undefined) {
      if (asked === 'bytes' && found.style === null && exchange.target.parameters.length > 0) {
        found = { ...found, style: await bareStyle(found.bucket.name, exchange.target, pictures.styles) }
      }
      refuseProtectedOrigin(exchange, found, withStyle(asked, found.style))
    }
    return found
  } catch (error) {
    // The numbers are for programs that asked for a picture, and for those who may not have one as it is.
    if (typeof asked === 'string' && asFailure(error).code !== 'OriginProtected') throw error
    throw pictureFailure(error)
  }
}

/** The style in the path comes first, then what the query asks for. */
function withStyle(asked: Asked, style: string | null): Asked {
  if (style === null) return asked
  const { rule, about } = typeof asked === 'string' ? { rule: { stages: [] }, about: null } : asked
  return { rule: { stages: [{ interface: 'style', style }, ...rule.stages] }, about }
}

/** The same answer, with and without the bytes. A range is for GET only (RFC 9110 § 14.2). */
async function getBytes(exchange: Exchange, { object, bytes }: FoundObject, { blobs }: CosDoorDeps): Promise<void> {
  const { method, headers: asked } = exchange
  const overrides = overriddenHeaders(exchange)

  const outcome = conditionsOf(asked, object)
  if (outcome === 'failed') throw new Failure('PreconditionFailed', 'Precondition not match.')
  if (outcome === 'not-modified') return exchange.answerEmpty(304, versionHeaders(object))

  const headers = { ...objectHeaders(object), ...overrides }
  const { size } = object
  if (method === 'HEAD') return exchange.answerEmpty(200, { ...headers, 'content-length': String(size) })
  const range = ifRangeHolds(asked['if-range'], object) ? byteRange(asked.range, size) : null
  if (range === null) {
    if (bytes !== null) return exchange.answerBytes(200, headers, bytes)
    const whole = { start: 0, end: size - 1 }
    return exchange.answerPoured(200, { ...headers, 'content-length': String(size) }, (take) =>
      blobs.pour(object.blobId, whole, take),
    )
  }
  const partial = { ...headers, 'content-range': `bytes ${range.start}-${range.end}/${size}` }
  if (bytes !== null) return exchange.answerBytes(206, partial, bytes.subarray(range.start, range.end + 1))
  const length = String(range.end - range.start + 1)
  await exchange.answerPoured(206, { ...partial, 'content-length': length }, (take) =>
    blobs.pour(object.blobId, range, take),
  )
}
