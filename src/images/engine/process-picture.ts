import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open, writeFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type sharp from 'sharp'
import { Crc64, crc64, Failure } from '../../base/index.ts'
import { readBmp } from '../bmp/read-bmp.ts'
import { averageColour } from '../facts/average-colour.ts'
import { glanceAtHeader } from '../facts/glance-at-header.ts'
import { checkParts } from '../facts/parts.ts'
import type { PictureHeader } from '../facts/picture-header.ts'
import { brokenPicture, readHeader } from '../facts/read-header.ts'
import { sniffFormat } from '../facts/sniff-format.ts'
import { sanitizedSvg } from '../facts/svg.ts'
import { forgetOtherPages } from '../facts/tiff-pages.ts'
import { checkSize, checkSourceBytes } from '../limits.ts'
import { formatTraits } from '../picture-format.ts'
import { mayBeOriginal, type RenderedPicture, renderPicture } from '../pipeline.ts'
import { ignoresAllErrors, type Plan, planRule } from '../plan.ts'
import { priceOf, priceOfOriginal } from '../price.ts'
import type { AnnouncedPicture, ProcessedPicture, ResultFacts, SourceFacts, Task } from './messages.ts'

/** A picture whose header has been read and found within the limits: what it will cost is known, no pixel is decoded. */
export interface OpenedPicture {
  readonly priceBytes: number
  readonly announced: AnnouncedPicture
  /** Decodes, draws, encodes, writes the output file. */
  finish(): Promise<ProcessedPicture>
}

/**
 * What is no picture is a failure under any rule, because nothing could be said of the result.
 *
 * @throws Failure `PictureNotSupported`, `PictureOverLimit`, `RuleNotApplicable`
 */
export async function openPicture(library: typeof sharp, task: Task): Promise<OpenedPicture> {
  const lenient = ignoresAllErrors(task.rule)
  const { file: read, size } = await readSource(task, lenient)
  const format = sniffFormat(read)
  let file = read
  try {
    checkSourceBytes(size, task.limits)
    if (format === 'svg') file = sanitizedSvg(file)
    checkParts(format, file, task.limits)
    if (format === 'tiff') forgetOtherPages(file)
    const header = { ...(await readHeader(library, file)), bytes: size }
    checkSize('source', header, task.limits)
    const plan = planRule(task.rule, header, task.limits)
    if (plan === null) return openOriginal(library, task, file, header)
    const priceBytes = priceOf(header, plan, task.wantSourceFacts)
    return {
      priceBytes,
      announced: { source: sourceFacts(header), sourceSize: size, result: announcedResult(plan), priceBytes },
      finish: () => finishPicture(library, task, file, header, plan, lenient),
    }
  } catch (cause) {
    // The average colour of a picture that may not be decoded cannot be told, and whoever asks for it has to be.
    if (!lenient || !(cause instanceof Failure) || task.wantSourceFacts) throw cause
    const header = await glanceAtHeader(library, format, file, size)
    if (header === null) throw cause
    return openOriginal(library, task, file, header)
  }
}

/**
 * The size is asked of the opened file, so that nothing can grow between asking and reading.
 *
 * @param lenient of a file over the limit its beginning is read, as much as the limit allows
 */
async function readSource({ sourceFile, limits }: Task, lenient: boolean): Promise<{ file: Buffer; size: number }> {
  const handle = await open(sourceFile, 'r')
  try {
    const { size } = await handle.stat()
    if (!lenient) checkSourceBytes(size, limits)
    const wanted = Math.min(size, limits.maxSourceBytes)
    const bytes = Buffer.allocUnsafeSlow(wanted)
    let filled = 0
    while (filled < wanted) {
      const { bytesRead } = await handle.read(bytes, filled, wanted - filled, filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return { file: bytes.subarray(0, filled), size }
  } finally {
    await handle.close()
  }
}

async function finishPicture(
  library: typeof sharp,
  task: Task,
  file: Buffer,
  header: PictureHeader,
  plan: Plan,
  lenient: boolean,
): Promise<ProcessedPicture> {
  let colour: string | undefined
  let rendered: RenderedPicture
  try {
    const readable = await readableBySharp(library, file, header)
    rendered = await renderPicture(library, readable, header, plan, task.limits, task.wantSourceFacts)
    if (task.wantSourceFacts) colour = rendered.averageColour ?? (await averageColour(library, readable, header))
  } catch (cause) {
    if (lenient && !task.wantSourceFacts)
      return { source: sourceFacts(header), result: await copyOriginal(task, header) }
    throw cause instanceof Failure ? cause : brokenPicture(header.format, cause)
  }
  const source = sourceFacts(header, colour)
  if (rendered.isOriginal) return { source, result: await copyOriginal(task, header) }
  await writeFile(task.outputFile, rendered.bytes)
  return { source, result: await resultFacts(library, plan, rendered) }
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

function announcedResult({ encoding, width, height, quality, frames }: Plan): AnnouncedPicture['result'] {
  return {
    format: encoding.format,
    width,
    height,
    quality: quality ?? 100,
    frames: frames.length,
    isOriginal: mayBeOriginal(encoding) ? 'unless smaller' : 'never',
  }
}

async function colourOf(library: typeof sharp, file: Buffer, header: PictureHeader): Promise<string> {
  try {
    return await averageColour(library, await readableBySharp(library, file, header), header)
  } catch (cause) {
    throw cause instanceof Failure ? cause : brokenPicture(header.format, cause)
  }
}

/** The file, or for a BMP, which libvips does not read, the same picture as an uncompressed PNG. */
async function readableBySharp(library: typeof sharp, file: Buffer, { format }: PictureHeader): Promise<Buffer> {
  if (format !== 'bmp') return file
  const { pixels, ...raw } = readBmp(file)
  return library(pixels, { raw, limitInputPixels: false }).png({ compressionLevel: 0 }).toBuffer()
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

function sourceFacts(header: PictureHeader, colour?: string): SourceFacts {
  const { format, width, height, orientation, frames } = header
  const facts = { format, width, height, orientation, quality: header.quality ?? 100, frames }
  return colour === undefined ? facts : { ...facts, averageColour: colour }
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
    frames: frames > 1 ? await writtenFrames(library, bytes, frames) : 1,
    size: bytes.length,
    md5: createHash('md5').update(bytes).digest('hex'),
    crc64: crc64(bytes),
  }
}

/** The WebP encoder puts equal neighbours together, so the frames are counted in what was written. */
async function writtenFrames(library: typeof sharp, bytes: Buffer, asked: number): Promise<number> {
  const { pages } = await library(bytes, { limitInputPixels: false }).metadata()
  return pages ?? asked
}
