import { bytesOf } from './bytes-of.ts'
import type { CallbackEvent } from './events.ts'
import { Fields } from './fields.ts'
import { endStates, readJob } from './read-job.ts'
import { readRun, runStates } from './read-run.ts'
import { ReceiverError, said } from './receiver-error.ts'
import { readXml } from './xml.ts'

/**
 * Reads the body of a callback, in XML or JSON (the body itself tells which), of any profile, from Pixmill or from the
 * service whose protocol it speaks.
 *
 * What a field should hold is checked; fields that are not known are passed over. The time taken grows with the length of
 * the body and nothing else, so bound that (the handlers do).
 *
 * @throws ReceiverError `NotReadable`, `UnknownEvent`, `UnexpectedField`; `BodyAlreadyRead` for what is no body
 */
export function parse(body: Uint8Array | string): CallbackEvent {
  const content = new Fields(
    readDocument(typeof body === 'string' ? body.replace(/^\ufeff/, '') : decodeUtf8(bytesOf(body))),
  )
  const name = content.text('EventName')
  switch (name) {
    case 'TaskFinish':
      return { name, job: readJob(required(content, 'JobsDetail')) }
    case 'WorkflowFinish':
      return { name, run: readRun(required(content, 'WorkflowExecution'), endStates) }
    case 'WorkflowStart':
      return { name, run: readRun(required(content, 'WorkflowExecution'), runStates) }
    default:
      throw new ReceiverError(
        'UnknownEvent',
        `EventName is ${said(name)}, expected TaskFinish, WorkflowFinish or WorkflowStart.`,
      )
  }
}

function required(content: Fields, name: string): Fields {
  const group = content.group(name)
  if (group === null) throw new ReceiverError('UnexpectedField', `${name} is missing, expected an object.`)
  return group
}

/** The members of the root. */
function readDocument(text: string): object {
  if (/^\s*</.test(text)) {
    const { name, content } = readXml(text)
    if (name !== 'Response') throw new ReceiverError('UnknownEvent', `The root is ${said(name)}, expected "Response".`)
    return typeof content === 'string' ? {} : content
  }
  const value = parseJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ReceiverError('UnknownEvent', `The body is ${said(value)}, expected an object.`)
  }
  return value
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The engine's words quote the body, line breaks and all.
    const reason = error instanceof Error ? said(error.message) : 'no JSON'
    throw new ReceiverError('NotReadable', `The body is neither XML nor JSON: ${reason}.`)
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ReceiverError('NotReadable', 'The body is not UTF-8.')
  }
}
