import { Failure, newRequestId } from '../base/index.ts'
import { checkRule, type EnginePool, type SourceFacts as PictureFacts, resultExtension } from '../images/index.ts'
import { type ClaimedJob, type DoJob, outputKeyOf, type SourceFacts } from '../jobs/index.ts'
import { type BlobStore, checkKey, type StoredObject } from '../objects/index.ts'
import type { AttemptFolders } from './attempt-folders.ts'
import { makePicture } from './make-picture.ts'
import type { PictureVersion } from './picture-version.ts'
import type { ResultBlobs } from './result-blobs.ts'
import { findRuleInputs, type RuleInputsDeps } from './rule-inputs.ts'
import type { ExpandRule } from './styles-of-buckets.ts'

export interface PictureWorkDeps {
  readonly blobs: Pick<BlobStore, 'placeInto' | 'adopt'>
  readonly engines: Pick<EnginePool, 'process' | 'engineUser'>
  readonly folders: AttemptFolders
  readonly expandRule: ExpandRule
  readonly inputs: RuleInputsDeps
  readonly versionOf: PictureVersion
  readonly resultBlobs: Pick<ResultBlobs, 'note'>
  readonly deadlineMs: number
}

/**
 * What a worker does for a job of this server: the source's blob is linked into a folder of the attempt, so that an
 * overwrite or a clean-up meanwhile changes nothing; an engine makes the result there; the result becomes a blob. It
 * is published with the end of the job, not here.
 */
export function pictureWork(deps: PictureWorkDeps): DoJob {
  const { blobs, engines, folders, expandRule, deadlineMs } = deps
  return async (job, { signal, alone, engineIsFree }) => {
    const { source } = job
    if (source === null) throw new Failure('ObjectNotFound', 'the input object does not exist')
    refuseResultOfSameBatch(job, source)
    const rule = await expandRule(job.bucket, checkRule(job.rule.processRule))
    const inputs = await findRuleInputs(deps.inputs, job.bucket, rule)
    const folder = await folders.make(engines.engineUser)
    let isTaken = false
    try {
      const { source: picture, result } = await makePicture(deps, folder, {
        source: source.blobId,
        rule,
        inputs,
        wantSourceFacts: job.rule.isPicInfo,
        class: 'job',
        deadlineMs,
        alone,
        signal,
      })
      await engineIsFree()
      const objectName = outputKeyOf(job, resultExtension(result.format))
      checkKey(objectName)
      const blobId = await blobs.adopt(folder.output)
      isTaken = true
      // A request for the same picture is given this one.
      deps.resultBlobs.note(deps.versionOf(source, { rule, about: null }, inputs), { blobId, facts: result })
      return {
        result: {
          objectName,
          source: {
            etag: source.etag,
            facts: job.rule.isPicInfo ? factsOf(picture) : null,
          },
          output: {
            etag: result.md5,
            format: result.format,
            width: result.width,
            height: result.height,
            quality: result.quality,
            size: result.size,
          },
        },
        output: {
          bucket: job.output.bucket,
          key: objectName,
          blobId,
          size: result.size,
          etag: result.md5,
          crc64: result.crc64,
          contentType: result.contentType,
          headers: {},
          requestId: newRequestId(Date.now()),
          eventName: 'cos:ObjectCreated:Put',
          origin: 'job',
          batchId: job.batchId,
        },
      }
    } finally {
      if (isTaken) folder.giveBack()
      else folder.remove()
    }
  }
}

/**
 * Between the listing of an object and its turn another job of the batch may have written its key. The upload is gone
 * then, and a result is nothing the batch was asked to work on. (In a run one node may work on what another one wrote.)
 */
function refuseResultOfSameBatch({ batchId, origin }: ClaimedJob, source: StoredObject): void {
  if (batchId === null || source.batchId !== batchId || origin?.runObject !== undefined) return
  throw new Failure('InvalidArgument', `the input object was overwritten by a result of the same batch job, ${batchId}`)
}

function factsOf({ averageColour, format, width, height, orientation, quality }: PictureFacts): SourceFacts {
  if (averageColour === undefined) throw new Failure('InternalError', 'The engine did not tell the average colour.')
  return { averageColour, format, width, height, orientation, quality }
}
