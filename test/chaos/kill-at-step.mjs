// Loaded into the server before anything else (`node --import`): ends its whole process group at the very moment when
// a named step of its work is reached. The server itself has no such switch; this wraps what it uses of Node and of the
// database. The step stands in a file, so that a server that runs can be told.
import { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import { ServerResponse } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import Database from 'libsql'

/** @param {string} step */
function reached(step) {
  let wanted = ''
  try {
    wanted = readFileSync(process.env.CHAOS_STEP_FILE ?? '', 'utf8')
  } catch {
    // No file: nobody is to be killed.
  }
  if (wanted === step) process.kill(-process.pid, 'SIGKILL')
}

if (isMainThread) {
  watchFiles()
  watchLedgerCalls()
  watchEngines()
  watchAnswers()
} else {
  watchLedgerThread()
}

function watchFiles() {
  const { link, mkdir, open, rename, rm, unlink } = fs
  fs.link = async (from, to) => {
    await link(from, to)
    reached('source linked')
  }
  fs.mkdir = async (path, options) => {
    const made = await mkdir(path, options)
    if (String(path).includes('/attempts/')) reached('attempt folder made')
    return made
  }
  fs.open = async (path, flags, mode) => {
    const file = await open(path, flags, mode)
    if (String(path).includes('.writing')) {
      const { write, sync } = file
      file.write = async (...args) => {
        // Half of it: a write may be cut anywhere.
        const [bytes, from, length, at] = args
        await write.call(file, bytes, from, Math.ceil(length / 2), at)
        reached('blob half written')
        return write.apply(file, args)
      }
      file.sync = async () => {
        reached('blob not synced')
        return sync.call(file)
      }
    }
    return file
  }
  fs.rename = async (from, to) => {
    const what = String(to).endsWith('credentials.json') ? 'key pair' : 'blob'
    reached(`${what} without its name`)
    await rename(from, to)
    reached(`${what} named`)
  }
  fs.rm = async (path, options) => {
    if (String(path).includes('/blobs/')) reached('blob about to go')
    return rm(path, options)
  }
  fs.unlink = async (path) => {
    if (String(path).endsWith('/source')) reached('attempt about to be cleared')
    return unlink(path)
  }
  syncBuiltinESMExports()
}

/** What the main thread asks of the ledger, before it is asked. */
function watchLedgerCalls() {
  const { postMessage } = Worker.prototype
  Worker.prototype.postMessage = function (message, ...rest) {
    if (message?.is === 'call') reached(`about to ask: ${message.call.method}`)
    return postMessage.call(this, message, ...rest)
  }
}

function watchEngines() {
  const { emit, send } = ChildProcess.prototype
  ChildProcess.prototype.emit = function (name, message, ...rest) {
    if (name === 'message' && message?.say === 'done') reached('engine done')
    return emit.call(this, name, message, ...rest)
  }
  // Child processes get a `send` of their own when their channel is made.
  if (send !== undefined) throw new Error('ChildProcess has a send of its own now; watch it')
}

function watchAnswers() {
  const { end } = ServerResponse.prototype
  ServerResponse.prototype.end = function (...args) {
    reached(`about to answer: ${this.req.method}`)
    return end.apply(this, args)
  }
}

/** Inside the thread that owns the ledger: its commits, by the port calls that are in them. */
function watchLedgerThread() {
  /** @type {Map<number, string>} */
  const inWork = new Map()
  let hasWritten = false
  const { on, postMessage } = parentPort
  parentPort.on = (name, listener) =>
    on.call(parentPort, name, (message) => {
      if (message?.is === 'call') inWork.set(message.id, message.call.method)
      return listener(message)
    })
  parentPort.postMessage = (message, ...rest) => {
    for (const { id, value } of message.is === 'answers' ? message.answers : []) {
      const method = inWork.get(id)
      inWork.delete(id)
      // A claim that found nothing is no step of anything.
      if (!Array.isArray(value) || value.length > 0) reached(`committed: ${method}`)
    }
    return postMessage.call(parentPort, message, ...rest)
  }

  const { exec, prepare } = Database.prototype
  Database.prototype.exec = function (sql) {
    if (sql === 'begin immediate') hasWritten = false
    if (sql === 'commit' && hasWritten) for (const method of new Set(inWork.values())) reached(`uncommitted: ${method}`)
    if (sql.startsWith('pragma user_version =')) reached('tables made, not committed')
    return exec.call(this, sql)
  }
  Database.prototype.prepare = function (sql) {
    const statement = prepare.call(this, sql)
    if (!/^\s*(insert|update|delete|with)\b/i.test(sql)) return statement
    const { all, run } = statement
    statement.all = (...args) => {
      const rows = all.apply(statement, args)
      hasWritten ||= rows.length > 0 && !/^\s*with\b/i.test(sql)
      return rows
    }
    statement.run = (...args) => {
      const result = run.apply(statement, args)
      hasWritten ||= result.changes > 0
      return result
    }
    return statement
  }
}
