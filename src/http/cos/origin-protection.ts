import { Failure } from '../../base/index.ts'
import type { PictureRequest } from '../../images/index.ts'
import { contentTypeOfKey, type StoredObject } from '../../objects/index.ts'
import type { Exchange } from '../exchange.ts'
import type { FoundObject } from './look-up.ts'

/** What a request asks of an object: its bytes, its bytes as the protocol's word for them, or a picture made of them. */
export type Asked = 'bytes' | 'original' | PictureRequest

/**
 * In a bucket that protects its originals, pictures are given in its styles only, because with a rule of one's own one
 * could have the picture as good as it is. Behind a style a rule may follow, but without a key none that puts pictures on:
 * one that is put onto another could be had as good as it is, too, itself for instance. Whoever signs gets the original by
 * asking for it by its name (`ci-process=originImage`), and may look at its headers.
 *
 * @throws Failure `OriginProtected`
 */
export function refuseProtectedOrigin(exchange: Exchange, { bucket, object }: FoundObject, asked: Asked): void {
  if (!bucket.isOriginProtected) return
  if (typeof asked === 'object' && isOfStyle(asked) && (exchange.signedBy !== null || !putsPictureOn(asked))) return
  // Whoever asks for a picture made of it takes it for one.
  if (typeof asked === 'string' && !isPicture(object)) return
  if (exchange.signedBy !== null && (asked === 'original' || (asked === 'bytes' && exchange.method === 'HEAD'))) return
  throw new Failure(
    'OriginProtected',
    'This bucket gives its pictures, and pictures put onto them, in its styles only; the original is for signed requests with ci-process=originImage.',
  )
}

function isOfStyle({ rule }: PictureRequest): boolean {
  return rule.stages[0]?.interface === 'style'
}

/** Whether a request puts pictures on, beside those that its styles put on. */
export function putsPictureOn({ rule }: PictureRequest): boolean {
  return rule.stages.some((stage) => stage.interface === 'watermark' && stage.kind === 1)
}

/** As far as can be told without reading it: uploads often come without a type, and with any. */
function isPicture({ contentType, key }: StoredObject): boolean {
  return contentType.startsWith('image/') || contentTypeOfKey(key).startsWith('image/')
}
