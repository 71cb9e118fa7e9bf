import { asFailure, Failure } from '../../base/index.ts'
import type { StoredObject } from '../../objects/index.ts'
import type { Exchange } from '../exchange.ts'
import { bareStyle } from './bare-style.ts'
import { byteRange } from './byte-range.ts'
import { conditionsOf, ifRangeHolds } from './conditions.ts'
import type { CosDoorDeps } from './door.ts'
import { findStyled, type Styled } from './find-styled.ts'
import { getPicture } from './get-picture.ts'
import { objectHeaders, overriddenHeaders, versionHeaders } from './object-headers.ts'
import { type Asked, type Protection, refuseProtectedOrigin } from './origin-protection.ts'
import { pictureFailure } from './picture-failure.ts'
import { askedFor } from './picture-rule.ts'

/**
 * GET Object and HEAD Object: of its bytes, or of the picture that a rule in the query or a style in the path makes of
 * them.
 */
export async function getObject(exchange: Exchange, deps: CosDoorDeps): Promise<void> {
  const asked = readAsked(exchange)
  const styled = await findReadable(exchange, deps, asked)
  const { object } = styled
  const request = withStyle(asked, styled.style)
  await (typeof request === 'string' ? getBytes(exchange, object, deps) : getPicture(exchange, object, request, deps))
}

function readAsked({ target }: Exchange): Asked {
  try {
    return askedFor(target)
  } catch (error) {
    throw pictureFailure(error)
  }
}

/** The object, when it may be had so, and the style in which the path or the bare query wants it. */
async function findReadable(exchange: Exchange, { objects, pictures }: CosDoorDeps, asked: Asked): Promise<Styled> {
  try {
    if (pictures === undefined) return await findStyled(exchange, objects, '')
    const protection = askingAtOnce(exchange, asked, pictures.styles)
    let styled = await findStyled(exchange, objects, pictures.styleSeparators)
    if (asked === 'bytes' && styled.style === null) {
      const { object } = styled
      styled = { object, style: await bareStyle(object.bucket, exchange.target, pictures.styles) }
    }
    await refuseProtectedOrigin(exchange, styled.object, withStyle(asked, styled.style), protection)
    return styled
  } catch (error) {
    // The numbers are for programs that asked for a picture, and for those who may not have one as it is.
    if (typeof asked === 'string' && asFailure(error).code !== 'OriginProtected') throw error
    throw pictureFailure(error)
  }
}

/**
 * For a rule of one's own it has to be known whether the bucket protects its originals: that is asked with the object and
 * not after it, because each question waits for its turn in another thread.
 */
function askingAtOnce(exchange: Exchange, asked: Asked, styles: Protection): Protection {
  if (typeof asked === 'string' || asked.rule.stages[0]?.interface === 'style') return styles
  const answer = styles.isOriginProtected(exchange.requireBucket())
  // Where there is no bucket, the search for the object says so.
  answer.catch(() => undefined)
  return { isOriginProtected: () => answer }
}

/** The style in the path comes first, then what the query asks for. */
function withStyle(asked: Asked, style: string | null): Asked {
  if (style === null) return asked
  const { rule, about } = typeof asked === 'string' ? { rule: { stages: [] }, about: null } : asked
  return { rule: { stages: [{ interface: 'style', style }, ...rule.stages] }, about }
}

/** The same answer, with and without the bytes. A range is for GET only (RFC 9110 § 14.2). */
async function getBytes(exchange: Exchange, object: StoredObject, { blobs }: CosDoorDeps): Promise<void> {
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
