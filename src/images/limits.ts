import { Failure } from '../base/index.ts'

/** How large pictures may be. Everything is judged from the header, before a pixel is decoded. */
export interface PictureLimits {
  /** Bytes of the source. */
  readonly maxSourceBytes: number
  /** Width and height of the source, of every step between and of the result, pixels. */
  readonly maxSide: number
  /** Width times height times frames, of the source and of everything made from it. */
  readonly maxPixels: number
  /** Frames of an animation. */
  readonly maxFrames: number
}

/**
 * Sides that a rule asks for act as 10 000 when they are larger (`rule/geometry.ts`), formats have limits of their own
 * (`picture-format.ts`), and a rule has ten stages at most (`rule/rule.ts`).
 *
 * @source usage limits of Cloud Infinite, January 2026
 */
export const defaultPictureLimits: PictureLimits = {
  maxSourceBytes: 32 * 1024 * 1024,
  maxSide: 50_000,
  maxPixels: 250_000_000,
  maxFrames: 300,
}

/** @param of what the limit is for, where that is not the source: the protocol numbers results apart */
export function overLimit(what: string, value: number, limit: number, unit: string, of?: 'result'): Failure {
  return new Failure('PictureOverLimit', `${what} is ${value} ${unit}, at most ${limit} ${unit} are allowed.`, {
    details: { value, limit, ...(of && { of }) },
  })
}

export function checkSourceBytes(bytes: number, limits: PictureLimits): void {
  if (bytes > limits.maxSourceBytes) {
    const { maxSourceBytes: limit } = limits
    const message = `The size of the source is ${bytes} bytes, at most ${limit} bytes are allowed.`
    throw new Failure('SourceTooLarge', message, { details: { value: bytes, limit } })
  }
}

/** @param whose for the message */
export function checkSize(
  whose: 'source' | 'result' | 'watermark',
  { width, height, frames }: { readonly width: number; readonly height: number; readonly frames: number },
  limits: PictureLimits,
): void {
  const of = whose === 'result' ? whose : undefined
  if (width > limits.maxSide) throw overLimit(`The width of the ${whose}`, width, limits.maxSide, 'pixels', of)
  if (height > limits.maxSide) throw overLimit(`The height of the ${whose}`, height, limits.maxSide, 'pixels', of)
  if (frames > limits.maxFrames) throw overLimit(`The animation of the ${whose}`, frames, limits.maxFrames, 'frames')
  const pixels = width * height * frames
  if (pixels > limits.maxPixels) {
    const counted = frames > 1 ? `${width}x${height}x${frames} frames` : `${width}x${height}`
    throw overLimit(`The area of the ${whose} (${counted})`, pixels, limits.maxPixels, 'pixels', of)
  }
}

/** All watermarks of a rule together may be as large as a source: they are read before anybody has said a price. */
export function checkMarkBytes(bytes: number, limit: number): void {
  if (bytes <= limit) return
  const message = `The watermarks of the rule have ${bytes} bytes together, at most ${limit} bytes are allowed.`
  throw new Failure('PictureOverLimit', message, { details: { value: bytes, limit } })
}
