import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import COS from 'cos-nodejs-sdk-v5'
import { expect, test } from 'vitest'
import { slowCrc64 } from '../chaos/crc64.ts'
import { bucket as Bucket, region as Region, startHouse } from '../support/house.ts'
import { javaScriptSuite, keys } from './javascript-suite.ts'

// biome-ignore lint/suspicious/noExplicitAny: any method, as the suite names it
type AnySdk = any

const place = { Bucket, Region }

/** A program written for the original service: `Ip` leads every name to this server, and nothing else is changed. */
const sdkAt = (host: string, options: object = {}): AnySdk =>
  new COS({ ...keys, Protocol: 'http:', Ip: host, ...options } as COS.COSOptions)

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

    shows('Get Service (list buckets)', () => {
      test('the bucket is there, with its region', async () => {
        const { Buckets } = await kit().call('getService', {})
        expect(Buckets).toContainEqual(expect.objectContaining({ Name: Bucket, Location: Region }))
      })
    })

    shows('Put Bucket', () => {
      test('a bucket is made; again it is told that it is ours', async () => {
        const made = { Bucket: 'made-1250000000', Region }
        await kit().call('putBucket', made)
        await expect(kit().call('putBucket', made)).rejects.toMatchObject({ code: 'BucketAlreadyOwnedByYou' })
      })
    })

    shows('Delete Bucket', () => {
      test('an empty one goes, one with objects stays', async () => {
        const gone = { Bucket: 'gone-1250000000', Region }
        await kit().call('putBucket', gone)
        await kit().call('putObject', { ...gone, Key: 'a', Body: 'a' })
        await expect(kit().call('deleteBucket', gone)).rejects.toMatchObject({ code: 'BucketNotEmpty' })
        await kit().call('deleteObject', { ...gone, Key: 'a' })
        await kit().call('deleteBucket', gone)
        await expect(kit().call('headBucket', gone)).rejects.toMatchObject({ statusCode: 404 })
      })
    })

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
      test('200 MB in parts, from a file and back in ranges', { timeout: 300_000 }, async () => {
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
          const told = await kit().call('uploadFile', options)
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
          await rm(folder, { recursive: true, force: true })
        }
      })
    })

    shows('Upload that goes on after a broken connection', () => {
      test('a part whose connection breaks is sent again', async () => {
        const breaking = await breakingProxy(host())
        try {
          const Body = randomBytes(6 * 1024 * 1024)
          const cos = sdkAt(breaking.host)
          await cos.sliceUploadFile({
            ...place,
            Key: 'n/broken.bin',
            Body,
            ChunkSize: 1024 * 1024,
            FilePath: await breaking.file(Body),
          })
          expect(breaking.broken).toBe(1)
          const head = await kit().call('headObject', { ...place, Key: 'n/broken.bin' })
          expect(head.headers['x-cos-hash-crc64ecma']).toBe(slowCrc64(Body))
        } finally {
          await breaking.close()
        }
      })
    })
  },
)

/** Hands on everything, and cuts one connection in the middle of the third part. */
async function breakingProxy(host: string) {
  const [name, port] = host.split(':') as [string, string]
  const sockets = new Set<Socket>()
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-breaking-'))
  const state = { broken: 0 }
  const server = createServer((from) => {
    const to = connect(Number(port), name)
    for (const socket of [from, to]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        from.destroy()
        to.destroy()
      })
    }
    let sent = 0
    from.on('data', (piece: Buffer) => {
      sent += piece.length
      if (state.broken === 0 && piece.includes('partNumber=3')) state.broken = -1
      if (state.broken === -1 && sent > 500_000) {
        state.broken = 1
        from.resetAndDestroy()
        return
      }
      to.write(piece)
    })
    to.on('data', (piece) => from.write(piece))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get broken() {
      return state.broken
    },
    async file(body: Buffer) {
      await writeFile(join(folder, 'body.bin'), body)
      return join(folder, 'body.bin')
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
