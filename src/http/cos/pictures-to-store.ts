import type { ResultFacts, Rule, SourceFacts } from '../../images/index.ts'
import type { StoredObject } from '../../objects/index.ts'
import type { PicOperations } from '../../wire/index.ts'

/** Makes pictures of an object and stores them, while somebody waits. */
export interface PicturesToStore {
  /**
   * Finds out what is to be made, before anything is stored.
   *
   * @throws Failure `PicOperationsInvalid`, `OperationNotOffered`, `StyleNotFound`, `BucketNotFound`; as a rule, naming it
   */
  prepare(bucket: string, operations: PicOperations): Promise<PreparedPictures>
  /**
   * Makes all of them of the same bytes, and publishes them together: all or none. One that takes the place of its source
   * leaves alone what somebody else has put there meanwhile.
   *
   * @param request `maySee`: whether another object that a rule names may be shown to whoever asks
   * @throws Failure of the first picture that could not be made
   */
  make(
    source: StoredObject,
    prepared: PreparedPictures,
    request: {
      readonly requestId: string
      readonly signal: AbortSignal
      readonly maySee: (object: StoredObject) => Promise<boolean>
    },
  ): Promise<MadePictures>
}

export interface PreparedPictures {
  /** Whether the source is to be told of. */
  readonly isPicInfo: boolean
  readonly outputs: readonly {
    readonly bucket: string
    readonly key: string
    /** Without styles. */
    readonly rule: Rule
  }[]
}

export interface MadePictures {
  /** Only when asked for. */
  readonly source: SourceFacts | null
  /** In the order of the outputs. */
  readonly pictures: readonly ResultFacts[]
}
