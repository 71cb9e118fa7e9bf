import { fork } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Failure } from '../../base/index.ts'
import { checkRule } from '../check-rule.ts'
import { allowedCores, coresOf } from './cores.ts'
import { Pinning } from './pinning.ts'
import { EnginePool, type EnginePoolOptions, type ProcessRequest } from './pool.ts'

const folder = mkdtempSync(join(tmpdir(), 'pixmill-pool-'))
// Engines may run as another user.
chmodSync(folder, 0o777)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const program = (name: string) => fileURLToPath(new URL(`testing/${name}.mjs`, import.meta.url))
const unconfined = [{ withoutNetwork: false, user: null, prefix: [], spawnAs: null }]

let pool: EnginePool
afterEach(() => pool.stop())

async function started(options: EnginePoolOptions = {}): Promise<EnginePool> {
  pool = new EnginePool({ engines: 1, confinements: unconfined, ...options })
  await pool.start()
  return pool
}

const scripted = (options: EnginePoolOptions = {}) => started({ program: program('scripted-engine'), ...options })

let outputs = 0

/** A request for the scripted engine, and how to let go what it holds. */
function asked(what: string, more: Partial<ProcessRequest> = {}) {
  const outputFile = join(folder, `output-${++outputs}`)
  const request: ProcessRequest = {
    sourceFile: `/pictures/${what}`,
    outputFile,
    rule: checkRule('imageMogr2'),
    wantSourceFacts: false,
    class: 'job',
    ...more,
  }
  const done = pool.process(request)
  // A test that fails early must not end the process by a rejection nobody heard.
  done.catch(() => {})
  return { done, release: () => writeFileSync(`${outputFile}.release`, '') }
}

/** Both engines have said that they use other cores from now on. */
async function bothPinned(): Promise<void> {
  const pids = new Set<unknown>()
  await pool.signals.next('engine pinned', (facts) => pids.add((facts as { pid: number }).pid).size === 2)
}

/** The one that asks for 900001 bytes is in its engine, and waits. Others may have waited before it for a moment. */
const secondWaits = () =>
  pool.signals.next('waiting for memory', (facts) => (facts as { bytes: number }).bytes === 900_001)

const failureOf = (promise: Promise<unknown>): Promise<Failure> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (reason: Failure) => reason,
  )

