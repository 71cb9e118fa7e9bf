import type sharp from 'sharp'
import { dynamicRangeOf } from './dynamic-range.ts'
import type { PictureHeader } from './picture-header.ts'

/** Dots per inch that are told of a picture that does not say. */
const usualDensity = 72

/**
 * The answer to `imageInfo`: every value is text, and the members stand in the order of the protocol. Sides are as stored,
 * not turned by the orientation, and of one frame.
 *
 * @param file as sharp reads it; of a BMP, the same picture in another format
 * @param md5 of the file itself, hexadecimal
 * @param averageColour `0xrrggbb`
 */
export async function imageInfo(
  library: typeof sharp,
  file: Buffer,
  md5: string,
  header: PictureHeader,
  averageColour: string,
): Promise<string> {
  const said = await library(file, { failOn: 'error', limitInputPixels: false }).metadata()
  const density = `${Math.round(said.density ?? usualDensity)}`
  return membersOf({
    format: header.format,
    width: `${header.width}`,
    height: `${header.height}`,
    size: `${header.bytes}`,
    md5,
    dynamic_range: dynamicRangeOf(header.format, file, said.gainMap !== undefined),
    frame_count: `${header.frames}`,
    // The colours of a palette have eight, whatever its numbers have.
    bit_depth: `${said.isPalette ? 8 : (said.bitsPerSample ?? header.sampleBytes * 8)}`,
    vertical_dpi: density,
    horizontal_dpi: density,
    photo_rgb: averageColour,
  })
}

/** The answer to `imageAve`. */
export function imageAve(averageColour: string): string {
  return membersOf({ RGB: averageColour })
}

/** An object of JSON with a space behind every colon and comma, as the original writes it. */
function membersOf(members: { readonly [name: string]: string }): string {
  const written = Object.entries(members).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
  return `{${written.join(', ')}}`
}
