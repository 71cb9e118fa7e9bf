import { Failure } from '../../base/index.ts'
import type { Library } from '../drawing.ts'
import type { OpenedFile } from '../engine/open-file.ts'
import { readableBySharp } from '../engine/source.ts'
import type { PictureLimits } from '../limits.ts'
import { renderPicture } from '../pipeline.ts'
import { type Plan, planRule } from '../plan.ts'
import { priceOf } from '../price.ts'
import type { Rectangle, Size } from '../rectangle.ts'
import { parseRule } from '../rule/parse-rule.ts'
import type { Rule } from '../rule/rule.ts'
import type { Mark, MarkOf } from './mark.ts'

/**
 * Whatever is asked of a picture that is put on, at last it stands upright and is written without loss: on the picture
 * below nobody would turn it any more.
 */
const asMark = parseRule('imageMogr2/auto-orient/strip/format/tiff')

/**
 * A picture that is put on.
 *
 * @param rule what is made of it first; `null` for nothing
 * @param markOf what that rule in turn puts on
 * @throws Failure `RuleNotApplicable` for an animation, and as in `planRule`
 */
export function pictureMark(
  library: Library,
  { file, header }: OpenedFile,
  rule: Rule | null,
  limits: PictureLimits,
  markOf: MarkOf,
): Mark {
  const stages = rule === null ? [] : rule.stages
  const asked = rule === null ? null : planRule(rule, header, limits, markOf)
  const frames = asked?.frames.length ?? header.frames
  if (frames > 1)
    throw new Failure('RuleNotApplicable', `it is an animation of ${frames} frames, expected one picture.`)
  const plan = planRule({ stages: [...stages, ...asMark.stages] }, header, limits, markOf)!
  const price = priceOf(header, plan, false)
  let rendered: Promise<Buffer> | undefined
  return {
    size: { width: plan.width, height: plan.height },
    boundless: false,
    reach: () => 0,
    memoryBytes: (pixels) => price + pixels * 12,
    async draw(_library, scaled, part) {
      rendered ??= render(library, file, header, plan, limits)
      return cutOut(library, await rendered, plan, scaled, part)
    },
  }
}

async function render(
  library: Library,
  file: Buffer,
  header: OpenedFile['header'],
  plan: Plan,
  limits: PictureLimits,
): Promise<Buffer> {
  const readable = await readableBySharp(library, file, header)
  return (await renderPicture(library, readable, header, plan, limits, false, null)).bytes
}

async function cutOut(
  library: Library,
  bytes: Buffer,
  { width, height }: Size,
  scaled: Size,
  { left, top, ...size }: Rectangle,
): Promise<Buffer> {
  const picture = library(bytes, { limitInputPixels: false })
  if (scaled.width !== width || scaled.height !== height) picture.resize({ ...scaled, fit: 'fill' })
  const { data, info } = await picture
    .extract({ left, top, ...size })
    .ensureAlpha()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  return info.channels === 4 ? data : inColour(data)
}

/** Grey pixels with an alpha channel, as RGBA. */
function inColour(grey: Buffer): Buffer {
  const pixels = Buffer.alloc(grey.length * 2)
  for (let at = 0; at < grey.length; at += 2) {
    pixels.fill(grey[at]!, 2 * at, 2 * at + 3)
    pixels[2 * at + 3] = grey[at + 1]!
  }
  return pixels
}
