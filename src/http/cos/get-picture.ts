import { Failure } from '../../base/index.ts'
import { type KeptPicture, printRule, type Rule } from '../../images/index.ts'
import type { StoredObject } from '../../objects/index.ts'
import type { Exchange } from '../exchange.ts'
import { byteRange } from './byte-range.ts'
import { conditionsOf, ifRangeHolds } from './conditions.ts'
import type { CosDoorDeps } from './door.ts'
import { findObject } from './find-object.ts'
import { notOffered } from './not-offered.ts'
import { overriddenHeaders, pictureVersionHeaders } from './object-headers.ts'
import { pictureFailure } from './picture-failure.ts'

/** Makes pictures while somebody waits for them. */
export interface PicturesOnRequest {
  /** The version of what a rule makes of an object, known without making it. An ETag, without quotes. */
  versionOf(object: StoredObject, rule: Rule): string
  /** The picture of that version, held for the caller, who lets it go. */
  picture(object: StoredObject, rule: Rule, signal: AbortSignal): Promise<KeptPicture>
}

/**
 * GET and HEAD of an object through a rule: the picture that the rule makes of it. Conditions are about its version and
 * cost no picture. HEAD makes it too: nothing else could tell its length, and a download that begins with HEAD and goes
 * on with ranges needs that.
 */
export async function getPicture(exchange: Exchange, rule: Rule, deps: CosDoorDeps): Promise<void> {
  try {
    await answerPicture(exchange, rule, deps)
  } catch (error) {
    throw pictureFailure(error)
  }
}

async function answerPicture(exchange: Exchange, rule: Rule, { objects, pictures }: CosDoorDeps): Promise<void> {
  if (pictures === undefined) throw notOffered('picture rules on GET', printRule(rule))
  const { method, headers: asked, signal } = exchange
  const overrides = overriddenHeaders(exchange)
  const object = await findObject(exchange, objects)
  const version = pictures.versionOf(object, rule)
  const versioned = { etag: version, lastModified: object.lastModified }
  const versionHeaders = pictureVersionHeaders(object, version)
  const outcome = conditionsOf(asked, versioned)
  if (outcome === 'failed') throw new Failure('PreconditionFailed', 'Precondition not match.')
  if (outcome === 'not-modified') {
    return exchange.answerEmpty(304, { ...versionHeaders, 'cache-control': object.headers['cache-control'] })
  }

  const picture = await pictures.picture(object, rule, signal)
  try {
    const { size, contentType } = picture.facts
    const headers = {
      ...object.headers,
      // What the source was packed in, its picture is not.
      'content-encoding': undefined,
      'content-type': contentType,
      'accept-ranges': 'bytes',
      ...versionHeaders,
      ...overrides,
    }
    const whole = { ...headers, 'content-length': String(size) }
    if (method === 'HEAD') return await exchange.answerEmpty(200, whole)
    const range = ifRangeHolds(asked['if-range'], versioned) ? byteRange(asked.range, size) : null
    if (range === null) return await exchange.answerStream(200, whole, picture.read())
    const partial = {
      ...headers,
      'content-length': String(range.end - range.start + 1),
      'content-range': `bytes ${range.start}-${range.end}/${size}`,
    }
    await exchange.answerStream(206, partial, picture.read(range))
  } finally {
    await picture.letGo()
  }
}
