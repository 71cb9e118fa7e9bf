// Loaded into the server before anything else (`node --import`): ends its whole process group at the very moment when
// a named step of its work is reached. The server itself has no such switch; this wraps what it uses of Node and of the
// database. The step stands in a file, so that a server that runs can be told.
import { ChildProcess } from 'node:child_process'
import descriptors, { readFileSync } from 'node:fs'
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
  // Loaded when it is used: a server on SQLite starts without it.
  if (process.env.PIXMILL_DATABASE_URL) watchPostgres((await import('pg')).default.Client)
} else {
  watchLedgerThread()
}

function watchFiles() {
  const { link, mkdir, rename, rm, unlink } = fs
  fs.link = async (from, to) => {
    await link(from, to)
    reached('source linked')
  }
  fs.mkdir = async (path, options) => {
    const made = await mkdir(path, options)
    if (String(path).includes('/attempts/')) reached('attempt folder made')
    return made
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
    if (/\/source-\d+$/.test(String(path))) reached('attempt about to be cleared')
    return unlink(path)
  }
  watchDescriptors()
  syncBuiltinESMExports()
}

/** Blobs that are being written, by the numbers of their files. */
function watchDescriptors() {
  const { close, closeSync, fsync, open, write, writev } = descriptors
  /** @type {Set<number>} */
  const unfinished = new Set()
  descriptors.open = (path, ...rest) => {
    const done = rest.pop()
    open(path, ...rest, (error, descriptor) => {
      if (error === null && String(path).includes('.writing/')) unfinished.add(descriptor)
      done(error, descriptor)
    })
  }
  descriptors.close = (descriptor, ...rest) => {
    unfinished.delete(descriptor)
    close(descriptor, ...rest)
  }
  descriptors.closeSync = (descriptor) => {
    unfinished.delete(descriptor)
    closeSync(descriptor)
  }
  descriptors.fsync = (descriptor, done) => {
    if (unfinished.has(descriptor)) reached('blob not synced')
    fsync(descriptor, done)
  }
  // Half of it: a write may be cut anywhere.
  const halfOf = (bytes) => bytes.subarray(0, Math.ceil(bytes.length / 2))
  descriptors.write = (descriptor, ...rest) => {
    if (!unfinished.has(descriptor)) return write(descriptor, ...rest)
    const [bytes, from, length, at] = rest
    write(descriptor, halfOf(bytes.subarray(from, from + length)), 0, undefined, at, () => {
      reached('blob half written')
      write(descriptor, ...rest)
    })
  }
  descriptors.writev = (descriptor, ...rest) => {
    if (!unfinished.has(descriptor)) return writev(descriptor, ...rest)
    const [pieces, at] = rest
    writev(descriptor, [halfOf(pieces[0])], at, () => {
      reached('blob half written')
      writev(descriptor, ...rest)
    })
  }
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
  /** @type {Set<string>} */
  const happened = new Set()
  const { on, postMessage } = parentPort
  parentPort.on = (name, listener) =>
    on.call(parentPort, name, (message) => {
      if (message?.is === 'call') inWork.set(message.id, message.call.method)
      return listener(message)
    })
  parentPort.postMessage = (message, ...rest) => {
    if (message.is === 'answers') for (const what of happened) reached(`committed: ${what}`)
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
    if (sql === 'begin immediate') {
      hasWritten = false
      happened.clear()
    }
    if (sql === 'commit' && hasWritten) {
      for (const what of [...happened, ...inWork.values()]) reached(`uncommitted: ${what}`)
    }
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
      if (result.changes > 0) for (const what of whatHappens([sql])) happened.add(what)
      return result
    }
    return statement
  }
}

/** What happens to runs in other calls than their own: an upload begins one, the end of a job ends it. */
function whatHappens(statements) {
  const has = (beginning) => statements.some((sql) => sql.startsWith(beginning))
  return [...(has('insert into "runs"') ? ['a run begins'] : []), ...(has('update "runs"') ? ['a run ends'] : [])]
}

/** The commits of a server on PostgreSQL, by the statements that did something in their transactions. */
function watchPostgres(Client) {
  /** @type {WeakMap<object, string[]>} */
  const open = new WeakMap()
  const { query } = Client.prototype
  Client.prototype.query = function (text, ...rest) {
    if (typeof text === 'string' && text.startsWith('begin')) open.set(this, [])
    const statements = open.get(this)
    if (statements === undefined) return query.call(this, text, ...rest)
    if (text !== 'commit') {
      return query.call(this, text, ...rest).then((result) => {
        if (result.rowCount > 0) statements.push(text.trim())
        return result
      })
    }
    open.delete(this)
    const steps = [...whatHappens(statements), ...callsIn(statements)]
    for (const step of steps) reached(`uncommitted: ${step}`)
    return query.call(this, text, ...rest).then((result) => {
      for (const step of steps) reached(`committed: ${step}`)
      return result
    })
  }
}

/** Which port call a transaction on PostgreSQL carries out. */
function callsIn(statements) {
  const has = (pattern) => statements.some((sql) => pattern.test(sql))
  const calls = {
    claimJobs: has(/^update "jobs" set .*"lease_token" = replace/),
    completeJob: has(/^update "jobs" set .*"result_json"/),
    submitJob: has(/^insert into "jobs"/) && !has(/^insert into "(runs|batch_items)"|^update "jobs"/),
    publishObject: has(/^insert into "objects"/) && !has(/^update "(jobs|uploads)"/),
    keepPart: has(/^insert into "parts"/),
    completeUpload: has(/^update "uploads" set "completed_at"/),
    startRun: has(/^insert into "runs"/) && !has(/^insert into "(objects|batch_items)"/),
    claimDue: has(/^update "deliveries" set .*"worker_id"/),
    recordAttempt: has(/^insert into "attempts"/),
    // One that is put off goes back as one that is returned.
    putOff: has(/^update "deliveries" set "state" = \$1, "due_at" = \$2, "lease_token" = .* where "id" = /),
    putOffLine: has(/^update "deliveries" set "due_at" = case/),
    noteReceivers: has(/^insert into "receivers"/),
    switchOff: has(/^update "receivers" set "off_because" = \$1, "is_enabled"/),
    switchOn: has(/^update "receivers" set "off_because" = \$1, "failing_since"/),
    holdWaiting: has(/^update "deliveries" set .*"state" = 'Waiting' and "receiver" = /s),
    releaseHeld: has(/^update "deliveries" set .*"state" = 'Held' order by "created_at"/s),
    resendDeliveries: has(/^update "deliveries" set .*"round_at" = /),
    createBatch: has(/^insert into "batches"/),
    advanceBatch: has(/^insert into "batch_items"/),
    settleBatch: has(/^delete from "batch_items"/),
    cancelBatch: has(/^update "batches" set "state" = \$1, "ended_at" = \$2 where/),
  }
  return Object.keys(calls).filter((call) => calls[call])
}
