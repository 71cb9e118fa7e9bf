import { extname } from 'node:path'
import type { Command } from 'commander'
import type { ProcessedPicture } from '../../images/index.ts'
import { carryOut } from '../carry-out.ts'
import { UsageFailure } from '../server-client/index.ts'
import { printable } from '../terminal/index.ts'
import { pictureWords, sizeWords } from './picture-words.ts'
import { untilInterrupted } from './until-interrupted.ts'

interface Options {
  readonly objects?: string
  readonly json?: true
}

/** `pixmill apply RULE IN OUT`. */
export function addApply(program: Command): void {
  program
    .command('apply')
    .description('Apply a rule to a picture in a file, with no server; the same engine, within the same limits.')
    .argument('<rule>', 'a rule such as imageMogr2/thumbnail/640x/format/webp')
    .argument('<in>', 'the picture; - is standard input')
    .argument('<out>', 'where the result goes; - is standard output. What is there is replaced')
    .option('--objects <folder>', 'the folder that stands for the bucket when the rule puts one of its objects on')
    .option('--json', 'say as JSON what the picture was and what became of it')
    .addHelpText('after', EXAMPLES)
    .action((rule: string, source: string, result: string, options: Options) =>
      carryOut('apply', options, () => apply(rule, source, result, options)),
    )
}

const EXAMPLES = `
Examples:
  pixmill apply imageMogr2/thumbnail/640x/format/webp cat.jpg cat.webp
  pixmill apply 'imageMogr2/crop/300x300/gravity/center|imageMogr2/format/png' - - < cat.jpg > square.png`

async function apply(text: string, source: string, result: string, options: Options): Promise<number> {
  const json = options.json === true
  if (json && result === '-') throw new UsageFailure('--json and a result of - both want standard output.')
  // Only now: help needs nothing of engines.
  const [{ checkRule, printRule }, { checkPlace }, { openLocal }] = await Promise.all([
    import('../../images/index.ts'),
    import('./local-files.ts'),
    import('./open-local.ts'),
  ])
  const rule = checkRule(text)
  await checkPlace(result)
  return untilInterrupted(async (signal) => {
    const picture = await openLocal(options.objects, (local) => local.apply(rule, source, result, signal))
    if (json) {
      process.stdout.write(`${JSON.stringify({ rule: printRule(rule), ...picture })}\n`)
    } else if (result !== '-') {
      process.stdout.write(`${printable(result)}: ${words(picture)}\n`)
      process.stderr.write(oddName(result, picture))
    }
    return 0
  })
}

function words({ source, result }: ProcessedPicture): string {
  return `${pictureWords(result)}, ${sizeWords(result.size)}, from ${pictureWords(source)}`
}

const extensions: { readonly [extension: string]: string } = {
  jpg: 'jpeg',
  jpe: 'jpeg',
  tif: 'tiff',
}

/** The rule says the format and not the name, which not everybody expects. */
function oddName(file: string, { result }: ProcessedPicture): string {
  const extension = extname(file).slice(1).toLowerCase()
  const told = extensions[extension] ?? extension
  if (told === '' || told === result.format) return ''
  return `The name ends in ${printable(extname(file))}, the picture is ${result.format.toUpperCase()}: the rule decides, by format/….\n`
}
