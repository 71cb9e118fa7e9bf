import { describe, expect, test } from 'vitest'
import { errorDocument } from './error-document.ts'
import { jobListAnswer, queryAnswer, submitAnswer } from './job-answers.ts'
import type { JobsDetail } from './jobs-detail.ts'
import { bucketListDocument, type ObjectListing, objectListDocument } from './object-lists.ts'
import { percentEncode, percentEncodeKey } from './percent-encode.ts'
import { picBucketAnswer, picBucketClosedAnswer, picBucketListAnswer } from './pic-bucket-documents.ts'
import { writeDocument } from './write-document.ts'

const flat = (xml: string) => xml.replace(/>\s+</g, '><').trim()
const at = Date.UTC(2026, 2, 2, 2, 11, 12)

const submitted: JobsDetail = {
  jobId: 'c5e0d1aa4b7c211f0a1b2c3d4e5f60718',
  state: 'Submitted',
  code: 'Success',
  message: '',
  creationTimeMs: at,
  startTimeMs: null,
  endTimeMs: null,
  queueId: 'p7a41c0de9b3f4e21a6d58c07f1e2b394',
  input: { bucket: 'album-1251000001', object: 'raw/cat.png', region: 'ap-guangzhou', cosHeaders: [] },
  template: null,
  picProcess: { isPicInfo: true, processRule: 'imageMogr2/thumbnail/320x/format/webp' },
  output: { bucket: 'album-1251000001', object: 'thumb/${InputName}-320.${ext}', region: 'ap-guangzhou' },
  userData: 'asset=77',
  jobLevel: 1,
  result: null,
  workflow: null,
}
const done: JobsDetail = {
  ...submitted,
  state: 'Success',
  startTimeMs: at,
  endTimeMs: at,
  result: {
    objectName: 'thumb/cat-320.webp',
    originalInfo: {
      etag: '"aa"',
      imageInfo: { ave: '0x8a7f6c', format: 'PNG', height: 900, orientation: 0, quality: 100, width: 1200 },
    },
    processResult: { etag: '"bb"', format: 'WEBP', height: 240, quality: 75, size: 9120, width: 320 },
  },
}

