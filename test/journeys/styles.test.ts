import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Answer,
  bucket,
  find,
  freshKey,
  type House,
  jobXml,
  region,
  startHouse,
  textAt,
} from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'

let house: House

beforeAll(async () => {
  house = await startHouse({ PIXMILL_STYLE_SEPARATORS: '!/' })
})
afterAll(() => house?.close())

async function stored(width = 200, height = 100): Promise<string> {
  const key = freshKey()
  await house.put(key, await jpeg(width, height))
  return key
}

const get = (target: string, call: { method?: string; headers?: Record<string, string>; signed?: boolean } = {}) =>
  house.cos({ target: `/${target}`, ...call })

const addStyle = (name: string, body: string) =>
  `<AddStyle><StyleName>${name}</StyleName><StyleBody>${body}</StyleBody></AddStyle>`
const putStyle = (name: string, body: string) =>
  house.cos({ method: 'PUT', target: '/?style', body: addStyle(name, body) })
const deleteStyle = (name: string) =>
  house.cos({ method: 'DELETE', target: '/?style', body: `<DeleteStyle><StyleName>${name}</StyleName></DeleteStyle>` })

async function keep(name: string, body: string): Promise<void> {
  const answer = await putStyle(name, body)
  expect([answer.status, answer.text]).toEqual([200, ''])
}

const sizeOf = async (answer: Answer) => {
  expect(answer.status, answer.text).toBe(200)
  const { format, width, height } = await sharp(answer.body).metadata()
  return `${format} ${width}x${height}`
}
const errorOf = (answer: Answer) => [answer.status, textAt(answer.xml(), 'Code'), answer.headers['x-errno']]

describe('the style API of a bucket', () => {
  test('saves, lists, shows one, replaces and removes', async () => {
    await keep('api.one', '?imageMogr2/thumbnail/!50px')
    await keep('api.two', 'imageMogr2/rotate/90')
    await keep('api.two', 'imageMogr2/rotate/180')
    const list = await house.cos({ target: '/?style' })
    expect(list.headers['content-type']).toBe('application/xml')
    expect(list.text).toContain(
      '<StyleRule><StyleName>api.one</StyleName><StyleBody>imageMogr2/thumbnail/!50px</StyleBody></StyleRule><StyleRule><StyleName>api.two</StyleName><StyleBody>imageMogr2/rotate/180</StyleBody></StyleRule>',
    )
    const one = await house.cos({ target: '/?style', body: '<GetStyle><StyleName>api.two</StyleName></GetStyle>' })
    expect(one.text).toBe(
      '<StyleList><StyleRule><StyleName>api.two</StyleName><StyleBody>imageMogr2/rotate/180</StyleBody></StyleRule></StyleList>',
    )
    expect((await deleteStyle('api.one')).status).toBe(200)
    expect((await deleteStyle('api.one')).status).toBe(200)
    const gone = await house.cos({ target: '/?style', body: '<GetStyle><StyleName>api.one</StyleName></GetStyle>' })
    expect(errorOf(gone)).toEqual([400, 'InvalidArgument', '-105'])
    await deleteStyle('api.two')
  })

  test.each([
    ['a rule that cannot be read', addStyle('bad', 'imageMogr2/thumbnail/abc'), 400, 'abc'],
    ['a rule that is not carried out', addStyle('bad', 'imageMogr2/format/tpg'), 501, 'tpg'],
    ['information', addStyle('bad', 'imageInfo'), 400, 'imageInfo'],
    ['a style that is not there', addStyle('bad', 'style/unknown'), 400, 'unknown'],
    ['itself', addStyle('bad', 'imageMogr2/strip|style/bad'), 400, 'leads back to itself'],
    ['a separator in its name', addStyle('b!d', 'imageMogr2/strip'), 400, 'stands between a key and a style'],
    ['a name with blanks', addStyle('b d', 'imageMogr2/strip'), 400, 'StyleName'],
    ['a name that is too long', addStyle('b'.repeat(65), 'imageMogr2/strip'), 400, 'StyleName'],
    ['no name', '<AddStyle><StyleBody>imageMogr2/strip</StyleBody></AddStyle>', 400, 'StyleName is missing'],
    ['no rule', '<AddStyle><StyleName>bad</StyleName></AddStyle>', 400, 'StyleBody is missing'],
    [
      'two names',
      '<AddStyle><StyleName>a</StyleName><StyleName>b</StyleName><StyleBody>imageSlim</StyleBody></AddStyle>',
      400,
      '2 times',
    ],
    ['another root', '<Style><StyleName>a</StyleName></Style>', 400, 'AddStyle'],
    ['no body', '', 400, 'AddStyle'],
    ['a rule that is too long', addStyle('bad', `imageMogr2/${'strip/'.repeat(3_000)}`), 400, 'characters'],
  ])('refuses %s', async (_name, body, status, says) => {
    const answer = await house.cos({ method: 'PUT', target: '/?style', body })
    expect(answer.status).toBe(status)
    expect(textAt(answer.xml(), 'Message')).toContain(says)
    expect((await house.cos({ target: '/?style' })).text).not.toContain('bad')
  })

  test('a bucket that is not there has no styles', async () => {
    const host = `nobody-1250000000.cos.${region}.pixmill.test`
    const answer = await house.send(host, { target: '/?style' })
    expect([answer.status, textAt(answer.xml(), 'Code')]).toEqual([404, 'NoSuchBucket'])
  })
})

