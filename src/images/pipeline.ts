import type sharp from 'sharp'
import type { Sharp } from 'sharp'
import type { PictureHeader } from './facts/picture-header.ts'
import type { Pass, Plan } from './plan.ts'
import { swapsSides, thenTurn, undoTurn, uprightTurn } from './turn.ts'

/** The library is handed in: only the engine process may load it. */
type Library = typeof sharp

/**
 * Carries out a plan. A still picture with one pass (nearly every thumbnail) is one sharp pipeline from the file's bytes
 * to the result's, so that the decoder can shrink while it reads. More passes go through a PNG that is not compressed:
 * unlike raw pixels it carries the profile, the EXIF block and 16 bits.
 */
export async function renderPicture(
  library: Library,
  file: Buffer,
  header: PictureHeader,
  plan: Plan,
): Promise<Buffer> {
  if (plan.frames > 1) return renderAnimation(library, file, header, plan)
  let input = file
  const passes = plan.passes.length === 0 ? [null] : plan.passes
  for (const [index, pass] of passes.entries()) {
    const first = index === 0
    const last = index === passes.length - 1
    const picture = library(input, { ...reading, autoOrient: pass?.upright === true })
    if (first && plan.flatten) picture.flatten({ background: '#ffffff' })
    if (pass !== null) drawPass(picture, pass, pass.upright ? header.orientation : 0)
    keepDepth(picture, header, plan, last)
    keepMetadata(picture, header, plan)
    if (last) encode(picture, header, plan)
    else picture.png({ compressionLevel: 0 })
    input = await picture.toBuffer()
  }
  return input
}

/** Sizes are checked by the plan; broken data is never patched over. */
const reading = { failOn: 'error', limitInputPixels: false } as const

/**
 * @param orientation the EXIF orientation that sharp itself applies while reading; 0 for none
 */
function drawPass(picture: Sharp, pass: Pass, orientation: number): void {
  // sharp turns upright first, then resizes to the turned size, then mirrors, then rotates. What the whole turn does
  // beyond making the picture upright is left for the end.
  const upright = uprightTurn(orientation)
  const rest = thenTurn(undoTurn(upright), pass.turn)
  if (pass.resize !== undefined) {
    const { width, height } = pass.resize
    picture.resize(swapsSides(upright) ? height : width, swapsSides(upright) ? width : height, { fit: 'fill' })
  }
  if (rest.mirrored) picture.flop()
  if (rest.quarters !== 0) picture.rotate(rest.quarters * 90)
  if (pass.pad !== undefined) {
    const { colour, ...edges } = pass.pad
    picture.extend({ ...edges, background: colour })
  }
  pass.paint?.(picture)
}

/**
 * Frames are drawn one by one: sharp sees an animation as one tall strip, cannot turn it, and its filters bleed from
 * one frame into the next. Without anything to draw, the strip goes through as it is.
 */
async function renderAnimation(library: Library, file: Buffer, header: PictureHeader, plan: Plan): Promise<Buffer> {
  const strip = library(file, { ...reading, animated: true })
  if (plan.passes.length === 0) {
    keepMetadata(strip, header, plan)
    return encode(strip, header, plan).toBuffer()
  }
  const { data, info } = await strip.raw().toBuffer({ resolveWithObject: true })
  const { channels } = info
  const frameBytes = header.width * header.height * channels
  const drawnBytes = plan.width * plan.height * channels
  const drawn = Buffer.allocUnsafe(drawnBytes * plan.frames)
  for (let frame = 0; frame < plan.frames; frame++) {
    let pixels = data.subarray(frame * frameBytes, (frame + 1) * frameBytes)
    for (const pass of plan.passes) {
      const picture = library(pixels, { raw: { ...pass.from, channels } })
      drawPass(picture, pass, 0)
      pixels = await picture.raw().toBuffer()
    }
    pixels.copy(drawn, frame * drawnBytes)
  }
  const { width, height, frames } = plan
  const joined = library(drawn, {
    ...reading,
    raw: { width, height: height * frames, channels, pageHeight: height },
  })
  return encode(joined, header, plan).toBuffer()
}

/** Sixteen bits stay where the format does; grey stays grey, which makes files a third smaller. */
function keepDepth(picture: Sharp, header: PictureHeader, plan: Plan, last: boolean): void {
  const { format } = plan.encoding
  const sixteen = header.sixteenBits && format === header.format && (format === 'png' || format === 'tiff')
  const coloured = plan.passes.some((pass) => pass.pad !== undefined || pass.paint !== undefined)
  const grey = header.colours === 'grey' && !coloured && last && ['jpeg', 'png', 'tiff'].includes(format)
  if (sixteen) picture.toColourspace(grey ? 'grey16' : 'rgb16')
  else if (grey) picture.toColourspace('b-w')
}

/**
 * Metadata stays unless the rule strips it. A colour profile stays where it fits what is written; otherwise colours are
 * converted to sRGB (CMYK and grey pictures, GIF).
 */
function keepMetadata(picture: Sharp, header: PictureHeader, { encoding }: Plan): void {
  if (encoding.strip || encoding.format === 'gif') return
  const { exif, icc, xmp, iptc } = header.has
  const iccFits = header.colours === 'rgb'
  if ((exif || iptc) && (iccFits || !icc)) {
    picture.keepMetadata()
    return
  }
  // Asked for singly, because keeping EXIF of a picture that has none writes an empty block.
  if (exif) picture.keepExif()
  if (xmp) picture.keepXmp()
  if (icc && iccFits) picture.keepIccProfile()
}

function encode(picture: Sharp, header: PictureHeader, plan: Plan): Sharp {
  const { format, interlace } = plan.encoding
  const quality = plan.quality ?? undefined
  const movement = plan.frames > 1 ? { delay: [...header.delays], loop: header.loop } : {}
  switch (format) {
    case 'jpeg':
      return picture.jpeg({ quality, progressive: interlace })
    case 'png':
      return picture.png({ compressionLevel: 6 })
    case 'webp':
      return picture.webp({ quality, ...movement })
    case 'gif':
      // Without this, equal neighbours are put together and the number of frames changes.
      return picture.gif({ ...movement, keepDuplicateFrames: true })
    case 'avif':
      return picture.avif({ quality })
    case 'tiff':
      return picture.tiff({ compression: 'lzw' })
  }
}
