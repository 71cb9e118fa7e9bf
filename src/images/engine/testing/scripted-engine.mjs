// An engine without pixels, for tests of the pool: what it does with a picture stands in the name of its source file.
//
//   quick        done at once                      hold         done when <output>.release exists
//   price-N      says N bytes, waits for its turn  price-N-hold the same, then like hold
//   die          ends the process                  die-once     only the first time
//   never        no answer at all                  fail         a failure
import { existsSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'

const waiting = new Map()

process.on('disconnect', () => process.exit())
process.on('message', (message) => {
  if (message.ask === 'begin') process.send({ say: 'ready' })
  if (message.ask === 'open') open(message)
  if (message.ask === 'go') waiting.get(message.id)()
  if (message.ask === 'forget') waiting.delete(message.id)
})

function open({ id, task, allowance }) {
  const what = basename(task.sourceFile)
  if (what === 'never') return
  if (what === 'fail') {
    const failure = { code: 'PictureNotSupported', message: 'as asked', details: {} }
    process.send({ say: 'failed', id, failure })
    return
  }
  const died = `${task.outputFile}.died`
  if (what === 'die' || (what === 'die-once' && !existsSync(died))) {
    writeFileSync(died, '')
    process.kill(process.pid, 'SIGKILL')
  }
  const bytes = Number(/^price-(\d+)/.exec(what)?.[1] ?? 1000)
  const go = () => {
    if (what.includes('hold') && !existsSync(`${task.outputFile}.release`)) return setTimeout(go, 5)
    const result = { pid: process.pid, what }
    process.send({ say: 'done', id, picture: { source: {}, result } })
  }
  if (bytes <= allowance) return go()
  waiting.set(id, go)
  process.send({ say: 'price', id, bytes })
}
