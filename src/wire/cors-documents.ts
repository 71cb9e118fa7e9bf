import type { WireDocument } from './document.ts'
import { fields, invalid, readInteger, textField } from './fields.ts'
import { readBody } from './request-body.ts'
import { said } from './said.ts'
import type { XmlElement } from './xml/element.ts'

/** A rule of a bucket for web sites of other origins, as documents show it. */
export interface CorsRuleView {
  readonly id: string | null
  readonly origins: readonly string[]
  readonly methods: readonly string[]
  readonly headers: readonly string[]
  readonly exposeHeaders: readonly string[]
  readonly maxAgeSeconds: number | null
}

const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'] as const
const MOST_RULES = 100
const MOST_ENTRIES = 100
const ORIGIN = /^(\*|https?:\/\/[^\s/]+)$/
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

export function corsDocument(rules: readonly CorsRuleView[]): WireDocument {
  return {
    root: 'CORSConfiguration',
    content: {
      CORSRule: rules.map((rule) => ({
        ID: rule.id ?? undefined,
        AllowedOrigin: rule.origins,
        AllowedMethod: rule.methods,
        AllowedHeader: rule.headers,
        ExposeHeader: rule.exposeHeaders,
        MaxAgeSeconds: rule.maxAgeSeconds ?? undefined,
      })),
    },
  }
}

/** @throws Failure `MissingContent`, `InvalidContent`, `InvalidArgument` that names the rule, the element and the value */
export function readCors(body: Uint8Array): CorsRuleView[] {
  const rules = fields(readBody(body, 'CORSConfiguration'), 'CORSRule')
  if (rules.length === 0 || rules.length > MOST_RULES) {
    throw invalid('The body', `has ${rules.length} CORSRule, expected 1 to ${MOST_RULES}.`)
  }
  return rules.map(readRule)
}

function readRule(rule: XmlElement): CorsRuleView {
  const maxAge = textField(rule, 'MaxAgeSeconds')
  return {
    id: textField(rule, 'ID'),
    origins: entries(rule, 'AllowedOrigin', isOrigin, '"*" or scheme and host, with at most one "*"', 1),
    methods: entries(rule, 'AllowedMethod', (text) => METHODS.some((one) => one === text), METHODS.join(', '), 1),
    headers: entries(rule, 'AllowedHeader', isHeaderPattern, 'a header name with at most one "*"').map((name) =>
      name.toLowerCase(),
    ),
    exposeHeaders: entries(rule, 'ExposeHeader', (text) => HEADER_NAME.test(text), 'a header name'),
    maxAgeSeconds: maxAge === null ? null : readInteger('MaxAgeSeconds', maxAge, { least: 0, most: 999_999_999 }),
  }
}

function entries(
  rule: XmlElement,
  name: string,
  isGood: (text: string) => boolean,
  expected: string,
  least = 0,
): string[] {
  const texts = fields(rule, name)
    .map((entry) => entry.text.trim())
    .filter((text) => text !== '')
  if (texts.length < least || texts.length > MOST_ENTRIES) {
    throw invalid('A CORSRule', `has ${texts.length} ${name}, expected ${least} to ${MOST_ENTRIES}.`)
  }
  const bad = texts.find((text) => !isGood(text))
  if (bad !== undefined) throw invalid(name, `is ${said(bad)}, expected ${expected}.`)
  return texts
}

function isOrigin(text: string): boolean {
  return ORIGIN.test(text) && text.split('*').length <= 2
}

function isHeaderPattern(text: string): boolean {
  return HEADER_NAME.test(text) && text.split('*').length <= 2
}
