import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import COS from 'cos-nodejs-sdk-v5'
import { expect, test } from 'vitest'
import { slowCrc64 } from '../chaos/crc64.ts'
import { bucket as Bucket, region as Region, startHouse } from '../support/house.ts'
import { type BreakingProxy, breakingProxy } from './breaking-proxy.ts'
import { javaScriptSuite, keys } from './javascript-suite.ts'

// biome-ignore lint/suspicious/noExplicitAny: any method, as the suite names it
type AnySdk = any

const place = { Bucket, Region }

/** A program written for the original service: `Ip` leads every name to this server, and nothing else is changed. */
const sdkAt = (host: string, options: object = {}): AnySdk =>
  new COS({ ...keys, Protocol: 'http:', Ip: host, ...options } as COS.COSOptions)

/** The SDK keeps in mind, for its process, which uploads it has begun: only another process takes one over. */
async function uploadElsewhere(host: string, options: object): Promise<void> {
  const program = `
    const [settings, upload] = process.argv.slice(1).map((text) => JSON.parse(text))
    new (require('cos-nodejs-sdk-v5'))(settings).sliceUploadFile(upload).then(
      () => process.exit(0),
      (error) => { console.error(error); process.exit(1) },
    )`
  const settings = { ...keys, Protocol: 'http:', Ip: host }
  await promisify(execFile)(process.execPath, ['-e', program, JSON.stringify(settings), JSON.stringify(options)])
}

javaScriptSuite(
  'Node',
  async () => {
    const house = await startHouse()
    const { host } = new URL(house.app.url)
    const cos = sdkAt(host)
    const spare = 'spare-1250000000'
    await cos.putBucket({ Bucket: spare, Region })
    return {
      house,
      spare,
      corsRules: [],
      call: (method, params) => cos[method](params),
      objectUrl: async (params) =>
        new Promise((resolve, reject) =>
          cos.getObjectUrl(params, (error: unknown, data: { Url: string }) =>
            error ? reject(error) : resolve(data.Url),
          ),
        ),
      fetch: async (url, { method, body }) => {
        const { host: name, pathname, search } = new URL(url)
        const target = url.slice(url.indexOf(name) + name.length)
        expect(target).toContain(pathname.slice(0, 2))
        expect(search).not.toBe('')
        const answer = await house.send(name, {
          method,
          target,
          signed: false,
          ...(body === undefined ? {} : { body }),
        })
        return { status: answer.status, body: answer.body }
      },
      withKeys: async (temporary) => {
        const other = sdkAt(host, temporary)
        return (method, params) => other[method](params)
      },
      close: () => house.close(),
    }
  },
  (shows, kit) => {
    const host = () => new URL(kit().house.app.url).host

    shows('Put Object of unknown length', () => {
      test('a stream, sent in chunks', async () => {
        const Body = Readable.from([Buffer.from('in '), Buffer.from('chunks')])
        await kit().call('putObject', { ...place, Key: 'n/chunks.txt', Body })
        expect(String((await kit().call('getObject', { ...place, Key: 'n/chunks.txt' })).Body)).toBe('in chunks')
      })
    })

    shows('Options Object (preflight)', () => {
      test('allowed by a rule of the bucket', async () => {
        const CORSRules = [
          { AllowedOrigins: ['https://a.test'], AllowedMethods: ['PUT'], AllowedHeaders: ['x-cos-meta-*'] },
        ]
        await kit().call('putBucketCors', { ...place, CORSRules })
        const told = await kit().call('optionsObject', {
          ...place,
          Key: 'n/any',
          Origin: 'https://a.test',
          AccessControlRequestMethod: 'PUT',
          AccessControlRequestHeaders: 'x-cos-meta-a',
        })
        expect(told).toMatchObject({ AccessControlAllowOrigin: 'https://a.test', statusCode: 200 })
        await kit().call('deleteBucketCors', place)
      })
    })

    shows('Upload of a large file', () => {
      test('200 MB in parts with a broken connection in the middle, and back in ranges', {
        timeout: 300_000,
      }, async () => {
        const breaking = await breakingProxy(host(), (part, before) => part === 13 && before === 0)
        const folder = await mkdtemp(join(tmpdir(), 'pixmill-large-'))
        try {
          const FilePath = join(folder, 'large.bin')
          const piece = randomBytes(1024 * 1024)
          const size = 200 * piece.length
          await writeFile(
            FilePath,
            Readable.from(
              (function* () {
                for (let index = 0; index < 200; index += 1) {
                  piece.writeUInt32BE(index)
                  yield Buffer.from(piece)
                }
              })(),
            ),
          )
          const options = { ...place, Key: 'n/large.bin', FilePath, SliceSize: 1024 * 1024, ChunkSize: 8 * 1024 * 1024 }
          const told = await sdkAt(breaking.host).uploadFile(options)
          expect(breaking.broken).toEqual([13])
          expect(told.ETag).toMatch(/^"[\da-f]{32}-25"$/)
          const head = await kit().call('headObject', { ...place, Key: 'n/large.bin' })
          expect(head.headers['content-length']).toBe(String(size))
          const back = join(folder, 'back.bin')
          await kit().call('downloadFile', { ...place, Key: 'n/large.bin', FilePath: back, ChunkSize: 8 * 1024 * 1024 })
          const theirs = createReadStream(FilePath, { highWaterMark: 1024 * 1024 })[Symbol.asyncIterator]()
          let same = 0
          for await (const ours of createReadStream(back, { highWaterMark: 1024 * 1024 })) {
            if (!(await theirs.next()).value.equals(ours)) break
            same += (ours as Buffer).length
          }
          expect(same).toBe(size)
        } finally {
          await breaking.close()
          await rm(folder, { recursive: true, force: true })
        }
      })
    })

    shows('Upload that goes on after a broken connection', () => {
      const MB = 1024 * 1024
      const broken = async (
        breaks: Parameters<typeof breakingProxy>[1],
        use: (upload: { proxy: BreakingProxy; Body: Buffer; options: object }) => Promise<void>,
      ) => {
        const folder = await mkdtemp(join(tmpdir(), 'pixmill-broken-'))
        const proxy = await breakingProxy(host(), breaks)
        try {
          const Body = randomBytes(6 * MB)
          const FilePath = join(folder, 'body.bin')
          await writeFile(FilePath, Body)
          await use({ proxy, Body, options: { ...place, Key: 'n/broken.bin', ChunkSize: MB, FilePath } })
          const head = await kit().call('headObject', { ...place, Key: 'n/broken.bin' })
          expect(head.headers['x-cos-hash-crc64ecma']).toBe(slowCrc64(Body))
        } finally {
          await proxy.close()
          await rm(folder, { recursive: true, force: true })
        }
      }

      test('a part whose connection breaks is sent again', () =>
        broken(
          (part, before) => part === 3 && before === 0,
          async ({ proxy, options }) => {
            await sdkAt(proxy.host).sliceUploadFile(options)
            expect(proxy.broken).toEqual([3])
          },
        ))

      test('another program goes on with the parts that are there', () => {
        let isOver = false
        return broken(
          (part) => part > 4 && !isOver,
          async ({ proxy, options }) => {
            // One part after the other, so that it is known which are there in the end.
            const inTurn = { ...options, AsyncLimit: 1 }
            await expect(sdkAt(proxy.host).sliceUploadFile(inTurn)).rejects.toBeDefined()
            expect(proxy.whole).toEqual([1, 2, 3, 4])
            isOver = true
            await uploadElsewhere(proxy.host, inTurn)
            expect(proxy.whole).toEqual([1, 2, 3, 4, 5, 6])
          },
        )
      })
    })
  },
)
