import { Failure } from '../../base/index.ts'
import { isBucketName } from '../../objects/index.ts'
import { said } from '../../wire/index.ts'
import { addressOf, splitPathStyle } from '../addressing.ts'

export interface CopySource {
  readonly bucket: string
  readonly key: string
}

const EXPECTED = 'expected <bucket>.cos.<region>.<suffix>/<percent-encoded key>'

/**
 * What `x-cos-copy-source` names. SDKs write the host that they talk to, with a port and with a scheme or without, and
 * the key percent-encoded; a host that names no bucket has it in its path.
 *
 * @param header Latin-1 text, one character per byte that came
 * @param bucketOfDomain the bucket of a host that somebody has given to one; `null` for other hosts
 * @throws Failure `CopySourceInvalid`; `NotOffered` for a version, of which every object has one
 */
export function copySourceOf(header: string, bucketOfDomain: (host: string) => string | null = () => null): CopySource {
  const invalid = () => new Failure('CopySourceInvalid', `x-cos-copy-source is ${said(header)}, ${EXPECTED}`)
  const text = Buffer.from(header, 'latin1').toString('utf8')
  const [place = '', query = ''] = splitOnce(text.replace(/^https?:\/\//i, '').replace(/^\//, ''), '?')
  const version = /^versionId=(.*)$/i.exec(query)?.[1] ?? ''
  if (version !== '' && version !== 'null') {
    throw new Failure('NotOffered', 'This server does not offer versioning (x-cos-copy-source with versionId).')
  }
  const [host = '', rawPath = ''] = splitOnce(place, '/')
  let path: string
  try {
    path = `/${decodeURIComponent(rawPath)}`
  } catch {
    throw invalid()
  }
  const bucket = bucketOfDomain(host) ?? bucketOf(host)
  const split = bucket === null ? splitPathStyle(path) : { bucket, path }
  const key = split.path.slice(1)
  if (!isBucketName(split.bucket) || key === '') throw invalid()
  return { bucket: split.bucket, key }
}

/** A host of somebody's own may name the bucket in its first label too. */
function bucketOf(host: string): string | null {
  const { bucket } = addressOf(host)
  if (bucket !== null) return bucket
  const label = host.split('.', 1)[0] ?? ''
  return isBucketName(label) ? label : null
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
