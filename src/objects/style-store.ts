/** A rule that a bucket keeps under a name. Names are compared bytewise. */
export interface Style {
  readonly name: string
  /** The text of the rule, as it was saved. */
  readonly body: string
}

/**
 * What a bucket says about the pictures made of its objects: its styles, and whether it gives the originals. What is a
 * good rule is not known here. One suite (`style-store.contract.ts`) says what every adapter keeps.
 */
export interface StyleStore {
  /**
   * Saves a style; one of the same name is replaced.
   * @param limit how many styles a bucket may have
   * @throws Failure `BucketNotFound`, `StyleLimitReached`
   */
  saveStyle(bucket: string, style: Style, limit: number): Promise<void>
  /** Removing what is not there is not a failure: `false`. Fails with `BucketNotFound`. */
  removeStyle(bucket: string, name: string): Promise<boolean>
  /** All styles of a bucket, by name. Fails with `BucketNotFound`. */
  listStyles(bucket: string): Promise<Style[]>
  /** Those of these names that exist. */
  findStyles(bucket: string, names: readonly string[]): Promise<Style[]>
  /** Whether only styles of its pictures may be had, and not the pictures themselves. Fails with `BucketNotFound`. */
  isOriginProtected(bucket: string): Promise<boolean>
  /** Fails with `BucketNotFound`. */
  setOriginProtected(bucket: string, on: boolean): Promise<void>
}
