import type { AttemptFolder } from '../../app/attempt-folders.ts'
import { withLocalEngine } from '../../app/local-engine.ts'
import {
  type AnnouncedPicture,
  FontShelf,
  type NamedInput,
  needsOf,
  type ProcessedPicture,
  type Rule,
} from '../../images/index.ts'
import { allSettings, readSettings } from '../../settings/index.ts'
import { copyInput, copyResult, copySource } from './local-files.ts'

/** Pictures in files, and an engine for them. */
export interface Local {
  /** Memory that a picture may be expected to take, bytes. */
  readonly engineMemoryBytes: number
  apply(rule: Rule, source: string, result: string, signal: AbortSignal): Promise<ProcessedPicture>
  announce(rule: Rule, source: string, signal: AbortSignal): Promise<AnnouncedPicture>
}

/**
 * The settings of the server that have to do with engines hold here, too.
 *
 * @param bucket the folder that stands for the bucket: objects that a rule names are files in it
 */
export async function openLocal<Result>(
  bucket: string | undefined,
  work: (local: Local) => Promise<Result>,
): Promise<Result> {
  const { engineMemoryBytes, jobDeadlineMs, fontsDir } = allSettings
  const settings = readSettings({ engineMemoryBytes, jobDeadlineMs, fontsDir }, { environment: process.env })
  const shelf = new FontShelf(settings.fontsDir)
  const fontsFor = async (rule: Rule) => (needsOf(rule).texts.length === 0 ? [] : (await shelf.fonts()).files)
  return withLocalEngine(settings.engineMemoryBytes, ({ engines, folders }) => {
    const common = { wantSourceFacts: false, class: 'job', deadlineMs: settings.jobDeadlineMs } as const
    return work({
      engineMemoryBytes: engines.engineMemoryBytes,
      async apply(rule, source, result, signal) {
        const folder = await folders.make(engines.engineUser)
        await copySource(source, folder.source, rule, signal)
        const inputs = await placeInputs(rule, bucket, folder, signal)
        const files = { sourceFile: folder.source, outputFile: folder.output, inputs, fonts: await fontsFor(rule) }
        const picture = await engines.process({ ...common, ...files, rule, signal })
        await copyResult(folder.output, result, signal)
        return picture
      },
      async announce(rule, source, signal) {
        const folder = await folders.make(engines.engineUser)
        await copySource(source, folder.source, rule, signal)
        const inputs = await placeInputs(rule, bucket, folder, signal)
        const files = { sourceFile: folder.source, inputs, fonts: await fontsFor(rule) }
        return engines.announce({ ...common, ...files, rule, signal })
      },
    })
  })
}

async function placeInputs(
  rule: Rule,
  bucket: string | undefined,
  folder: AttemptFolder,
  signal: AbortSignal,
): Promise<NamedInput[]> {
  const inputs: NamedInput[] = []
  for (const { url, path } of needsOf(rule).pictures) {
    const file = folder.input()
    await copyInput(path, bucket, file, signal)
    inputs.push({ url, file })
  }
  return inputs
}
