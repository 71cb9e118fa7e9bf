import sharp, { type Sharp } from 'sharp'
import { writeBmp } from '../../../src/images/bmp/write-bmp.ts'
import { drawn } from '../../support/pictures.ts'

/** A sound picture that mutations begin with. */
export interface Source {
  readonly name: string
  readonly bytes: Buffer
}

const exif = { IFD0: { Artist: 'somebody', Copyright: 'nobody' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } }

const svg = `<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="160" height="120" viewBox="0 0 160 120">
  <defs>
    <linearGradient id="g"><stop offset="0" stop-color="#e33"/><stop offset="1" stop-color="#33e" stop-opacity="0.4"/></linearGradient>
    <g id="leaf"><path d="M10 10 C 40 0, 60 60, 90 20 S 130 90 10 90 Z" fill="url(#g)"/></g>
  </defs>
  <use xlink:href="#leaf" transform="rotate(20 80 60) scale(1.2)"/>
  <circle cx="110" cy="40" r="22" fill="none" stroke="green" stroke-width="5" stroke-dasharray="4 2"/>
  <text x="20" y="110" font-size="14">Pixmill</text>
</svg>
`

function animated(width: number, height: number, frames: number): Sharp {
  const pixels = Buffer.alloc(width * height * frames * 4)
  for (let at = 0; at < pixels.length; at += 1)
    pixels[at] = (at * 7 + Math.floor(at / (width * height * 4)) * 40) & 0xff
  return sharp(pixels, { raw: { width, height: height * frames, channels: 4, pageHeight: height } })
}

/** Real files of all formats with what they may carry; but for two drawn by the same library that reads them. */
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
  const drawnBySharp = Object.entries(made).map(async ([name, draw]) => ({ name, bytes: await draw.toBuffer() }))
  const pixels = await plain().raw().toBuffer()
  return [
    ...(await Promise.all(drawnBySharp)),
    { name: 'bmp', bytes: writeBmp(pixels, 160, 120) },
    { name: 'svg', bytes: Buffer.from(svg) },
  ]
}
