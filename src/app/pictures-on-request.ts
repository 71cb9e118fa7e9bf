import { createHash } from 'node:crypto'
import { unlink } from 'node:fs/promises'
import { Failure, type Log } from '../base/index.ts'
import type { PicturesOnRequest } from '../http/cos/index.ts'
import {
  type EnginePool,
  engineEdition,
  KeptPicture,
  type PictureRequest,
  printPictureRequest,
  type ResultCache,
  SharedWork,
} from '../images/index.ts'
import type { BlobStore, StoredObject } from '../objects/index.ts'
import type { AttemptFolders } from './attempt-folders.ts'
import { openEngineOutput } from './engine-output.ts'
import { makePicture } from './make-picture.ts'
import { findRuleInputs, type RuleInputs, type RuleInputsDeps } from './rule-inputs.ts'
import type { ExpandRule } from './styles-of-buckets.ts'

export interface PicturesOnRequestDeps {
  readonly blobs: Pick<BlobStore, 'placeInto'>
  readonly engines: Pick<EnginePool, 'process' | 'engineUser'>
  readonly folders: AttemptFolders
  readonly inputs: RuleInputsDeps
  /** Resolves when engines can be asked. */
  readonly enginesReady: Promise<void>
  readonly cache: Pick<ResultCache, 'find' | 'keep'>
  readonly expandRule: ExpandRule
  readonly deadlineMs: number
  readonly log: Log
}

/**
 * Pictures that are made while somebody waits: from the cache, or by an engine in a folder of the attempt, once for all
 * who ask for the same at the same time. The cache is asked by a version that names the source's bytes, so an object
 * that was overwritten never gives an old picture.
 */
export function picturesOnRequest(deps: PicturesOnRequestDeps): PicturesOnRequest {
  const { cache } = deps
  const edition = engineEdition()
  const work = new SharedWork<KeptPicture>()
  const versionOf = ({ blobId, version }: StoredObject, request: PictureRequest, { versions }: RuleInputs): string => {
    const facts = JSON.stringify([blobId, version, printPictureRequest(request), edition, ...versions])
    // The end of it keeps clients from taking it for the MD5 of what they are given.
    return `${createHash('sha256').update(facts).digest('hex').slice(0, 32)}-r`
  }
  return {
    async of(object, asked) {
      const rule = await deps.expandRule(object.bucket, asked.rule)
      const request = { rule, about: asked.about }
      const inputs = await findRuleInputs(deps.inputs, object.bucket, rule)
      const version = versionOf(object, request, inputs)
      const find = async (abandoned: AbortSignal) =>
        (await cache.find(version)) ?? (await make(deps, version, object, request, inputs, abandoned))
      return { version, picture: (signal) => work.join(version, find, signal) }
    },
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
    const { result } = await makePicture(deps, folder, {
      source: blobId,
      rule,
      about: about ?? undefined,
      inputs,
      wantSourceFacts: false,
      class: 'realtime',
      deadlineMs,
      signal,
    })
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