describe('jobs', () => {
  test('the answer to a submit, as the original writes it', () => {
    expect(writeDocument(submitAnswer(submitted), 'XML')).toBe(
      flat(`
        <Response>
          <JobsDetail>
            <Code>Success</Code>
            <CreationTime>2026-03-02T10:11:12+0800</CreationTime>
            <EndTime>-</EndTime>
            <Input>
              <BucketId>album-1251000001</BucketId>
              <Object>raw/cat.png</Object>
              <Region>ap-guangzhou</Region>
            </Input>
            <JobId>c5e0d1aa4b7c211f0a1b2c3d4e5f60718</JobId>
            <Message/>
            <Operation>
              <JobLevel>1</JobLevel>
              <Output>
                <Bucket>album-1251000001</Bucket>
                <Object>thumb/\${InputName}-320.\${ext}</Object>
                <Region>ap-guangzhou</Region>
              </Output>
              <PicProcess>
                <IsPicInfo>true</IsPicInfo>
                <ProcessRule>imageMogr2/thumbnail/320x/format/webp</ProcessRule>
              </PicProcess>
              <UserData>asset=77</UserData>
            </Operation>
            <QueueId>p7a41c0de9b3f4e21a6d58c07f1e2b394</QueueId>
            <StartTime>-</StartTime>
            <State>Submitted</State>
            <Tag>PicProcess</Tag>
          </JobsDetail>
        </Response>`),
    )
  })

  test('answers tell the result in both shapes that SDKs read', () => {
    const xml = writeDocument(queryAnswer([done], []), 'XML')
    expect(xml).toContain('<ProcessResult><Etag/><Format>WEBP</Format>')
    expect(xml).toContain(
      flat(`<UploadResult>
        <OriginalInfo>
          <ETag>"aa"</ETag>
          <ImageInfo>
            <Ave>0x8a7f6c</Ave><Format>PNG</Format><Height>900</Height>
            <Orientation>0</Orientation><Quality>100</Quality><Width>1200</Width>
          </ImageInfo>
          <Key>raw/cat.png</Key>
          <Location>album-1251000001.cos.ap-guangzhou.myqcloud.com/raw/cat.png</Location>
        </OriginalInfo>
        <ProcessResults>
          <Object>
            <ETag>"bb"</ETag><Etag>"bb"</Etag><Format>WEBP</Format><Height>240</Height>
            <Key>thumb/cat-320.webp</Key>
            <Location>album-1251000001.cos.ap-guangzhou.myqcloud.com/thumb/cat-320.webp</Location>
            <Quality>75</Quality><Size>9120</Size><Width>320</Width>
          </Object>
        </ProcessResults>
      </UploadResult>`),
    )
    const here = writeDocument(queryAnswer([done], [], { objectHost: (bucket) => `${bucket}.here:9000` }), 'XML')
    expect(here).toContain('<Location>album-1251000001.here:9000/thumb/cat-320.webp</Location>')
  })

  test('unknown ids are repeated text; without any there is no element', () => {
    expect(writeDocument(queryAnswer([], ['c1', 'c2']), 'XML')).toBe(
      '<Response><NonExistJobIds>c1</NonExistJobIds><NonExistJobIds>c2</NonExistJobIds></Response>',
    )
    expect(JSON.parse(writeDocument(queryAnswer([], ['c1']), 'JSON'))).toEqual({
      JobsDetail: [],
      NonExistJobIds: ['c1'],
    })
    expect(writeDocument(queryAnswer([submitted], []), 'XML')).not.toContain('NonExist')
  })

  test('the last page has an empty token in XML and none in JSON', () => {
    expect(writeDocument(jobListAnswer([], null), 'XML')).toBe('<Response><NextToken/></Response>')
    expect(writeDocument(jobListAnswer([], null), 'JSON')).toBe('{"JobsDetail":[]}')
    expect(writeDocument(jobListAnswer([], 'abc'), 'JSON')).toBe('{"JobsDetail":[],"NextToken":"abc"}')
  })

  test('JSON has no Response, jobs of a query as an array, and numbers as the callbacks have them', () => {
    const [job] = JSON.parse(writeDocument(queryAnswer([done], []), 'JSON')).JobsDetail
    expect(job.Operation.JobLevel).toBe(1)
    expect(job.Operation.PicProcessResult.ProcessResult.Width).toBe('320')
    expect(job.Operation.PicProcessResult.UploadResult.ProcessResults.Object).toHaveLength(1)
    expect(job).not.toHaveProperty('Message')
  })
})

describe('errors', () => {
  const facts = { code: 'InvalidArgument', message: 'a < b', resource: '/jobs', requestId: 'r', traceId: 't' }

  test('the five elements', () => {
    expect(writeDocument(errorDocument(facts), 'XML')).toBe(
      '<Error><Code>InvalidArgument</Code><Message>a &lt; b</Message><Resource>/jobs</Resource>' +
        '<RequestId>r</RequestId><TraceId>t</TraceId></Error>',
    )
  })

  test('none of them is ever empty', () => {
    const empty = errorDocument({ code: '', message: ' ', resource: '', requestId: '', traceId: '' })
    expect(Object.values(empty.content).filter((value) => value !== undefined)).toEqual(['-', '-', '-', '-', '-'])
  })

  test('a mismatch tells what was signed, a clock problem what time it is', () => {
    const xml = writeDocument(
      errorDocument({ ...facts, stringToSign: 'sha1\n1;2\nab\n', formatString: 'get\n/\n\n\n', serverTimeMs: at }),
      'XML',
    )
    expect(xml).toContain('<StringToSign>sha1\n1;2\nab\n</StringToSign><FormatString>get\n/\n\n\n</FormatString>')
    expect(xml).toContain('<ServerTime>2026-03-02T02:11:12.000Z</ServerTime><Resource>')
  })
})

