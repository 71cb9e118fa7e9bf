import { Failure } from '../../base/index.ts'

/** What the headers of a BMP file say, as far as it is needed to read the pixels. */
export interface BmpHeader {
  readonly width: number
  readonly height: number
  readonly bitsPerPixel: number
  readonly compression: 'none' | 'rle8' | 'rle4' | 'masks'
  readonly topDown: boolean
  /** Where the pixels begin, bytes. */
  readonly pixelsAt: number
  /** Colours that pixels of up to 8 bits are numbers of, `0xrrggbb`. */
  readonly palette: readonly number[]
  /** Which bits of a pixel are red, green, blue and opacity; without opacity the last is 0. */
  readonly masks: readonly [number, number, number, number]
}

/** Sizes of the second header that tell its edition: of OS/2, of Windows 3, and what was added later. */
const editions = [12, 40, 52, 56, 64, 108, 124]

const compressions: { readonly [code: number]: BmpHeader['compression'] } = {
  0: 'none',
  1: 'rle8',
  2: 'rle4',
  3: 'masks',
  6: 'masks',
}

export function isBmp(bytes: Uint8Array): boolean {
  return (
    bytes.length >= 26 && bytes[0] === 0x42 && bytes[1] === 0x4d && editions.includes(bytes[14]!) && bytes[15] === 0
  )
}

/**
 * @throws Failure `PictureBroken`
 * @source the structures BITMAPFILEHEADER, BITMAPCOREHEADER and BITMAPV5HEADER of Windows
 */
export function readBmpHeader(file: Buffer): BmpHeader {
  const edition = file.readUInt32LE(14)
  if (file.length < 14 + edition) throw broken('its header is cut off')
  const old = edition === 12
  const width = old ? file.readUInt16LE(18) : file.readInt32LE(18)
  const signedHeight = old ? file.readUInt16LE(20) : file.readInt32LE(22)
  const bitsPerPixel = file.readUInt16LE(old ? 24 : 28)
  const compression = compressions[old ? 0 : file.readUInt32LE(30)]
  if (width <= 0 || signedHeight === 0) throw broken(`it says it is ${width}x${signedHeight}`)
  if (compression === undefined) throw broken('its pixels are compressed in a way that is not known here')
  if (!fits(compression, bitsPerPixel)) throw broken(`it says it has ${bitsPerPixel} bits per pixel`)
  const masksBehind = edition === 40 && compression === 'masks'
  const hasMasks = masksBehind || edition >= 52
  const masksEnd = edition === 40 ? (file.readUInt32LE(30) === 6 ? 70 : 66) : 14 + edition
  if (masksBehind && file.length < masksEnd) throw broken('its header is cut off')
  const mask = (at: number) => (hasMasks && at + 4 <= masksEnd ? file.readUInt32LE(at) : 0)
  const given = compression === 'masks'
  return {
    width,
    height: Math.abs(signedHeight),
    bitsPerPixel,
    compression,
    topDown: signedHeight < 0,
    pixelsAt: file.readUInt32LE(10),
    palette: bitsPerPixel > 8 ? [] : readPalette(file, edition, bitsPerPixel),
    masks: given
      ? [mask(54), mask(58), mask(62), mask(66)]
      : bitsPerPixel === 16
        ? [0x7c00, 0x3e0, 0x1f, 0]
        : [0xff0000, 0xff00, 0xff, 0],
  }
}

function fits(compression: BmpHeader['compression'], bits: number): boolean {
  if (compression === 'rle8') return bits === 8
  if (compression === 'rle4') return bits === 4
  if (compression === 'masks') return bits === 16 || bits === 32
  return [1, 4, 8, 16, 24, 32].includes(bits)
}

function readPalette(file: Buffer, edition: number, bits: number): number[] {
  const entry = edition === 12 ? 3 : 4
  const most = 2 ** bits
  const said = edition === 12 ? 0 : file.readUInt32LE(46)
  const count = said === 0 ? most : Math.min(said, most)
  const from = 14 + edition
  const palette: number[] = []
  for (let at = from; palette.length < count && at + 3 <= file.length; at += entry) palette.push(file.readUIntLE(at, 3))
  return palette
}

export function broken(why: string): Failure {
  return new Failure('PictureBroken', `The source looks like BMP and cannot be decoded: ${why}.`)
}
