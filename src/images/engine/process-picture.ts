import { createHash } from 'node:crypto'
import { open, writeFile } from 'node:fs/promises'
import type sharp from 'sharp'
import { crc64, Failure } from '../../base/index.ts'
import { averageColour } from '../facts/average-colour.ts'
import { checkParts } from '../facts/parts.ts'
import type { PictureHeader } from '../facts/picture-header.ts'
import { brokenPicture, readHeader } from '../facts/read-header.ts'
import { sniffFormat } from '../facts/sniff-format.ts'
import { forgetOtherPages } from '../facts/tiff-pages.ts'
import { checkSize, checkSourceBytes } from '../limits.ts'
import { formatTraits } from '../picture-format.ts'
import { renderPicture } from '../pipeline.ts'
import { type Plan, planRule } from '../plan.ts'
import { priceOf } from '../price.ts'
import type { ProcessedPicture, ResultFacts, SourceFacts, Task } from './messages.ts'

/** A picture whose header has been read and found within the limits: what it will cost is known, no pixel is decoded. */
export interface OpenedPicture {
  readonly priceBytes: number
  /** Decodes, draws, encodes, writes the output file. */
  finish(): Promise<ProcessedPicture>
}

/** @throws Failure `PictureNotSupported`, `PictureOverLimit`, `RuleNotApplicable` */
export async function openPicture(library: typeof sharp, task: Task): Promise<OpenedPicture> {
  const file = await readSource(task)
  const format = sniffFormat(file)
  checkParts(format, file, task.limits)
  if (format === 'tiff') forgetOtherPages(file)
  const header = await readHeader(library, file)
  checkSize('source', header, task.limits)
  const plan = planRule(task.rule, header, task.limits)
  return {
    priceBytes: priceOf(header, plan, task.wantSourceFacts),
    finish: () => finishPicture(library, task, file, header, plan),
  }
}

/** The size is asked of the opened file, so that nothing can grow between asking and reading. */
async function readSource({ sourceFile, limits }: Task): Promise<Buffer> {
  const handle = await open(sourceFile, 'r')
  try {
    const { size } = await handle.stat()
    checkSourceBytes(size, limits)
    const bytes = Buffer.allocUnsafeSlow(size)
    let filled = 0
    while (filled < size) {
      const { bytesRead } = await handle.read(bytes, filled, size - filled, filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return bytes.subarray(0, filled)
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
): Promise<ProcessedPicture> {
  let colour: string | undefined
  let bytes: Buffer
  try {
    const rendered = await renderPicture(library, file, header, plan, task.limits, task.wantSourceFacts)
    bytes = rendered.bytes
    if (task.wantSourceFacts) colour = rendered.averageColour ?? (await averageColour(library, file, header))
  } catch (cause) {
    throw cause instanceof Failure ? cause : brokenPicture(header.format, cause)
  }
  await writeFile(task.outputFile, bytes)
  return { source: sourceFacts(header, colour), result: await resultFacts(library, plan, bytes) }
}

function sourceFacts(header: PictureHeader, colour: string | undefined): SourceFacts {
  const { format, width, height, orientation, frames } = header
  const facts = { format, width, height, orientation, quality: header.quality ?? 100, frames }
  return colour === undefined ? facts : { ...facts, averageColour: colour }
}

async function resultFacts(library: typeof sharp, plan: Plan, bytes: Buffer): Promise<ResultFacts> {
  const { format } = plan.encoding
  return {
    format,
    contentType: formatTraits[format].contentType,
    width: plan.width,
    height: plan.height,
    quality: plan.quality ?? 100,
    frames: plan.frames > 1 ? await writtenFrames(library, bytes, plan.frames) : 1,
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