describe('slots', () => {
  test('there are two for each engine, and they are announced when they become free', async () => {
    await scripted()
    expect(pool.freeSlots).toBe(2)
    const first = asked('hold')
    const second = asked('hold')
    expect(pool.freeSlots).toBe(0)
    const free = pool.signals.next('slot free')
    first.release()
    await first.done
    await free
    expect(pool.freeSlots).toBe(1)
    second.release()
    await second.done
    expect(pool.freeSlots).toBe(2)
  })

  test('without slots, requests wait in their order', async () => {
    await scripted({ picturesPerEngine: 1 })
    const order: number[] = []
    const first = asked('hold')
    const others = [1, 2, 3].map((n) => asked('quick').done.then(() => order.push(n)))
    first.release()
    await Promise.all(others)
    expect(order).toEqual([1, 2, 3])
  })

  test('the line is bounded', async () => {
    await scripted({ picturesPerEngine: 1, maxWaiting: 2 })
    const all = [asked('hold'), asked('hold'), asked('hold')]
    const failure = await failureOf(asked('quick').done)
    expect(failure.code).toBe('EnginesBusy')
    expect(failure.retryable).toBe(true)
    for (const one of all) one.release()
    await Promise.all(all.map((one) => one.done))
  })

  test('a line full of real-time requests turns away the next of them, and no job', async () => {
    await scripted({ picturesPerEngine: 1, maxWaiting: 2 })
    const first = asked('hold')
    const realtime = [1, 2].map(() => asked('quick', { class: 'realtime' }))
    expect((await failureOf(asked('quick', { class: 'realtime' }).done)).code).toBe('EnginesBusy')
    const job = asked('quick')
    first.release()
    await Promise.all([first, ...realtime, job].map((one) => one.done))
  })

  test('real-time requests do not wait for ever', async () => {
    await scripted({ picturesPerEngine: 1, maxWaitMs: 1 })
    const first = asked('hold')
    expect((await failureOf(asked('quick', { class: 'realtime' }).done)).code).toBe('EnginesBusy')
    first.release()
    await first.done
  })

  test('while jobs wait elsewhere, real-time leaves them every fourth slot', async () => {
    await scripted({ picturesPerEngine: 1 })
    pool.setJobsWaiting(true)
    const order: string[] = []
    const first = asked('hold')
    const realtime = [1, 2, 3, 4, 5].map((n) =>
      asked('quick', { class: 'realtime' }).done.then(() => order.push(`r${n}`)),
    )
    expect(pool.freeSlots).toBe(0)
    // As the worker does: when there is room, it fetches a job.
    const job = new Promise<void>((resolve) => {
      const off = pool.signals.on('slot free', () => {
        if (pool.freeSlots === 0) return
        off()
        resolve(asked('quick').done.then(() => void order.push('job')))
      })
    })
    first.release()
    await Promise.all([job, ...realtime])
    expect(order.indexOf('job')).toBeLessThan(4)
    expect(order.filter((name) => name !== 'job')).toEqual(['r1', 'r2', 'r3', 'r4', 'r5'])
  })

  test('a slot kept for jobs is given up when none are left', async () => {
    await scripted({ picturesPerEngine: 1 })
    pool.setJobsWaiting(true)
    const first = asked('hold')
    const realtime = Array.from({ length: 6 }, () => asked('quick', { class: 'realtime' }).done)
    const off = pool.signals.on('slot free', () => {
      if (pool.freeSlots > 0) pool.setJobsWaiting(false)
    })
    first.release()
    await Promise.all(realtime)
    off()
  })

  test('a slot kept for jobs that nobody fetches goes to real-time after all', async () => {
    await scripted({ picturesPerEngine: 1 })
    pool.setJobsWaiting(true)
    const first = asked('hold')
    const realtime = Array.from({ length: 6 }, () => asked('quick', { class: 'realtime' }).done)
    first.release()
    await Promise.all(realtime)
    expect(pool.freeSlots).toBe(1)
  })

  test('a failure of the picture is its own, and nobody else notices', async () => {
    await scripted()
    const neighbour = asked('hold')
    const failure = await failureOf(asked('fail').done)
    expect(failure).toMatchObject({ name: 'Failure', code: 'PictureNotSupported', message: 'as asked' })
    neighbour.release()
    await neighbour.done
  })
})

describe('memory', () => {
  const MiB = 1024 * 1024

  test('a dear picture waits until there is room, and goes before cheap ones that came later', async () => {
    await scripted({ engines: 2, engineMemoryBytes: 500 * MiB })
    const first = asked(`price-${300 * MiB}-hold`)
    const waits = pool.signals.next('waiting for memory')
    const order: string[] = []
    const second = asked(`price-${400 * MiB}`)
    const dear = second.done.then(() => order.push('dear'))
    expect(await waits).toEqual({ bytes: 400 * MiB })
    const waitsToo = pool.signals.next('waiting for memory')
    const cheap = asked(`price-${200 * MiB}`).done.then(() => order.push('cheap'))
    await waitsToo
    expect(order).toEqual([])
    first.release()
    await Promise.all([first.done, dear, cheap])
    expect(order).toEqual(['dear', 'cheap'])
  })

  test('one that needs more than there is, is refused with the figures', async () => {
    await scripted({ engineMemoryBytes: 500 * MiB })
    const failure = await failureOf(asked(`price-${600 * MiB}`).done)
    expect(failure.code).toBe('PictureOverLimit')
    expect(failure.message).toMatch(/600 MiB.*at most 500 MiB/)
    expect(failure.details).toEqual({ value: 600 * MiB, limit: 500 * MiB })
    expect(pool.freeSlots).toBe(2)
    // And nothing of the budget was lost by it.
    await asked(`price-${500 * MiB}`).done
  })
})

