import { type FailureCode, failures } from '../../base/index.ts'
import { pictureFormats } from '../picture-format.ts'
import {
  type AnnouncedPicture,
  type FromEngine,
  mostSentBytes,
  type ProcessedPicture,
  type SentFailure,
} from './messages.ts'

/**
 * What came over the channel, if it is something an engine may say; else `null`. A hostile picture may have taken its
 * engine over, so the server believes the shape of nothing that comes from there.
 */
export function readFromEngine(message: unknown): FromEngine | null {
  if (!isObject(message)) return null
  switch (message.say) {
    case 'ready':
      return { say: 'ready' }
    case 'cannot reach':
      return isText(message.folder, 4096) ? { say: 'cannot reach', folder: message.folder } : null
    case 'pinned':
      return isText(message.cores, 4096) ? { say: 'pinned', cores: message.cores } : null
    case 'over ceiling':
      return isCount(message.bytes) ? { say: 'over ceiling', bytes: message.bytes } : null
    case 'price':
      return isCount(message.id) && isCount(message.bytes)
        ? { say: 'price', id: message.id, bytes: message.bytes }
        : null
    case 'done':
      return isCount(message.id) && isPicture(message.picture) && isSent(message.sent, message.picture)
        ? { say: 'done', id: message.id, picture: message.picture, sent: message.sent }
        : null
    case 'announced':
      return isCount(message.id) && isAnnounced(message.picture)
        ? { say: 'announced', id: message.id, picture: message.picture }
        : null
    case 'failed':
      return isCount(message.id) && isFailure(message.failure)
        ? { say: 'failed', id: message.id, failure: message.failure }
        : null
    default:
      return null
  }
}

type Unknowns = { readonly [name: string]: unknown }

function isObject(value: unknown): value is Unknowns {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length <= maxLength
}

function isFormat(value: unknown): boolean {
  return (pictureFormats as readonly unknown[]).includes(value)
}

function isPicture(value: unknown): value is ProcessedPicture {
  if (!isObject(value)) return false
  const { source, result } = value
  return (
    isSource(source) &&
    isObject(result) &&
    isFormat(result.format) &&
    isText(result.contentType, 40) &&
    [result.width, result.height, result.quality, result.frames, result.size].every(isCount) &&
    /^[0-9a-f]{32}$/.test(String(result.md5)) &&
    /^\d{1,20}$/.test(String(result.crc64))
  )
}

/** All of the result or nothing. */
function isSent(value: unknown, { result }: ProcessedPicture): value is number {
  return value === 0 || (value === result.size && result.size <= mostSentBytes)
}

function isAnnounced(value: unknown): value is AnnouncedPicture {
  if (!isObject(value)) return false
  const { source, sourceSize, result, priceBytes } = value
  return (
    isSource(source) &&
    isObject(result) &&
    isFormat(result.format) &&
    ['always', 'never', 'unless smaller'].includes(String(result.isOriginal)) &&
    [sourceSize, result.width, result.height, result.quality, result.frames, priceBytes].every(isCount)
  )
}

function isSource(value: unknown): boolean {
  return (
    isObject(value) &&
    isFormat(value.format) &&
    [value.width, value.height, value.orientation, value.quality, value.frames].every(isCount) &&
    (value.averageColour === undefined || /^0x[0-9a-f]{6}$/.test(String(value.averageColour)))
  )
}

function isFailure(value: unknown): value is SentFailure {
  if (!isObject(value)) return false
  const { code, message, details, cause } = value
  return (
    typeof code === 'string' &&
    Object.hasOwn(failures, code as FailureCode) &&
    isText(message, 2000) &&
    isObject(details) &&
    Object.values(details).every((fact) => typeof fact === 'number' || isText(fact, 1000)) &&
    (cause === undefined || isText(cause, 10_000))
  )
}
