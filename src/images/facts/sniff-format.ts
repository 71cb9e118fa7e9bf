import { Failure } from '../../base/index.ts'
import { isBmp } from '../bmp/bmp-header.ts'
import type { PictureFormat } from '../picture-format.ts'
import { isSvg } from './svg.ts'

/**
 * Which format a file is in, by its first bytes. Looked at before any decoder is, so that only the formats meant
 * reach one.
 *
 * @throws Failure `PictureNotSupported`, which names the kind where it is a known one
 */
export function sniffFormat(bytes: Uint8Array): PictureFormat {
  if (bytes.length === 0) throw new Failure('PictureNotSupported', 'The source is empty, expected a picture.')
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64)).toString('latin1')
  const format = readable(head)
  if (format !== null) return format
  if (isBmp(bytes)) return 'bmp'
  if (isSvg(bytes)) return 'svg'
  throw new Failure(
    'PictureNotSupported',
    `The source is ${unreadable(head)}, expected a JPEG, PNG, WebP, GIF, AVIF, TIFF, BMP or SVG picture.`,
  )
}

function readable(head: string): PictureFormat | null {
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'gif'
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return 'webp'
  if (head.startsWith('II*\0') || head.startsWith('MM\0*')) return 'tiff'
  if (head.startsWith('II+\0') || head.startsWith('MM\0+')) return 'tiff'
  return brands(head).some((brand) => brand === 'avif' || brand === 'avis') ? 'avif' : null
}

function unreadable(head: string): string {
  if (brands(head).some((brand) => /^(?:hei|hev|mif1|msf1)/.test(brand))) return 'a HEIC picture'
  if (head.startsWith('%PDF')) return 'a PDF document'
  if (head.startsWith('8BPS')) return 'a Photoshop document'
  if (head.startsWith('\xff\n') || head.startsWith('JXL ', 4)) return 'a JPEG XL picture'
  if (head.startsWith('jP  ', 4) || head.startsWith('\xff\x4f\xff\x51')) return 'a JPEG 2000 picture'
  return 'not a picture that is known here'
}

/** The brands of an ISO media file: AVIF and HEIC are told apart by them. */
function brands(head: string): string[] {
  if (!head.startsWith('ftyp', 4)) return []
  const end = Math.min(head.charCodeAt(2) * 256 + head.charCodeAt(3), head.length)
  const found = [head.slice(8, 12)]
  for (let at = 16; at + 4 <= end; at += 4) found.push(head.slice(at, at + 4))
  return found
}
