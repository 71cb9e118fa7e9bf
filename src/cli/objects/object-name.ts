import { UsageFailure } from '../server-client/index.ts'

/** `BUCKET/KEY`, as commands about objects are told which one. */
export interface ObjectName {
  readonly bucket: string
  /** Or the beginning of keys. */
  readonly key: string
}

/** @param needsKey whether the bucket alone is not enough. @throws UsageFailure */
export function readObjectName(text: string, needsKey: boolean): ObjectName {
  const end = text.indexOf('/')
  const bucket = end === -1 ? text : text.slice(0, end)
  const key = end === -1 ? '' : text.slice(end + 1)
  if (bucket === '') throw new UsageFailure(`${JSON.stringify(text)} names no bucket, expected BUCKET/KEY.`)
  if (needsKey && key === '') throw new UsageFailure(`${JSON.stringify(text)} names no object, expected BUCKET/KEY.`)
  return { bucket, key }
}

/** Its path at the JSON door, not yet encoded. */
export function objectPath({ bucket, key }: ObjectName): string {
  return `/-/api/objects/${bucket}/${key}`
}
