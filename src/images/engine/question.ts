import { createHash } from 'node:crypto'
import type sharp from 'sharp'
import { crc64, Failure } from '../../base/index.ts'
import type { PictureHeader } from '../facts/picture-header.ts'
import { brokenPicture, readHeader } from '../facts/read-header.ts'
import { type ToldPicture, tell } from '../facts/tell.ts'
import { renderPicture } from '../pipeline.ts'
import type { Plan } from '../plan.ts'
import { priceOf, priceOfOriginal } from '../price.ts'
import type { Information } from '../rule/picture-request.ts'
import { handOver, scratchFileOf } from './hand-over.ts'
import type { MadePicture, Task } from './messages.ts'
import { readableBySharp, sourceFacts } from './source.ts'

type Question = Task & { readonly about: Information }

/** Tells something of the picture that the rule makes; of the file itself, where it makes none. */
export function openQuestion(
  library: typeof sharp,
  task: Question,
  source: Omit<ToldPicture, 'readable'>,
  plan: Plan | null,
): { readonly priceBytes: number; finish(): Promise<MadePicture> } {
  const { file, header } = source
  const looksAtPixels = task.about !== 'exif'
  const toldOf = plan === null ? header : resultHeader(header, plan)
  return {
    priceBytes: priceOfOriginal(toldOf, looksAtPixels) + (plan === null ? 0 : priceOf(header, plan, false)),
    finish: async () => {
      try {
        const readable = await readableBySharp(library, file, header)
        const scratch = scratchFileOf(task)
        const rendered = plan && (await renderPicture(library, readable, header, plan, task.limits, false, scratch))
        const told =
          rendered === null || rendered.isOriginal ? { ...source, readable } : await readBack(library, rendered.bytes)
        return { source: sourceFacts(header), ...(await answer(library, task, told)) }
      } catch (cause) {
        throw cause instanceof Failure ? cause : brokenPicture(header.format, cause)
      }
    },
  }
}

/** What the price of reading a result back is reckoned from: the dearest that it can be. */
function resultHeader(header: PictureHeader, { encoding, width, height }: Plan): PictureHeader {
  return { ...header, format: encoding.format, width, height, interlaced: true }
}

/** What was made, as a picture that something is to be told of. */
async function readBack(library: typeof sharp, file: Buffer): Promise<ToldPicture> {
  const header = await readHeader(library, file)
  return { file, readable: await readableBySharp(library, file, header), md5: md5Of(file), header }
}

async function answer(
  library: typeof sharp,
  task: Question,
  picture: ToldPicture,
): Promise<Omit<MadePicture, 'source'>> {
  const text = Buffer.from(await tell(library, task.about, picture), 'utf8')
  const sent = handOver(task, text)
  const { format, width, height, quality, frames } = picture.header
  const result = {
    format,
    contentType: 'application/json',
    width,
    height,
    quality: quality ?? 100,
    frames,
    size: text.length,
    md5: md5Of(text),
    crc64: crc64(text),
  }
  return { result, ...sent }
}

export function md5Of(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex')
}
