import { Failure } from '../../base/index.ts'
import { said } from '../../wire/index.ts'
import type { JsonSchema, JsonType } from './schema.ts'

/**
 * Holds a value to its schema. Fails with `InvalidArgument` that names the field, its value and what was expected; the
 * field stands in the failure's details as well.
 *
 * @param field how the value is called: `output.bucket`, `events[2]`; `''` is the body itself
 */
export function checkValue(value: unknown, schema: JsonSchema, field: string): void {
  if (schema.oneOf !== undefined) {
    checkValue(value, chosen(value, schema.oneOf, field), field)
    return
  }
  const type = typeOf(value)
  const allowed = schema.type === undefined ? null : [schema.type].flat()
  const isAllowed = allowed === null || allowed.includes(type) || (type === 'integer' && allowed.includes('number'))
  if (!isAllowed || (schema.enum !== undefined && !schema.enum.includes(value as string))) {
    throw refusal(field, value, expected(schema))
  }
  if (typeof value === 'string') checkText(value, schema, field)
  else if (typeof value === 'number') checkNumber(value, schema, field)
  else if (Array.isArray(value)) checkItems(value, schema, field)
  else if (type === 'object' && allowed !== null) checkFields(value as Readonly<Record<string, unknown>>, schema, field)
}

/** The failure of a field: `level is 7, expected 0, 1 or 2.` */
export function refusal(field: string, value: unknown, expectation: string): Failure {
  const name = field === '' ? 'The body' : field
  return new Failure('InvalidArgument', `${name} is ${shown(value)}, expected ${expectation}.`, { details: { field } })
}

function chosen(value: unknown, choices: readonly JsonSchema[], field: string): JsonSchema {
  const type = typeOf(value)
  const found = choices.find((one) => one.type !== undefined && [one.type].flat().includes(type))
  if (found === undefined) throw refusal(field, value, choices.map(expected).join(', or '))
  return found
}

/** What no document of the protocol can carry, and no ledger keeps: control characters, and halves of characters. */
const NOT_A_CHARACTER = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

/** @throws Failure `InvalidArgument` when a text holds something that is no character of a document */
export function checkCharacters(value: string, field: string): void {
  const found = NOT_A_CHARACTER.exec(value)
  if (found === null) return
  const code = found[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
  throw new Failure(
    'InvalidArgument',
    `${field === '' ? 'The body' : field} holds U+${code}, which no document can carry.`,
    {
      details: { field },
    },
  )
}

function checkText(value: string, schema: JsonSchema, field: string): void {
  checkCharacters(value, field)
  const { minLength = 0, maxLength, pattern } = schema
  // Two units of UTF-16 at most make one character: a text this long need not be taken apart to be counted.
  const characters = maxLength !== undefined && value.length > 2 * maxLength ? null : [...value].length
  if (maxLength !== undefined && (characters === null || characters > maxLength)) {
    const has = characters ?? `more than ${maxLength}`
    throw new Failure('InvalidArgument', `${field} has ${has} characters, expected at most ${maxLength}.`, {
      details: { field },
    })
  }
  if (characters !== null && characters < minLength) throw refusal(field, value, expected(schema))
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) throw refusal(field, value, expected(schema))
}

function checkNumber(value: number, schema: JsonSchema, field: string): void {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema
  if (value < minimum || value > maximum) throw refusal(field, value, expected(schema))
}

function checkItems(value: readonly unknown[], schema: JsonSchema, field: string): void {
  const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema
  if (value.length < minItems || value.length > maxItems) {
    const bounds = maxItems === Number.POSITIVE_INFINITY ? `at least ${minItems}` : `${minItems} to ${maxItems}`
    throw new Failure('InvalidArgument', `${field} has ${value.length} entries, expected ${bounds}.`, {
      details: { field },
    })
  }
  if (items === undefined) return
  for (const [index, item] of value.entries()) checkValue(item, items, `${field}[${index}]`)
}

function checkFields(value: Readonly<Record<string, unknown>>, schema: JsonSchema, field: string): void {
  const { properties = {}, required = [], additionalProperties, maxProperties } = schema
  const names = Object.keys(value)
  if (maxProperties !== undefined && names.length > maxProperties) {
    throw new Failure('InvalidArgument', `${field} has ${names.length} fields, expected at most ${maxProperties}.`, {
      details: { field },
    })
  }
  for (const name of names) {
    const property = Object.hasOwn(properties, name) ? properties[name] : additionalProperties
    if (property === undefined) {
      const known = Object.keys(properties).join(', ')
      throw new Failure('InvalidArgument', `${below(field, name)} is not known, expected some of ${known}.`, {
        details: { field: below(field, name) },
      })
    }
    checkValue(value[name], property, below(field, name))
  }
  const missing = required.find((name) => !Object.hasOwn(value, name))
  if (missing === undefined) return
  throw new Failure(
    'InvalidArgument',
    `${below(field, missing)} is missing, expected ${expected(properties[missing]!)}.`,
    {
      details: { field: below(field, missing) },
    },
  )
}

/** A name that somebody made up is cut and escaped before it stands in a message. */
function below(field: string, name: string): string {
  const shownName = /^[\w.-]{1,80}$/.test(name) ? name : said(name)
  return field === '' ? shownName : `${field}.${shownName}`
}

/** What a schema asks for, in words. */
function expected(schema: JsonSchema): string {
  if (schema.oneOf !== undefined) return schema.oneOf.map(expected).join(', or ')
  const types = [schema.type ?? []].flat()
  const rest = types.filter((type) => type !== 'null')
  const orNull = types.includes('null') && rest.length > 0 ? ' or null' : ''
  if (schema.enum !== undefined) return schema.enum.map((one) => String(one)).join(' or ')
  return `${rest.length === 0 ? 'null' : rest.map((type) => inWords(type, schema)).join(' or ')}${orNull}`
}

function inWords(type: JsonType, schema: JsonSchema): string {
  const { minimum, maximum, minLength = 0, maxLength, pattern, description } = schema
  switch (type) {
    case 'string': {
      if (pattern !== undefined && description !== undefined) return description.replace(/\.$/, '')
      if (maxLength === undefined) return minLength > 0 ? 'a text that is not empty' : 'a text'
      return `a text of ${minLength} to ${maxLength} characters`
    }
    case 'integer':
    case 'number': {
      const kind = type === 'integer' ? 'a whole number' : 'a number'
      if (minimum === undefined) return maximum === undefined ? kind : `${kind} up to ${maximum}`
      return maximum === undefined ? `${kind} from ${minimum}` : `${kind} from ${minimum} to ${maximum}`
    }
    case 'boolean':
      return 'true or false'
    case 'object':
      return 'an object'
    case 'array':
      return 'a list'
    case 'null':
      return 'null'
  }
}

function typeOf(value: unknown): JsonType {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'number'
  return typeof value as 'string' | 'boolean' | 'object'
}

/** A value in a message: texts quoted and cut, lists and objects only called so. */
function shown(value: unknown): string {
  const type = typeOf(value)
  if (type === 'string') return said(value as string)
  if (type === 'array') return 'a list'
  return type === 'object' ? 'an object' : String(value)
}
