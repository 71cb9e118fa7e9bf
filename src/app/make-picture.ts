import type { BlobId } from '../base/index.ts'
import type { EnginePool, MadePicture, NamedInput, ProcessRequest } from '../images/index.ts'
import type { BlobStore } from '../objects/index.ts'
import type { AttemptFolder } from './attempt-folders.ts'
import type { RuleInputs } from './rule-inputs.ts'

export interface MakePictureDeps {
  readonly blobs: Pick<BlobStore, 'placeInto'>
  readonly engines: Pick<EnginePool, 'process'>
}

/** What is made, besides files: their places follow from the folder. */
export interface PictureOrder
  extends Omit<ProcessRequest, 'sourceFile' | 'removes' | 'outputFile' | 'inputs' | 'fonts'> {
  readonly source: BlobId
  readonly inputs: RuleInputs
}

/**
 * Has an engine make a picture in the folder of an attempt: the source and whatever else the rule names are linked in,
 * so that an overwrite or a clean-up meanwhile changes nothing; the result is the folder's output, or what was sent.
 */
export async function makePicture(
  { blobs, engines }: MakePictureDeps,
  folder: AttemptFolder,
  { source, inputs, ...request }: PictureOrder,
): Promise<MadePicture> {
  await blobs.placeInto(source, folder.source)
  const placed: NamedInput[] = []
  for (const { url, blobId } of inputs.pictures) {
    const file = folder.input()
    await blobs.placeInto(blobId, file)
    placed.push({ url, file })
  }
  const { fonts } = inputs
  const files = { sourceFile: folder.source, outputFile: folder.output, inputs: placed, fonts }
  return engines.process({ ...request, ...files, removes: () => folder.takeLeftOver() })
}
