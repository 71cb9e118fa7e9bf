import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freshLedger, journeysRunOn } from '../support/ledger.ts'
import { ServerGroup } from '../support/server-group.ts'
import { Chance } from './chance.ts'
import { Clients } from './clients.ts'
import { FlowClients } from './flow-clients.ts'
import { gather } from './gather.ts'
import { Journal } from './journal.ts'
import { judge } from './judge.ts'
import { type Receivers, startReceivers } from './receivers.ts'
import { chaosSettings } from './settings.ts'

/** `npm run chaos -- --kills 500 --seed 7` sets these. With PostgreSQL every kill costs the end of a lease. */
const kills = Number(process.env.CHAOS_KILLS ?? (journeysRunOn === 'sqlite' ? 20 : 6))
const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000)

/** What is done between kills is left to chance: of only a few, one may see no cancel or no batch at all. */
const ENOUGH_FOR_ALL_KINDS = 20

test.skipIf(process.platform !== 'linux' /* reads /proc */)(
  `killed ${kills} times at random moments, it keeps every promise (seed ${seed})`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-chaos-'))
    // Or engines that run as somebody else could not enter.
    await chmod(folder, 0o711)
    const dataDir = join(folder, 'data')
    // Chances of their own: how the server answers must not shift the moments of the kills.
    const moments = new Chance(seed)
    const journal = new Journal()
    const ledger = await freshLedger()
    const server = new ServerGroup({ dataDir, environment: { ...chaosSettings, ...ledger.environment } })
    const receivers = await startReceivers(new Chance(seed + 1), () => server.boots)
    const clients = new Clients({ server, receivers, journal, chance: new Chance(seed + 2) })
    const flows = new FlowClients(clients, { server, receivers, journal, chance: new Chance(seed + 3) })
    try {
      await clients.prepare()
      await server.start()
      await flows.prepare()
      clients.start()
      flows.start()
      for (let kill = 1; kill <= kills; kill += 1) {
        await moment(server, receivers, moments)
        await server.kill(moments.isHit(0.85) ? 'group' : 'server')
        await receivers.caughtUp()
        if (kill % 20 === 0) say(`${kill} kills, ${journal.submits.length} submits, ${receivers.log.length} callbacks`)
        server.spawn()
      }
      await server.listening()
      await Promise.all([clients.stop(), flows.stop()])
      while (!(await clients.setQueue('Active')));
      // To receivers that fail, callbacks go one at a time, since their circuits are open: that would take a minute, in which
      // nobody is killed any more.
      receivers.recover()
      const evidence = await gather({ clients, journal, receivers, dataDir, withinMs: 120_000 })
      const findings = judge(evidence)
      const { jobs, runs, batches } = evidence
      say(
        `${kills} kills, ${jobs.length} jobs, ${runs.length} runs, ${batches.length} batches, ${receivers.log.length} callbacks, ${findings.length} findings`,
      )
      expect(server.complaints).toEqual([])
      expect(findings).toEqual([])
      // The load was one: things were submitted, cancelled, rewritten, uploaded and told while it was killed.
      expect(journal.submits.filter(({ jobId }) => jobId !== null).length).toBeGreaterThan(kills)
      if (kills >= ENOUGH_FOR_ALL_KINDS) {
        expect(journal.cancelTried.size).toBeGreaterThan(0)
        expect(runs.length).toBeGreaterThan(0)
        expect(batches.length).toBeGreaterThan(0)
      }
      await server.kill()
      await expect.poll(() => server.members(), { timeout: 5_000 }).toEqual([])
      await rm(folder, { recursive: true, force: true })
    } catch (error) {
      say(`what is left lies in ${folder}`)
      throw error
    } finally {
      // Not waited for: without a server they would wait for one.
      void clients.stop()
      void flows.stop()
      await server.kill()
      await receivers.close()
      await ledger.drop()
    }
  },
  180_000 + kills * 6_000,
)

/** Now and then in the middle of a start, where the server mends what the kill before left; else in full work. */
async function moment(server: ServerGroup, receivers: Receivers, moments: Chance): Promise<void> {
  if (moments.isHit(0.25)) return pause(moments.between(50, 800))
  const callbacks = moments.between(0, 30)
  const waitMs = moments.between(0, 100)
  await server.listening()
  const from = receivers.log.length
  const until = Date.now() + 4_000
  while (receivers.log.length < from + callbacks && Date.now() < until) await receivers.next(200)
  await pause(waitMs)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function say(what: string): void {
  process.stderr.write(`chaos, seed ${seed}: ${what}\n`)
}
