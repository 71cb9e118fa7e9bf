import type { DocumentTree } from './document.ts'
import { choiceField, field, fields, invalid, rawTextField, required, textField } from './fields.ts'
import { CALLBACK_PROFILES, type CallbackProfile } from './jobs-detail-tree.ts'
import { said } from './said.ts'
import type { XmlElement } from './xml/element.ts'

/**
 * What this server adds to the callbacks of a queue's jobs; the protocol has nothing of the kind. It stands in a queue's
 * documents as `CallbackOptions`, beside `NotifyConfig` and not inside: a program that knows only the protocol replaces
 * `NotifyConfig` as a whole, and would take it away.
 */
export interface CallbackOptions {
  /** `null`: the server's. */
  readonly profile: CallbackProfile | null
  /** Sent with what goes to the queue's own address, and nowhere else: they may be that receiver's password. */
  readonly headers: readonly CallbackHeader[]
}

export interface CallbackHeader {
  readonly name: string
  readonly value: string
}

export const NO_CALLBACK_OPTIONS: CallbackOptions = Object.freeze({ profile: null, headers: [] })

/** What documents show instead of a header's value. */
const MASK = '***'
const MAX_HEADERS = 10
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/
/** Visible ASCII, with blanks inside. */
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,1022}[\x21-\x7e])?$/
/** Those that say how the request is carried, or what the server signs. */
const OURS =
  /^(?:host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|user-agent|content-.*|webhook-.*)$/i

/** @param path where the node stands. `null` when it is absent; an empty one takes everything away that was set. */
export function readCallbackOptions(root: XmlElement, path: string): CallbackOptions | null {
  if (fields(root, path).length === 0) return null
  // Refuses a second one.
  if (field(root, path) === null) return NO_CALLBACK_OPTIONS
  return checkCallbackOptions(
    {
      profile: choiceField(root, `${path}/Profile`, CALLBACK_PROFILES),
      headers: fields(root, `${path}/Headers`).map((header) => ({
        name: required(textField(header, 'Key'), `${path}/Headers/Key`),
        value: required(rawTextField(header, 'Value'), `${path}/Headers/Value`).trim(),
      })),
    },
    path,
  )
}

/**
 * @param path where they stand, for messages
 * @returns the options
 * @throws Failure `InvalidArgument` that names header and expectation, never a value.
 */
export function checkCallbackOptions(options: CallbackOptions, path: string): CallbackOptions {
  const { headers } = options
  if (headers.length > MAX_HEADERS) {
    throw invalid(`${path}/Headers`, `stands ${headers.length} times, expected at most ${MAX_HEADERS}.`)
  }
  const names = new Set<string>()
  for (const { name, value } of headers) {
    if (!TOKEN.test(name)) {
      throw invalid(`${path}/Headers/Key`, `is ${said(name)}, expected the name of a header of at most 64 characters.`)
    }
    if (OURS.test(name)) throw invalid(`${path}/Headers/Key`, `is ${said(name)}, which this server sets itself.`)
    if (names.has(name.toLowerCase()))
      throw invalid(`${path}/Headers/Key`, `${said(name)} stands twice, expected once.`)
    names.add(name.toLowerCase())
    if (value === MASK) {
      throw invalid(
        `${path}/Headers/Value`,
        `of ${name} is ${MASK}, which is shown instead of a value; expected the value.`,
      )
    }
    if (!VALUE.test(value)) {
      throw invalid(
        `${path}/Headers/Value`,
        `of ${name} has ${value.length} characters, expected 1 to 1024 of visible ASCII.`,
      )
    }
  }
  return options
}

/** `undefined` when nothing is set: then the documents are those of the protocol. */
export function callbackOptionsTree({ profile, headers }: CallbackOptions): DocumentTree | undefined {
  if (profile === null && headers.length === 0) return undefined
  return {
    Headers: headers.length === 0 ? undefined : headers.map(({ name }) => ({ Key: name, Value: MASK })),
    Profile: profile ?? undefined,
  }
}