describe('a picture in a style', () => {
  test('by separator or by name, first the style and then the rule of the query', async () => {
    await keep('half', 'imageMogr2/thumbnail/!50p')
    const key = await stored()
    const expected = 'jpeg 100x50'
    expect(await sizeOf(await get(`${key}!half`))).toBe(expected)
    expect(await sizeOf(await get(`${key}/half`))).toBe(expected)
    expect(await sizeOf(await get(`${key}?style/half`))).toBe(expected)
    expect(await sizeOf(await get(`${key}?style%2Fhalf=`))).toBe(expected)
    for (const query of ['half', 'half=', 'v&half', 'half&v=1', 'response-expires=0&half']) {
      expect(await sizeOf(await get(`${key}?${query}`)), query).toBe(expected)
    }
    // A rule, a style of the path and what has a value come first; other names mean nothing.
    expect(await sizeOf(await get(`${key}?half&imageMogr2/rotate/90`))).toBe('jpeg 100x200')
    expect(await sizeOf(await get(`${key}!half?half`))).toBe(expected)
    for (const query of ['half=1', 'nobody', '%00', 'x'.repeat(900), 'constructor']) {
      expect(await sizeOf(await get(`${key}?${query}`)), query).toBe('jpeg 200x100')
    }
    expect(await sizeOf(await get(`${key}!half?imageMogr2/rotate/90`))).toBe('jpeg 50x100')
    expect(await sizeOf(await get(`${key}?imageMogr2/thumbnail/40x|style/half|imageMogr2/format/png`))).toBe(
      'png 20x10',
    )
    expect(JSON.parse((await get(`${key}!half?imageInfo`)).text)).toMatchObject({ width: '100', height: '50' })
    const head = await get(`${key}!half`, { method: 'HEAD' })
    expect([head.status, head.headers['content-type']]).toEqual([200, 'image/jpeg'])
    // A style is nothing but its rule: the same picture under another name.
    const { etag } = (await get(`${key}?imageMogr2/thumbnail/!50p`)).headers
    expect((await get(`${key}!half`)).headers.etag).toBe(etag)
    expect((await get(`${key}!half`, { headers: { 'if-none-match': etag! } })).status).toBe(304)
  })

  test('X21: half of the width and the whole height', async () => {
    await keep('style_name', 'imageMogr2/thumbnail/!50px')
    await house.put('sample.jpg', await jpeg(1000, 500))
    expect(await sizeOf(await get('sample.jpg!style_name'))).toBe('jpeg 500x500')
  })

  test('changed, it makes another picture with another ETag at once', async () => {
    await keep('changing', 'imageMogr2/thumbnail/30x')
    await keep('outer', 'style/changing|imageMogr2/format/png')
    const key = await stored()
    const before = [await get(`${key}!changing`), await get(`${key}!outer`)]
    await keep('changing', 'imageMogr2/thumbnail/60x')
    const after = [await get(`${key}!changing`), await get(`${key}!outer`)]
    expect(await Promise.all(before.map(sizeOf))).toEqual(['jpeg 30x15', 'png 30x15'])
    expect(await Promise.all(after.map(sizeOf))).toEqual(['jpeg 60x30', 'png 60x30'])
    for (const n of [0, 1]) {
      const answer = await get(`${key}!${['changing', 'outer'][n]}`, {
        headers: { 'if-none-match': before[n]!.headers.etag! },
      })
      expect([answer.status, answer.headers.etag]).toEqual([200, after[n]!.headers.etag])
    }
    // The date is that of the object, which has not changed.
    const since = { 'if-modified-since': before[0]!.headers['last-modified']! }
    expect((await get(`${key}!changing`, { headers: since })).status).toBe(200)
    expect((await get(`${key}?imageMogr2/thumbnail/30x`, { headers: since })).status).toBe(304)
  })

  test.each(['-_', 'none'])('with PIXMILL_STYLE_SEPARATORS %s no other character asks for one', async (separators) => {
    const other = await startHouse({ PIXMILL_STYLE_SEPARATORS: separators })
    try {
      await other.cos({ method: 'PUT', target: '/?style', body: addStyle('half', 'imageMogr2/thumbnail/!50p') })
      await other.put('a-b_c.jpg', await jpeg(200, 100))
      for (const separator of '-_!/') {
        const answer = await other.cos({ target: `/a-b_c.jpg${separator}half` })
        if (separators.includes(separator)) expect(await sizeOf(answer)).toBe('jpeg 100x50')
        else expect([answer.status, textAt(answer.xml(), 'Code')]).toEqual([404, 'NoSuchKey'])
      }
      expect(await sizeOf(await other.cos({ target: '/a-b_c.jpg?style/half' }))).toBe('jpeg 100x50')
    } finally {
      await other.close()
    }
  })

  test('an object with the very key comes first', async () => {
    await keep('literal', 'imageMogr2/thumbnail/10x')
    const key = await stored()
    await house.put(`${key}!literal`, Buffer.from('text'))
    expect((await get(`${key}!literal`)).text).toBe('text')
    expect(await sizeOf(await get(`${key}/literal`))).toBe('jpeg 10x5')
  })

  test('what is not there is told: the object, or the style', async () => {
    const key = await stored()
    expect(errorOf(await get(`${key}!unknown`))).toEqual([400, 'InvalidArgument', '-105'])
    expect(errorOf(await get(`${key}?style/unknown`))).toEqual([400, 'InvalidArgument', '-105'])
    for (const target of ['nothing.jpg!half', '!half', `${key}!`]) {
      const answer = await get(target)
      expect([answer.status, textAt(answer.xml(), 'Code')]).toEqual([404, 'NoSuchKey'])
    }
  })

  test('styles that come to lead to each other, or to too many stages, are refused where they are used', async () => {
    const key = await stored()
    await keep('ring-a', 'imageMogr2/strip')
    await keep('ring-b', 'style/ring-a')
    const ring = await putStyle('ring-a', 'style/ring-b')
    expect([ring.status, textAt(ring.xml(), 'Message')]).toEqual([400, expect.stringContaining('leads back')])
    await keep('six', Array.from({ length: 6 }, () => 'imageMogr2/rotate/90').join('|'))
    expect((await putStyle('twelve', 'style/six|style/six')).status).toBe(400)
    expect(errorOf(await get(`${key}?style/six|style/six`))).toEqual([400, 'InvalidArgument', '-106'])
    await keep('inner', 'imageMogr2/rotate/90')
    await keep('user', 'style/inner')
    await deleteStyle('inner')
    expect(errorOf(await get(`${key}!user`))).toEqual([400, 'InvalidArgument', '-105'])
  })

  test('a job may name one too; one that is not there is refused, and one that is gone fails it', async () => {
    await keep('of-jobs', 'imageMogr2/thumbnail/20x')
    const key = await stored()
    const output = freshKey()
    const done = await house.ended(await house.submit(jobXml({ input: key, rule: 'style/of-jobs', output })))
    expect(textAt(done, 'State')).toBe('Success')
    expect(await sizeOf(await get(output))).toBe('jpeg 20x10')
    const body = jobXml({ input: key, rule: 'style/nothing', output })
    const refused = await house.ci({ method: 'POST', target: '/jobs', body })
    expect([refused.status, textAt(refused.xml(), 'Code')]).toEqual([400, 'InvalidArgument'])
    await keep('passing', 'imageMogr2/strip')
    const template = await house.ci({
      method: 'POST',
      target: '/template',
      body: '<Request><Tag>PicProcess</Tag><Name>passing</Name><PicProcess><ProcessRule>style/passing</ProcessRule></PicProcess></Request>',
    })
    const templateId = textAt(template.xml(), 'Template/TemplateId')
    await deleteStyle('passing')
    const failed = await house.ended(await house.submit(jobXml({ input: key, templateId, output })))
    expect([textAt(failed, 'State'), textAt(failed, 'Code')]).toEqual(['Failed', 'InvalidArgument'])
    expect(textAt(failed, 'Message')).toContain('passing')
    expect(find(failed, 'Operation/PicProcessResult')).toBeUndefined()
  })

  test('a bucket has a hundred', async () => {
    const other = `styles-1250000000.cos.${region}.pixmill.test`
    await house.send(other, { method: 'PUT', target: '/' })
    const put = (n: number) =>
      house.send(other, { method: 'PUT', target: '/?style', body: addStyle(`s${n}`, 'imageMogr2/strip') })
    const first = await Promise.all(Array.from({ length: 100 }, (_, n) => put(n)))
    expect(new Set(first.map(({ status }) => status))).toEqual(new Set([200]))
    expect(errorOf(await put(100))).toEqual([400, 'InvalidArgument', '-60957'])
    expect((await put(99)).status).toBe(200)
  })
})

