import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { slowCrc64 } from '../chaos/crc64.ts'
import { bucket, region, startHouse } from '../support/house.ts'
import { type BreakingProxy, breakingProxy } from './breaking-proxy.ts'
import { type JavaScriptKit, javaScriptSuite, keys } from './javascript-suite.ts'

/** Debian's, or the one that is named. */
const executablePath = process.env.PIXMILL_TEST_CHROMIUM ?? '/usr/bin/chromium'
const library = createRequire(import.meta.url).resolve('cos-js-sdk-v5/dist/cos-js-sdk-v5.min.js')

/** What the page does for the tests: bytes cross its border as Base64. */
const bridge = `
const bytesOf = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0))
const textOf = (bytes) => {
  let text = ''
  for (let at = 0; at < bytes.length; at += 30000) text += String.fromCharCode(...bytes.subarray(at, at + 30000))
  return btoa(text)
}
const kits = {}
const openKit = (name, options) => { kits[name] = new COS(options) }
const callKit = async (name, method, params) => {
  const { Body } = params
  if (Body !== undefined && Body.base64 !== undefined) params.Body = new Blob([bytesOf(Body.base64)])
  if (method === 'getObject') params.DataType = 'arraybuffer'
  try {
    const { RequestId, ...told } = await kits[name][method](params)
    if (method === 'getObject') told.Body = { base64: textOf(new Uint8Array(told.Body)) }
    return { told }
  } catch (error) {
    const { code, message, statusCode, headers } = error
    return { failed: { code, message, statusCode, headers } }
  }
}
const urlOf = (name, params) => new Promise((resolve, reject) =>
  kits[name].getObjectUrl(params, (error, data) => (error ? reject(error) : resolve(data.Url))))
const fetched = async (url, options) => {
  const answer = await fetch(url, options)
  return { status: answer.status, base64: textOf(new Uint8Array(await answer.arrayBuffer())) }
}
`

const MB = 1024 * 1024
/** A region whose names lead to the server by a proxy that breaks a connection. */
const BROKEN = 'ap-broken'

const element: Record<string, string> = {
  AllowedOrigins: 'AllowedOrigin',
  AllowedMethods: 'AllowedMethod',
  AllowedHeaders: 'AllowedHeader',
  ExposeHeaders: 'ExposeHeader',
  MaxAgeSeconds: 'MaxAgeSeconds',
}
const corsXml = (rule: Record<string, string | string[]>): string =>
  `<CORSConfiguration><CORSRule>${Object.entries(rule)
    .flatMap(([name, values]) => [values].flat().map((value) => `<${element[name]}>${value}</${element[name]}>`))
    .join('')}</CORSRule></CORSConfiguration>`

const withBase64 = (params: object): object =>
  Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      Buffer.isBuffer(value) ? { base64: value.toString('base64') } : value,
    ]),
  )

if (!existsSync(executablePath)) {
  test.skip(`there is no browser at ${executablePath} (Debian: apt-get install chromium)`, () => undefined)
} else {
  let breaking: BreakingProxy
  const open = async (): Promise<JavaScriptKit> => {
    const spare = 'spare-1250000000'
    const house = await startHouse({
      PIXMILL_BUCKETS: `${bucket}@${region},${spare}@${region}`,
      PIXMILL_CORS_ORIGINS: 'http://app.test',
    })
    breaking = await breakingProxy(new URL(house.app.url).host, (part, before) => part === 5 && before === 0)
    const rule = {
      AllowedOrigins: ['http://app.test'],
      AllowedMethods: ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'],
      AllowedHeaders: ['*'],
      ExposeHeaders: [
        'ETag',
        'Date',
        'Content-Length',
        'x-cos-request-id',
        'x-cos-hash-crc64ecma',
        'x-cos-meta-author',
        'x-cos-meta-note',
      ],
      MaxAgeSeconds: '600',
    }
    for (const name of [bucket, spare]) {
      const host = `${name}.cos.${region}.pixmill.test`
      const allowed = await house.send(host, { method: 'PUT', target: '/?cors', body: corsXml(rule) })
      if (allowed.status !== 200) throw new Error(`PUT ?cors: ${allowed.status} ${allowed.text}`)
    }
    const pages = createServer((request, response) => {
      const script = request.url === '/sdk.js'
      response.setHeader('content-type', script ? 'text/javascript' : 'text/html; charset=utf-8')
      response.end(
        script
          ? readFileSync(library)
          : `<!doctype html><title>app</title><script src="sdk.js"></script><script>${bridge}</script>`,
      )
    })
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve))
    const to = (host: string) => `MAP ${host} 127.0.0.1`
    const browser = await chromium.launch({
      executablePath,
      // Every official name leads to this server, as a name server of one's own would have it.
      args: [
        '--no-sandbox',
        `--host-resolver-rules=${to('app.test')}:${(pages.address() as AddressInfo).port},${to(`*.cos.${BROKEN}.myqcloud.com`)}:${breaking.host.split(':')[1]},${to('*.myqcloud.com')}:${new URL(house.app.url).port}`,
      ],
    })
    const page = await browser.newPage()
    await page.goto('http://app.test/')
    let opened = 0
    // biome-ignore lint/suspicious/noExplicitAny: what the page gives
    const run = (text: string, ...given: unknown[]): Promise<any> =>
      page.evaluate(`${text}(...${JSON.stringify(given)})`)
    const openKit = async (options: object) => {
      const name = `kit ${opened++}`
      await run('openKit', name, { ...options, Protocol: 'http:' })
      return {
        name,
        call: async (method: string, params: object) => {
          const { told, failed } = await run('callKit', name, method, withBase64(params))
          if (failed !== undefined) throw Object.assign(new Error(failed.message), failed)
          if (told.Body?.base64 !== undefined) told.Body = Buffer.from(told.Body.base64, 'base64')
          return told
        },
      }
    }
    const { name, call } = await openKit(keys)
    return {
      house,
      spare,
      corsRules: [rule],
      call,
      objectUrl: (params) => run('urlOf', name, params),
      fetch: async (url, options) => {
        const { status, base64 } = await run('fetched', url, options)
        return { status, body: Buffer.from(base64, 'base64') }
      },
      withKeys: async (temporary) => (await openKit(temporary)).call,
      async close() {
        await browser.close()
        await new Promise((resolve) => pages.close(resolve))
        await breaking.close()
        await house.close()
      },
    }
  }
  javaScriptSuite('Browser', open, (shows, kit) => {
    const large = Buffer.from(Array.from({ length: 12 * MB }, (_, index) => (index * 7) >> 9))
    const key = { Bucket: bucket, Key: 'n/large.bin' }
    const upload = (Region: string) =>
      kit().call('uploadFile', { ...key, Region, Body: large, SliceSize: MB, ChunkSize: MB })
    const wholeSum = slowCrc64(large)
    const sum = async () => (await kit().call('headObject', { ...key, Region: region })).headers['x-cos-hash-crc64ecma']

    shows('Upload of a large file', () => {
      test('12 MB in parts', async () => {
        expect((await upload(region)).ETag).toMatch(/^"[\da-f]{32}-12"$/)
        expect(await sum()).toBe(wholeSum)
      })
    })

    shows('Upload that goes on after a broken connection', () => {
      test('a part whose connection breaks is sent again', async () => {
        await kit().call('deleteObject', { ...key, Region: region })
        await upload(BROKEN)
        expect(breaking.broken).toEqual([5])
        expect(await sum()).toBe(wholeSum)
      })
    })
  })
}
