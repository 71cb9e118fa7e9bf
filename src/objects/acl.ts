/** Who may read an object without a signature: whoever may read the bucket (`default`), nobody, or everybody. */
export const objectAcls = ['default', 'private', 'public-read'] as const
export type ObjectAcl = (typeof objectAcls)[number]

/** What may be done in a bucket without a signature: nothing, reading, reading and writing. */
export const bucketAcls = ['private', 'public-read', 'public-read-write'] as const
export type BucketAcl = (typeof bucketAcls)[number]

/** Whether everybody may read an object of a bucket. An object that speaks for itself is not asked about its bucket. */
export function isPublic(object: ObjectAcl, bucket: BucketAcl): boolean {
  return object === 'default' ? bucket !== 'private' : object === 'public-read'
}
