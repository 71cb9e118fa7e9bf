import type { Sharp, SharpOptions } from 'sharp'
import { writeBmp } from './bmp/write-bmp.ts'
import type { Library } from './drawing.ts'
import { meanOf } from './facts/average-colour.ts'
import { isDeepWithProfile, type PictureHeader } from './facts/picture-header.ts'
import type { PictureLimits } from './limits.ts'
import { slimQuality } from './operations/slim.ts'
import type { WrittenFormat } from './picture-format.ts'
import type { Pass, Plan } from './plan.ts'
import { turned } from './rectangle.ts'
import { slimPng } from './slim-png.ts'
import { swapsSides, thenTurn, undoTurn, uprightTurn } from './turn.ts'
import {
  asTheyAre,
  colourIn,
  type InItsNumbers,
  keepsProfile,
  type WorkingColours,
  workingColours,
} from './working-colours.ts'

export interface RenderedPicture {
  readonly bytes: Buffer
  /** The quality it was encoded with; `null` for formats without one. */
  readonly quality: number | null
  /** The bytes are those of the source: the rule prefers it when the result is not smaller. */
  readonly isOriginal: boolean
  /** Mean of the source as `0xrrggbb`, where it could be had on the way; see `averageColour`. */
  readonly averageColour?: string
}

/**
 * Carries out a plan. A still picture with one pass (nearly every thumbnail) is one sharp pipeline from the file's bytes
 * to the result's, so that the decoder can shrink while it reads. More passes go through a PNG that is not compressed:
 * unlike raw pixels it carries the profile, the EXIF block and 16 bits.
 *
 * @param wantColour whether the average colour of the source is worth a small detour
 * @param scratchFile see `workingColours`
 */
export async function renderPicture(
  library: Library,
  file: Buffer,
  header: PictureHeader,
  plan: Plan,
  limits: PictureLimits,
  wantColour: boolean,
  scratchFile: string | null,
): Promise<RenderedPicture> {
  const { quality } = plan
  if (isSlim(header, plan)) return { bytes: file, quality, isOriginal: true }
  const rendered = await render(library, file, header, plan, limits, wantColour, scratchFile)
  const grew = rendered.bytes.length - header.bytes
  const isOriginal = (plan.encoding.minisize && grew > 0) || (givesSmaller(header, plan) && grew >= 0)
  return isOriginal ? { ...rendered, bytes: file, isOriginal } : { ...rendered, isOriginal }
}

/** Whether the source may be given in place of the result, because that is larger or no smaller. */
export function mayBeOriginal(header: PictureHeader, plan: Plan): boolean {
  return plan.encoding.minisize || givesSmaller(header, plan)
}

/** By a size limit that asks for it, or because nothing is asked for but a smaller file. */
function givesSmaller(header: PictureHeader, plan: Plan): boolean {
  const { format, sizeLimit } = plan.encoding
  return (format === 'jpeg' && sizeLimit?.orOriginal === true) || slimsOnly(header, plan)
}

/** A smaller file is asked for, and it is as small as that makes it. */
function isSlim(header: PictureHeader, plan: Plan): boolean {
  return header.format === 'jpeg' && slimsOnly(header, plan) && (header.quality ?? 100) <= slimQuality
}

function slimsOnly(header: PictureHeader, { encoding, passes, frames }: Plan): boolean {
  const { format, slim, strip } = encoding
  return slim && !strip && format === header.format && passes.length === 0 && frames.length === header.frames
}

type Rendered = Omit<RenderedPicture, 'isOriginal'>

async function render(
  library: Library,
  file: Buffer,
  header: PictureHeader,
  plan: Plan,
  limits: PictureLimits,
  wantColour: boolean,
  scratchFile: string | null,
): Promise<Rendered> {
  const { quality } = plan
  const read: SharpOptions = { failOn: 'error', limitInputPixels: limits.maxPixels }
  if (plan.frames.length > 1) return { bytes: await renderAnimation(library, read, file, header, plan), quality }
  if (wantColour && showsAverage(header, plan)) return renderByWayOfPixels(library, read, file, plan)
  const colours = await workingColours(library, file, header, plan, scratchFile)
  try {
    return await renderStill(library, read, file, header, plan, colours)
  } finally {
    await colours.close()
  }
}

