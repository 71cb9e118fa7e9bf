import { expect, test } from 'vitest'
import { Metrics } from './metrics.ts'

test('counters, gauges and histograms are written as Prometheus reads them', async () => {
  const metrics = new Metrics()
  const ended = metrics.counter('jobs_ended_total', 'Jobs that have ended.')
  ended.add({ state: 'Success' })
  ended.add({ state: 'Success' }, 2)
  ended.add({ state: 'a "b"\\\nc' })
  metrics.gauge('slots', 'Slots.', async () => [{ value: 1.5 }, { labels: { state: 'free', of: 'x' }, value: 0 }])
  const took = metrics.histogram('took_seconds', 'How long it took.', [0.1, 1])
  for (const seconds of [0.1, 0.2, 5]) took.observe(seconds)
  expect(await metrics.text()).toBe(`# HELP jobs_ended_total Jobs that have ended.
# TYPE jobs_ended_total counter
jobs_ended_total{state="Success"} 3
jobs_ended_total{state="a \\"b\\"\\\\\\nc"} 1
# HELP slots Slots.
# TYPE slots gauge
slots 1.5
slots{state="free",of="x"} 0
# HELP took_seconds How long it took.
# TYPE took_seconds histogram
took_seconds_bucket{le="0.1"} 1
took_seconds_bucket{le="1"} 2
took_seconds_bucket{le="+Inf"} 3
took_seconds_sum 5.3
took_seconds_count 3
`)
})
