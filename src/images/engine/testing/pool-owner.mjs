// A server in small: starts engines, says their process ids, and waits to be killed.
import { EnginePool } from '../../../../dist/images/index.js'

const pool = new EnginePool({ engines: 2, folder: process.argv[2] })
const pids = []
pool.signals.on('engine started', ({ pid }) => {
  pids.push(pid)
  if (pids.length === 2) process.send(pids)
})
await pool.start()
