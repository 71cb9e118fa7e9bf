import { Agent, request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { crc64 } from '../../src/base/index.ts'
import { type House, startHouse } from '../support/house.ts'

const CLIENTS = 50
const ROUNDS = 8
/** The first one is overwritten and never deleted: it can always be read. */
const KEYS = ['race/a', 'race/b', 'race/c']

let house: House
let agent: Agent

beforeAll(async () => {
  house = await startHouse({ PIXMILL_ANONYMOUS: 'true' })
  agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
})
afterAll(async () => {
  agent?.destroy()
  await house?.close()
})

interface Got {
  readonly status: number
  readonly crc: string
  readonly etag: string
  readonly body: Buffer
}

function ask(method: string, target: string, body?: Buffer, headers: Record<string, string> = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const host = 'album-1250000000.cos.ap-test.pixmill.test'
    const length = body === undefined ? {} : { 'content-length': String(body.length) }
    const sent = request(house.app.url, {
      method,
      path: target,
      agent,
      setHost: false,
      headers: { host, ...length, ...headers },
    })
    sent.on('error', reject)
    sent.on('response', (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          crc: String(response.headers['x-cos-hash-crc64ecma'] ?? ''),
          etag: String(response.headers.etag ?? ''),
          body: Buffer.concat(pieces),
        }),
      )
    })
    sent.end(body)
  })
}

/** Some bytes that nobody else writes, of a length of their own: two versions mixed would be neither. */
function bodyOf(client: number, round: number): Buffer {
  const mark = Buffer.from(`client ${client} round ${round} `)
  return Buffer.alloc(2_000 + ((client * 7_919 + round * 104_729) % 120_000), mark)
}

test('fifty clients write, read, list, copy and delete the same keys: whoever reads sees one whole version', async () => {
  const written = new Set<string>()
  for (let client = 0; client < CLIENTS; client++) {
    for (let round = 0; round < ROUNDS; round++) written.add(crc64(bodyOf(client, round)))
  }
  const seen: string[] = []

  const client = async (number: number): Promise<void> => {
    for (let round = 0; round < ROUNDS; round++) {
      const key = KEYS[(number + round) % KEYS.length]!
      const what = (number * 5 + round) % 10
      if (what < 3) {
        const body = bodyOf(number, round)
        const put = await ask('PUT', `/${key}`, body)
        expect([put.status, put.crc]).toEqual([200, crc64(body)])
      } else if (what < 7) {
        const got = await ask('GET', `/${key}`)
        if (got.status === 404 && key !== KEYS[0]) continue
        expect([got.status, crc64(got.body)]).toEqual([200, got.crc])
        seen.push(got.crc)
      } else if (what === 7) {
        const list = await ask('GET', '/?prefix=race/')
        expect(list.status).toBe(200)
        const keys = [...list.body.toString().matchAll(/<Key>([^<]*)</g)].map(([, one]) => one!)
        expect(keys).toEqual([...keys].sort().filter((one) => KEYS.includes(one)))
      } else if (what === 8) {
        expect((await ask('DELETE', `/${KEYS[1 + (number % 2)]}`)).status).toBe(204)
      } else {
        const source = KEYS[(number + round + 1) % KEYS.length]!
        const headers = {
          'content-length': '0',
          'x-cos-copy-source': `album-1250000000.cos.ap-test.pixmill.test/${source}`,
        }
        // The source may be gone, or overwritten faster than it can be looked at.
        expect([200, 404, 503]).toContain((await ask('PUT', `/${key}`, undefined, headers)).status)
      }
    }
  }
  for (const [at, key] of KEYS.entries()) await ask('PUT', `/${key}`, bodyOf(at, 0))
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)))
  expect(seen.filter((crc) => !written.has(crc))).toEqual([])
  expect(seen).not.toEqual([])
  for (const key of KEYS) {
    const end = await ask('GET', `/${key}`)
    if (end.status === 200) expect(written.has(crc64(end.body))).toBe(true)
  }
})
