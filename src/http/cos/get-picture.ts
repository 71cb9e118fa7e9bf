import { Failure } from '../../base/index.ts'
import { type KeptPicture, type PictureRequest, printPictureRequest } from '../../images/index.ts'
import type { StoredObject } from '../../objects/index.ts'
import type { Exchange } from '../exchange.ts'
import { byteRange } from './byte-range.ts'
import { maySee } from './check-permission.ts'
import { conditionsOf, ifRangeHolds } from './conditions.ts'
import type { CosDoorDeps } from './door.ts'
import { notOffered } from './not-offered.ts'
import { overriddenHeaders, pictureVersionHeaders } from './object-headers.ts'
import { putsPictureOn } from './origin-protection.ts'
import { pictureFailure } from './picture-failure.ts'

/** Makes pictures, and tells of them, while somebody waits. */
export interface PicturesOnRequest {
  /**
   * What a request comes to for an object: styles are replaced by what they stand for, and what else the rule names is
   * found. Nothing is made yet.
   *
   * @param maySee whether another object that the rule names may be shown to whoever asks
   */
  of(
    object: StoredObject,
    request: PictureRequest,
    maySee: (object: StoredObject) => Promise<boolean>,
  ): Promise<PictureOnRequest>
}

export interface PictureOnRequest {
  /** An ETag, without quotes. */
  readonly version: string
  /** The rule is `imageSlim` and nothing else, so that the object itself may be given. */
  readonly onlySlims: boolean
  /** The picture of that version, or what is told of it, held for the caller, who lets it go. */
  picture(signal: AbortSignal): Promise<KeptPicture>
}

/**
 * GET and HEAD of an object through a rule: the picture that the rule makes of it, or what is told of that. Conditions
 * are about its version and cost no picture. HEAD makes it too: nothing else could tell its length, and a download that
 * begins with HEAD and goes on with ranges needs that.
 */
export async function getPicture(
  exchange: Exchange,
  object: StoredObject,
  request: PictureRequest,
  deps: CosDoorDeps,
): Promise<void> {
  try {
    await answerPicture(exchange, object, request, deps)
  } catch (error) {
    throw pictureFailure(error)
  }
}

async function answerPicture(
  exchange: Exchange,
  object: StoredObject,
  request: PictureRequest,
  { pictures, objects }: CosDoorDeps,
): Promise<void> {
  if (pictures === undefined) throw notOffered('picture rules on GET', printPictureRequest(request))
  const { method, headers, signal } = exchange
  const overrides = overriddenHeaders(exchange)
  const wanted = await pictures.onRequest.of(object, request, maySee(exchange, { objects }))
  const { version } = wanted
  const versioned = { etag: version, lastModified: isOfObjectAlone(request) ? object.lastModified : null }
  const versionHeaders = pictureVersionHeaders(object, version)
  const outcome = conditionsOf(headers, versioned)
  if (outcome === 'failed') throw new Failure('PreconditionFailed', 'Precondition not match.')
  if (outcome === 'not-modified') {
    return exchange.answerEmpty(304, { ...versionHeaders, 'cache-control': object.headers['cache-control'] })
  }

  const picture = await wanted.picture(signal)
  try {
    const { size, contentType } = picture.facts
    const described = {
      ...object.headers,
      // What the source was packed in, its picture is not.
      'content-encoding': undefined,
      'content-type': contentType,
      'accept-ranges': 'bytes',
      ...versionHeaders,
      // 1: made smaller, 2: the object as it is. What was made smaller has another size.
      'x-slimflag': wanted.onlySlims ? (size === object.size ? '2' : '1') : undefined,
      ...overrides,
    }
    const whole = { ...described, 'content-length': String(size) }
    if (method === 'HEAD') return await exchange.answerEmpty(200, whole)
    const range = ifRangeHolds(headers['if-range'], versioned) ? byteRange(headers.range, size) : null
    if (range === null) {
      const bytes = picture.atHand()
      return await (bytes === null
        ? exchange.answerStream(200, whole, picture.read())
        : exchange.answerBytes(200, whole, bytes))
    }
    const partial = {
      ...described,
      'content-length': String(range.end - range.start + 1),
      'content-range': `bytes ${range.start}-${range.end}/${size}`,
    }
    await exchange.answerStream(206, partial, picture.read(range))
  } finally {
    await picture.letGo()
  }
}

/** A style, or a picture that is put on, may become another while the object stays what it was. */
function isOfObjectAlone(request: PictureRequest): boolean {
  return !request.rule.stages.some((stage) => stage.interface === 'style') && !putsPictureOn(request)
}
