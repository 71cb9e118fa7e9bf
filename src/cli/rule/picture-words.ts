import type { PictureFormat } from '../../images/index.ts'

interface PictureFacts {
  readonly format: PictureFormat
  readonly width: number
  readonly height: number
  readonly frames: number
  readonly quality: number
}

/** Formats whose pictures have a quality. */
const withQuality: readonly PictureFormat[] = ['jpeg', 'webp', 'avif']

/** `JPEG 2040x1356, quality 80`. */
export function pictureWords({ format, width, height, frames, quality }: PictureFacts, qualityIsKnown = true): string {
  return [
    `${format.toUpperCase()} ${width}x${height}`,
    ...(frames > 1 ? [`${frames} frames`] : []),
    ...(qualityIsKnown && withQuality.includes(format) ? [`quality ${quality}`] : []),
  ].join(', ')
}

/** `523 bytes`, `12.3 kB`, `4.1 MB`. */
export function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

/** `34 MiB`, never less than it is. */
export function memoryWords(bytes: number): string {
  return `${Math.ceil(bytes / (1024 * 1024))} MiB`
}
