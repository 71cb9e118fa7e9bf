import { createHash } from 'node:crypto'
import COS from 'cos-nodejs-sdk-v5'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bucket, freshKey, type House, region, secretId, secretKey, startHouse, textAt } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'

let house: House
let opened = 0

beforeAll(async () => {
  house = await startHouse()
  house.app.signals.engines.on('picture opened', () => {
    opened += 1
  })
})
afterAll(() => house?.close())
beforeEach(() => {
  opened = 0
})

async function stored(body: Uint8Array, extension = 'jpg'): Promise<string> {
  const key = freshKey(extension)
  await house.put(key, body)
  return key
}

const get = (target: string, headers: Record<string, string> = {}, method = 'GET') =>
  house.cos({ method, target: `/${target}`, headers })

const flat = (format: 'png' | 'tiff' | 'webp', background = '#736246') =>
  sharp({ create: { width: 60, height: 40, channels: 3, background } })
    .withExif({ IFD0: { Make: 'Pixmill' } })
    .toFormat(format)
    .toBuffer()

describe('information about an object', () => {
  test('imageInfo, to the letter', async () => {
    const body = await flat('png')
    const answer = await get(`${await stored(body)}?imageInfo`)
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json'])
    const md5 = createHash('md5').update(body).digest('hex')
    expect(answer.text).toBe(
      `{"format": "png", "width": "60", "height": "40", "size": "${body.length}", "md5": "${md5}", "dynamic_range": "sdr", "frame_count": "1", "bit_depth": "8", "vertical_dpi": "72", "horizontal_dpi": "72", "photo_rgb": "0x736246"}`,
    )
  })

  test('size and digest are those of the file, also where the engine changes its copy before it decodes', async () => {
    const tiff = await flat('tiff')
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="7"><a href="http://a.test/"/></svg>',
    )
    for (const [body, format] of [
      [tiff, 'tiff'],
      [svg, 'svg'],
    ] as const) {
      const info = JSON.parse((await get(`${await stored(body)}?imageInfo`)).text) as Record<string, string>
      const md5 = createHash('md5').update(body).digest('hex')
      expect([info.format, info.size, info.md5]).toEqual([format, String(body.length), md5])
    }
  })

  test('I05, I06: imageAve and exif', async () => {
    const key = await stored(await flat('webp'), 'webp')
    expect((await get(`${await stored(await flat('png'))}?imageAve`)).text).toBe('{"RGB": "0x736246"}')
    expect(JSON.parse((await get(`${key}?exif`)).text)).toMatchObject({ Make: { val: 'Pixmill', type: 2 } })
    expect((await get(`${await stored(await jpeg(20, 10))}?exif`)).text).toBe('{"error" : "no exif data"}')
    const tiff = await stored(await flat('tiff'), 'tiff')
    expect(JSON.parse((await get(`${tiff}?exif`)).text)).toMatchObject({ ImageWidth: { val: '60' } })
  })

  test('as the last stage it is about the picture that the rule makes', async () => {
    const key = await stored(await jpeg(200, 100))
    const rule = 'imageMogr2/thumbnail/50x/format/png'
    const info = JSON.parse((await get(`${key}?${rule}%7CimageInfo`)).text) as Record<string, string>
    const made = await get(`${key}?${rule}`)
    const md5 = createHash('md5').update(made.body).digest('hex')
    expect(info).toMatchObject({ format: 'png', width: '50', height: '25', size: String(made.body.length), md5 })
    const bmp = JSON.parse((await get(`${key}?imageMogr2/format/bmp|imageInfo`)).text) as Record<string, string>
    expect(bmp).toMatchObject({ format: 'bmp', width: '200', height: '100' })
    const stripped = await stored(await flat('png'))
    expect((await get(`${stripped}?imageMogr2/strip|exif`)).text).toContain('no exif data')
    // A rule that leaves the picture as it is.
    const as = await get(`${key}?imageMogr2/bright/101/ignore-error/1|imageInfo`)
    expect(as.text).toBe((await get(`${key}?imageInfo`)).text)
  })

  test('however it is written it is one answer, made once; conditions and HEAD hold', async () => {
    const key = await stored(await jpeg(40, 20))
    const forms = ['imageInfo', 'imageInfo=', 'imageinfo', 'IMAGEINFO/', 'v=1&imageInfo&x=y']
    const answers = await Promise.all(forms.map((form) => get(`${key}?${form}`)))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    const etag = answers[0]!.headers.etag!
    expect(etag).toMatch(/^"[0-9a-f]{32}-r"$/)
    expect((await get(`${key}?imageInfo`, { 'if-none-match': etag })).status).toBe(304)
    const head = await get(`${key}?imageInfo`, {}, 'HEAD')
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([
      200,
      String(answers[0]!.body.length),
      0,
    ])
    expect(opened).toBe(1)
    expect((await get(`${key}?imageAve`)).headers.etag).not.toBe(etag)
    await house.put(key, await jpeg(50, 20))
    expect((await get(`${key}?imageInfo`, { 'if-none-match': etag })).status).toBe(200)
  })
})

describe('what cannot be told', () => {
  test.each([
    ['imageInfo|imageMogr2/rotate/90', 400, 'InvalidArgument', '-106'],
    ['imageInfo/1', 400, 'InvalidArgument', '-106'],
    ['imageMogr2/nonsense/1|imageInfo', 400, 'InvalidArgument', '-106'],
    ['exif|imageInfo', 400, 'InvalidArgument', '-106'],
    ['|imageInfo', 400, 'InvalidArgument', '-106'],
    ['imageMogr2/format/tpg|imageInfo', 501, 'NotImplemented', '-443'],
  ])('%s', async (rule, status, code, errNo) => {
    const answer = await get(`${await stored(await jpeg(20, 10))}?${rule}`)
    expect([answer.status, textAt(answer.xml(), 'Code'), answer.headers['x-errno']]).toEqual([status, code, errNo])
  })

  test.each(['imageInfo', 'exif', 'imageAve'])(
    '%s of what is no picture, is cut off, too large, or not there',
    async (name) => {
      const whole = await jpeg(200, 100)
      const errorOf = async (key: string) => {
        const answer = await get(`${key}?${name}`)
        return [answer.status, answer.headers['x-errno']]
      }
      expect(await errorOf(await stored(Buffer.from('no picture at all')))).toEqual([400, '-441'])
      expect(await errorOf(await stored(Buffer.concat([whole], 33 * 1024 * 1024)))).toEqual([400, '-167'])
      expect(await errorOf('nothing.jpg')).toEqual([404, '-6101'])
      // The header of half a picture is whole, and so is what it says of the camera.
      const half = await errorOf(await stored(whole.subarray(0, whole.length / 2)))
      expect(half).toEqual(name === 'exif' ? [200, undefined] : [400, '-441'])
    },
  )
})

test('the Node SDK gets it by a query', async () => {
  const Key = await stored(await jpeg(30, 20))
  const options = {
    SecretId: secretId,
    SecretKey: secretKey,
    Protocol: 'http:',
    Ip: `127.0.0.1:${new URL(house.app.url).port}`,
  }
  const cos = new COS(options as COS.COSOptions)
  const answer = await cos.getObject({ Bucket: bucket, Region: region, Key, QueryString: 'imageInfo' })
  expect(JSON.parse(String(answer.Body))).toMatchObject({ format: 'jpeg', width: '30', height: '20' })
})
