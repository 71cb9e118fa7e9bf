import { type BlobId, Failure } from '../base/index.ts'
import type { MadePictures, PicturesToStore, PreparedPictures } from '../http/cos/index.ts'
import type { EnginePool, ProcessedPicture, Rule, SourceFacts } from '../images/index.ts'
import { type BlobStore, checkKey, type NewObject, type ObjectStore, type StoredObject } from '../objects/index.ts'
import { type PicOperationRule, said } from '../wire/index.ts'
import type { AttemptFolders } from './attempt-folders.ts'
import { makePicture } from './make-picture.ts'
import type { PictureVersion } from './picture-version.ts'
import type { ResultBlobs } from './result-blobs.ts'
import { findRuleInputs, type RuleInputs, type RuleInputsDeps, ruleCheckFor } from './rule-inputs.ts'
import type { ExpandRule } from './styles-of-buckets.ts'

export interface PicturesToStoreDeps {
  readonly objects: Pick<ObjectStore, 'findBucket' | 'publishResults'>
  readonly blobs: Pick<BlobStore, 'placeInto' | 'adopt' | 'remove'>
  readonly engines: Pick<EnginePool, 'process' | 'engineUser'>
  readonly folders: AttemptFolders
  /** Resolves when engines can be asked. */
  readonly enginesReady: Promise<void>
  readonly expandRule: ExpandRule
  readonly inputs: RuleInputsDeps
  readonly versionOf: PictureVersion
  readonly resultBlobs: Pick<ResultBlobs, 'note'>
  /** Fails with `StorageFull` when there is no room for new things. */
  readonly checkRoom: () => void
  readonly deadlineMs: number
}

/** A rule that takes nothing but its source. */
const nothingElse: RuleInputs = { pictures: [], fonts: [], versions: [] }

/**
 * Pictures that are made of an object while somebody waits, and stored: each by an engine, from the same bytes, whatever is
 * done to the object meanwhile; all published in one step. Until then there are only blobs that nothing names.
 */
export function picturesToStore(deps: PicturesToStoreDeps): PicturesToStore {
  return {
    async prepare(bucket, { isPicInfo, rules }) {
      const outputs: PreparedPictures['outputs'][number][] = []
      for (const [n, rule] of rules.entries()) outputs.push(await prepareOutput(deps, bucket, rule, `rules[${n}]`))
      return { isPicInfo, outputs }
    },

    async make(source, { isPicInfo, outputs }, { requestId, signal, maySee }) {
      await deps.enginesReady
      if (outputs.length === 0) {
        return { source: isPicInfo ? await lookAt(deps, source, signal) : null, pictures: [] }
      }
      deps.checkRoom()
      const made = await makeAll(deps, source, outputs, isPicInfo, maySee, signal)
      await publish(deps, source, outputs, made, requestId)
      for (const { version, blobId, picture } of made) deps.resultBlobs.note(version, { blobId, facts: picture.result })
      return {
        source: isPicInfo ? made[0]!.picture.source : null,
        pictures: made.map(({ picture }) => picture.result),
      } satisfies MadePictures
    },
  }
}

async function prepareOutput(
  { objects, expandRule, inputs }: PicturesToStoreDeps,
  sourceBucket: string,
  { bucket: named, key, rule: text }: PicOperationRule,
  where: string,
): Promise<PreparedPictures['outputs'][number]> {
  const bucket = named ?? sourceBucket
  await told(`${where}.fileid`, async () => checkKey(key))
  const rule = await told(`${where}.rule`, async () =>
    expandRule(sourceBucket, ruleCheckFor(sourceBucket, inputs.bucketOfHost)(text)),
  )
  if (named !== null && (await objects.findBucket(named)) === null) {
    throw new Failure('BucketNotFound', `${where}.bucket: the bucket ${said(named)} does not exist.`)
  }
  return { bucket, key, rule }
}

/** A failure tells which field of the header it is about; a key that cannot be one is a field with a wrong value. */
async function told<Value>(where: string, check: () => Promise<Value>): Promise<Value> {
  try {
    return await check()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const code = error.code === 'KeyInvalid' || error.code === 'KeyTooLong' ? 'PicOperationsInvalid' : error.code
    throw new Failure(code, `${where}: ${error.message}`, { cause: error })
  }
}

/** Whether an object that a rule names may be shown to whoever asks. */
type MaySee = (object: StoredObject) => Promise<boolean>