describe('originals that are protected', () => {
  const protect = (word: string) =>
    house.cos({ method: 'PUT', target: '/?origin-protect', body: `<OriginProtectStatus>${word}</OriginProtectStatus>` })
  const status = async () => (await house.cos({ target: '/?origin-protect' })).text

  test('X24: are given in styles only, and to whoever signs and asks for them by their name', async () => {
    await keep('shown', 'imageMogr2/thumbnail/40x')
    const key = await stored()
    await house.put('t/notes.txt', Buffer.from('notes'))
    expect(await status()).toBe('<OriginProtectStatus>off</OriginProtectStatus>')
    expect((await protect('on')).status).toBe(200)
    expect(await status()).toBe('<OriginProtectStatus>on</OriginProtectStatus>')
    for (const query of ['', '?imageMogr2/thumbnail/40x', '?imageInfo', '?imageMogr2/rotate/90|style/shown']) {
      expect(errorOf(await get(`${key}${query}`)), query).toEqual([403, 'AccessDenied', '-154'])
    }
    expect(await sizeOf(await get(`${key}!shown`))).toBe('jpeg 40x20')
    expect(await sizeOf(await get(`${key}!shown?imageMogr2/rotate/90`))).toBe('jpeg 20x40')
    expect(await sizeOf(await get(`${key}?style/shown`))).toBe('jpeg 40x20')
    expect(await sizeOf(await get(`${key}?shown`))).toBe('jpeg 40x20')
    expect(errorOf(await get(`${key}?nobody`))).toEqual([403, 'AccessDenied', '-154'])
    expect(await sizeOf(await get(`${key}?ci-process=originImage`))).toBe('jpeg 200x100')
    expect((await get(key, { method: 'HEAD' })).status).toBe(200)
    expect((await get('t/notes.txt')).text).toBe('notes')
    // A picture that calls itself something else is found out by what is asked of it.
    await house.put('t/disguised', await jpeg(200, 100), { 'content-type': 'text/plain' })
    expect(errorOf(await get('t/disguised?imageMogr2/quality/100'))).toEqual([403, 'AccessDenied', '-154'])
    // Jobs of the bucket's owner read what they are told to.
    const job = await house.ended(
      await house.submit(jobXml({ input: key, rule: 'imageMogr2/strip', output: freshKey() })),
    )
    expect(textAt(job, 'State')).toBe('Success')
    expect((await house.cos({ method: 'DELETE', target: '/?origin-protect' })).status).toBe(200)
    expect(await sizeOf(await get(key))).toBe('jpeg 200x100')
    expect(await sizeOf(await get(`${key}?ci-process=originImage`))).toBe('jpeg 200x100')
  })

  test('and to nobody without a key, whatever is asked for, not by way of a watermark either', async () => {
    const key = freshKey()
    await house.put(key, await jpeg(200, 100), { 'x-cos-acl': 'public-read' })
    await house.put('open-mark.jpg', await jpeg(30, 20), { 'x-cos-acl': 'public-read' })
    const mark = (of: string) =>
      `watermark/1/image/${Buffer.from(`http://${bucket}.cos.${region}.myqcloud.com/${of}`).toString('base64url')}`
    await keep('open', 'imageMogr2/thumbnail/40x')
    await keep('marked', `imageMogr2/thumbnail/60x|${mark('open-mark.jpg')}`)
    const unsigned = (target: string, method = 'GET') => get(target, { method, signed: false })
    expect(await sizeOf(await unsigned(key))).toBe('jpeg 200x100')
    expect((await protect('on')).status).toBe(200)
    try {
      expect(await sizeOf(await unsigned(`${key}!open`))).toBe('jpeg 40x20')
      expect(await sizeOf(await unsigned(`${key}!open?imageMogr2/rotate/90`))).toBe('jpeg 20x40')
      expect(await sizeOf(await unsigned(`${key}!open?style/marked`))).toBe('jpeg 60x30')
      expect(await sizeOf(await unsigned(`${key}!marked`))).toBe('jpeg 60x30')
      const itself = `imageMogr2/thumbnail/200x100!%7C${mark(key)}/dissolve/100`
      for (const query of ['', '?ci-process=originImage', `?${mark(key)}`]) {
        expect(errorOf(await unsigned(`${key}${query}`)), query).toEqual([403, 'AccessDenied', '-154'])
      }
      expect(errorOf(await unsigned(`${key}!open?${itself}`))).toEqual([403, 'AccessDenied', '-154'])
      expect(errorOf(await unsigned(`${key}?style/open%7C${itself}`))).toEqual([403, 'AccessDenied', '-154'])
      expect((await unsigned(key, 'HEAD')).status).toBe(403)
      // Whoever signs may have it anyway.
      expect(await sizeOf(await get(`${key}!open?${itself}`))).toBe('jpeg 200x100')
    } finally {
      await protect('off')
    }
  })

  test('the setting is on or off', async () => {
    for (const word of ['', 'true', 'ON', '<a/>']) {
      const answer = await protect(word)
      expect([answer.status, word]).toEqual([400, word])
    }
    expect(await status()).toBe('<OriginProtectStatus>off</OriginProtectStatus>')
    const answer = await house.send(`${bucket}.cos.${region}.pixmill.test`, {
      method: 'PUT',
      target: '/?origin-protect',
    })
    expect(answer.status).toBe(400)
  })
})