async function renderStill(
  library: Library,
  read: SharpOptions,
  file: Buffer,
  header: PictureHeader,
  plan: Plan,
  colours: WorkingColours,
): Promise<Rendered> {
  const { quality } = plan
  const sizeLimit = plan.encoding.format === 'jpeg' ? plan.encoding.sizeLimit : null
  const passes: (Pass | null)[] = plan.passes.length === 0 ? [null] : [...plan.passes]
  // Encoding may have to be tried several times, so it gets pixels that are done.
  if (sizeLimit !== null) passes.push(null)
  let input = file
  for (const [index, pass] of passes.entries()) {
    const first = index === 0
    const last = index === passes.length - 1
    const page = first ? plan.frames[0]!.page : 0
    const open = async () => {
      const picture = library(input, { ...read, autoOrient: pass?.upright === true, ...(page > 0 ? { page } : {}) })
      if (first && plan.flatten) picture.flatten({ background: '#ffffff' })
      if (pass !== null) {
        await drawPass(
          library,
          picture,
          pass,
          pass.upright ? header.orientation : 0,
          !first && plan.sixteenBits ? 257 : 1,
          colours.of({ first }),
        )
      }
      keepDepth(picture, plan, last)
      keepMetadata(picture, header, plan, last)
      return picture
    }
    if (last && plan.encoding.slim && plan.encoding.format === 'png') {
      return { bytes: await slimPng(library, open), quality }
    }
    if (last && sizeLimit !== null) return await encodeWithin(sizeLimit.bytes, open, header, plan)
    input = last
      ? await encoded(await open(), header, plan)
      : await (await open()).png({ compressionLevel: 0 }).toBuffer()
  }
  return { bytes: input, quality }
}

/** Below this quality a size limit does not go. */
const lowestQuality = 10

/**
 * The JPEG of the highest quality that keeps within a number of bytes; when none does, that of the lowest.
 *
 * @param open gives the finished pixels anew
 */
async function encodeWithin(
  maxBytes: number,
  open: () => Promise<Sharp>,
  header: PictureHeader,
  plan: Plan,
): Promise<Rendered> {
  const asked = plan.quality!
  const bytes = await encoded(await open(), header, plan)
  if (bytes.length <= maxBytes || asked <= lowestQuality) return { bytes, quality: asked }
  const small: Plan = { ...plan, encoding: { ...plan.encoding, optimised: true } }
  const tried = async (quality: number) => ({
    quality,
    bytes: await encoded(await open(), header, { ...small, quality }),
  })
  let best = await tried(lowestQuality)
  let from = lowestQuality + 1
  let to = best.bytes.length <= maxBytes ? asked : 0
  while (from <= to) {
    const next = await tried((from + to) >> 1)
    if (next.bytes.length <= maxBytes) {
      best = next
      from = next.quality + 1
    } else to = next.quality - 1
  }
  return best
}

/**
 * Whether the mean of the picture can be taken from its scaled pixels instead of decoding it a second time: a colour
 * JPEG that becomes smaller in one pass, and nothing to carry along that raw pixels cannot.
 */
function showsAverage(header: PictureHeader, plan: Plan): boolean {
  const [pass] = plan.passes
  if (header.format !== 'jpeg' || header.colours !== 'rgb' || plan.passes.length !== 1) return false
  if (pass?.resize === undefined || pass.cut !== undefined || pass.clip !== undefined) return false
  if (pass.pad !== undefined || pass.upright || pass.paint !== undefined) return false
  const { exif, icc, xmp, iptc } = header.has
  const carries = !plan.encoding.strip && (exif || icc || xmp || iptc)
  const pixels = pass.resize.width * pass.resize.height
  return !carries && pixels >= 10_000 && pixels <= pass.from.width * pass.from.height
}