interface MadePicture {
  readonly blobId: BlobId
  readonly picture: ProcessedPicture
  readonly version: string
}

/** All of them, or the failure of the first that could not be made, and then nothing is left of the others. */
async function makeAll(
  deps: PicturesToStoreDeps,
  source: StoredObject,
  outputs: PreparedPictures['outputs'],
  isPicInfo: boolean,
  maySee: MaySee,
  signal: AbortSignal,
): Promise<readonly MadePicture[]> {
  const tries = await Promise.allSettled(
    outputs.map(({ rule }, n) => makeOne(deps, source, rule, isPicInfo && n === 0, maySee, signal)),
  )
  const made = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const at = tries.findIndex((one) => one.status === 'rejected')
  if (at === -1) return made
  await discard(deps, made)
  throw ofRule(at, (tries[at] as PromiseRejectedResult).reason)
}

/** What is wrong with one of the rules, and not with the source of all, names it. */
function ofRule(at: number, error: unknown): unknown {
  if (!(error instanceof Failure)) return error
  const { code, message, details } = error
  const isOfRule = code === 'RuleNotApplicable' || (code === 'PictureOverLimit' && details.of === 'result')
  if (!isOfRule) return error
  return new Failure(code, `rules[${at}].rule: ${message}`, { cause: error, details: { ...details } })
}

async function makeOne(
  deps: PicturesToStoreDeps,
  source: StoredObject,
  rule: Rule,
  wantSourceFacts: boolean,
  maySee: MaySee,
  signal: AbortSignal,
): Promise<MadePicture> {
  const { blobs, engines, folders, deadlineMs } = deps
  const inputs = await findRuleInputs(deps.inputs, source.bucket, rule, maySee)
  const folder = await folders.make(engines.engineUser)
  let isTaken = false
  try {
    const picture = await makePicture(deps, folder, {
      source: source.blobId,
      rule,
      inputs,
      wantSourceFacts,
      class: 'realtime',
      deadlineMs,
      signal,
    })
    const blobId = await blobs.adopt(folder.output)
    isTaken = true
    return { blobId, picture, version: deps.versionOf(source, { rule, about: null }, inputs) }
  } finally {
    if (isTaken) folder.giveBack()
    else folder.remove()
  }
}

/** What is said of the source when nothing is to be made of it. */
async function lookAt(deps: PicturesToStoreDeps, { blobId }: StoredObject, signal: AbortSignal): Promise<SourceFacts> {
  const { engines, folders, deadlineMs } = deps
  const folder = await folders.make(engines.engineUser)
  try {
    const { source } = await makePicture(deps, folder, {
      source: blobId,
      rule: { stages: [] },
      inputs: nothingElse,
      wantSourceFacts: true,
      class: 'realtime',
      deadlineMs,
      signal,
    })
    return source
  } finally {
    folder.remove()
  }
}

async function publish(
  deps: PicturesToStoreDeps,
  source: StoredObject,
  outputs: PreparedPictures['outputs'],
  made: readonly MadePicture[],
  requestId: string,
): Promise<void> {
  const results = outputs.map(({ bucket, key }, n): NewObject => {
    const { blobId, picture } = made[n]!
    const { size, md5, crc64, contentType } = picture.result
    const isInPlace = bucket === source.bucket && key === source.key
    return {
      bucket,
      key,
      blobId,
      size,
      etag: md5,
      crc64,
      contentType,
      headers: isInPlace ? headersOf(source) : {},
      acl: isInPlace ? source.acl : 'default',
      requestId,
      eventName: 'cos:ObjectCreated:Put',
      origin: 'operation',
    }
  })
  try {
    await deps.objects.publishResults(results, source)
  } catch (error) {
    // Certainly not published, and their room is wanted now. After other failures nobody knows: they are the cleaner's.
    if (error instanceof Failure && error.code === 'StorageFull') await discard(deps, made)
    throw error
  }
}

/** What takes the place of its source keeps what was said of that, but for how its bytes were packed. */
function headersOf({ headers }: StoredObject): NewObject['headers'] {
  const { 'content-encoding': _packed, ...kept } = headers
  return kept
}

async function discard({ blobs }: PicturesToStoreDeps, made: readonly MadePicture[]): Promise<void> {
  for (const { blobId } of made) await blobs.remove(blobId)
}