describe('lists of objects and buckets', () => {
  const listing: ObjectListing = {
    bucket: 'demo-1250000000',
    prefix: 'a b/',
    marker: '',
    maxKeys: 2,
    delimiter: '/',
    nextMarker: 'a b/ü+%2B',
    commonPrefixes: ['a b/c/'],
    objects: [
      { key: 'a b/ü+%2B', lastModifiedMs: Date.UTC(2026, 0, 1), etag: '"ab"', size: 3, storageClass: 'STANDARD' },
    ],
    encodeKeys: false,
  }

  test('the children stand in the order of the page', () => {
    expect(writeDocument(objectListDocument(listing), 'XML')).toBe(
      flat(`<ListBucketResult>
        <Name>demo-1250000000</Name>
        <Prefix>a b/</Prefix>
        <Marker/>
        <MaxKeys>2</MaxKeys>
        <Delimiter>/</Delimiter>
        <IsTruncated>true</IsTruncated>
        <NextMarker>a b/ü+%2B</NextMarker>
        <CommonPrefixes><Prefix>a b/c/</Prefix></CommonPrefixes>
        <Contents>
          <Key>a b/ü+%2B</Key>
          <LastModified>2026-01-01T00:00:00.000Z</LastModified>
          <ETag>"ab"</ETag>
          <Size>3</Size>
          <Owner><ID>1250000000</ID><DisplayName>1250000000</DisplayName></Owner>
          <StorageClass>STANDARD</StorageClass>
        </Contents>
      </ListBucketResult>`),
    )
  })

  test('encoding-type=url encodes keys, prefixes and markers, and keeps slashes', () => {
    const { content } = objectListDocument({ ...listing, encodeKeys: true })
    expect(content).toMatchObject({
      EncodingType: 'url',
      Prefix: 'a%20b/',
      Delimiter: '/',
      NextMarker: 'a%20b/%C3%BC%2B%252B',
      CommonPrefixes: [{ Prefix: 'a%20b/c/' }],
      Contents: [{ Key: 'a%20b/%C3%BC%2B%252B' }],
    })
  })

  test('a last page without delimiter has neither element', () => {
    const xml = writeDocument(
      objectListDocument({ ...listing, delimiter: null, nextMarker: null, commonPrefixes: [], objects: [] }),
      'XML',
    )
    expect(xml).toContain('<MaxKeys>2</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>')
  })

  test('buckets', () => {
    const buckets = [{ name: 'demo-1250000000', region: 'ap-shanghai', creationMs: at + 5 }]
    expect(
      writeDocument(bucketListDocument({ ownerId: '1250000000', buckets, marker: '', nextMarker: null }), 'XML'),
    ).toBe(
      flat(`<ListAllMyBucketsResult>
        <Owner><ID>qcs::cam::uin/1250000000:uin/1250000000</ID><DisplayName>1250000000</DisplayName></Owner>
        <Buckets>
          <Bucket>
            <Name>demo-1250000000</Name>
            <Location>ap-shanghai</Location>
            <CreationDate>2026-03-02T02:11:12Z</CreationDate>
          </Bucket>
        </Buckets>
        <IsTruncated>false</IsTruncated>
      </ListAllMyBucketsResult>`),
    )
  })
})

describe('opening the image service', () => {
  const bucket = { bucket: 'album-1251000001', region: 'ap-guangzhou', createTimeMs: at }
  const inside =
    '<BucketId>album-1251000001</BucketId><CreateTime>2026-03-02T10:11:12+0800</CreateTime>' +
    '<Name>album-1251000001</Name><Region>ap-guangzhou</Region>'

  test('open, list, close', () => {
    expect(writeDocument(picBucketAnswer(bucket, { requestId: 'r' }), 'XML')).toBe(
      `<Response><RequestId>r</RequestId><PicBucket>${inside}</PicBucket></Response>`,
    )
    const page = { totalCount: 1, pageNumber: 1, pageSize: 10 }
    expect(writeDocument(picBucketListAnswer({ buckets: [bucket], page }, { requestId: 'r' }), 'XML')).toBe(
      '<Response><PageNumber>1</PageNumber><PageSize>10</PageSize>' +
        `<PicBucketList>${inside}</PicBucketList><RequestId>r</RequestId><TotalCount>1</TotalCount></Response>`,
    )
    expect(writeDocument(picBucketClosedAnswer('album-1251000001', { requestId: 'r' }), 'XML')).toBe(
      '<Response><BucketName>album-1251000001</BucketName><RequestId>r</RequestId></Response>',
    )
  })
})

test('percent-encoding', () => {
  expect(percentEncode(`a b/:!'()*~-_.+%夏`)).toBe('a%20b%2F%3A%21%27%28%29%2A~-_.%2B%25%E5%A4%8F')
  expect(percentEncode('\ud800x')).toBe('%EF%BF%BDx')
  expect(percentEncodeKey('a/b c')).toBe('a/b%20c')
})
