import type { Command } from 'commander'
import type { AnnouncedPicture, ExplainedRule, ExplainedStage } from '../../images/index.ts'
import { carryOut } from '../carry-out.ts'
import { padEnd, printable, width } from '../terminal/index.ts'
import { memoryWords, pictureWords, sizeWords } from './picture-words.ts'
import { untilInterrupted } from './until-interrupted.ts'

interface Options {
  readonly objects?: string
  readonly json?: true
}

/** What becomes of a picture, and whether engines may take so much memory for it. */
interface Outlook extends AnnouncedPicture {
  readonly allowedBytes: number
}

/** `pixmill explain RULE [IN]`. */
export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('Say how a rule is read, and of a picture what the rule would make of it, without decoding it.')
    .argument('<rule>', 'a rule such as imageMogr2/thumbnail/640x/format/webp')
    .argument('[in]', 'a picture in a file; - is standard input')
    .option('--objects <folder>', 'the folder that stands for the bucket when the rule puts one of its objects on')
    .option('--json', 'say it as JSON')
    .addHelpText('after', EXAMPLES)
    .action((rule: string, source: string | undefined, options: Options) =>
      carryOut('explain', options, () => explain(rule, source, options)),
    )
}

const EXAMPLES = `
Examples:
  pixmill explain imageMogr2/thumbnail/640x/format/webp
  pixmill explain 'imageMogr2/auto-orient/crop/300x300|imageMogr2/rotate/45' cat.jpg`

/** 1 when something of the rule is refused: by this server, or for this picture. */
async function explain(text: string, source: string | undefined, options: Options): Promise<number> {
  const json = options.json === true
  // Only now: help needs nothing of engines.
  const [{ explainRule }, { openLocal }] = await Promise.all([
    import('../../images/index.ts'),
    import('./open-local.ts'),
  ])
  const explained = explainRule(text)
  const isRefused = explained.stages.some(({ refusal }) => refusal !== null)
  return untilInterrupted(async (signal) => {
    const say = json ? (outlook: Outlook | null) => jsonOf(explained, outlook) : wordsOf.bind(null, explained)
    if (source === undefined || isRefused) {
      process.stdout.write(say(null))
      return isRefused ? 1 : 0
    }
    // Told before the picture is looked at: it may be what is refused.
    if (!json) process.stdout.write(say(null))
    const outlook = await openLocal(options.objects, async (local) => ({
      ...(await local.announce(explained.rule, source, signal)),
      allowedBytes: local.engineMemoryBytes,
    }))
    process.stdout.write(json ? say(outlook) : outlookWords(outlook))
    return outlook.priceBytes > outlook.allowedBytes ? 1 : 0
  })
}

function wordsOf({ canonical, stages }: ExplainedRule): string {
  return `${stages.map(stageWords).join('')}canonical  ${printable(canonical)}\n`
}

function stageWords({ steps, options, refusal }: ExplainedStage, index: number): string {
  const parts = [...steps, ...options].map(({ text, meaning }) => ({ text: printable(text), meaning }))
  const widest = Math.max(0, ...parts.map(({ text }) => Math.min(width(text), MAX_COLUMN)))
  const lines = parts.map(({ text, meaning }) => `  ${padEnd(text, widest)}  ${meaning ?? ''}`.trimEnd())
  if (parts.length === 0) lines.push('  nothing is changed; the picture is written anew')
  if (refusal !== null) lines.push(`  refused: ${refusal}`)
  return `stage ${index + 1}\n${lines.join('\n')}\n`
}

/** Longer texts push what is said of them to the right. */
const MAX_COLUMN = 40

function outlookWords({ source, sourceSize, result, priceBytes, allowedBytes }: Outlook): string {
  const turned = source.orientation > 1 ? `, orientation ${source.orientation}` : ''
  const lines = [
    `source     ${pictureWords(source)}${turned}, ${sizeWords(sourceSize)}`,
    `result     ${resultWords(result)}`,
    `price      about ${memoryWords(priceBytes)} of memory`,
  ]
  if (priceBytes > allowedBytes) {
    lines.push(`refused: at most ${memoryWords(allowedBytes)} are allowed for pictures (PIXMILL_ENGINE_MEMORY)`)
  }
  return `${lines.join('\n')}\n`
}

function resultWords(result: AnnouncedPicture['result']): string {
  switch (result.isOriginal) {
    case 'always':
      return 'the file itself'
    case 'never':
      return pictureWords(result)
    case 'unless smaller':
      return `${pictureWords(result)}; the file itself when that is not larger`
  }
}

function jsonOf({ canonical, stages }: ExplainedRule, outlook: Outlook | null): string {
  const { source, sourceSize, result, priceBytes, allowedBytes } = outlook ?? {}
  return `${JSON.stringify({
    canonical,
    stages: stages.map(({ text, steps, options, refusal }) => ({
      text,
      steps: steps.map((step) => step.text),
      options: options.map((option) => option.text),
      refusal,
    })),
    source: source === undefined ? null : { ...source, size: sourceSize },
    result: result ?? null,
    price: priceBytes === undefined ? null : { bytes: priceBytes, allowedBytes },
  })}\n`
}
