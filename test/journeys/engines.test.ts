import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, type TestContext, test } from 'vitest'
import type { XmlElement } from '../../src/wire/index.ts'
import { type Answer, bucket, type Call, find, jobXml, region, send, textAt } from '../support/house.ts'
import { freshLedger } from '../support/ledger.ts'
import { drawn, jpeg } from '../support/pictures.ts'
import { type ProcessFacts, processes } from '../support/processes.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { ServerGroup } from '../support/server-group.ts'

const MIB = 1024 * 1024

/** A server with its engines and a receiver, for one test. */
class Stage {
  readonly server: ServerGroup
  readonly #receiver: Receiver

  constructor(server: ServerGroup, receiver: Receiver) {
    this.server = server
    this.#receiver = receiver
  }

  /** Its engines are ready. */
  static async open(context: TestContext, environment: Record<string, string> = {}): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-engines-'))
    // Or engines that run as somebody else could not enter.
    await chmod(folder, 0o711)
    const ledger = await freshLedger()
    const receiver = await startReceiver()
    const server = new ServerGroup({
      dataDir: join(folder, 'data'),
      environment: { ...ledger.environment, ...environment },
    })
    context.onTestFinished(async () => {
      await server.kill()
      await receiver.close()
      await ledger.drop()
      await rm(folder, { recursive: true, force: true })
    })
    await server.start()
    const stage = new Stage(server, receiver)
    const wanted = Number(environment.PIXMILL_ENGINES ?? 1)
    await until(() => stage.engines().length === wanted, 'every engine is started')
    // They are ready when one has made a picture: what an engine does before that would pass for work.
    await stage.put('first.jpg', await quickPicture())
    expect((await stage.cos({ target: `/first.jpg?${QUICK_RULE}` })).status).toBe(200)
    return stage
  }

  engines(): ProcessFacts[] {
    return processes(({ parent }) => parent === this.server.pid)
  }

  ci(call: Call): Promise<Answer> {
    return send(this.server.url!, `${bucket}.ci.${region}.pixmill.test`, call)
  }

  cos(call: Call): Promise<Answer> {
    return send(this.server.url!, `${bucket}.cos.${region}.pixmill.test`, call)
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    expect((await this.cos({ method: 'PUT', target: `/${key}`, body })).status).toBe(200)
  }

  async submit(input: string, output: string, rule: string): Promise<string> {
    const callback = this.#receiver.url
    const answer = await this.ci({ method: 'POST', target: '/jobs', body: jobXml({ input, output, rule, callback }) })
    expect(answer.status, answer.text).toBe(200)
    return textAt(answer.xml(), 'JobsDetail/JobId')
  }

  /** The job, once its callback has come. */
  async ended(jobId: string): Promise<XmlElement> {
    await this.#receiver.about(jobId)
    return find((await this.ci({ target: `/jobs/${jobId}` })).xml(), 'JobsDetail')!
  }

  async expectPicture(jobId: string, key: string, sides: { width: number; height: number }): Promise<void> {
    const detail = await this.ended(jobId)
    expect([textAt(detail, 'State'), textAt(detail, 'Message')]).toEqual(['Success', ''])
    const { body } = await this.cos({ target: `/${key}` })
    expect(String(body.length)).toBe(textAt(detail, 'Operation/PicProcessResult/ProcessResult/Size'))
    // Decoded to its last line, not only its header.
    const { info } = await sharp(body).raw().toBuffer({ resolveWithObject: true })
    expect(info).toMatchObject(sides)
  }

  /** Waits until an engine has worked so long that it can only be on the slow picture; gives its pid. */
  async busyEngine(): Promise<number> {
    const from = new Map<number, number>()
    let pid = 0
    await until(() => {
      for (const engine of this.engines()) {
        const ticks = from.get(engine.pid) ?? engine.ticks
        from.set(engine.pid, ticks)
        if (engine.ticks - ticks >= DEEP_IN_WORK) pid = engine.pid
      }
      return pid !== 0
    }, 'an engine is deep in the slow picture')
    return pid
  }
}

