import { jobCallbackPaths, refuseOtherTypesThanUrl } from './callback-type.ts'
import type { DocumentFormat } from './document.ts'
import {
  caselessChoiceField,
  choiceField,
  field,
  fields,
  invalid,
  rawTextField,
  required,
  textField,
} from './fields.ts'
import type { JobLevel, OutputPlace, PicProcess } from './jobs-detail.ts'
import { readPicProcess } from './pic-process.ts'
import { readBody } from './request-body.ts'
import { said } from './said.ts'
import type { XmlElement } from './xml/element.ts'

/** Where the notification of one job goes: to a URL of its own, nowhere, or wherever its queue says. */
export type JobCallback = { readonly to: 'url'; readonly url: string } | { readonly to: 'nobody' | 'queue' }

/** What a job is asked to do, and how: the body of `POST /jobs`, without what only the bucket or the records can tell. */
export interface SubmitRequest {
  readonly inputObject: string
  /** `null`: the image queue of the bucket. */
  readonly queueId: string | null
  /** A saved rule, or one that comes along. When both were given the template wins and the other is not kept. */
  readonly work:
    | { readonly kind: 'template'; readonly templateId: string }
    | { readonly kind: 'inline'; readonly picProcess: PicProcess }
  readonly output: OutputPlace
  readonly userData: string | null
  /** Default 0. */
  readonly jobLevel: JobLevel
  readonly callback: JobCallback
  /** `null` when not given. Then a URL of the job's own gets XML, whatever its queue says. */
  readonly callbackFormat: DocumentFormat | null
}

/** Characters, not bytes, of `UserData`. */
export const MAX_USER_DATA_CHARACTERS = 1024

/** @throws Failure `MissingContent`, `InvalidContent`, or `InvalidArgument` that names field, value and expectation. */
export function readSubmitRequest(body: Uint8Array | string): SubmitRequest {
  return submitRequest(readBody(body, 'Request'))
}

/** The same from a tree, wherever it came from. */
export function submitRequest(root: XmlElement): SubmitRequest {
  checkTag(root, 'Tag')
  const operations = fields(root, 'Operation')
  if (operations.length > 1) {
    throw invalid('Operation', `stands ${operations.length} times; this server runs one operation in a job.`)
  }
  required(field(root, 'Operation'), 'Operation')
  refuseOtherTypesThanUrl(root, jobCallbackPaths())
  return {
    inputObject: required(rawTextField(root, 'Input/Object'), 'Input/Object'),
    queueId: textField(root, 'QueueId'),
    work: readWork(root, 'Operation'),
    output: readOutputPlace(root, 'Operation/Output'),
    userData: readUserData(root, 'Operation/UserData'),
    jobLevel: Number(choiceField(root, 'Operation/JobLevel', ['0', '1', '2']) ?? '0') as JobLevel,
    callback: readCallback(root, 'CallBack'),
    callbackFormat: caselessChoiceField(root, 'CallBackFormat', ['XML', 'JSON']),
  }
}

/** The only kind of job and template that this server knows. */
export function checkTag(root: XmlElement, path: string): void {
  const tag = required(textField(root, path), path)
  if (tag !== 'PicProcess') {
    throw invalid(path, `is ${said(tag)}, expected PicProcess, the only kind this server knows.`)
  }
}

/** @param path of the element that has `TemplateId` or `PicProcess`; with both the template wins */
export function readWork(root: XmlElement, path: string): SubmitRequest['work'] {
  const templateId = textField(root, `${path}/TemplateId`)
  if (templateId !== null) return { kind: 'template', templateId }
  if (field(root, `${path}/PicProcess`) === null) {
    throw invalid(path, 'has neither TemplateId nor PicProcess, expected one of them.')
  }
  return { kind: 'inline', picProcess: readPicProcess(root, `${path}/PicProcess`) }
}

export function readOutputPlace(root: XmlElement, path: string): OutputPlace {
  return {
    bucket: required(textField(root, `${path}/Bucket`), `${path}/Bucket`),
    object: required(rawTextField(root, `${path}/Object`), `${path}/Object`),
    region: required(textField(root, `${path}/Region`), `${path}/Region`),
  }
}

export function readUserData(root: XmlElement, path: string): string | null {
  const text = rawTextField(root, path)
  // Two units of UTF-16 at most make one character: a text this long need not be taken apart to be counted.
  const characters = text === null || text.length > 2 * MAX_USER_DATA_CHARACTERS ? null : [...text].length
  if (text !== null && (characters === null || characters > MAX_USER_DATA_CHARACTERS)) {
    throw invalid(
      path,
      `has ${characters ?? `more than ${MAX_USER_DATA_CHARACTERS}`} characters, ` +
        `expected at most ${MAX_USER_DATA_CHARACTERS}.`,
    )
  }
  return text
}

export function readCallback(root: XmlElement, path: string): JobCallback {
  const address = textField(root, path)
  if (address === null) return { to: 'queue' }
  return address.toLowerCase() === 'no' ? { to: 'nobody' } : { to: 'url', url: address }
}
