import { expect, test } from 'vitest'
import { findRoute } from './find-route.ts'
import { type ApiRoute, route } from './route.ts'

const at = (method: ApiRoute<object>['method'], path: string): ApiRoute<object> =>
  route<object>({
    method,
    path,
    name: `${method} ${path}`,
    subject: 'things',
    summary: '',
    permission: 'read',
    pathParameters: { id: { says: '' }, key: { says: '', isRest: true } },
    answer: { says: '' },
    carryOut: async () => undefined,
  })

const routes = [
  at('GET', '/-/api/things'),
  at('GET', '/-/api/things/{id}'),
  at('DELETE', '/-/api/things/{id}'),
  at('GET', '/-/api/things/last'),
  at('POST', '/-/api/things/{id}/retry'),
  at('GET', '/-/api/files/{id}/{key}'),
]

test.each<[string, string, string, Record<string, string>]>([
  ['GET', '/-/api/things', 'GET /-/api/things', {}],
  ['GET', '/-/api/things/7', 'GET /-/api/things/{id}', { id: '7' }],
  ['DELETE', '/-/api/things/7', 'DELETE /-/api/things/{id}', { id: '7' }],
  ['GET', '/-/api/things/last', 'GET /-/api/things/last', {}],
  ['DELETE', '/-/api/things/last', 'DELETE /-/api/things/{id}', { id: 'last' }],
  ['POST', '/-/api/things/7/retry', 'POST /-/api/things/{id}/retry', { id: '7' }],
  ['GET', '/-/api/files/7/a/b//c/', 'GET /-/api/files/{id}/{key}', { id: '7', key: 'a/b//c/' }],
  ['GET', '/-/api/files/7/', 'GET /-/api/files/{id}/{key}', { id: '7', key: '' }],
  ['GET', '/-/api/files/7/../..', 'GET /-/api/files/{id}/{key}', { id: '7', key: '../..' }],
])('%s %s', (method, path, name, values) => {
  const found = findRoute(routes, method, path)
  expect([found.route.name, found.path]).toEqual([name, values])
})

test.each([
  ['/-/api/'],
  ['/-/api/nothing'],
  ['/-/api/things/'],
  ['/-/api/things/7/'],
  ['/-/api/things/7/retry/now'],
  ['/-/api/files/7'],
])('there is nothing at %s', (path) => {
  expect(() => findRoute(routes, 'GET', path)).toThrow(expect.objectContaining({ code: 'UnknownRoute' }))
})

test('a method that a path does not have is refused with those it has', () => {
  expect(() => findRoute(routes, 'PUT', '/-/api/things/7')).toThrow(
    expect.objectContaining({ code: 'MethodNotAllowed', details: { allow: 'GET, DELETE' } }),
  )
})
