import { rm, writeFile } from 'node:fs/promises'
import { asFailure } from '../base/index.ts'
import type { Library } from './drawing.ts'
import { isDeepWithProfile, type PictureHeader } from './facts/picture-header.ts'
import type { Plan } from './plan.ts'
import type { Size } from './rectangle.ts'
import type { Colour } from './rule/base64.ts'

/**
 * The colours of a rule, and of what it puts on, are sRGB. A picture that keeps its profile has the numbers of that
 * profile while it is drawn on, and the same numbers are other colours there. This gives the same colours in the numbers
 * of the picture.
 *
 * @param pixels of sRGB: red, green, blue and opacity with eight bits each
 */
export type InItsNumbers = (pixels: Buffer, size: Size) => Promise<Buffer>

/** For a picture that is in sRGB itself. */
export const asTheyAre: InItsNumbers = async (pixels) => pixels

/** In which numbers a picture is while it is drawn on, pass by pass. */
export interface WorkingColours {
  of(pass: { readonly first: boolean }): InItsNumbers
  /** To be called when nothing is drawn any more. */
  close(): Promise<void>
}

const sRGB: WorkingColours = { of: () => asTheyAre, close: async () => {} }

/**
 * The profile of the source itself is written to a file for that long, because libvips takes it from nowhere else.
 *
 * @param file as sharp reads it
 * @param scratchFile where the profile may be written meanwhile; `null` where the result keeps none
 */
export async function workingColours(
  library: Library,
  file: Buffer,
  header: PictureHeader,
  plan: Plan,
  scratchFile: string | null,
): Promise<WorkingColours> {
  const bringsColours = plan.passes.some(({ pad, paint }) => pad !== undefined || paint?.colours === 'new')
  if (!bringsColours || !header.has.icc || header.colours !== 'rgb') return sRGB
  if (isDeepWithProfile(header)) {
    // Those of 16 bits are in Display P3; what was written with eight between two passes is sRGB from there on.
    const p3 = inProfile(library, 'p3')
    return { ...sRGB, of: ({ first }) => (first || plan.sixteenBits ? p3 : asTheyAre) }
  }
  if (scratchFile === null || !keepsProfile(header, plan)) return sRGB
  const { icc } = await library(file, { limitInputPixels: false }).metadata()
  if (icc === undefined) return sRGB
  await writeFile(scratchFile, icc).catch((error: unknown) => {
    throw asFailure(error)
  })
  const own = inProfile(library, scratchFile)
  return { of: () => own, close: () => rm(scratchFile, { force: true }) }
}

/** Whether the result has the profile of the source: it fits what is written, and nothing asks for it to be left out. */
export function keepsProfile({ colours }: PictureHeader, { encoding: { strip, format } }: Plan): boolean {
  return colours === 'rgb' && !strip && format !== 'gif' && format !== 'bmp'
}

/** One colour, as sharp takes it for a background. */
export async function colourIn(
  inItsNumbers: InItsNumbers,
  colour: Colour,
): Promise<{ r: number; g: number; b: number }> {
  const [r = 0, g = 0, b = 0] = await inItsNumbers(Buffer.from(`${colour.slice(1)}ff`, 'hex'), { width: 1, height: 1 })
  return { r, g, b }
}

/** @param profile a name that libvips knows, or a file */
function inProfile(library: Library, profile: string): InItsNumbers {
  return async (pixels, { width, height }) => {
    const { data, info } = await library(pixels, { raw: { width, height, channels: 4 }, limitInputPixels: false })
      .withIccProfile(profile, { attach: false })
      .raw()
      .toBuffer({ resolveWithObject: true })
    // A broken one is passed over, and one for other things than red, green and blue says nothing of these numbers.
    return info.channels === 4 ? data : pixels
  }
}
