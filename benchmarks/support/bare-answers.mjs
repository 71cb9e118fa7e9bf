import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'

/** A Node server of a few lines, as a process of its own, that answers everything with so many bytes out of memory. */
export async function startBareAnswers(bytes) {
  const child = fork(fileURLToPath(import.meta.url), [`${bytes}`])
  const [port] = await once(child, 'message')
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    async stop() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const answer = Buffer.alloc(Number(process.argv[2]), 'x')
  const server = createServer((_request, response) => response.end(answer)).listen(0, '127.0.0.1', () => {
    process.send(server.address().port)
  })
  process.once('disconnect', () => process.exit())
}
