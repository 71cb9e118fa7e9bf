import { describe, expect, test } from 'vitest'
import type { Failure } from '../base/index.ts'
import { readPicOperations } from './pic-operations.ts'
import { type UploadResult, uploadResultDocument } from './upload-result.ts'
import { writeDocument } from './write-document.ts'

const rule = 'imageMogr2/thumbnail/200x'
const read = (content: unknown, sourceKey = 'p1/test1.jpg') =>
  readPicOperations(typeof content === 'string' ? content : JSON.stringify(content), sourceKey)

describe('the header Pic-Operations', () => {
  test('says which pictures are made, and where', () => {
    const rules = [
      { bucket: 'other-1250000000', fileid: '/thumbs/a.jpg', rule },
      { fileid: 'b.webp', rule: 'style/small' },
    ]
    expect(read({ is_pic_info: 1, rules })).toEqual({
      isPicInfo: true,
      rules: [
        { bucket: 'other-1250000000', key: 'thumbs/a.jpg', rule },
        { bucket: null, key: 'p1/b.webp', rule: 'style/small' },
      ],
    })
  })

  test.each<[unknown, boolean]>([
    [1, true],
    ['1', true],
    [true, true],
    [0, false],
    ['0', false],
    [false, false],
    [null, false],
    [undefined, false],
  ])('is_pic_info %j is %s', (is_pic_info, isPicInfo) => {
    expect(read({ is_pic_info })).toEqual({ isPicInfo, rules: [] })
    expect(read({ is_pic_info, rules: null, unknown: [1] })).toEqual({ isPicInfo, rules: [] })
  })

  test.each([
    ['/p2/test2.jpg', 'p1/test1.jpg', 'p2/test2.jpg'],
    ['p2/test2.jpg', 'p1/test1.jpg', 'p1/p2/test2.jpg'],
    ['test.jpg', 'filename.jpg', 'test.jpg'],
    ['test1.jpg', 'p1/test1.jpg', 'p1/test1.jpg'],
    ['%E4%BD%A0.jpg', 'a.jpg', '你.jpg'],
    ['你.jpg', 'a.jpg', '你.jpg'],
    ['100%.jpg', 'a.jpg', '100%.jpg'],
    ['%ff.jpg', 'a.jpg', '%ff.jpg'],
    ['%2Fx.jpg', 'p/a.jpg', 'x.jpg'],
    ['../x.jpg', 'p/a.jpg', 'p/../x.jpg'],
    ['//x.jpg', 'p/a.jpg', '/x.jpg'],
  ])('fileid %s beside %s is %s', (fileid, sourceKey, key) => {
    const header = Buffer.from(JSON.stringify({ rules: [{ fileid, rule }] })).toString('latin1')
    expect(readPicOperations(header, sourceKey).rules[0]!.key).toBe(key)
  })

  test.each<[unknown, number, RegExp]>([
    ['', -60998, /expected JSON/],
    ['{"rules":[', -60998, /expected JSON/],
    ['\xff{}', -60998, /expected JSON/],
    ['['.repeat(30_000), -60998, /expected JSON/],
    ['[]', -60998, /expected a JSON object/],
    ['null', -60998, /expected a JSON object/],
    [{ is_pic_info: 2 }, -60998, /is_pic_info is 2, expected 0 or 1/],
    [{ rules: {} }, -60998, /rules is an object, expected a list/],
    // Deeper than a text can be made of it again.
    [`{"rules":[${'['.repeat(20_000)}${']'.repeat(20_000)}]}`, -60998, /rules\[0\] is a list, expected an object/],
    [
      `{"is_pic_info":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
      -60998,
      /is_pic_info is an object, expected 0 or 1/,
    ],
    [{ rules: 'x' }, -60998, /rules is "x", expected a list/],
    [{ rules: Array.from({ length: 6 }, () => ({ fileid: 'a', rule })) }, -60997, /6 entries, at most 5/],
    [{ rules: [null] }, -60998, /rules\[0\] is null, expected an object/],
    [{ rules: [{ fileid: 'a', rule }, { rule }] }, -60998, /rules\[1\]\.fileid is missing/],
    [{ rules: [{ fileid: 'a' }] }, -60998, /rules\[0\]\.rule is missing/],
    [{ rules: [{ fileid: 'a', rule: '' }] }, -60998, /rules\[0\]\.rule is "", expected text/],
    [{ rules: [{ fileid: 1, rule }] }, -60998, /rules\[0\]\.fileid is 1, expected text/],
    [{ rules: [{ fileid: 'a', rule, bucket: 7 }] }, -60998, /rules\[0\]\.bucket is 7, expected text/],
    [{ rules: [{ fileid: 'folder/', rule }] }, -60998, /expected the name of a file/],
    [{ rules: [{ fileid: '/', rule }] }, -60998, /expected the name of a file/],
  ])('%j is refused', (content, errNo, says) => {
    let refused: unknown
    try {
      read(content)
    } catch (error) {
      refused = error
    }
    const { code, message, details } = refused as Failure
    expect([code, details.errNo]).toEqual(['PicOperationsInvalid', errNo])
    expect(message).toMatch(says)
    expect(message.length).toBeLessThan(300)
  })
})

test('UploadResult, to the letter', () => {
  const result: UploadResult = {
    source: {
      key: 'filename.jpg',
      location: 'demo-1.cos.ap-test.myqcloud.com/filename.jpg',
      etag: 'e1',
      info: {
        format: 'jpeg',
        width: 640,
        height: 427,
        quality: 100,
        averageColour: '0xa18454',
        orientation: 1,
        frames: 1,
      },
    },
    pictures: [
      {
        key: 'a&b.png',
        location: 'demo-1.cos.ap-test.myqcloud.com/a&b.png',
        etag: 'e2',
        format: 'png',
        width: 640,
        height: 427,
        quality: 100,
        size: 463092,
        frames: 1,
        md5: 'e2',
      },
    ],
  }
  const written = (one: UploadResult) => writeDocument(uploadResultDocument(one), 'XML')
  expect(written(result)).toBe(
    '<UploadResult><OriginalInfo><Key>filename.jpg</Key><Location>demo-1.cos.ap-test.myqcloud.com/filename.jpg</Location><ETag>"e1"</ETag><ImageInfo><Format>JPEG</Format><Width>640</Width><Height>427</Height><Quality>100</Quality><Ave>0xa18454</Ave><Orientation>1</Orientation><FrameCount>1</FrameCount></ImageInfo></OriginalInfo><ProcessResults><Object><Key>a&amp;b.png</Key><Location>demo-1.cos.ap-test.myqcloud.com/a&amp;b.png</Location><Format>png</Format><Width>640</Width><Height>427</Height><Size>463092</Size><Quality>100</Quality><ETag>"e2"</ETag><FrameCount>1</FrameCount><Md5>e2</Md5></Object></ProcessResults></UploadResult>',
  )
  expect(written({ source: { ...result.source, info: null }, pictures: [] })).toBe(
    '<UploadResult><OriginalInfo><Key>filename.jpg</Key><Location>demo-1.cos.ap-test.myqcloud.com/filename.jpg</Location><ETag>"e1"</ETag></OriginalInfo><ProcessResults/></UploadResult>',
  )
})
