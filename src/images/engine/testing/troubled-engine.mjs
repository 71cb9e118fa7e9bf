// The real engine, with bad luck for some pictures: those named `killer` kill the process, `hanger` keeps it busy for
// ever, `eater` takes memory without end.
import { basename } from 'node:path'
import '../../../../dist/images/engine/program.js'

const eaten = []

process.prependListener('message', (message) => {
  if (message.ask !== 'open') return
  const name = basename(message.task.sourceFile)
  if (name === 'killer') process.kill(process.pid, 'SIGKILL')
  if (name === 'hanger') for (;;);
  if (name === 'eater') setInterval(() => eaten.push(Buffer.alloc(16 * 1024 * 1024, 1)), 10)
})
