import { createHash } from 'node:crypto'
import { closeSync, createReadStream, createWriteStream, fstatSync, openSync, readSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type sharp from 'sharp'
import { Crc64, crc64, Failure } from '../../base/index.ts'
import { averageColour } from '../facts/average-colour.ts'
import { glanceAtHeader } from '../facts/glance-at-header.ts'
import type { PictureHeader } from '../facts/picture-header.ts'
import { brokenPicture } from '../facts/read-header.ts'
import { sniffFormat } from '../facts/sniff-format.ts'
import { checkSourceBytes } from '../limits.ts'
import { formatTraits } from '../picture-format.ts'
import { mayBeOriginal, type RenderedPicture, renderPicture } from '../pipeline.ts'
import { ignoresAllErrors, type Plan, planRule } from '../plan.ts'
import { priceOf, priceOfOriginal } from '../price.ts'
import { handOver, scratchFileOf } from './hand-over.ts'
import type { AnnouncedPicture, MadePicture, ResultFacts, Task } from './messages.ts'
import { openFile } from './open-file.ts'
import { openMarks } from './open-marks.ts'
import { md5Of, openQuestion } from './question.ts'
import { readableBySharp, sourceFacts } from './source.ts'

/** A picture whose header has been read and found within the limits: what it will cost is known, no pixel is decoded. */
export interface OpenedPicture {
  readonly priceBytes: number
  readonly announced: AnnouncedPicture
  /** Decodes, draws, encodes, writes the output file or gives what it would hold. */
  finish(): Promise<MadePicture>
}

/**
 * What is no picture is a failure under any rule, because nothing could be said of the result.
 *
 * @throws Failure `PictureNotSupported`, `PictureBroken`, `PictureOverLimit`, `RuleNotApplicable`
 */
export async function openPicture(library: typeof sharp, task: Task): Promise<OpenedPicture> {
  // Nothing can be told of a picture that cannot be read.
  const lenient = task.about === undefined && ignoresAllErrors(task.rule)
  const { file: read, size } = readSource(task, lenient)
  const format = sniffFormat(read)
  try {
    // Before anything is changed in it.
    const md5 = task.about === 'imageInfo' ? md5Of(read) : ''
    checkSourceBytes(size, task.limits)
    const { file, header } = await openFile(library, read, task.limits, 'source')
    const plan = planRule(task.rule, header, task.limits, await openMarks(library, task))
    const opened =
      plan === null
        ? openOriginal(library, task, file, header)
        : openPlanned(library, task, file, header, plan, lenient)
    if (task.about === undefined) return opened
    return { ...opened, ...openQuestion(library, { ...task, about: task.about }, { file, md5, header }, plan) }
  } catch (cause) {
    // The average colour of a picture that may not be decoded cannot be told, and whoever asks for it has to be.
    if (!lenient || !(cause instanceof Failure) || task.wantSourceFacts) throw cause
    const header = await glanceAtHeader(library, format, read, size)
    if (header === null) throw cause
    return openOriginal(library, task, read, header)
  }
}

function openPlanned(
  library: typeof sharp,
  task: Task,
  file: Buffer,
  header: PictureHeader,
  plan: Plan,
  lenient: boolean,
): OpenedPicture {
  const priceBytes = priceOf(header, plan, task.wantSourceFacts)
  return {
    priceBytes,
    announced: {
      source: sourceFacts(header),
      sourceSize: header.bytes,
      result: announcedResult(header, plan),
      priceBytes,
    },
    finish: () => finishPicture(library, task, file, header, plan, lenient),
  }
}

/**
 * The size is asked of the opened file, so that nothing can grow between asking and reading. Nothing else goes on in this
 * thread that could wait: what is computed meanwhile is computed in others, and each call that goes through one of them
 * costs more than this read.
 *
 * @param lenient of a file over the limit its beginning is read, as much as the limit allows
 */
function readSource({ sourceFile, limits }: Task, lenient: boolean): { file: Buffer; size: number } {
  const file = openSync(sourceFile, 'r')
  try {
    const { size } = fstatSync(file)
    if (!lenient) checkSourceBytes(size, limits)
    const wanted = Math.min(size, limits.maxSourceBytes)
    const bytes = Buffer.allocUnsafeSlow(wanted)
    let filled = 0
    while (filled < wanted) {
      const bytesRead = readSync(file, bytes, filled, wanted - filled, filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return { file: bytes.subarray(0, filled), size }
  } finally {
    closeSync(file)
  }
}

async function finishPicture(
  library: typeof sharp,
  task: Task,
  file: Buffer,
  header: PictureHeader,
  plan: Plan,
  lenient: boolean,
): Promise<MadePicture> {
  let colour: string | undefined
  let rendered: RenderedPicture
  try {
    const readable = await readableBySharp(library, file, header)
    rendered = await renderPicture(
      library,
      readable,
      header,
      plan,
      task.limits,
      task.wantSourceFacts,
      scratchFileOf(task),
    )
    if (task.wantSourceFacts) colour = rendered.averageColour ?? (await averageColour(library, readable, header))
  } catch (cause) {
    if (lenient && !task.wantSourceFacts)
      return { source: sourceFacts(header), result: await copyOriginal(task, header) }
    throw cause instanceof Failure ? cause : brokenPicture(header.format, cause)
  }
  const source = sourceFacts(header, colour)
  if (rendered.isOriginal) return { source, result: await copyOriginal(task, header) }
  const sent = handOver(task, rendered.bytes)
  return { source, result: await resultFacts(library, plan, rendered), ...sent }
}

/** Gives the file as it is. */
function openOriginal(library: typeof sharp, task: Task, file: Buffer, header: PictureHeader): OpenedPicture {
  const priceBytes = priceOfOriginal(header, task.wantSourceFacts)
  const source = sourceFacts(header)
  const { format, width, height, quality, frames } = source
  return {
    priceBytes,
    announced: {
      source,
      sourceSize: header.bytes,
      result: { format, width, height, quality, frames, isOriginal: 'always' },
      priceBytes,
    },
    finish: async () => {
      const colour = task.wantSourceFacts ? await colourOf(library, file, header) : undefined
      return { source: sourceFacts(header, colour), result: await copyOriginal(task, header) }
    },
  }
}

function announcedResult(header: PictureHeader, plan: Plan): AnnouncedPicture['result'] {
  const { encoding, width, height, quality, frames } = plan
  return {
    format: encoding.format,
    width,
    height,
    quality: quality ?? 100,
    frames: frames.length,
    isOriginal: mayBeOriginal(header, plan) ? 'unless smaller' : 'never',
  }
}

async function colourOf(library: typeof sharp, file: Buffer, header: PictureHeader): Promise<string> {
  try {
    return await averageColour(library, await readableBySharp(library, file, header), header)
  } catch (cause) {
    throw cause instanceof Failure ? cause : brokenPicture(header.format, cause)
  }
}

/** From the file itself: it may be larger than what was read of it, and what was read may have been changed. */
async function copyOriginal({ sourceFile, outputFile }: Task, header: PictureHeader): Promise<ResultFacts> {
  const md5 = createHash('md5')
  const crc = new Crc64()
  let size = 0
  await pipeline(
    createReadStream(sourceFile),
    async function* (pieces: AsyncIterable<Buffer>) {
      for await (const piece of pieces) {
        md5.update(piece)
        crc.update(piece)
        size += piece.length
        yield piece
      }
    },
    createWriteStream(outputFile),
  )
  const { format, width, height, quality, frames } = header
  return {
    format,
    contentType: formatTraits[format].contentType,
    width,
    height,
    quality: quality ?? 100,
    frames,
    size,
    md5: md5.digest('hex'),
    crc64: crc.digest(),
  }
}

async function resultFacts(
  library: typeof sharp,
  plan: Plan,
  { bytes, quality }: RenderedPicture,
): Promise<ResultFacts> {
  const { format } = plan.encoding
  const frames = plan.frames.length
  return {
    format,
    contentType: formatTraits[format].contentType,
    width: plan.width,
    height: plan.height,
    quality: quality ?? 100,
    frames: frames > 1 ? await writtenFrames(library, bytes) : 1,
    size: bytes.length,
    md5: md5Of(bytes),
    crc64: crc64(bytes),
  }
}

/** The WebP encoder puts equal neighbours together, to a still picture at last, so the frames are counted in what was written. */
async function writtenFrames(library: typeof sharp, bytes: Buffer): Promise<number> {
  const { pages } = await library(bytes, { limitInputPixels: false }).metadata()
  return pages ?? 1
}
