import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { coversPattern, grantOfAll, grantOfNone, grants, matchesPattern, permissions } from './permission.ts'
import { Requester } from './requester.ts'
import { narrowed } from './temporary-key.ts'

describe('a pattern', () => {
  test.each([
    ['a-1', 'a-1', true],
    ['a-1', 'a-12', false],
    ['a-*', 'a-', true],
    ['a-*', 'a-1250000000', true],
    ['*-1', 'a-1', true],
    ['*-1', 'a-1-2', false],
    ['a*b*c', 'a1b2b3c', true],
    ['a*b*c', 'a1b2b3', false],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['**', 'anything', true],
    ['a.c', 'abc', false],
  ])('%j and %j: %s', (pattern, name, matches) => expect(matchesPattern(pattern, name)).toBe(matches))

  test('says the same as a regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 12 })
    fc.assert(
      fc.property(text, text, (pattern, raw) => {
        const name = raw.replaceAll('*', '')
        expect(matchesPattern(pattern, name)).toBe(new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name))
      }),
    )
  })

  test('a pattern that is covered by another never matches a bucket which that one does not', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 })
    fc.assert(
      fc.property(text, text, text, (wider, narrower, raw) => {
        const name = raw.replaceAll('*', '')
        fc.pre(coversPattern([wider], narrower) && matchesPattern(narrower, name))
        expect(matchesPattern(wider, name)).toBe(true)
      }),
    )
  })
})

describe('a grant', () => {
  const web = { buckets: ['web-1'], permissions: ['read', 'write'] } as const

  test.each([
    [web, 'read', 'web-1', true],
    [web, 'submit', 'web-1', false],
    [web, 'read', 'web-2', false],
    [web, 'read', null, false],
    [{ ...web, buckets: ['w*'] }, 'read', null, false],
    [{ ...web, buckets: ['w*', '*'] }, 'read', null, true],
    [grantOfNone, 'read', 'web-1', false],
    ...permissions.map((permission) => [grantOfAll, permission, 'web-1', true] as const),
    ...permissions.map((permission) => [grantOfAll, permission, null, true] as const),
  ] as const)('%j, %s in %s: %s', (grant, permission, bucket, covers) => {
    expect(grants(grant, permission, bucket)).toBe(covers)
  })

  test('a refusal says which permission is missing, and where; nothing to nobody', () => {
    const message = (id: string | null, bucket: string | null) =>
      new Requester(id, web).denied('submit', bucket).message
    expect(message('AKIDweb', 'other-1')).toBe(
      'Access Denied. The key AKIDweb lacks the permission "submit" in the bucket other-1.',
    )
    expect(message('AKIDweb', null)).toBe(
      'Access Denied. The key AKIDweb lacks the permission "submit" in every bucket.',
    )
    expect(message(null, 'other-1')).toBe('Access Denied.')
    expect(message('AKIDweb', 'x'.repeat(60_000)).length).toBeLessThan(200)
  })
})

test('narrowing gives nothing that one of the two does not give', () => {
  const grant = fc.record({
    buckets: fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 5 }), {
      maxLength: 4,
    }),
    permissions: fc.subarray([...permissions]),
  })
  const bucket = fc.option(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 }))
  fc.assert(
    fc.property(grant, grant, bucket, fc.constantFrom(...permissions), (one, by, where, permission) => {
      if (grants(narrowed(one, by), permission, where)) {
        expect([grants(one, permission, where), grants(by, permission, where)]).toEqual([true, true])
      }
    }),
  )
})
