import type { IncomingMessage } from 'node:http'
import { Metrics, type Reading, type Signals } from '../base/index.ts'
import type { Attempt, Courier, CourierSignal } from '../callbacks/index.ts'
import type { FigureStore, Figures } from '../database/index.ts'
import type { EnginePool, ResultCache } from '../images/index.ts'
import type { WorkerSignal } from '../jobs/index.ts'
import { listensOnLoopback } from '../network/index.ts'
import type { Settings } from '../settings/index.ts'

export interface HouseMetricsDeps {
  readonly figures: FigureStore
  readonly courier: Pick<Courier, 'openCircuits'>
  readonly courierSignals: Signals<CourierSignal>
  readonly workerSignals: Signals<WorkerSignal>
  readonly engines: EnginePool
  readonly results: Pick<ResultCache, 'usedBytes'>
}

/** What the door to the metrics needs. */
export interface MetricsDoor {
  text(): Promise<string>
  /** Whether this request may read them without a credential. */
  isFreeFor(request: IncomingMessage): boolean
}

/** Seconds. From what a receiver next door takes to the ten seconds that an attempt is given. */
const ATTEMPT_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** Seconds. From the goal for an idle server to the five days after which a delivery is given up. */
const DELAY_BOUNDS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 10, 60, 600, 3_600, 21_600, 86_400, 432_000]
/** The ledger is asked at most so often, however many ask for the metrics. */
const FIGURES_GOOD_FOR_MS = 5_000
/** Queues that are told apart, those with the most in them; the others are one. */
const MOST_QUEUES = 50
const OTHERS = 'other'
/** Whoever comes through a proxy says so, and is not on this machine, wherever the proxy is. */
const OF_A_PROXY = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const

/** Everything that this server tells of itself in numbers. Counters begin with the process. */
export function houseMetrics(access: Settings['metricsAccess'], deps: HouseMetricsDeps): MetricsDoor {
  const metrics = new Metrics()
  countDeliveries(metrics, deps)
  countJobs(metrics, deps)
  const figures = takenNowAndThen(deps.figures)
  tellDeliveries(metrics, deps, figures)
  tellJobs(metrics, figures)
  tellEngines(metrics, deps)
  return {
    text: () => metrics.text(),
    isFreeFor: ({ socket, headers }) =>
      access === 'open' ||
      (access === 'local' &&
        listensOnLoopback(socket.remoteAddress ?? '') &&
        OF_A_PROXY.every((name) => headers[name] === undefined)),
  }
}

function countDeliveries(metrics: Metrics, { courierSignals }: HouseMetricsDeps): void {
  const attempts = metrics.counter(
    'pixmill_delivery_attempts_total',
    'Attempts at callbacks, by the first digit of the answer; none: no answer came.',
  )
  const took = metrics.histogram('pixmill_delivery_attempt_duration_seconds', 'How long attempts took.', ATTEMPT_BOUNDS)
  const ended = metrics.counter('pixmill_deliveries_ended_total', 'Deliveries that this server brought to an end.')
  const delay = metrics.histogram(
    'pixmill_callback_delay_seconds',
    'From an event, such as the end of a job, to the acknowledgement of its callback.',
    DELAY_BOUNDS,
  )
  const factsOf = (facts: unknown) => facts as { attempt: Attempt; eventAt: number }
  courierSignals.on('attempt recorded', (facts) => {
    const { status, durationMs } = factsOf(facts).attempt
    attempts.add({ outcome: status === null ? 'none' : `${Math.floor(status / 100)}xx` })
    took.observe(durationMs / 1_000)
  })
  courierSignals.on('delivered', (facts) => {
    const { attempt, eventAt } = factsOf(facts)
    ended.add({ state: 'Delivered' })
    delay.observe(Math.max(0, attempt.startedAt + attempt.durationMs - eventAt) / 1_000)
  })
  courierSignals.on('dead', () => ended.add({ state: 'Dead' }))
}

function countJobs(metrics: Metrics, { workerSignals }: HouseMetricsDeps): void {
  const ended = metrics.counter('pixmill_jobs_ended_total', 'Jobs that this server brought to an end.')
  workerSignals.on('job ended', (facts) => ended.add({ state: (facts as { state: string }).state }))
}

