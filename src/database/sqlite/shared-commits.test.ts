import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { stateToTheUrl } from '../../../test/support/what-follows.ts'
import { type ClaimedDelivery, type ClaimOffer, receiverOf } from '../../callbacks/index.ts'
import type { ClaimedJob, Job, NewJob, SubmitOptions } from '../../jobs/index.ts'
import { sqlStores } from '../stores.ts'
import type { Call } from '../stores-by-call.ts'
import { nothingFollows } from '../what-follows.ts'
import { openSqlite, type SqliteConnection } from './connection.ts'
import { migrateSqlite } from './migrate.ts'
import { mayHandOver, metBy, WorkExpected, workOf } from './shared-commits.ts'
import { SqliteTransactions } from './transactions.ts'

const bucket = 'pictures-1250000000'
const job: NewJob = {
  bucket,
  queueId: null,
  level: 0,
  inputObject: 'in/a.jpg',
  output: { bucket, region: 'ap-test', object: 'out/a.jpg' },
  templateId: null,
  inline: { isPicInfo: false, processRule: 'imageMogr2/thumbnail/512x' },
  userData: null,
  callback: { url: null, format: null },
  origin: null,
}
const options: SubmitOptions = nothingFollows.submitOptions
const submit = (at: number): Call => ({ store: 'jobs', method: 'submitJob', args: [job, options, null], at })
const claim = (at: number): Call => ({ store: 'jobs', method: 'claimJobs', args: [10], at })

let folder: string
let connection: SqliteConnection
let transactions: SqliteTransactions

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-shared-commits-'))
  connection = openSqlite(join(folder, 'ledger.db'))
  await migrateSqlite(connection, folder)
  transactions = new SqliteTransactions(connection, (ledger) => sqlStores(ledger, stateToTheUrl), Date.now)
  await transactions.run([{ store: 'objects', method: 'createBucket', args: [{ name: bucket, region: 'ap-test' }] }])
})
afterEach(async () => {
  connection.close()
  await rm(folder, { recursive: true })
})

const values = async (calls: readonly Call[]) => {
  const { outcomes, wakes } = await transactions.run(calls)
  return { values: outcomes.map((outcome) => (outcome.ok ? outcome.value : outcome.failure.code)), wakes }
}

describe('a claim that shares a commit', () => {
  test('with the submit before it takes the job, and nobody is woken for that any more', async () => {
    const { values: answers, wakes } = await values([submit(1_000), claim(1_000)])
    const [submitted, claimed] = answers as [Job, ClaimedJob[]]
    expect(claimed.map(({ id }) => id)).toEqual([submitted.id])
    expect(submitted).toMatchObject({ state: 'Submitted', createdAt: 1_000 })
    expect(wakes).not.toContain('jobs')
  })

  test('with a submit behind it leaves that to be woken for', async () => {
    const { values: answers, wakes } = await values([claim(1_000), submit(1_000)])
    expect(answers[0]).toEqual([])
    expect(wakes).toContain('jobs')
  })

  test('takes the job also when a neighbour fails and all are done again', async () => {
    const refused: Call = { store: 'jobs', method: 'submitJob', args: [{ ...job, bucket: 'none-1' }, options, null] }
    const { values: answers, wakes } = await values([submit(1_000), refused, claim(1_000)])
    expect(answers[1]).toBe('BucketNotFound')
    expect(answers[2]).toHaveLength(1)
    expect(wakes).not.toContain('jobs')
    expect((await values([claim(2_000)])).values).toEqual([[]])
  })
})

test('a call is expected to make work when the last one of its kind did', async () => {
  const expected = new WorkExpected()
  expect(expected.of(submit(0))).toBeUndefined()
  const made = async (calls: readonly Call[]) =>
    (await transactions.run(calls)).outcomes.map((outcome) => outcome.ok && outcome.hasMadeWork)
  const [bySubmit, byClaim] = await made([submit(1_000), claim(1_000)])
  expect([bySubmit, byClaim]).toEqual([true, false])
  expected.learn(submit(1_000), true)
  expect(expected.of(submit(2_000))).toBe('jobs')
  expected.learn(submit(2_000), false)
  expect(expected.of(submit(3_000))).toBeUndefined()
})

test('whoever is told of work under way has a claim that meets its wake', () => {
  expect(workOf(submit(0))).toBe('jobs')
  expect(metBy(claim(0))).toBe('jobs')
  expect(workOf({ store: 'objects', method: 'removeObject', args: [] })).toBeUndefined()
})

