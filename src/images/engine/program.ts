/**
 * The engine: a process of its own that handles pixels and nothing else. It is started with an empty environment, talks
 * over one channel, sends bytes over another, and ends when the server is gone, when it has grown too large, or when it is killed.
 * This is the only place that loads sharp.
 */
import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { setPriority } from 'node:os'
import sharp from 'sharp'
import { asFailure } from '../../base/index.ts'
import { defaultPictureLimits } from '../limits.ts'
import { type FromEngine, RESULTS_FD, type SentFailure, type ToEngine } from './messages.ts'
import { type OpenedPicture, openPicture } from './process-picture.ts'

giveWay()

// One picture, one thread: the cores are kept busy by several engines. The cache would only keep memory of pictures
// that do not come back.
sharp.concurrency(1)
sharp.cache(false)
// Loaders for anything but the formats meant (BMP is read without libvips) are switched off in libvips itself.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Nsgif', 'Webp', 'Heif', 'Tiff', 'Svg'].map((loader) => `VipsForeignLoad${loader}`),
})

/** Where bytes of results go that were asked for so. */
let results: Socket | null = null

/** How often the size of the process is looked at, milliseconds. */
const watchEveryMs = 100

/** Told with the first word, before any picture. */
let limits = defaultPictureLimits

const opened = new Map<number, OpenedPicture>()

process.on('message', (message: ToEngine) => {
  switch (message.ask) {
    case 'begin':
      begin(message)
      return
    case 'open':
      void answer(message.id, async () => {
        for (const file of message.task.removes ?? []) removeIfThere(file)
        const picture = await openPicture(sharp, { ...message.task, limits })
        if (picture.priceBytes <= message.allowance) {
          await finish(message.id, picture)
          return
        }
        opened.set(message.id, picture)
        say({ say: 'price', id: message.id, bytes: picture.priceBytes })
      })
      return
    case 'announce':
      void answer(message.id, async () => {
        const { announced } = await openPicture(sharp, { ...message.task, limits })
        say({ say: 'announced', id: message.id, picture: announced })
      })
      return
    case 'go': {
      const picture = opened.get(message.id)
      opened.delete(message.id)
      if (picture !== undefined) void answer(message.id, () => finish(message.id, picture))
      return
    }
    case 'forget':
      opened.delete(message.id)
      return
    case 'pin': {
      const isDone = tellSystem('taskset', ['--all-tasks', '--cpu-list', '--pid', message.cores, `${process.pid}`])
      if (isDone) say({ say: 'pinned', cores: message.cores })
    }
  }
})

// Not `process.exit`: that waits for threads that may be deep in a picture.
process.on('disconnect', endAtOnce)

async function answer(id: number, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const failure = asFailure(error)
    const { code, message, details, cause } = failure
    const sent: SentFailure = {
      code,
      message,
      details,
      ...(cause instanceof Error ? { cause: cause.message.slice(0, 10_000) } : {}),
    }
    say({ say: 'failed', id, failure: sent })
  }
}

async function finish(id: number, picture: OpenedPicture): Promise<void> {
  const { source, result, bytes } = await picture.finish()
  if (bytes !== undefined) {
    results ??= new Socket({ fd: RESULTS_FD, readable: false, writable: true }).on('error', endAtOnce)
    results.write(bytes)
  }
  say({ say: 'done', id, picture: { source, result }, sent: bytes?.length ?? 0 })
}

/** What the server has removed itself meanwhile is not there; what is left here it removes with the folder. */
function removeIfThere(file: string): void {
  try {
    unlinkSync(file)
  } catch {}
}

function begin({ ceilingBytes, mustReach, limits: told }: Extract<ToEngine, { ask: 'begin' }>): void {
  limits = told
  for (const folder of mustReach) {
    try {
      accessSync(folder, constants.X_OK)
    } catch {
      say({ say: 'cannot reach', folder })
      return
    }
  }
  offerToBeKilledFirst()
  setInterval(() => {
    const bytes = process.memoryUsage.rss()
    if (bytes > ceilingBytes) say({ say: 'over ceiling', bytes }, endAtOnce)
  }, watchEveryMs).unref()
  say({ say: 'ready' })
}

/**
 * The server goes first where both want a core: it has little to do, and everybody waits for it. And threads wait for a free
 * core in place of interrupting each other (`SCHED_BATCH`): libvips wakes another one for every few lines of a picture, and
 * each time the one that makes them lost its core, and often moved to another.
 *
 * Each thread is told, since those that read files are there already, and start the ones that compute. Systems that do not
 * know one of the two, or do not allow it, do without.
 */
function giveWay(): void {
  try {
    for (const thread of threadsOfThis()) setPriority(thread, 10)
  } catch {}
  tellSystem('chrt', ['--all-tasks', '--batch', '--pid', '0', `${process.pid}`])
}

/** Runs a program of the system's; whether it was there and did what it was asked to. */
function tellSystem(program: string, asked: readonly string[]): boolean {
  const file = ['/usr/bin', '/bin'].map((folder) => `${folder}/${program}`).find((path) => existsSync(path))
  if (file === undefined) return false
  try {
    execFileSync(file, asked, { stdio: 'ignore', timeout: 2_000 })
    return true
  } catch {
    return false
  }
}

/** Other systems than Linux have one priority for all of them. */
function threadsOfThis(): number[] {
  try {
    return readdirSync('/proc/self/task').map(Number)
  } catch {
    return [process.pid]
  }
}

/** When memory runs out, the kernel should take an engine and not the server. Systems without this file do without. */
function offerToBeKilledFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '800')
  } catch {}
}

function say(message: FromEngine, then?: () => void): void {
  process.send?.(message, undefined, undefined, then)
}

function endAtOnce(): void {
  process.kill(process.pid, 'SIGKILL')
}
