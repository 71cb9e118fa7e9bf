import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bucket, find, freshKey, type House, jobXml, region, startHouse, textAt } from '../support/house.ts'

let house: House

const host = `${bucket}.cos.${region}.myqcloud.com`
const base64 = (text: string) => Buffer.from(text).toString('base64url')
const markOf = (url: string, more = '') => `watermark/1/image/${base64(url)}/dissolve/100${more}`
const plain = (colour: string, width = 20, height = 10) =>
  sharp({ create: { width, height, channels: 3, background: colour } })
    .png()
    .toBuffer()

let key: string

beforeAll(async () => {
  const fonts = fileURLToPath(new URL('../fixtures/fonts', import.meta.url))
  house = await startHouse({
    PIXMILL_FONTS_DIR: fonts,
    PIXMILL_BUCKETS: `${bucket}@${region},other-1250000000@${region}`,
  })
  key = freshKey()
  await house.put(key, await plain('#000000', 200, 100))
  await house.put('marks/logo & co.png', await plain('#ff00ff'))
})
afterAll(() => house.close())

const get = (rule: string, { of, ...more }: { of?: string; signed?: boolean; headers?: Record<string, string> } = {}) =>
  house.cos({ target: `/${of ?? key}?${encodeURIComponent(rule)}`, ...more })

async function corner(body: Buffer): Promise<number[]> {
  const { data, info } = await sharp(body).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  return [...data.subarray(data.length - info.channels)]
}

describe('a picture on request', () => {
  test.each([
    ['the host of the bucket', `http://${host}/marks/logo%20%26%20co.png`],
    ['https, and a signature', `https://${host}/marks/logo%20%26%20co.png?q-sign-algorithm=sha1&q-ak=a`],
    ['the bucket in the path', `http://localhost:9000/${bucket}/marks/logo%20%26%20co.png`],
    ['a rule behind it', `http://${host}/marks/logo%20%26%20co.png?imageMogr2/thumbnail/40x`],
  ])('is given with a mark named by %s', async (_, url) => {
    const answer = await get(markOf(url))
    expect(answer.status, answer.text).toBe(200)
    expect(await corner(answer.body)).toEqual([255, 0, 255])
  })

  test('is another one as soon as the mark is another', async () => {
    await house.put('changing.png', await plain('#ff0000'))
    const rule = markOf(`http://${host}/changing.png`)
    const first = await get(rule)
    expect(await corner(first.body)).toEqual([255, 0, 0])
    expect((await get(rule, { headers: { 'if-none-match': first.headers.etag! } })).status).toBe(304)
    await house.put('changing.png', await plain('#0000ff'))
    const second = await get(rule, { headers: { 'if-none-match': first.headers.etag! } })
    expect(second.status).toBe(200)
    expect(await corner(second.body)).toEqual([0, 0, 255])
    const since = { 'if-modified-since': first.headers['last-modified']! }
    expect((await get(rule, { headers: since })).status).toBe(200)
  })

  test('is not given with what is not there, elsewhere, no picture, or too large', async () => {
    await house.put('text.txt', Buffer.from('no picture'))
    await house.put('large', Buffer.alloc(32 * 1024 * 1024 + 1))
    await house.cos({ method: 'PUT', target: '/' })
    for (const [url, status, says] of [
      [`http://${host}/nowhere.png`, 400, `there is no such object in the bucket ${bucket}`],
      [`http://other-1250000000.cos.${region}.myqcloud.com/a.png`, 400, `no object of the bucket ${bucket}`],
      ['http://example.com/a.png', 400, 'nothing is fetched from elsewhere'],
      ['http://169.254.169.254/latest/meta-data', 400, 'nothing is fetched from elsewhere'],
      [`http://${bucket}.ci.${region}.myqcloud.com/a.png`, 400, `no object of the bucket ${bucket}`],
      [`http://${host}/%ff`, 400, 'not percent-encoded UTF-8'],
      [`http://${host}/text.txt`, 400, 'The watermark'],
      [`http://${host}/large`, 400, 'at most 33554432 bytes are allowed'],
    ] as const) {
      const answer = await get(markOf(url))
      expect([answer.status, answer.headers['x-errno'] !== undefined], `${url}: ${answer.text}`).toEqual([status, true])
      expect(textAt(answer.xml(), 'Message'), url).toContain(says)
    }
  })

  test('may be its own mark, at most three deep', async () => {
    await house.put('own.png', await plain('#ff00ff', 60, 40))
    const own = (rule = '') => `http://${host}/own.png${rule === '' ? '' : `?${rule}`}`
    const within = (depth: number): string => markOf(own(depth === 1 ? '' : within(depth - 1)))
    const ownSize = { width: 60, height: 40 }
    for (const depth of [1, 2, 3]) {
      const answer = await get(within(depth), { of: 'own.png' })
      expect(answer.status, answer.text).toBe(200)
      expect(await sharp(answer.body).metadata()).toMatchObject(ownSize)
      expect(await corner(answer.body)).toEqual([255, 0, 255])
    }
    const deeper = await get(within(4), { of: 'own.png' })
    expect([deeper.status, deeper.headers['x-errno']]).toEqual([400, '-106'])
    expect(textAt(deeper.xml(), 'Message')).toContain('lies deeper than 3 rules in each other')
    // Its mark and its target at once.
    const detail = await house.ended(
      await house.submit(jobXml({ input: 'own.png', output: 'own.png', rule: within(1) })),
    )
    expect(textAt(detail, 'State')).toBe('Success')
    expect(await sharp((await house.cos({ target: '/own.png' })).body).metadata()).toMatchObject(ownSize)
  })

  test('shows to everybody only marks that everybody may see', async () => {
    const open = freshKey()
    await house.put(open, await plain('#000000', 200, 100), { 'x-cos-acl': 'public-read' })
    const rule = markOf(`http://${host}/marks/logo%20%26%20co.png`)
    expect((await get(rule, { of: open })).status).toBe(200)
    const refused = await get(rule, { of: open, signed: false })
    expect([refused.status, textAt(refused.xml(), 'Message')]).toEqual([
      400,
      expect.stringContaining('there is no such object'),
    ])
    await house.put('open.png', await plain('#00ff00'), { 'x-cos-acl': 'public-read' })
    const shown = await get(markOf(`http://${host}/open.png`), { of: open, signed: false })
    expect(shown.status, shown.text).toBe(200)
    expect(await corner(shown.body)).toEqual([0, 255, 0])
  })

  test('has Latin and Chinese text, and says which character no font has', async () => {
    const rule = (text: string) => `watermark/2/text/${base64(text)}/fill/${base64('#FFFFFF')}/fontsize/30`
    const answer = await get(rule('Pix 水印'))
    expect(answer.status, answer.text).toBe(200)
    expect((await sharp(answer.body).stats()).channels[0]!.max).toBeGreaterThan(200)
    const refused = await get(rule('Pix 鼠'))
    expect([refused.status, refused.headers['x-errno']]).toEqual([400, '-106'])
    expect(textAt(refused.xml(), 'Message')).toContain('No font has the character U+9F20 "鼠"')
  })

  test('made smaller says whether that was possible', async () => {
    const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251))
    const raw = { width: 64, height: 64, channels: 3 } as const
    const [large, small] = [freshKey(), freshKey()]
    await house.put(large, await sharp(noise, { raw }).jpeg({ quality: 98 }).toBuffer())
    const slim = await get('imageSlim', { of: large })
    expect([slim.status, slim.rawHeaders.includes('X-Slimflag'), slim.headers['x-slimflag']]).toEqual([200, true, '1'])
    await house.put(small, slim.body)
    const again = await get('imageSlim', { of: small })
    expect([again.status, again.headers['x-slimflag'], again.body.equals(slim.body)]).toEqual([200, '2', true])
    expect((await get('imageMogr2/strip', { of: large })).headers['x-slimflag']).toBeUndefined()
  })
})

