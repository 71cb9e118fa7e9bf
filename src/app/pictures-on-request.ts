import { open, unlink } from 'node:fs/promises'
import { Failure, type Log } from '../base/index.ts'
import type { PicturesOnRequest } from '../http/cos/index.ts'
import { type EnginePool, KeptPicture, type PictureRequest, type ResultCache, SharedWork } from '../images/index.ts'
import type { BlobStore, StoredObject } from '../objects/index.ts'
import type { AttemptFolders } from './attempt-folders.ts'
import { openEngineOutput } from './engine-output.ts'
import { makePicture } from './make-picture.ts'
import type { PictureVersion } from './picture-version.ts'
import type { ResultBlobs } from './result-blobs.ts'
import { findRuleInputs, type RuleInputs, type RuleInputsDeps } from './rule-inputs.ts'
import type { ExpandRule } from './styles-of-buckets.ts'

export interface PicturesOnRequestDeps {
  readonly blobs: Pick<BlobStore, 'placeInto'>
  readonly engines: Pick<EnginePool, 'process' | 'engineUser'>
  readonly folders: AttemptFolders
  readonly inputs: RuleInputsDeps
  /** Resolves when engines can be asked. */
  readonly enginesReady: Promise<void>
  readonly cache: Pick<ResultCache, 'find' | 'keep' | 'keepBytes'>
  /** What jobs and uploads have made already. */
  readonly resultBlobs: Pick<ResultBlobs, 'find' | 'forget'>
  readonly expandRule: ExpandRule
  readonly versionOf: PictureVersion
  readonly deadlineMs: number
  readonly log: Log
}

/**
 * Pictures that are made while somebody waits: from the cache, from what a job or an upload has made, or by an engine in a
 * folder of the attempt, once for all who ask for the same at the same time. The cache is asked by a version that names the
 * source's bytes, so an object that was overwritten never gives an old picture.
 */
export function picturesOnRequest(deps: PicturesOnRequestDeps): PicturesOnRequest {
  const { cache, expandRule, versionOf } = deps
  const work = new SharedWork<KeptPicture>()
  return {
    async of(object, asked, maySee) {
      const rule = await expandRule(object.bucket, asked.rule)
      const request = { rule, about: asked.about }
      const inputs = await findRuleInputs(deps.inputs, object.bucket, rule, maySee)
      const version = versionOf(object, request, inputs)
      const find = async (abandoned: AbortSignal) =>
        (await cache.find(version)) ??
        (await fromBlob(deps, version)) ??
        (await make(deps, version, object, request, inputs, abandoned))
      const onlySlims = request.about === null && rule.stages.every((stage) => stage.interface === 'imageSlim')
      return { version, onlySlims, picture: (signal) => work.join(version, find, signal) }
    },
  }
}

/** The picture that was made for a job or an upload, when it is still there; from now on it is in the cache too. */
async function fromBlob(
  { blobs, engines, folders, cache, resultBlobs, log }: PicturesOnRequestDeps,
  version: string,
): Promise<KeptPicture | null> {
  const found = resultBlobs.find(version)
  if (found === null) return null
  const { blobId, facts } = found
  const folder = await folders.make(engines.engineUser)
  try {
    await blobs.placeInto(blobId, folder.source)
    const file = await open(folder.source, 'r')
    const kept = await cache.keep(version, facts, file)
    if (kept === null) return new KeptPicture(facts, file)
    await file.close()
    return kept
  } catch (error) {
    log.debug({ err: error, version, blobId }, 'a picture that was made before is gone; it is made again')
    resultBlobs.forget(version)
    return null
  } finally {
    folder.giveBack()
  }
}

async function make(
  deps: PicturesOnRequestDeps,
  version: string,
  { blobId }: StoredObject,
  { rule, about }: PictureRequest,
  inputs: RuleInputs,
  signal: AbortSignal,
): Promise<KeptPicture> {
  const { engines, folders, enginesReady, cache, deadlineMs, log } = deps
  await enginesReady
  const folder = await folders.make(engines.engineUser)
  let isTaken = false
  try {
    const { result, bytes } = await makePicture(deps, folder, {
      source: blobId,
      sendsSmall: true,
      rule,
      about: about ?? undefined,
      inputs,
      wantSourceFacts: false,
      class: 'realtime',
      deadlineMs,
      signal,
    })
    if (bytes !== undefined) {
      isTaken = true
      return cache.keepBytes(version, result, bytes)
    }
    const { file, size } = await openEngineOutput(folder.output)
    try {
      // The folder is used again, and what is open here must not be written to then.
      await unlink(folder.output)
      isTaken = true
      const kept = await cache.keep(version, result, file)
      if (kept !== null) {
        await file.close()
        return kept
      }
      if (size !== result.size) throw new Failure('InternalError', 'The engine wrote another picture than it spoke of.')
      return new KeptPicture({ contentType: result.contentType, size }, file)
    } catch (error) {
      await file.close()
      throw error
    }
  } catch (error) {
    if (error instanceof Failure && error.code === 'InternalError')
      log.error({ err: error, version }, 'a picture failed')
    throw error
  } finally {
    if (isTaken) folder.giveBack()
    else folder.remove()
  }
}