async function renderByWayOfPixels(library: Library, read: SharpOptions, file: Buffer, plan: Plan): Promise<Rendered> {
  const picture = library(file, read)
  await drawPass(library, picture, plan.passes[0]!, 0, 1, asTheyAre)
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  const bytes = await encoded(library(data, { ...read, raw: { width, height, channels } }), null, plan)
  return { bytes, quality: plan.quality, averageColour: meanOf(data, channels) }
}

/**
 * @param orientation the EXIF orientation that sharp itself applies while reading; 0 for none
 * @param one see `Paint`
 */
async function drawPass(
  library: Library,
  picture: Sharp,
  pass: Pass,
  orientation: number,
  one: number,
  inItsNumbers: InItsNumbers,
): Promise<void> {
  // sharp turns upright first, then cuts and resizes what is turned, then mirrors, rotates and clips. What the whole
  // turn does beyond making the picture upright is left for the end.
  const upright = uprightTurn(orientation)
  const rest = thenTurn(undoTurn(upright), pass.turn)
  if (pass.cut !== undefined) picture.extract(turned(pass.cut, pass.from, upright))
  if (pass.resize !== undefined) {
    const { width, height } = pass.resize
    picture.resize(swapsSides(upright) ? height : width, swapsSides(upright) ? width : height, { fit: 'fill' })
  }
  if (rest.mirrored) picture.flop()
  if (rest.quarters !== 0) picture.rotate(rest.quarters * 90)
  if (pass.clip !== undefined) picture.extract(pass.clip)
  if (pass.pad !== undefined) {
    const { colour, ...edges } = pass.pad
    picture.extend({ ...edges, background: await colourIn(inItsNumbers, colour) })
  }
  await pass.paint?.paint(picture, one, { library, inItsNumbers })
}

/**
 * Frames are drawn one by one: sharp sees an animation as one tall strip, cannot turn it, and its filters bleed from
 * one frame into the next. Without anything to draw, the strip goes through as it is.
 */
async function renderAnimation(
  library: Library,
  read: SharpOptions,
  file: Buffer,
  header: PictureHeader,
  plan: Plan,
): Promise<Buffer> {
  const { frames, passes } = plan
  const first = frames[0]!.page
  const pages = frames.at(-1)!.page - first + 1
  const strip = library(file, { ...read, page: first, pages })
  if (passes.length === 0 && pages === frames.length) {
    keepMetadata(strip, header, plan, true)
    return encoded(strip, header, plan)
  }
  const { data, info } = await strip.raw().toBuffer({ resolveWithObject: true })
  const frameBytes = header.width * header.height * info.channels
  let drawn = Buffer.alloc(0)
  // A turn by half a right angle, for instance, makes pixels transparent that were not.
  let channels = info.channels
  for (const [index, { page }] of frames.entries()) {
    let pixels: Buffer = data.subarray((page - first) * frameBytes, (page - first + 1) * frameBytes)
    channels = info.channels
    for (const pass of passes) {
      const picture = library(pixels, { raw: { ...pass.from, channels } })
      await drawPass(library, picture, pass, 0, 1, asTheyAre)
      const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true })
      pixels = data
      channels = info.channels
    }
    if (index === 0) drawn = Buffer.allocUnsafe(pixels.length * frames.length)
    pixels.copy(drawn, index * pixels.length)
  }
  const { width, height } = plan
  const joined = library(drawn, {
    ...read,
    raw: { width, height: height * frames.length, channels, pageHeight: height },
  })
  return encoded(joined, header, plan)
}

/** No new colours have come in, so that those of the palette are enough, exactly. */
function keepsPalette(header: PictureHeader | null, plan: Plan): boolean {
  const same = plan.passes.every(
    ({ resize, pad, paint }) => resize === undefined && pad === undefined && paint === undefined,
  )
  return header?.format === 'png' && header.palette && same && !plan.flatten
}

/** Sixteen bits stay where the format does; grey stays grey, which makes files a third smaller. */
function keepDepth(picture: Sharp, { encoding, sixteenBits, grey: noColours }: Plan, last: boolean): void {
  const grey = noColours && last && ['jpeg', 'png', 'tiff'].includes(encoding.format)
  if (sixteenBits) picture.toColourspace(grey ? 'grey16' : 'rgb16')
  else if (grey) picture.toColourspace('b-w')
}

