import { percentEncodeKey } from '../wire/index.ts'

/** Gives the address under which others find an object. */
export type ObjectUrl = (bucket: string, region: string, key: string) => string

/** @param base the address of a bucket, with `{bucket}` and `{region}` where they belong, for instance `http://{bucket}.cos.{region}.example` */
export function objectUrlBelow(base: string): ObjectUrl {
  const root = base.replace(/\/+$/, '')
  return (bucket, region, key) =>
    `${root.replaceAll('{bucket}', bucket).replaceAll('{region}', region)}/${percentEncodeKey(key)}`
}