describe('a job', () => {
  const done = async (rule: string, output = freshKey()) => {
    const detail = await house.ended(await house.submit(jobXml({ input: key, output, rule })))
    return { detail, output }
  }

  test('puts pictures and texts on', async () => {
    const rule = `${markOf(`http://${host}/marks/logo%20%26%20co.png`)}|watermark/2/text/${base64('水印')}/gravity/northwest/fill/${base64('#FFFFFF')}/fontsize/40`
    const { detail, output } = await done(rule)
    expect(textAt(detail, 'State'), find(detail, 'Message')?.text).toBe('Success')
    const { body } = await house.cos({ target: `/${output}` })
    expect(await corner(body)).toEqual([255, 0, 255])
    const left = await sharp(body).extract({ left: 0, top: 0, width: 80, height: 60 }).stats()
    expect(left.channels[0]!.max).toBeGreaterThan(200)
  })

  test('fails when the mark is not there, and is refused when it cannot be the bucket’s', async () => {
    const { detail } = await done(markOf(`http://${host}/nowhere.png`))
    expect([textAt(detail, 'State'), textAt(detail, 'Code')]).toEqual(['Failed', 'InvalidArgument'])
    expect(textAt(detail, 'Message')).toContain('nowhere.png": there is no such object')
    const elsewhere = markOf('http://example.com/a.png')
    const refused = await house.ci({ method: 'POST', target: '/jobs', body: jobXml({ input: key, rule: elsewhere }) })
    expect([refused.status, textAt(refused.xml(), 'Message')]).toEqual([
      400,
      expect.stringContaining('nothing is fetched from elsewhere'),
    ])
  })
})