describe('trouble', () => {
  test('when an engine dies, both its pictures are done again, each alone', async () => {
    await scripted()
    const opened: unknown[] = []
    pool.signals.on('picture opened', (facts) => opened.push((facts as { sourceFile: string }).sourceFile))
    const neighbour = asked('hold')
    const unlucky = asked('die-once')
    await pool.signals.next('engine ended')
    // The neighbour holds the whole engine now, so the other one has to wait for it.
    await pool.signals.next('picture opened')
    expect(pool.freeSlots).toBe(0)
    expect(opened).toEqual(['/pictures/hold', '/pictures/die-once', '/pictures/hold'])
    neighbour.release()
    await Promise.all([neighbour.done, unlucky.done])
    expect(opened.slice(3)).toEqual(['/pictures/die-once'])
    expect(pool.freeSlots).toBe(2)
  })

  test('only a death while alone is held against a picture', async () => {
    await scripted()
    const neighbour = asked('hold')
    const killer = asked('die')
    neighbour.release()
    const failure = await failureOf(killer.done)
    expect(failure).toMatchObject({ code: 'PictureBrokeEngine', details: { alone: 1 } })
    expect(failure.message).toContain('SIGKILL')
    await neighbour.done
    await asked('quick').done
  })

  test('a request may ask to be alone from the beginning', async () => {
    await scripted({ engines: 2 })
    let ended = 0
    pool.signals.on('engine ended', () => ended++)
    const failure = await failureOf(asked('die', { alone: true }).done)
    expect(failure).toMatchObject({ code: 'PictureBrokeEngine', details: { alone: 1 } })
    expect(ended).toBeLessThanOrEqual(1)
  })

  test('a request that has to be alone waits for an engine to empty itself, and others use the rest', async () => {
    await scripted({ engines: 1 })
    const first = asked('hold')
    const alone = asked('quick', { alone: true })
    const later = asked('quick')
    expect(pool.freeSlots).toBe(0)
    first.release()
    await Promise.all([first.done, alone.done, later.done])
  })

  test('past its deadline a picture fails at once, its process is replaced, its neighbour is done again', async () => {
    await scripted()
    const pids: unknown[] = []
    pool.signals.on('picture opened', (facts) => pids.push((facts as { pid: number }).pid))
    const neighbour = asked('hold')
    const failure = await failureOf(asked('never', { deadlineMs: 20 }).done)
    expect(failure).toMatchObject({ code: 'DeadlinePassed', details: { limit: 20 } })
    expect(failure.message).toContain('20 ms')
    await pool.signals.next('picture opened')
    // Not alone: the neighbour is without blame.
    expect(pool.freeSlots).toBe(1)
    expect(new Set(pids).size).toBe(2)
    neighbour.release()
    await neighbour.done
  })

  test('the wait for memory is not counted towards the deadline', async () => {
    await scripted({ engineMemoryBytes: 1_000_000 })
    const first = asked('price-900000-hold')
    const waits = secondWaits()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      const second = asked('price-900001', { deadlineMs: 1_000 })
      await waits
      vi.advanceTimersByTime(10_000)
      first.release()
      await Promise.all([first.done, second.done])
    } finally {
      vi.useRealTimers()
    }
  })

  test.each(Array.from({ length: 14 }, (_, n) => n))(
    'an engine that says nonsense (%d) is ended like one that died',
    async (n) => {
      await scripted()
      const failure = await failureOf(asked(`lie-${n}`).done)
      expect(failure).toMatchObject({ code: 'PictureBrokeEngine', details: { alone: 1 } })
      await asked('quick').done
    },
  )

  test.each(['flood', 'promise'])('so is one that sends other bytes than it tells of (%s)', async (what) => {
    await scripted()
    expect(await failureOf(asked(what).done)).toMatchObject({ code: 'PictureBrokeEngine', details: { alone: 1 } })
    expect((await asked('send-after').done).bytes).toEqual(Buffer.from('after'))
  })

  test('bytes that are sent belong to the picture they were sent for', async () => {
    await scripted()
    const texts = Array.from({ length: 20 }, (_, n) => `${n}-`.repeat(n + 1))
    const made = await Promise.all(texts.map((text) => asked(`send-${text}`).done))
    expect(made.map(({ bytes }) => bytes?.toString())).toEqual(texts)
  })

  test('a request can be taken back, wherever it is', async () => {
    await scripted({ engineMemoryBytes: 1_000_000, picturesPerEngine: 2 })
    const working = new AbortController()
    const priced = new AbortController()
    const waiting = new AbortController()
    const before = AbortSignal.abort(new Error('before'))
    const first = asked('price-900000-hold', { signal: working.signal })
    const waits = secondWaits()
    const second = asked('price-900001', { signal: priced.signal })
    const third = asked('quick', { signal: waiting.signal })
    const fourth = asked('quick', { signal: before })
    await waits
    waiting.abort(new Error('in the line'))
    priced.abort(new Error('waiting for memory'))
    working.abort(new Error('at work'))
    expect((await failureOf(third.done)).message).toBe('in the line')
    expect((await failureOf(second.done)).message).toBe('waiting for memory')
    expect((await failureOf(first.done)).message).toBe('at work')
    expect((await failureOf(fourth.done)).message).toBe('before')
    // The one at work keeps its slot until the engine is done with it.
    expect(pool.freeSlots).toBe(1)
    const free = pool.signals.next('slot free')
    first.release()
    await free
    expect(pool.freeSlots).toBe(2)
    await asked('price-999999').done
  })
})

