import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { isBmp, readBmpHeader } from '../../../src/images/bmp/bmp-header.ts'
import { defaultPictureLimits } from '../../../src/images/limits.ts'
import { bucket, region, textAt } from '../../support/house.ts'
import { drawn } from '../../support/pictures.ts'
import type { Outcome, Served } from '../served.ts'
import { Chance } from './chance.ts'
import { mutate } from './mutate.ts'
import { randomRule } from './random-rule.ts'
import { type Source, sources } from './sources.ts'

export interface FuzzOptions {
  readonly seed: number
  readonly count: number
  /** Number of the first case. Default 0. */
  readonly from?: number
  /** No case is begun after so long; the rest is left out. */
  readonly withinMs: number
}

export interface FuzzReport {
  readonly cases: number
  readonly endings: { readonly [code: string]: number }
  /** Cases that ended as none may, with what is needed to see them again. */
  readonly wrong: readonly string[]
}

interface Case {
  readonly name: string
  readonly bytes: Buffer
  readonly rule: string
  /** Nothing was done to the picture, so that it has to be readable. */
  readonly sound: boolean
}

/** A sound picture that rules may put on others; beside it, each may put its own source on what is made of it. */
const mark = 'fuzz-mark.png'
const inputOf = (index: number): string => `fuzz/${index}`
const addressOf = (key: string): string => `http://${bucket}.cos.${region}.myqcloud.com/${key}`

/** The same case for the same seed and index, whatever ran before. */
function caseOf(seed: number, index: number, all: readonly Source[]): Case {
  const chance = new Chance(seed * 1_000_003 + index)
  const source = chance.one(all)
  const sound = chance.isTrue(0.25)
  const others = all.map(({ bytes }) => bytes)
  const { bytes, done } = sound ? { bytes: source.bytes, done: [] } : mutate(source.bytes, chance, others)
  const rule = randomRule(chance, [mark, inputOf(index)].map(addressOf))
  return { name: `seed ${seed}, case ${index}: ${[source.name, ...done].join(', ')}; ${rule}`, bytes, rule, sound }
}

/** Puts mutated pictures and random rules through a server, eight at a time. */
export async function runFuzz(served: Served, { seed, count, from = 0, withinMs }: FuzzOptions): Promise<FuzzReport> {
  const all = await sources()
  await served.put(mark, await drawn(40, 20).ensureAlpha(0.7).png().toBuffer())
  const endings: Record<string, number> = {}
  const wrong: string[] = []
  const until = performance.now() + withinMs
  let next = from
  const work = async (): Promise<void> => {
    while (next < from + count && performance.now() < until) {
      const index = next++
      const one = caseOf(seed, index, all)
      const said = await carryOut(served, one, index).catch((error: Error) => ({ code: 'error', why: error.message }))
      endings[said.code] = (endings[said.code] ?? 0) + 1
      if (said.why !== null) wrong.push(`${one.name}\n    ${said.why}\n    ${kept(seed, index, one.bytes)}`)
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
  return { cases: next - from, endings, wrong }
}

async function carryOut(served: Served, one: Case, index: number): Promise<{ code: string; why: string | null }> {
  const input = inputOf(index)
  const output = `fuzz-out/${index}`
  await served.put(input, one.bytes)
  const ended = await served.outcome({ input, rule: one.rule, output, isPicInfo: index % 2 === 0 })
  return { code: ended.code, why: await whatIsWrong(served, one, ended, output) }
}

async function whatIsWrong(served: Served, one: Case, ended: Outcome, output: string): Promise<string | null> {
  const { code, message, detail } = ended
  switch (code) {
    case 'InvalidArgument':
      // The one refusal that is of a format and not of a number.
      return /\d|^imageSlim is for .* is written as [A-Z]+/.test(message)
        ? null
        : `a refusal without limit or value: ${message}`
    case 'ResourceNotSupported':
      if (!/^The (?:source|watermark) /.test(message)) return message
      return one.sound ? `a sound picture was refused: ${message}` : null
    case 'Success': {
      const result = (field: string) => textAt(detail, `Operation/PicProcessResult/ProcessResult/${field}`)
      const { body } = await served.get(output)
      // With ignore-error what is broken is given as it is, and need not be readable here.
      if (body.equals(one.bytes)) return null
      const said = isBmp(body) ? { ...readBmpHeader(body), format: 'bmp' } : await sharp(body, unlimited).metadata()
      const { width, height, format } = said
      const pageHeight = 'pageHeight' in said ? said.pageHeight : undefined
      const pages = 'pages' in said ? (said.pages ?? 1) : 1
      const { maxSide, maxPixels } = defaultPictureLimits
      if (Math.max(width, height) > maxSide || width * (pageHeight ?? height) * pages > maxPixels) {
        return `the result is over the limits: ${width}x${height}, ${pages} pages`
      }
      const real = `${format === 'heif' ? 'avif' : format} ${width}x${pageHeight ?? height}, ${body.length} bytes`
      const told = `${result('Format').toLowerCase()} ${result('Width')}x${result('Height')}, ${result('Size')} bytes`
      return real === told ? null : `the result is ${real}, and was said to be ${told}`
    }
    default:
      return `${code}: ${message}`
  }
}

const unlimited = { limitInputPixels: false }

/** Where the picture can be looked at afterwards. */
function kept(seed: number, index: number, bytes: Buffer): string {
  const folder = join(tmpdir(), 'pixmill-fuzz')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${seed}-${index}`)
  writeFileSync(file, bytes)
  return file
}
