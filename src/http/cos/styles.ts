import { Failure } from '../../base/index.ts'
import {
  contentTypeOf,
  originProtectionText,
  readAddStyle,
  readDeleteStyle,
  readGetStyle,
  readOriginProtection,
  said,
  styleListDocument,
  writeDocument,
} from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
import type { CosDoorDeps, PictureDeps } from './door.ts'
import { notOffered } from './not-offered.ts'
import { pictureFailure } from './picture-failure.ts'

/** PUT Bucket style: saves a style, in the place of one of the same name. */
export async function putStyle(exchange: Exchange, deps: CosDoorDeps): Promise<void> {
  const bucket = exchange.requireBucket()
  const pictures = picturesOf(deps)
  const style = readAddStyle(await exchange.readBody(), pictures.styleSeparators)
  try {
    await pictures.saveStyle(bucket, style)
  } catch (error) {
    throw pictureFailure(error)
  }
  await exchange.answerEmpty(200)
}

/** GET Bucket style: all of them, or the one that the body names. */
export async function getStyles(exchange: Exchange, deps: CosDoorDeps): Promise<void> {
  const bucket = exchange.requireBucket()
  const name = readGetStyle(await exchange.readBody())
  const all = await picturesOf(deps).styles.listStyles(bucket)
  const found = name === null ? all : all.filter((style) => style.name === name)
  if (name !== null && found.length === 0) {
    throw pictureFailure(new Failure('StyleNotFound', `The style ${said(name)} does not exist in this bucket.`))
  }
  await exchange.answerText(200, contentTypeOf.XML, writeDocument(styleListDocument(found), 'XML'))
}

/** DELETE Bucket style. Removing what is not there is not a failure. */
export async function deleteStyle(exchange: Exchange, deps: CosDoorDeps): Promise<void> {
  await picturesOf(deps).styles.removeStyle(exchange.requireBucket(), readDeleteStyle(await exchange.readBody()))
  await exchange.answerEmpty(200)
}

/** PUT Bucket origin-protect. */
export async function putOriginProtection(exchange: Exchange, deps: CosDoorDeps): Promise<void> {
  await picturesOf(deps).styles.setOriginProtected(
    exchange.requireBucket(),
    readOriginProtection(await exchange.readBody()),
  )
  await exchange.answerEmpty(200)
}

/** GET Bucket origin-protect. */
export async function getOriginProtection(exchange: Exchange, deps: CosDoorDeps): Promise<void> {
  const isOn = await picturesOf(deps).styles.isOriginProtected(exchange.requireBucket())
  await exchange.answerText(200, contentTypeOf.XML, originProtectionText(isOn))
}

/** DELETE Bucket origin-protect: originals are given again. */
export async function deleteOriginProtection(exchange: Exchange, deps: CosDoorDeps): Promise<void> {
  await picturesOf(deps).styles.setOriginProtected(exchange.requireBucket(), false)
  await exchange.answerEmpty(200)
}

function picturesOf({ pictures }: CosDoorDeps): PictureDeps {
  if (pictures === undefined) throw notOffered('pictures made of objects', 'style')
  return pictures
}
