import type { DocumentTree } from './document.ts'

/** The account id at the end of a bucket's name stands for its owner. */
export function ownerTree(bucket: string): DocumentTree {
  const appId = appIdOf(bucket)
  return { ID: appId, DisplayName: appId }
}

export function appIdOf(bucket: string): string {
  return bucket.slice(bucket.lastIndexOf('-') + 1)
}