/** What an engine does is seen from outside only by looking; bounded. */
async function until(holds: () => boolean, what: string): Promise<void> {
  for (let look = 0; look < 2_000; look += 1) {
    if (holds()) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`it did not come to pass that ${what}`)
}

/** More than an engine takes to start, or for a quick picture; hundredths of a second of a core. */
const DEEP_IN_WORK = 100

/** Takes an engine some seconds: AVIF is dear to write. */
const SLOW_RULE = 'imageMogr2/format/avif'
const slowPicture = () => jpeg(1_200, 900)
const QUICK_RULE = 'imageMogr2/thumbnail/100x'
const quickPicture = () => jpeg(400, 300)

/** Seconds of work for one core; on a busy machine they take longer. */
const options = { timeout: 180_000 }

describe.skipIf(process.platform !== 'linux' /* reads /proc */)('an engine', options, () => {
  // One mostly waits for a deadline; the others are at work meanwhile.
  test.concurrent('killed in mid-job: what was in it is made again, and nobody is to blame', async (context) => {
    const stage = await Stage.open(context)
    await stage.put('slow.jpg', await slowPicture())
    await stage.put('quick.jpg', await quickPicture())
    const slowJob = await stage.submit('slow.jpg', 'slow.avif', SLOW_RULE)
    const engine = await stage.busyEngine()
    process.kill(engine, 'SIGSTOP')
    const quickJob = await stage.submit('quick.jpg', 'quick-out.jpg', QUICK_RULE)
    process.kill(engine, 'SIGKILL')
    await stage.expectPicture(quickJob, 'quick-out.jpg', { width: 100, height: 75 })
    await stage.expectPicture(slowJob, 'slow.avif', { width: 1_200, height: 900 })
    expect(stage.engines().map(({ pid }) => pid)).not.toContain(engine)
    expect(stage.server.url).not.toBeNull()
  })

  test.concurrent('taken down by the same picture each time: that job fails, the neighbours do not', async (context) => {
    const stage = await Stage.open(context)
    await stage.put('slow.jpg', await slowPicture())
    await stage.put('quick.jpg', await quickPicture())
    const slowJob = await stage.submit('slow.jpg', 'slow.avif', SLOW_RULE)
    let deaths = 0
    const neighbours: string[] = []
    const failed = stage.ended(slowJob)
    let isOver = false
    void failed.then(() => {
      isOver = true
    })
    while (!isOver && deaths < 10) {
      const engine = await Promise.race([stage.busyEngine(), failed.then(() => 0)])
      if (engine === 0) break
      // It must not be done before it is killed, however long the neighbour takes to come.
      process.kill(engine, 'SIGSTOP')
      neighbours.push(await stage.submit('quick.jpg', `quick-${deaths}.jpg`, QUICK_RULE))
      process.kill(engine, 'SIGKILL')
      deaths += 1
      await until(() => stage.engines().every(({ pid }) => pid !== engine), 'the killed engine is gone')
    }
    const detail = await failed
    expect([textAt(detail, 'State'), textAt(detail, 'Code')]).toEqual(['Failed', 'ResourceNotSupported'])
    expect(textAt(detail, 'Message')).toContain('while the picture was alone in it')
    // Once in company, which proves nothing; then three times alone.
    expect(deaths).toBeLessThanOrEqual(4)
    expect(deaths).toBeGreaterThanOrEqual(3)
    for (const [index, jobId] of neighbours.entries()) {
      await stage.expectPicture(jobId, `quick-${index}.jpg`, { width: 100, height: 75 })
    }
  })

  test.concurrent('that hangs is replaced at the deadline: the job fails, the neighbour in it is made again', async (context) => {
    // Much more than an engine takes to start and to be deep in a picture, also beside three others on one core.
    const deadlineMs = 20_000
    const stage = await Stage.open(context, { PIXMILL_JOB_DEADLINE: String(deadlineMs) })
    await stage.put('slow.jpg', await slowPicture())
    await stage.put('quick.jpg', await quickPicture())
    const slowJob = await stage.submit('slow.jpg', 'slow.avif', SLOW_RULE)
    const engine = await stage.busyEngine()
    process.kill(engine, 'SIGSTOP')
    // The neighbour comes later: its own deadline must not have passed when the first one's has.
    await new Promise((resolve) => setTimeout(resolve, deadlineMs / 4))
    const quickJob = await stage.submit('quick.jpg', 'quick-out.jpg', QUICK_RULE)
    const detail = await stage.ended(slowJob)
    expect([textAt(detail, 'State'), textAt(detail, 'Code')]).toEqual(['Failed', 'InvalidArgument'])
    expect(textAt(detail, 'Message')).toContain(`longer than ${deadlineMs} ms`)
    await stage.expectPicture(quickJob, 'quick-out.jpg', { width: 100, height: 75 })
    expect(stage.engines().map(({ pid }) => pid)).not.toContain(engine)
  })

  test('is not given a picture that needs more memory than there is: the job fails with both figures', async (context) => {
    const stage = await Stage.open(context, { PIXMILL_ENGINE_MEMORY: String(64 * MIB) })
    // Every coefficient of a progressive JPEG is kept until its last scan.
    await stage.put('dear.jpg', await drawn(4_000, 4_000).jpeg({ progressive: true }).toBuffer())
    await stage.put('quick.jpg', await quickPicture())
    const dearJob = await stage.submit('dear.jpg', 'dear-out.jpg', QUICK_RULE)
    const quickJob = await stage.submit('quick.jpg', 'quick-out.jpg', QUICK_RULE)
    const [engine] = stage.engines()
    const detail = await stage.ended(dearJob)
    expect([textAt(detail, 'State'), textAt(detail, 'Code')]).toEqual(['Failed', 'InvalidArgument'])
    expect(textAt(detail, 'Message')).toMatch(
      /needs about \d{2,4} MiB of memory to process, at most 64 MiB are allowed/,
    )
    await stage.expectPicture(quickJob, 'quick-out.jpg', { width: 100, height: 75 })
    expect(stage.engines().map(({ pid }) => pid)).toEqual([engine!.pid])
  })

  test('two dozen dear pictures at once wait in line, and memory stays within its bound', async (context) => {
    const budget = 192 * MIB
    // Eight pictures could be in flight, memory is promised for one. Without the line they took 510 MiB more.
    const stage = await Stage.open(context, { PIXMILL_ENGINES: '4', PIXMILL_ENGINE_MEMORY: String(budget) })
    await stage.put('dear.jpg', await drawn(5_000, 3_600).jpeg({ progressive: true }).toBuffer())
    const resident = (): number =>
      processes(({ group }) => group === stage.server.pid).reduce((sum, { residentBytes }) => sum + residentBytes, 0)
    const before = resident()
    let most = before
    const watch = setInterval(() => {
      most = Math.max(most, resident())
    }, 20)
    try {
      const jobs: string[] = []
      for (let n = 0; n < 24; n += 1) {
        jobs.push(await stage.submit('dear.jpg', `dear-${n}.jpg`, 'imageMogr2/thumbnail/320x'))
      }
      for (const [n, jobId] of jobs.entries()) {
        await stage.expectPicture(jobId, `dear-${n}.jpg`, { width: 320, height: 230 })
      }
    } finally {
      clearInterval(watch)
    }
    // What was promised to the engines, and what five programs keep beyond that once they have worked.
    expect(Math.round((most - before) / MIB)).toBeLessThan(budget / MIB + 128)
    process.stderr.write(
      `engines: from ${Math.round(before / MIB)} to at most ${Math.round(most / MIB)} MiB resident\n`,
    )
  })
})
