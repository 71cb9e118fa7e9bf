import { expect, test } from 'vitest'
import { addressOf, isServicePath, splitPathStyle } from './addressing.ts'

test.each([
  ['demo-125.cos.ap-shanghai.myqcloud.com', 'object', 'demo-125', 'ap-shanghai'],
  ['demo-125.cos.ap-shanghai.myqcloud.com:9000', 'object', 'demo-125', 'ap-shanghai'],
  ['DEMO-125.COS.AP-Shanghai.MyQCloud.com', 'object', 'demo-125', 'ap-shanghai'],
  ['demo-125.cos.ap-shanghai.tencentcos.cn', 'object', 'demo-125', 'ap-shanghai'],
  ['demo-125.cos-internal.ap-shanghai.tencentcos.cn', 'object', 'demo-125', 'ap-shanghai'],
  ['demo-125.pic.ap-shanghai.myqcloud.com', 'object', 'demo-125', 'ap-shanghai'],
  ['demo-125.cos.local.localhost:9000', 'object', 'demo-125', 'local'],
  ['demo-125.cos.local', 'object', 'demo-125', 'local'],
  ['demo-125.cos.local.', 'object', 'demo-125', 'local'],
  ['demo-125.cos', 'object', 'demo-125', null],
  ['demo-125.ci.ap-shanghai.myqcloud.com', 'ci', 'demo-125', 'ap-shanghai'],
  ['demo-125.ci.ap-shanghai.tencentci.cn:9000', 'ci', 'demo-125', 'ap-shanghai'],
  ['ci.ap-shanghai.myqcloud.com', 'ci', null, 'ap-shanghai'],
  ['cos.ap-shanghai.myqcloud.com', 'object', null, 'ap-shanghai'],
  ['service.cos.myqcloud.com', 'object', null, null],
  ['127.0.0.1:9000', 'object', null, null],
  ['[::1]:9000', 'object', null, null],
  ['localhost', 'object', null, null],
  ['pixmill.example.com', 'object', null, null],
  ['cos', 'object', null, null],
  ['.cos.ap-shanghai.myqcloud.com', 'object', null, null],
  ['demo-125.constructor.x.y', 'object', null, null],
  ['', 'object', null, null],
])('%s is %s, bucket %s, region %s', (host, surface, bucket, region) => {
  expect(addressOf(host)).toEqual({ surface, bucket, region })
})

test.each([
  ['/', '', '/'],
  ['/demo-1', 'demo-1', '/'],
  ['/demo-1/', 'demo-1', '/'],
  ['/demo-1/a', 'demo-1', '/a'],
  ['/demo-1//a/../b', 'demo-1', '//a/../b'],
  ['//a', '', '/a'],
])('the path-style path %s is bucket "%s" and %s', (path, bucket, rest) => {
  expect(splitPathStyle(path)).toEqual({ bucket, path: rest })
})

test.each([
  ['/jobs', true],
  ['/pic_jobs/c123', true],
  ['/template', true],
  ['/jobs-125/a', false],
  ['/', false],
  ['/-/healthz', false],
])('%s belongs to the processing service: %s', (path, is) => expect(isServicePath(path)).toBe(is))
