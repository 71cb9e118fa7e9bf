import { createServer } from 'node:http'

// A receiver in a process of its own: counts callbacks, notes when each job's came, and tells its own use of the CPU.
const at = new Map()
let expected = Number.POSITIVE_INFINITY
let usageBefore = process.cpuUsage()

const server = createServer((request, response) => {
  const pieces = []
  request.on('data', (piece) => pieces.push(piece))
  request.on('end', () => {
    const now = performance.timeOrigin + performance.now()
    response.end()
    const id = /<JobId>(\w+)</.exec(Buffer.concat(pieces).toString('latin1'))?.[1]
    if (id !== undefined && !at.has(id)) at.set(id, now)
    tellWhenComplete()
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send({ is: 'listening', port: server.address().port }))

process.on('message', (message) => {
  if (message.is === 'expect') {
    expected = message.count
    usageBefore = process.cpuUsage()
    tellWhenComplete()
  }
})
process.on('disconnect', () => process.exit())

function tellWhenComplete() {
  if (at.size < expected) return
  const { user, system } = process.cpuUsage(usageBefore)
  process.send({ is: 'complete', at: [...at], cpuMs: (user + system) / 1000 })
  at.clear()
  expected = Number.POSITIVE_INFINITY
}
