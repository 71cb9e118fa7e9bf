import { describe, expect, test } from 'vitest'
import { Failure } from '../../base/index.ts'
import { checkValue } from './check-value.ts'
import type { JsonSchema } from './schema.ts'

const schema: JsonSchema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 5 },
    level: { type: 'integer', minimum: 0, maximum: 2 },
    share: { type: 'number', maximum: 1 },
    kind: { type: 'string', enum: ['cat', 'dog'] },
    colour: { type: 'string', pattern: '^#[0-9a-f]{6}$', description: '`#` and six hexadecimal digits.' },
    isOn: { type: ['boolean', 'null'] },
    events: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 2 },
    place: {
      oneOf: [{ type: 'string' }, { type: 'object', properties: { key: { type: 'string' } }, required: ['key'] }],
    },
    anything: {},
    labels: { type: 'object', additionalProperties: { type: 'string' }, maxProperties: 2 },
  },
}

describe('what fits is let through', () => {
  test.each<[unknown]>([
    [{ name: 'a' }],
    [{ name: '😀😀😀😀😀', level: 2, share: 0.5, kind: 'dog', colour: '#00ff7f', isOn: null, events: ['x'] }],
    [{ name: 'a', place: 'there', anything: { x: [1] } }],
    [{ name: 'a', place: { key: 'there' }, labels: { one: 'x', 'two words': 'y' } }],
  ])('%j', (value) => {
    expect(() => checkValue(value, schema, '')).not.toThrow()
  })
})

describe('what does not is refused by field, value and expectation', () => {
  test.each<[unknown, string, string]>([
    [null, '', 'The body is null, expected an object.'],
    [[], '', 'The body is a list, expected an object.'],
    [{}, 'name', 'name is missing, expected a text of 1 to 5 characters.'],
    [{ name: '' }, 'name', 'name is "", expected a text of 1 to 5 characters.'],
    [{ name: 'abcdef' }, 'name', 'name has 6 characters, expected at most 5.'],
    [{ name: 'x'.repeat(100) }, 'name', 'name has more than 5 characters, expected at most 5.'],
    [{ name: 'a\u0000' }, 'name', 'name holds U+0000, which no document can carry.'],
    [{ name: 'a\ud800' }, 'name', 'name holds U+D800, which no document can carry.'],
    [{ name: 7 }, 'name', 'name is 7, expected a text of 1 to 5 characters.'],
    [{ name: 'a', level: 3 }, 'level', 'level is 3, expected a whole number from 0 to 2.'],
    [{ name: 'a', level: 1.5 }, 'level', 'level is 1.5, expected a whole number from 0 to 2.'],
    [{ name: 'a', level: 1e300 }, 'level', 'level is 1e+300, expected a whole number from 0 to 2.'],
    [{ name: 'a', level: '1' }, 'level', 'level is "1", expected a whole number from 0 to 2.'],
    [{ name: 'a', share: 2 }, 'share', 'share is 2, expected a number up to 1.'],
    [{ name: 'a', kind: 'cow' }, 'kind', 'kind is "cow", expected cat or dog.'],
    [{ name: 'a', colour: 'red' }, 'colour', 'colour is "red", expected `#` and six hexadecimal digits.'],
    [{ name: 'a', isOn: 'yes' }, 'isOn', 'isOn is "yes", expected true or false or null.'],
    [{ name: 'a', events: [] }, 'events', 'events has 0 entries, expected 1 to 2.'],
    [{ name: 'a', events: ['x', {}] }, 'events[1]', 'events[1] is an object, expected a text.'],
    [{ name: 'a', place: 7 }, 'place', 'place is 7, expected a text, or an object.'],
    [{ name: 'a', place: {} }, 'place.key', 'place.key is missing, expected a text.'],
    [{ name: 'a', labels: { a: '', b: '', c: '' } }, 'labels', 'labels has 3 fields, expected at most 2.'],
    [{ name: 'a', labels: { x: 1 } }, 'labels.x', 'labels.x is 1, expected a text.'],
    [JSON.parse('{"name":"a","__proto__":{}}'), '__proto__', expect.stringContaining('__proto__ is not known')],
    [
      { name: 'a', 'no\nsuch': 1 },
      '"no\\nsuch"',
      expect.stringContaining('"no\\nsuch" is not known, expected some of'),
    ],
  ])('%j', (value, field, message) => {
    const refused = failureOf(() => checkValue(value, schema, ''))
    expect(refused).toMatchObject({ code: 'InvalidArgument', message, details: { field } })
  })

  test('a text that is cut in a message', () => {
    const { message } = failureOf(() => checkValue({ name: 'a', kind: 'x'.repeat(10_000) }, schema, ''))
    expect(message.length).toBeLessThan(200)
  })
})

function failureOf(work: () => void): Failure {
  try {
    work()
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('nothing was refused')
}
