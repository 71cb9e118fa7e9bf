import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CallbackEvent, catchUp, seenInMemory } from '../../packages/receiver/src/index.ts'
import { signRequest } from '../../src/http/authentication/index.ts'
import { freshKey, type House, jobXml, secretId, secretKey, startHouse } from '../support/house.ts'

// What the server really has, read by the package that is made for it.

let house: House
beforeAll(async () => {
  house = await startHouse()
})
afterAll(() => house?.close())

/** Asks with the key pair of the house in the place of a token. */
const asTheOwner: typeof fetch = (input, init) => {
  const url = new URL(String(input))
  const startSeconds = Math.floor(Date.now() / 1000) - 1
  const authorization = signRequest(
    { method: 'GET', path: url.pathname, parameters: [...url.searchParams], headers: { host: url.host } },
    { secretId, secretKey },
    { startSeconds, endSeconds: startSeconds + 600 },
  )
  return fetch(url, { ...init, headers: { authorization } })
}

test('a receiver that lost what it had has everything again, once, and goes on with what comes', async () => {
  const idOf = (event: CallbackEvent): string => (event.name === 'TaskFinish' ? event.job.id : event.run.id)
  const ended = async (callback: string): Promise<string> => {
    const id = await house.submit(jobXml({ input: `${freshKey()}.none`, rule: 'imageMogr2/strip', callback }))
    await house.ended(id)
    return id
  }
  const ids = [await ended('no'), await ended(`${house.receiver.url}/hook`), await ended('no')]
  const sent = await house.receiver.nth(0)

  const seen = seenInMemory()
  // This one it had: its callback came.
  await seen.claim(String(sent.headers['webhook-id']))
  await seen.done(String(sent.headers['webhook-id']))
  const handled: CallbackEvent[] = []
  const options = {
    server: house.app.url,
    token: '',
    fetch: asTheOwner,
    seen,
    onEvent: (one: CallbackEvent) => void handled.push(one),
  }
  const after = await catchUp(options)
  expect(handled.map(idOf)).toEqual([ids[0], ids[2]])
  expect(handled[0]).toMatchObject({ job: { state: 'Failed', code: 'ResourceNotFound' } })

  const ends = new AbortController()
  const came = new Promise<CallbackEvent>((resolve) => {
    void catchUp({ ...options, after, follow: true, signal: ends.signal, onEvent: resolve }).catch(() => undefined)
  })
  const next = await ended('no')
  expect(idOf(await came)).toBe(next)
  ends.abort()
})
