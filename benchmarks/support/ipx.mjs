import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

/** The server of the ipx package over a folder, in a process of its own. Its sharp is the one of this project. */
export async function startIpx(folder) {
  const port = await freePort()
  const program = fileURLToPath(new URL('ipx-program.mjs', import.meta.url))
  const child = spawn(process.execPath, [program, folder, `${port}`], { stdio: ['ignore', 'ignore', 'ignore'] })
  const ended = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error('ipx did not start')
  }
  return {
    url,
    pid: child.pid,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

async function answers(url) {
  try {
    await fetch(url)
    return true
  } catch {
    return false
  }
}
