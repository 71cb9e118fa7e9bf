// Loaded into a server under test before anything else: when the test that started it is gone, however that ended, its
// end of the pipe is closed, and the server's group ends as well. A group of its own gets no Ctrl-C.
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  process.stdin.on('close', () => process.kill(-process.pid, 'SIGKILL'))
  process.stdin.resume()
  process.stdin.unref?.()
}
