// An engine without pixels, for tests of the pool: what it does with a picture stands in the name of its source file.
//
//   quick        done at once                      hold         done when <output>.release exists
//   price-N      says N bytes, waits for its turn  price-N-hold the same, then like hold
//   die          ends the process                  die-once     only the first time
//   never        no answer at all                  fail         a failure
//   lie-N        something that no engine says         send-TEXT    done at once, and sends the text
//   flood        sends bytes without end, unasked      promise      tells of bytes, and dies before they are there
import { existsSync, writeFileSync, writeSync } from 'node:fs'
import { basename } from 'node:path'

const waiting = new Map()

const RESULTS_FD = 4

const facts = { format: 'jpeg', width: 1, height: 1, quality: 80, frames: 1 }
const sums = { size: 1, md5: '0'.repeat(32), crc64: '0' }
const picture = { source: { ...facts, orientation: 0 }, result: { ...facts, contentType: 'image/jpeg', ...sums } }

const lies = [
  () => null,
  () => ['done'],
  () => ({}),
  () => ({ say: 'hello' }),
  (id) => ({ say: 'done', id }),
  (id) => ({ say: 'done', id, picture: { source: null, result: null } }),
  (id) => ({ say: 'done', id, picture: { ...picture, result: { ...picture.result, md5: '../../etc/passwd' } } }),
  (id) => ({ say: 'done', id, picture }),
  (id) => ({ say: 'done', id, picture, sent: 2 }),
  (id) => ({ say: 'done', id, picture: { ...picture, result: { ...picture.result, size: 2 ** 30 } }, sent: 2 ** 30 }),
  (id) => ({ say: 'failed', id }),
  (id) => ({ say: 'failed', id, failure: { code: 'constructor', message: '', details: {} } }),
  (id) => ({ say: 'failed', id, failure: { code: 'InternalError', message: 'x'.repeat(1e6), details: {} } }),
  (id) => ({ say: 'price', id, bytes: -1 }),
]

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
  if (what === 'flood') for (;;) writeSync(RESULTS_FD, Buffer.alloc(1024 * 1024))
  if (what === 'promise') {
    const dies = () => process.kill(process.pid, 'SIGKILL')
    return process.send({ say: 'done', id, picture, sent: 1 }, undefined, undefined, dies)
  }
  if (what.startsWith('send-')) {
    const text = what.slice(5)
    const result = { ...picture.result, size: text.length }
    writeSync(RESULTS_FD, text)
    return process.send({ say: 'done', id, picture: { ...picture, result }, sent: text.length })
  }
  if (what.startsWith('lie-')) return process.send(lies[Number(what.slice(4))](id))
  const died = `${task.outputFile}.died`
  if (what === 'die' || (what === 'die-once' && !existsSync(died))) {
    writeFileSync(died, '')
    process.kill(process.pid, 'SIGKILL')
  }
  const bytes = Number(/^price-(\d+)/.exec(what)?.[1] ?? 1000)
  const go = () => {
    if (what.includes('hold') && !existsSync(`${task.outputFile}.release`)) return setTimeout(go, 5)
    process.send({ say: 'done', id, picture, sent: 0 })
  }
  if (bytes <= allowance) return go()
  waiting.set(id, go)
  process.send({ say: 'price', id, bytes })
}