describe('starting and stopping', () => {
  test('stopping before starting and stopping twice are fine; starting again works', async () => {
    pool = new EnginePool({ engines: 1, confinements: unconfined, program: program('scripted-engine') })
    await pool.stop()
    await pool.start()
    await pool.stop()
    await Promise.all([pool.stop(), pool.stop()])
    await pool.start()
    await asked('quick').done
  })

  test('whoever waits when the pool stops is told so', async () => {
    await scripted({ picturesPerEngine: 1 })
    const all = [asked('hold'), asked('hold'), asked('quick', { class: 'realtime' })]
    const failures = all.map((one) => failureOf(one.done))
    await pool.stop()
    for (const failure of await Promise.all(failures)) expect(failure.code).toBe('ServerStopping')
    expect((await failureOf(asked('quick').done)).code).toBe('ServerStopping')
  })

  test('stopping while starting leaves nothing behind', async () => {
    const parent = mkdtempSync(join(folder, 'engines-'))
    pool = new EnginePool({ engines: 2, confinements: unconfined, program: program('scripted-engine'), folder: parent })
    const starting = pool.start()
    await pool.stop()
    await starting.catch(() => {})
    expect(readdirSync(parent)).toEqual([])
  })

  test('a program that cannot be started is reported', async () => {
    pool = new EnginePool({ engines: 1, program: join(folder, 'no-such-program.mjs') })
    expect((await failureOf(pool.start())).code).toBe('InternalError')
  })

  test('the safest way that works is taken', async () => {
    const impossible = { withoutNetwork: true, user: { uid: 1, gid: 1 }, prefix: ['/no/such/command'], spawnAs: null }
    await scripted({ confinements: [impossible, ...unconfined] })
    expect(pool.isolation).toEqual({ withoutNetwork: false, user: null })
    expect(pool.engineUser).toBeNull()
  })

  test.runIf(process.getuid?.() === 0)('a user who cannot enter a folder that engines need is not used', async () => {
    const closed = mkdtempSync(join(folder, 'closed-'))
    chmodSync(closed, 0o700)
    await started({ confinements: undefined, mustReach: [closed] })
    expect(pool.engineUser).toBeNull()
    await asked('quick').done.catch(() => {})
  })
})

