import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ClaimedJob, Job, NewJob, SubmitOptions } from '../../jobs/index.ts'
import { sqlStores } from '../stores.ts'
import type { Call } from '../stores-by-call.ts'
import { nothingFollows } from '../what-follows.ts'
import { openSqlite, type SqliteConnection } from './connection.ts'
import { migrateSqlite } from './migrate.ts'
import { metBy, WorkExpected, workOf } from './shared-commits.ts'
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
  transactions = new SqliteTransactions(connection, (ledger) => sqlStores(ledger, nothingFollows), Date.now)
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
  expect(workOf({ store: 'jobs', method: 'completeJob', args: [] })).toBe('deliveries')
  expect(metBy({ store: 'deliveries', method: 'claimDue', args: [] })).toBe('deliveries')
  expect(workOf({ store: 'objects', method: 'removeObject', args: [] })).toBeUndefined()
})
