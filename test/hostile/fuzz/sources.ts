import sharp, { type Sharp } from 'sharp'
import { drawn } from '../../support/pictures.ts'

/** A sound picture that mutations begin with. */
export interface Source {
  readonly name: string
  readonly bytes: Buffer
}

const exif = { IFD0: { Artist: 'somebody', Copyright: 'nobody' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } }

function animated(width: number, height: number, frames: number): Sharp {
  const pixels = Buffer.alloc(width * height * frames * 4)
  for (let at = 0; at < pixels.length; at += 1)
    pixels[at] = (at * 7 + Math.floor(at / (width * height * 4)) * 40) & 0xff
  return sharp(pixels, { raw: { width, height: height * frames, channels: 4, pageHeight: height } })
}

/** Real files of all six formats with what they may carry, drawn by the same library that reads them. */
export async function sources(): Promise<readonly Source[]> {
  const plain = () => drawn(160, 120)
  const clear = () => plain().ensureAlpha(0.5)
  const rich = () => plain().withExif(exif).withIccProfile('p3').withMetadata({ orientation: 6, exif })
  const grey = () => plain().toColourspace('b-w')
  const made: { readonly [name: string]: Sharp } = {
    jpeg: plain().jpeg(),
    'jpeg progressive': plain().jpeg({ progressive: true }),
    'jpeg rich': rich().jpeg(),
    'jpeg grey': grey().jpeg(),
    'jpeg cmyk': plain().toColourspace('cmyk').jpeg(),
    'jpeg mozjpeg': plain().jpeg({ mozjpeg: true }),
    png: plain().png(),
    'png interlaced': clear().png({ progressive: true }),
    'png palette': plain().png({ palette: true, colours: 16 }),
    'png 16 bits': plain().toColourspace('rgb16').png(),
    'png rich': rich().png(),
    'png grey': grey().png(),
    webp: plain().webp(),
    'webp lossless': clear().webp({ lossless: true }),
    'webp rich': rich().webp({ alphaQuality: 50 }),
    'webp animated': animated(40, 30, 6).webp(),
    gif: plain().gif(),
    'gif interlaced': plain().gif({ progressive: true }),
    'gif animated': animated(40, 30, 6).gif({ keepDuplicateFrames: true }),
    avif: plain().avif({ effort: 0 }),
    'avif clear': clear().avif({ effort: 0 }),
    'avif rich': rich().avif({ effort: 0 }),
    'tiff lzw': plain().tiff({ compression: 'lzw' }),
    'tiff deflate tiles': plain().tiff({ compression: 'deflate', tile: true, tileWidth: 64, tileHeight: 64 }),
    'tiff jpeg': plain().tiff({ compression: 'jpeg' }),
    'tiff packbits rich': rich().tiff({ compression: 'packbits' }),
    'tiff pyramid': plain().tiff({ pyramid: true, tile: true, tileWidth: 64, tileHeight: 64 }),
    'tiff floating-point': plain().toColourspace('scrgb').tiff({ compression: 'none' }),
    'tiff bi-level': grey().threshold().tiff({ bitdepth: 1, compression: 'ccittfax4' }),
  }
  return Promise.all(Object.entries(made).map(async ([name, draw]) => ({ name, bytes: await draw.toBuffer() })))
}
