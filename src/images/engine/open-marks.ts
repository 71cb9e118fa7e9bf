import { readFile } from 'node:fs/promises'
import { Failure } from '../../base/index.ts'
import type { Library } from '../drawing.ts'
import { brokenPicture } from '../facts/read-header.ts'
import { facesFor } from '../fonts/faces-for.ts'
import { checkMarkBytes } from '../limits.ts'
import type { Mark, MarkOf } from '../marks/mark.ts'
import { pictureMark } from '../marks/picture-mark.ts'
import { textMark } from '../marks/text-mark.ts'
import type { PictureFormat } from '../picture-format.ts'
import { ofStage } from '../plan.ts'
import { parseRule } from '../rule/parse-rule.ts'
import type { Rule } from '../rule/rule.ts'
import { quoted } from '../rule/tokens.ts'
import { printWatermark, type WatermarkStage } from '../rule/watermark.ts'
import { addressIn, needsOf } from '../rule-needs.ts'
import type { Task } from './messages.ts'
import { type OpenedFile, openFile } from './open-file.ts'

/**
 * Makes ready what the watermarks of a rule put on: headers of the pictures are read, nothing is decoded.
 *
 * @throws Failure `PictureNotSupported`, `PictureBroken`, `PictureOverLimit`, with a message that names the watermark; `RuleNotApplicable`
 * for a text with a character that no font has
 */
export async function openMarks(library: Library, { rule, inputs, fonts, limits }: Task): Promise<MarkOf> {
  const { pictures, texts } = needsOf(rule)
  if (pictures.length + texts.length === 0) return noMark
  const textMarks = new Map<string, Mark>()
  for (const stage of texts) {
    const mark = textMark(stage.parameters, facesFor(stage.parameters.font, fonts ?? []))
    textMarks.set(printWatermark(stage), await mark.catch(namingStage(rule, stage)))
  }
  const files = new Map<string, OpenedFile>()
  let bytes = 0
  for (const { url } of pictures) {
    const input = inputs?.find((one) => one.url === url)
    if (input === undefined) throw new Failure('RuleNotApplicable', `The watermark ${quoted(url)} is not at hand here.`)
    const read = await readFile(input.file)
    bytes += read.length
    checkMarkBytes(bytes, limits.maxSourceBytes)
    files.set(url, await openFile(library, read, limits, 'watermark').catch(refusing(url)))
  }
  const markOf: MarkOf = (stage) =>
    textMarks.get(printWatermark(stage)) ?? markOn(library, stage, files, limits, markOf)
  return markOf
}

/** As the parser and the plan do. What stands in the rule of an address has no number here. */
function namingStage(rule: Rule, stage: WatermarkStage): (cause: unknown) => never {
  return (cause) => {
    const at = rule.stages.indexOf(stage)
    throw at !== -1 && cause instanceof Failure ? ofStage(at + 1, cause) : cause
  }
}

function noMark(): never {
  throw new Failure('RuleNotApplicable', 'There is nothing here to take a watermark from.')
}

function markOn(
  library: Library,
  stage: WatermarkStage,
  files: ReadonlyMap<string, OpenedFile>,
  limits: Task['limits'],
  markOf: MarkOf,
): Mark {
  const { url, rule } = addressIn(stage)
  const opened = files.get(url)!
  try {
    const mark = pictureMark(library, opened, rule === null ? null : parseRule(rule), limits, markOf)
    return { ...mark, draw: (...how) => mark.draw(...how).catch(refusing(url, opened.header.format)) }
  } catch (failure) {
    return refusing(url)(failure)
  }
}

/** Tells what went wrong with a watermark, and names it: the source is another picture. */
function refusing(url: string, format: PictureFormat = 'png'): (cause: unknown) => never {
  return (cause) => {
    const { code, message, details } = cause instanceof Failure ? cause : brokenPicture(format, cause)
    const said = message.replace(/^The source /, 'it ')
    throw new Failure(code, `The watermark ${quoted(url)}: ${said}`, { cause, details: { ...details } })
  }
}
