import { Failure } from '../../base/index.ts'
import type { Encoding } from './operation.ts'

/** For the reference page. */
export const slimMeaning =
  'An interface of its own beside imageMogr2: writes the picture smaller in its own format. JPEG at quality 75 by an optimising encoder, unless it has no more already; PNG with a palette where that cannot be told from the picture, else packed harder; GIF with colours and frames packed harder. Where this alone does not make the file smaller, the file is given as it is. A size-limit beside it does not count.'

/**
 * The quality a JPEG has at most afterwards. One that has no more is not written again for this alone: it would lose a
 * little each time, and what this wrote looks lower than it is, because the tables of its encoder are not the usual ones.
 */
export const slimQuality = 75

/** What a stage of `imageSlim` makes of what held before it. */
export function settleSlim(before: Encoding): Encoding {
  const { format } = before
  if (format !== 'jpeg' && format !== 'png' && format !== 'gif') {
    throw new Failure(
      'RuleNotApplicable',
      `imageSlim is for JPEG, PNG and GIF pictures, and this one is written as ${format.toUpperCase()}.`,
    )
  }
  const quality = Math.min(before.quality ?? slimQuality, slimQuality)
  return { ...before, slim: true, optimised: true, quality }
}