/**
 * Metadata stays unless the rule strips it. A colour profile stays where it fits what is written; otherwise colours are
 * converted to sRGB (CMYK and grey pictures, GIF, BMP) in the first pass. EXIF stays between two passes in any case: a
 * later one may heed the orientation.
 */
function keepMetadata(picture: Sharp, header: PictureHeader, plan: Plan, last: boolean): void {
  const { encoding } = plan
  if (last && (encoding.strip || encoding.format === 'gif' || encoding.format === 'bmp')) {
    if (isDeepWithProfile(header)) picture.withIccProfile('srgb', { attach: false })
    return
  }
  const { icc, xmp, iptc } = header.has
  // A TIFF may be turned by a field of its own. Kept as EXIF, this goes on into every other format.
  const exif = header.has.exif || header.orientation > 1
  const iccFits = keepsProfile(header, plan)
  if ((exif || iptc) && (iccFits || !icc)) {
    picture.keepMetadata()
    if (isDeepWithProfile(header)) picture.withIccProfile('p3')
    return
  }
  // Asked for singly, because keeping EXIF of a picture that has none writes an empty block.
  if (exif) picture.keepExif()
  if (xmp) picture.keepXmp()
  if (isDeepWithProfile(header)) picture.withIccProfile('p3')
  else if (icc && iccFits) picture.keepIccProfile()
}

/** @param header may be missing for stills */
async function encoded(picture: Sharp, header: PictureHeader | null, plan: Plan): Promise<Buffer> {
  const { format } = plan.encoding
  if (format !== 'bmp') return encoder(picture, header, plan, format).toBuffer()
  const { data, info } = await picture.removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
  return writeBmp(info.channels === 3 ? data : inColour(data), info.width, info.height)
}

/** Grey pixels with three channels. */
function inColour(grey: Buffer): Buffer {
  const pixels = Buffer.alloc(grey.length * 3)
  for (let i = 0; i < grey.length; i++) pixels.fill(grey[i]!, 3 * i, 3 * i + 3)
  return pixels
}

/** Neighbouring frames may differ by so much and still share their pixels; more of it shows as flicker. */
const slimGif = { effort: 10, interFrameMaxError: 4, interPaletteMaxError: 8 }

/**
 * `colours` of sharp's `gif()` knows 2, 4, 16 and 256 only, because it reckons as for PNG; libvips takes every number of
 * bits from 1 to 8, and this is where sharp keeps it.
 */
function withPalettes(picture: Sharp, colours: number | null): Sharp {
  if (colours !== null)
    Object.assign((picture as Sharp & { options: object }).options, { gifBitdepth: Math.log2(colours) })
  return picture
}

function encoder(
  picture: Sharp,
  header: PictureHeader | null,
  plan: Plan,
  format: Exclude<WrittenFormat, 'bmp'>,
): Sharp {
  const { interlace, optimised, slim } = plan.encoding
  const quality = plan.quality ?? undefined
  const moves = plan.frames.length > 1 && header !== null
  const movement = moves ? { delay: plan.frames.map(({ delayMs }) => delayMs), loop: header.loop } : {}
  switch (format) {
    case 'jpeg':
      return picture.jpeg({ quality, progressive: interlace, ...(optimised ? { mozjpeg: true } : {}) })
    case 'png':
      return picture.png({ compressionLevel: 6, ...(keepsPalette(header, plan) ? { palette: true, dither: 0 } : {}) })
    case 'webp':
      return picture.webp({ quality, ...movement })
    case 'gif':
      // Without this, equal neighbours are put together and the number of frames changes.
      return withPalettes(
        picture.gif({ ...movement, keepDuplicateFrames: true, ...(slim ? slimGif : {}) }),
        plan.encoding.paletteColours,
      )
    case 'avif':
      // At the usual effort a large picture takes longer than any deadline: 12 megapixels half a minute and more.
      return picture.avif({ quality, effort: plan.width * plan.height > 2_000_000 ? 2 : 4 })
    case 'tiff':
      return picture.tiff({ compression: 'lzw' })
  }
}
