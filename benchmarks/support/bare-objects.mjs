// What keeping objects costs at the least: a Node server of a few lines that writes each body to a file, sums it up with
// MD5 and CRC-64, syncs file and folder, and gives files back.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { Crc64 } from '../../dist/base/index.js'

const folder = process.argv[2]
await mkdir(folder, { recursive: true })
let last = 0

async function put(request, response, file) {
  last += 1
  const beside = `${file}.${last}`
  const handle = await open(beside, 'w')
  const md5 = createHash('md5')
  const crc = new Crc64()
  for await (const piece of request) {
    md5.update(piece)
    crc.update(piece)
    await handle.write(piece)
  }
  await handle.sync()
  await handle.close()
  await rename(beside, file)
  const above = await open(folder, 'r')
  await above.sync()
  await above.close()
  response.setHeader('etag', `"${md5.digest('hex')}"`)
  response.setHeader('x-cos-hash-crc64ecma', crc.digest())
  response.end()
}

async function get(response, file) {
  const { size } = await stat(file)
  response.setHeader('content-length', size)
  createReadStream(file).pipe(response)
}

const server = createServer((request, response) => {
  const file = join(folder, request.url.slice(1))
  const done = request.method === 'PUT' ? put(request, response, file) : get(response, file)
  done.catch((error) => {
    response.statusCode = 500
    response.end(String(error))
  })
})
// It waits while the other one is asked; Node's five seconds would close its connections meanwhile.
server.keepAliveTimeout = 72_000
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
process.once('SIGTERM', () => process.exit(0))
