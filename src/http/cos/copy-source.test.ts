import { expect, test } from 'vitest'
import { Domains } from '../domains.ts'
import { copySourceOf } from './copy-source.ts'

const domains = new Domains(['127.0.0.1:9000=mine-1', 'pictures.test=mine-1'])
const bucketOfDomain = (host: string) => domains.find(host)?.bucket ?? null

test.each([
  ['demo-1.cos.ap-test.myqcloud.com/a/b.jpg', 'demo-1', 'a/b.jpg'],
  ['demo-1.cos.ap-test.myqcloud.com/%E5%A4%8F%2B+%20', 'demo-1', '夏++ '],
  [Buffer.from('demo-1.cos.ap-test.myqcloud.com/夏').toString('latin1'), 'demo-1', '夏'],
  ['demo-1.cos.ap-test.myqcloud.com//a', 'demo-1', '/a'],
  ['127.0.0.1:9000/a/b.jpg', 'mine-1', 'a/b.jpg'],
  ['http://pictures.test/a', 'mine-1', 'a'],
  ['127.0.0.1:9001/demo-1/a', 'demo-1', 'a'],
])('%s is of %s, and there %s', (header, bucket, key) => {
  expect(copySourceOf(header, bucketOfDomain)).toEqual({ bucket, key })
})

test.each(['', '/', 'demo-1.cos.ap-test.myqcloud.com', 'pictures.test/', '127.0.0.1:9001/demo-1/', 'x/%ff'])(
  '"%s" names nothing',
  (header) => {
    expect(() => copySourceOf(header, bucketOfDomain)).toThrow(expect.objectContaining({ code: 'CopySourceInvalid' }))
  },
)
