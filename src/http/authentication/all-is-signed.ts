import { Failure } from '../../base/index.ts'
import { said } from '../../wire/index.ts'
import { type Authorization, isField } from './authorization.ts'
import type { QueryParameter } from './raw-target.ts'
import { namesOfHeaders, namesOfParameters, type RawHeaders } from './readings.ts'

/**
 * Checks that a signature, which is right, leaves nothing out that matters: the host, every header `x-cos-*`, and every
 * parameter but those that are the signature itself.
 *
 * @throws Failure `AccessDenied` naming the first that is left out
 */
export function checkAllIsSigned(
  { headerList, parameterList }: Pick<Authorization, 'headerList' | 'parameterList'>,
  parameters: readonly QueryParameter[],
  headers: RawHeaders,
): void {
  const signedHeaders = namesOfHeaders(headerList)
  const mustBeSigned = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-cos-'))]
  const header = mustBeSigned.find((name) => !signedHeaders.has(name))
  if (header !== undefined) throw notSigned('header', header, 'q-header-list')

  const sent = parameters.filter(({ name }) => !isField(name) && name !== 'sign')
  const signedParameters = namesOfParameters(
    parameterList,
    sent.map(({ name }) => name),
  )
  // With a plus a name can be read in two ways, and the signature may be right for the other one.
  const isSigned = ({ name, rawName }: QueryParameter): boolean =>
    signedParameters.has(name.toLowerCase()) && !rawName.includes('+')
  const parameter = sent.find((one) => !isSigned(one))
  if (parameter !== undefined) throw notSigned('parameter', parameter.rawName, 'q-url-param-list')
}

function notSigned(kind: string, name: string, list: string): Failure {
  return new Failure(
    'AccessDenied',
    `Access Denied. The ${kind} ${said(name)} is not signed: this server expects it in ${list}, percent-encoded.`,
  )
}
