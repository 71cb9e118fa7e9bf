import { createServer } from 'node:http'

// A receiver in a process of its own: counts the callbacks of one kind, notes when each job's or run's came, and tells its
// own use of the CPU.
const at = new Map()
/** What is counted, and by which of its elements. */
const idOf = { TaskFinish: /<JobId>(\w+)</, WorkflowFinish: /<RunId>(\w+)</ }
let counted = 'TaskFinish'
let expected = Number.POSITIVE_INFINITY
let usageBefore = process.cpuUsage()

const server = createServer((request, response) => {
  if (request.url === '/hangs') return void request.resume()
  const pieces = []
  request.on('data', (piece) => pieces.push(piece))
  request.on('end', () => {
    const now = performance.timeOrigin + performance.now()
    response.end()
    const body = Buffer.concat(pieces).toString('latin1')
    const id = idOf[counted].exec(body)?.[1]
    if (body.includes(`<EventName>${counted}<`) && id !== undefined && !at.has(id)) at.set(id, now)
    tellWhenComplete()
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, process.argv[2], () => process.send({ is: 'listening', port: server.address().port }))

process.on('message', (message) => {
  if (message.is === 'expect') {
    expected = message.count
    counted = message.event
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
