import type sharp from 'sharp'
import { Failure } from '../../base/index.ts'
import { readBmpHeader } from '../bmp/bmp-header.ts'
import type { PictureFormat } from '../picture-format.ts'
import { estimateJpegQuality } from './jpeg-quality.ts'
import { type JpegSegments, readJpegSegments } from './jpeg-segments.ts'
import { type PictureHeader, plainHeader } from './picture-header.ts'
import { sniffFormat } from './sniff-format.ts'
import { readSimpleWebp } from './webp-header.ts'

/**
 * Reads what the header of a picture says. The limit on pixels is not checked by the decoder here but by
 * `limits.ts`, whose message says more.
 *
 * @throws Failure `PictureBroken`
 */
export async function readHeader(library: typeof sharp, file: Buffer): Promise<PictureHeader> {
  const format = sniffFormat(file)
  if (format === 'bmp') return bmpHeader(file)
  const segments = format === 'jpeg' ? readJpegSegments(file) : null
  const quality = segments?.luminanceTable == null ? null : estimateJpegQuality(segments.luminanceTable)
  if (segments !== null && saysAll(segments)) return jpegHeader(file.length, segments, quality)
  // The decoder of WebP makes room for the whole picture before it says as much.
  const simple = format === 'webp' ? readSimpleWebp(file) : null
  if (simple !== null) return { ...plainHeader, format: 'webp', bytes: file.length, ...simple }
  const said = await library(file, { failOn: 'error', limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => {
      throw brokenPicture(format, cause)
    })
  const moves = format === 'gif' || format === 'webp'
  return {
    format,
    bytes: file.length,
    width: said.width,
    height: said.height,
    frames: moves ? (said.pages ?? 1) : 1,
    orientation: said.orientation ?? 0,
    quality,
    channels: said.channels,
    alpha: said.hasAlpha,
    colours: coloursOf(said.space),
    sixteenBits: said.depth === 'ushort',
    sampleBytes: sampleBytesOf(said.depth),
    // A JPEG that cannot be read here may be of either kind, and the price has to cover the dearer one.
    interlaced: said.isProgressive || (format === 'jpeg' && segments?.separateScans !== false),
    palette: said.isPalette,
    has: {
      exif: said.exif !== undefined,
      icc: said.icc !== undefined,
      xmp: said.xmp !== undefined,
      iptc: said.iptc !== undefined,
    },
    metadataBytes: Math.max(
      segments?.metadataBytes ?? 0,
      [said.exif, said.icc, said.xmp, said.iptc].reduce((sum, block) => sum + (block?.length ?? 0), 0),
    ),
    delays: said.delay ?? [],
    loop: said.loop ?? 0,
  }
}

/**
 * Most JPEG files need no decoder to say what they are, which saves a fortieth of the time of a small job. The EXIF block
 * does, and so does everything unusual.
 */
function saysAll({ width, height, components, bitsPerSample, exif }: JpegSegments): boolean {
  return width > 0 && height > 0 && (components === 1 || components === 3) && bitsPerSample === 8 && !exif
}

function jpegHeader(bytes: number, segments: JpegSegments, quality: number | null): PictureHeader {
  const { width, height, components, progressive, separateScans, icc, xmp, iptc, metadataBytes } = segments
  return {
    ...plainHeader,
    format: 'jpeg',
    bytes,
    width,
    height,
    quality,
    channels: components,
    colours: components === 1 ? 'grey' : 'rgb',
    interlaced: progressive || separateScans,
    has: { exif: false, icc, xmp, iptc },
    metadataBytes,
  }
}

function bmpHeader(file: Buffer): PictureHeader {
  const { width, height, masks } = readBmpHeader(file)
  const alpha = masks[3] !== 0
  return { ...plainHeader, format: 'bmp', bytes: file.length, width, height, channels: alpha ? 4 : 3, alpha }
}

function sampleBytesOf(depth: string): number {
  if (depth === 'uchar' || depth === 'char') return 1
  if (depth === 'ushort' || depth === 'short') return 2
  if (depth === 'uint' || depth === 'int' || depth === 'float') return 4
  return depth === 'dpcomplex' ? 16 : 8
}

function coloursOf(space: string): PictureHeader['colours'] {
  if (space === 'srgb' || space === 'rgb' || space === 'rgb16') return 'rgb'
  return space === 'b-w' || space === 'grey16' ? 'grey' : 'other'
}

/**
 * The failure for a picture whose decoder gave up. Its first line is kept: `premature end of JPEG image` helps. What
 * sharp puts before it does not, nor does the search of the AVIF decoder for the end of the file.
 */
export function brokenPicture(format: PictureFormat, cause: unknown): Failure {
  const said = cause instanceof Error ? cause.message : ''
  const lines = said
    .split('\n')
    .map((line) => line.replace(/^Input buffer has corrupt header:/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('source: bad seek'))
  const first = (lines[0] ?? 'no reason given')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 200)
    .replace(/\.+$/, '')
  return new Failure(
    'PictureBroken',
    `The source looks like ${format.toUpperCase()} and cannot be decoded: ${first}.`,
    {
      cause,
    },
  )
}
