import type sharp from 'sharp'
import { isDeepWithProfile, type PictureHeader } from './picture-header.ts'

/** Above this a JPEG is decoded at an eighth of its sides, and anything else is averaged over a smaller picture. */
const exactPixels = 1_000_000
const otherExactPixels = 4_000_000

/**
 * The mean of each sRGB channel over all pixels, as `0xrrggbb`; transparency counts as white, and of an animation the
 * first frame is taken. For large pictures from the shrunk decode: within 1 of the exact mean, and a tenth of the time.
 */
export async function averageColour(library: typeof sharp, file: Buffer, header: PictureHeader): Promise<string> {
  const { width, height, format } = header
  const picture = library(file, { failOn: 'error', limitInputPixels: false })
  const pixels = width * height
  if (format === 'jpeg' && pixels > exactPixels) {
    // A ninth, because the decoder is asked for an eighth only when more than an eighth is wanted.
    picture.resize(Math.ceil(width / 9), Math.ceil(height / 9), { fit: 'fill', kernel: 'linear' })
  } else if (pixels > otherExactPixels) {
    const scale = Math.sqrt(exactPixels / pixels)
    const size = (side: number) => Math.max(1, Math.round(side * scale))
    picture.resize(size(width), size(height), { fit: 'fill', kernel: 'linear' })
  }
  if (isDeepWithProfile(header)) picture.withIccProfile('srgb', { attach: false })
  const { data, info } = await picture
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  return meanOf(data, info.channels)
}

/** The mean of raw pixels of 8 bits as `0xrrggbb`; one or two channels are grey, the alpha channel is not looked at. */
export function meanOf(data: Buffer, channels: number): string {
  const count = data.length / channels
  let colour = '0x'
  for (let channel = 0; channel < 3; channel++) {
    let sum = 0
    for (let i = channels < 3 ? 0 : channel; i < data.length; i += channels) sum += data[i]!
    colour += Math.round(sum / count)
      .toString(16)
      .padStart(2, '0')
  }
  return colour
}
