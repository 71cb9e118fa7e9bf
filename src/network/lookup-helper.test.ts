import { expect, test } from 'vitest'
import { LookupHelper } from './lookup-helper.ts'

/** Whether there is a process of this number. */
function isThere(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch {
    return false
  }
}

test('the process looks names up as the system does, is one for all, and goes when nothing is asked', async () => {
  const helper = new LookupHelper({ idleMs: 1 })
  expect(helper.processId).toBeNull()
  const both = Promise.all([helper.lookUp('localhost'), helper.lookUp('127.0.0.1')])
  const processId = helper.processId!
  expect((await both).map((addresses) => addresses.some(({ address }) => address === '127.0.0.1'))).toEqual([
    true,
    true,
  ])
  await expect.poll(() => isThere(processId), { timeout: 60_000 }).toBe(false)
})

test('what was asked of a process that ends is answered, and the next one is started when it is needed', async () => {
  const helper = new LookupHelper()
  const asked = helper.lookUp('localhost')
  process.kill(helper.processId!, 'SIGKILL')
  await expect(asked).rejects.toMatchObject({
    code: 'EAI_AGAIN',
    message: 'getaddrinfo EAI_AGAIN localhost: the process that looks names up has ended (SIGKILL)',
  })
  expect(helper.processId).toBeNull()
  expect((await helper.lookUp('localhost')).length).toBeGreaterThan(0)
  helper.close()
})

test('a process whose look-ups hang ends when it is told to, and whoever waits hears of it', async () => {
  const helper = new LookupHelper()
  await helper.lookUp('localhost')
  const processId = helper.processId!
  // It hears nothing from now on, as one whose threads wait for a name server that says nothing.
  process.kill(processId, 'SIGSTOP')
  const asked = expect(helper.lookUp('localhost')).rejects.toMatchObject({ code: 'EAI_AGAIN' })
  helper.close()
  await asked
  await expect.poll(() => isThere(processId), { timeout: 60_000 }).toBe(false)
  await expect(helper.lookUp('localhost')).rejects.toThrow('getaddrinfo EAI_AGAIN localhost')
  expect(helper.processId).toBeNull()
})

test('a name that there cannot be is refused in the same way', async () => {
  const helper = new LookupHelper({ idleMs: 1 })
  await expect(helper.lookUp(`${'x'.repeat(300)}.test`)).rejects.toMatchObject({ code: expect.stringMatching(/^E/) })
})