describe('the end of a job', () => {
  const url = 'http://a.example/hook?secret=1'
  const offer: ClaimOffer = { limit: 9, perOrigin: 9, busy: {}, leaseMs: 5_000 }
  const attempt = { startedAt: 1, durationMs: 1, address: null, status: 200, answer: '', error: null }

  const call = (store: Call['store'], method: string, ...args: readonly unknown[]): Call => ({ store, method, args })
  const answerTo = async (one: Call): Promise<unknown> => (await values([one])).values[0]
  const due = (at: number) =>
    answerTo(call('deliveries', 'claimDue', { ...offer, now: at })) as Promise<ClaimedDelivery[]>
  /** A call that ends a job whose callback goes to the URL. */
  const ending = async (at: number, given: Partial<ClaimOffer> = {}): Promise<Call> => {
    const told = { ...job, callback: { url, format: null } }
    await values([{ ...call('jobs', 'submitJob', told, options, null), at: 1_000 }])
    const [claimed] = (await answerTo(claim(1_000))) as ClaimedJob[]
    const failed = { state: 'Failed', code: 'X', message: '' }
    return {
      ...call('jobs', 'completeJob', claimed!.id, claimed!.leaseToken, failed),
      at,
      offer: { ...offer, ...given },
    }
  }
  const takenBy = async (calls: readonly Call[]) => {
    const { outcomes, wakes } = await transactions.run(calls)
    return { taken: outcomes.map((outcome) => (outcome.ok ? outcome.taken : null)), wakes }
  }

  test('gives its callback into the hands of a courier that has room, as a claim would, and nobody is woken', async () => {
    const { taken, wakes } = await takenBy([await ending(2_000)])
    const [told] = taken[0]!
    expect(taken).toEqual([
      [expect.objectContaining({ url, origin: 'http://a.example', eventAt: 2_000, attemptsBefore: 0, queueId: null })],
    ])
    expect(Buffer.from(told!.body).toString()).toBe('Failed')
    expect(wakes).not.toContain('deliveries')
    expect(await due(2_000)).toEqual([])
    const record = call('deliveries', 'recordAttempt', told!.id, told!.leaseToken, attempt, { state: 'Delivered' })
    expect(await answerTo(record)).toBe(true)
  })

  test('for as long as a lease: then it is due again', async () => {
    const { taken } = await takenBy([await ending(2_000)])
    expect(await due(6_999)).toEqual([])
    const [again] = await due(7_000)
    expect(again).toMatchObject({ id: taken[0]![0]!.id, body: taken[0]![0]!.body })
    expect(again!.leaseToken).not.toBe(taken[0]![0]!.leaseToken)
  })

  test.each<[string, Partial<ClaimOffer>]>([
    ['none at all', { limit: 0 }],
    ['none at its origin', { busy: { 'http://a.example': 9 } }],
  ])('lets it wait when there is no room: %s', async (_what, given) => {
    const { taken, wakes } = await takenBy([await ending(2_000, given)])
    expect(taken).toEqual([[]])
    expect(wakes).toContain('deliveries')
    expect(await due(2_000)).toHaveLength(1)
  })

  test('gives nothing to a receiver that is switched off', async () => {
    const { id } = receiverOf(url)
    const note = { id, address: 'http://a.example/hook', origin: 'http://a.example', attemptAt: 1, successAt: 1 }
    const rest = { failingSince: null, failures: 0, error: null, restsUntil: null, restsBecause: null }
    await answerTo(call('receivers', 'noteReceivers', [{ ...note, ...rest }]))
    await answerTo(call('receivers', 'switchOff', id, 'by hand'))
    expect((await takenBy([await ending(2_000)])).taken).toEqual([[]])
    expect(await due(2_000)).toEqual([])
  })

  test('gives it once when a neighbour fails and all are done again', async () => {
    const refused = call('jobs', 'submitJob', { ...job, bucket: 'none-1' }, options, null)
    const { taken } = await takenBy([await ending(2_000), refused])
    expect(taken).toEqual([[expect.objectContaining({ url })], null])
    expect(await due(2_000)).toEqual([])
  })

  test('gives nothing when the job was somebody else’s by then', async () => {
    const end = await ending(2_000)
    const late = { ...end, args: end.args.with(1, 'another lease') }
    expect((await takenBy([late])).taken).toEqual([[]])
  })

  test('what was held back until a callback is tried goes along when that is recorded', async () => {
    for (const at of [2_000, 2_001]) await takenBy([await ending(at, { limit: 0 })])
    const [first] = (await answerTo(call('deliveries', 'claimDue', { ...offer, limit: 1, now: 2_001 }))) as [
      ClaimedDelivery,
    ]
    connection.exec(`update deliveries set due_at = 999999 where state = 'Waiting'`)
    connection.exec(
      `update deliveries set releases_event = (select event_id from deliveries where state = 'Waiting') where id = '${first.id}'`,
    )
    const after = { state: 'Delivered' }
    const record = call('deliveries', 'recordAttempt', first.id, first.leaseToken, attempt, after)
    const { taken, wakes } = await takenBy([{ ...record, at: 3_000, offer }])
    expect(taken).toEqual([[expect.objectContaining({ url, eventAt: 2_001 })]])
    expect(taken[0]![0]!.id).not.toBe(first.id)
    expect(wakes).not.toContain('deliveries')
    expect(await due(3_000)).toEqual([])
  })

  test('is one of the calls that hand over, as is the record of an attempt', () => {
    expect(mayHandOver(call('jobs', 'completeJob'))).toBe(true)
    expect(mayHandOver(call('deliveries', 'recordAttempt'))).toBe(true)
    expect(mayHandOver(call('jobs', 'cancelJob'))).toBe(false)
  })
})