describe('the real engine', () => {
  const picture = join(folder, 'picture')
  const files = Object.fromEntries(['killer', 'hanger', 'eater'].map((name) => [name, join(folder, name)]))
  let expected: Buffer

  beforeAll(async () => {
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 40 }
    const drawn = sharp({ create: { width: 2000, height: 1500, channels: 3, background: '#808080', noise } })
    const bytes = await drawn.jpeg({ quality: 80 }).toBuffer()
    for (const file of [picture, ...Object.values(files)]) writeFileSync(file, bytes)
    expected = await sharp(bytes).resize(400, 300, { fit: 'fill' }).jpeg({ quality: 80 }).toBuffer()
  })

  function work(sourceFile: string, more: Partial<ProcessRequest> = {}) {
    const outputFile = join(folder, `real-${++outputs}`)
    const rule = checkRule('imageMogr2/thumbnail/400x')
    const done = pool.process({ sourceFile, outputFile, rule, wantSourceFacts: true, class: 'job', ...more })
    done.catch(() => {})
    return { done, outputFile }
  }

  test('makes a picture, isolated as far as this host allows', async () => {
    await started({ confinements: undefined })
    const { done, outputFile } = work(picture)
    const { source, result } = await done
    expect(source).toMatchObject({ format: 'jpeg', width: 2000, height: 1500, quality: 80, orientation: 0, frames: 1 })
    expect(source.averageColour).toMatch(/^0x(7[ef]|8[01]){3}$/)
    expect(result).toMatchObject({ format: 'jpeg', contentType: 'image/jpeg', width: 400, height: 300, quality: 80 })
    expect(readFileSync(outputFile).equals(expected)).toBe(true)
    expect(pool.isolation.user).toEqual(pool.engineUser)
  })

  test('a small result may be had as bytes, and a large one is a file all the same', async () => {
    await started({ confinements: undefined })
    const small = work(picture, { sendsSmall: true })
    expect((await small.done).bytes?.equals(expected)).toBe(true)
    expect(existsSync(small.outputFile)).toBe(false)
    const large = work(picture, { sendsSmall: true, rule: checkRule('imageMogr2/format/bmp') })
    const { result, bytes } = await large.done
    expect([bytes, statSync(large.outputFile).size]).toEqual([undefined, result.size])
    const told = work(picture, { sendsSmall: true, about: 'imageInfo' })
    expect(JSON.parse(String((await told.done).bytes))).toMatchObject({ format: 'jpeg', width: '400' })
  })

  test('files of earlier pictures are removed on the way to the next one, as far as they are there', async () => {
    await started()
    const earlier = join(folder, 'earlier')
    writeFileSync(earlier, 'bytes')
    const { done, outputFile } = work(picture, { removes: () => [join(folder, 'gone already'), earlier] })
    await done
    expect([existsSync(earlier), existsSync(picture)]).toEqual([false, true])
    expect(readFileSync(outputFile).equals(expected)).toBe(true)
  })

  test.runIf(existsSync('/usr/bin/chrt'))('threads that compute give way and interrupt nobody', async () => {
    await started({ confinements: undefined })
    const opened = pool.signals.next('picture opened')
    await work(picture).done
    const { pid } = (await opened) as { pid: number }
    const computing = readdirSync(`/proc/${pid}/task`)
      .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1'))
      .filter((stat) => stat.includes('(libvips worker)'))
      .map((stat) => stat.slice(stat.lastIndexOf(')') + 2).split(' '))
    // Columns of proc(5): how nice a thread is, and the policy it is scheduled by, 3 being `SCHED_BATCH`.
    const told = computing.map((columns) => ({ nice: columns[16], policy: columns[38] }))
    expect(new Set(told.map((one) => JSON.stringify(one)))).toEqual(new Set(['{"nice":"10","policy":"3"}']))
  })

  test.runIf(existsSync('/usr/bin/taskset') && allowedCores().length > 1)(
    'engines keep to a core each while pictures on request keep all of them at work, and the first job lets them go',
    async () => {
      const cores = allowedCores().slice(0, 2)
      const coresOfThreads = (pid: number) =>
        readdirSync(`/proc/${pid}/task`).map(
          (thread) =>
            /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync(`/proc/${pid}/task/${thread}/status`, 'latin1'))![1]!,
        )
      const pids: number[] = []
      // What else the machine does is nothing to this test.
      const pinning = new Pinning(2, { cores, times: () => new Map() })
      pool = new EnginePool({ engines: 2, pinning, maxWaitMs: 60_000 })
      pool.signals.on('engine started', (facts) => pids.push((facts as { pid: number }).pid))
      await pool.start()
      while (pids.length < 2) await pool.signals.next('engine started')
      // More at a time than there are slots: each finds both at work.
      let isPinned = false
      const pinned = bothPinned().then(() => {
        isPinned = true
      })
      await Promise.all(
        Array.from({ length: 6 }, async () => {
          while (!isPinned) await work(picture, { class: 'realtime' }).done
        }),
      )
      await pinned
      const kept = pids.map((pid) => [...new Set(coresOfThreads(pid))])
      expect(kept.flatMap((lists) => lists.flatMap(coresOf)).toSorted((one, other) => one - other)).toEqual(cores)

      process.kill(pids[0]!, 'SIGKILL')
      expect(await pool.signals.next('engine pinned')).toEqual({ pid: pids[2], cores: kept[0]![0] })
      pids.shift()

      const free = bothPinned()
      await work(picture).done
      await free
      for (const pid of pids) for (const list of coresOfThreads(pid)) expect(coresOf(list)).toEqual(cores)
    },
  )

  test('a picture that kills its process harms nobody else', async () => {
    await started({ program: program('troubled-engine') })
    const neighbours = [work(picture)]
    const killer = work(files.killer!)
    neighbours.push(work(picture), work(picture))
    expect((await failureOf(killer.done)).code).toBe('PictureBrokeEngine')
    for (const { done, outputFile } of neighbours) {
      await done
      expect(readFileSync(outputFile).equals(expected)).toBe(true)
    }
  })

  test('a picture that hangs its process fails by its deadline', async () => {
    await started({ program: program('troubled-engine') })
    const neighbour = work(picture)
    const hanger = work(files.hanger!, { deadlineMs: 100 })
    expect((await failureOf(hanger.done)).code).toBe('DeadlinePassed')
    await neighbour.done
    expect(readFileSync(neighbour.outputFile).equals(expected)).toBe(true)
  })

  test('an engine that grows past its ceiling ends itself', async () => {
    await started({ program: program('troubled-engine'), maxEngineBytes: 400 * 1024 * 1024 })
    const ended = pool.signals.next('engine ended')
    // The picture itself may be done before; the process is what is being watched.
    await work(files.eater!, { alone: true }).done.catch(() => {})
    await ended
    await work(picture).done
  })

  test('a missing source or an output that cannot be written is not the fault of the picture', async () => {
    await started()
    expect((await failureOf(work(join(folder, 'missing')).done)).code).toBe('InternalError')
    const outputFile = join(folder, 'no-such-folder', 'output')
    expect((await failureOf(work(picture, { outputFile }).done)).code).toBe('InternalError')
    await work(picture).done
  })

  test('engines end when the server is gone', async () => {
    pool = new EnginePool()
    const owner = fork(program('pool-owner'), [folder], { stdio: 'ignore' })
    const pids = await new Promise<number[]>((resolve) =>
      owner.once('message', (message) => resolve(message as number[])),
    )
    owner.kill('SIGKILL')
    for (const pid of pids) while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
  })

  function isRunning(pid: number): boolean {
    try {
      process.kill(pid, 0)
      // A process that nobody has buried yet answers, too.
      return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
    } catch {
      return false
    }
  }
})