function tellDeliveries(metrics: Metrics, { courier }: HouseMetricsDeps, figures: () => Promise<Figures>): void {
  metrics.gauge('pixmill_deliveries', 'Deliveries by state; counted up to 100000.', async () =>
    Object.entries((await figures()).deliveries).map(([state, value]) => ({ labels: { state }, value })),
  )
  metrics.gauge(
    'pixmill_oldest_due_delivery_age_seconds',
    'How long the oldest delivery is due that is not on its way; 0 when none is.',
    async () => [{ value: ((await figures()).oldestDueAgeMs ?? 0) / 1_000 }],
  )
  metrics.gauge('pixmill_circuits_open', 'Origins and receivers that this server gives a rest.', () => {
    const { origins, receivers } = courier.openCircuits
    return [
      { labels: { of: 'origin' }, value: origins },
      { labels: { of: 'receiver' }, value: receivers },
    ]
  })
}

function tellJobs(metrics: Metrics, figures: () => Promise<Figures>): void {
  metrics.gauge('pixmill_jobs', 'Jobs that have not ended, by state; counted up to 100000.', async () => {
    const { queues } = await figures()
    return [
      { labels: { state: 'Submitted' }, value: sum(queues.map(({ waiting }) => waiting)) },
      { labels: { state: 'Running' }, value: sum(queues.map(({ running }) => running)) },
    ]
  })
  metrics.gauge('pixmill_queue_waiting_jobs', 'Jobs that wait, by queue.', async () =>
    byQueue(await figures(), ({ waiting }) => waiting, sum),
  )
  metrics.gauge('pixmill_queue_oldest_waiting_age_seconds', 'Age of the oldest job that waits, by queue.', async () =>
    byQueue(
      await figures(),
      ({ oldestWaitingAgeMs }) => (oldestWaitingAgeMs ?? 0) / 1_000,
      (ages) => Math.max(...ages),
    ),
  )
}

function tellEngines(metrics: Metrics, { engines, results }: HouseMetricsDeps): void {
  metrics.gauge('pixmill_engines_ready', 'Engine processes that can take pictures.', () => [
    { value: engines.readyEngines },
  ])
  metrics.gauge('pixmill_engine_slots', 'Pictures that can be in work at once.', () => {
    const { busy } = engines.use
    return [
      { labels: { state: 'busy' }, value: busy },
      { labels: { state: 'free' }, value: Math.max(0, engines.slots - busy) },
    ]
  })
  metrics.gauge('pixmill_engine_line', 'Pictures that wait for an engine.', () => [
    { labels: { of: 'requests' }, value: engines.use.waiting.realtime },
    { labels: { of: 'jobs' }, value: engines.use.waiting.job },
  ])
  metrics.gauge('pixmill_result_cache_bytes', 'Room that pictures on request take in the cache.', () => [
    { value: results.usedBytes },
  ])
  metrics.gauge('process_resident_memory_bytes', 'Memory of the server, without its engines.', () => [
    { value: process.memoryUsage.rss() },
  ])
  metrics.gauge('process_start_time_seconds', 'When the server was started.', () => [
    { value: Math.round(Date.now() / 1_000 - process.uptime()) },
  ])
}

function byQueue(
  { queues }: Figures,
  figureOf: (queue: Figures['queues'][number]) => number,
  join: (values: readonly number[]) => number,
): readonly Reading[] {
  const sorted = queues.toSorted((one, other) => other.waiting - one.waiting)
  const others = sorted.slice(MOST_QUEUES)
  return [
    ...sorted.slice(0, MOST_QUEUES).map((one) => ({ labels: { queue: one.queueId }, value: figureOf(one) })),
    ...(others.length === 0 ? [] : [{ labels: { queue: OTHERS }, value: join(others.map(figureOf)) }]),
  ]
}

/** Asks once for all who want to know within some seconds. */
function takenNowAndThen(store: FigureStore): () => Promise<Figures> {
  let taken: Promise<Figures> | null = null
  let takenAt = 0
  return () => {
    if (taken === null || performance.now() - takenAt > FIGURES_GOOD_FOR_MS) {
      takenAt = performance.now()
      taken = store.takeFigures()
      taken.catch(() => {
        taken = null
      })
    }
    return taken
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
