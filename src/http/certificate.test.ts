import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, rename, rm, truncate, unlink } from 'node:fs/promises'
import { connect as connectInTheClear } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { onlyKey } from '../../test/support/keys.ts'
import { type Log, silentLog, systemClock } from '../base/index.ts'
import { Certificate } from './certificate.ts'
import { Cors, createHttpServer } from './index.ts'

const fixture = (name: string) => new URL(`../../test/fixtures/tls/${name}`, import.meta.url)
const certOf = async (name: string) => new X509Certificate(await readFile(fixture(`${name}.cert.pem`)))

let certFile: string
let keyFile: string
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-certificate-'))
  certFile = join(folder, 'cert.pem')
  keyFile = join(folder, 'key.pem')
  await put('receiver')
  return () => rm(folder, { recursive: true, force: true })
})
async function put(name: string): Promise<void> {
  await replace(certFile, `${name}.cert.pem`)
  await replace(keyFile, `${name}.key.pem`)
}
/** At once: a file that is half there would be looked at, and told of, for itself. */
async function replace(file: string, name: string): Promise<void> {
  await copyFile(fixture(name), `${file}.new`)
  await rename(`${file}.new`, file)
}

async function serve(log: Log = silentLog) {
  const certificate = new Certificate({ certFile, keyFile, log, lookEveryMs: 10 })
  await certificate.start()
  onTestFinished(() => certificate.stop())
  const server = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    certificate,
    cors: new Cors({ findRules: async () => [], origins: [] }),
    serverName: 'Pixmill',
    anonymous: true,
    keys: onlyKey({ secretId: 'AKIDtest', secretKey: 'secret' }),
    handleObject: async ({ answerText }) => answerText(200, 'text/plain', 'hello'),
    handleCi: async ({ answerText }) => answerText(200, 'text/plain', 'hello'),
    isReady: () => true,
    stopGraceMs: 100,
    clock: systemClock,
    log: silentLog,
  })
  await server.start()
  onTestFinished(() => server.stop())
  const port = Number(new URL(server.url).port)
  /** Which certificate a new connection is shown. */
  const shown = async (): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { fingerprint256 } = socket.getPeerX509Certificate()!
    socket.destroy()
    return fingerprint256
  }
  return { certificate, server, port, shown }
}

test('new files are taken while the server runs', async () => {
  const { certificate, server, shown } = await serve()
  expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
  expect(await shown()).toBe((await certOf('receiver')).fingerprint256)
  const taken = certificate.signals.next('taken')
  await put('server')
  await taken
  expect(await shown()).toBe((await certOf('server')).fingerprint256)
})

describe('files that cannot be used leave the old ones in use, and are told once', () => {
  test.each([
    ['a key of another certificate', () => replace(keyFile, 'server.key.pem')],
    ['a certificate that is cut off', () => truncate(certFile, 300)],
    ['a key that is no key', () => replace(keyFile, 'README.md')],
    ['a key with nothing in it', () => truncate(keyFile, 0)],
    ['no certificate at all', () => unlink(certFile)],
  ])('%s', async (_name, spoil) => {
    const told: unknown[] = []
    const { certificate, shown } = await serve({ ...silentLog, error: (facts) => told.push(facts) })
    const refused = certificate.signals.next('refused')
    await spoil()
    await refused
    expect(await shown()).toBe((await certOf('receiver')).fingerprint256)
    expect(told).toHaveLength(1)
    const taken = certificate.signals.next('taken')
    await put('server')
    await taken
    expect(await shown()).toBe((await certOf('server')).fingerprint256)
  })
})

test('a server is not started with files that cannot be used', async () => {
  await copyFile(fixture('server.key.pem'), keyFile)
  const certificate = new Certificate({ certFile, keyFile, log: silentLog })
  await expect(certificate.start()).rejects.toMatchObject({
    code: 'InvalidArgument',
    message: expect.stringContaining(`PIXMILL_TLS_CERT is ${certFile} and PIXMILL_TLS_KEY is ${keyFile}`),
  })
})

test('whoever does not speak TLS is hung up on, and others are served', async () => {
  const { port, shown } = await serve()
  const socket = connectInTheClear(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  const closed = once(socket, 'close')
  socket.resume()
  await closed
  expect(await shown()).toBe((await certOf('receiver')).fingerprint256)
})
