import type { LookupAddress } from 'node:dns'
import { describe, expect, onTestFinished, test } from 'vitest'
import { NameLookup } from './name-lookup.ts'

/** A resolver that answers when the test says so. @param patienceMs default: nothing hangs */
function namesInHand(patienceMs = 600_000) {
  const asked: { name: string; answer(addresses: LookupAddress[]): void; fail(code?: string): void }[] = []
  const ask = (name: string) =>
    new Promise<LookupAddress[]>((resolve, reject) => {
      const fail = (code = 'EAI_AGAIN') => reject(Object.assign(new Error('the name server is away'), { code }))
      asked.push({ name, answer: resolve, fail })
    })
  const names = new NameLookup({ ask, patienceMs })
  return { asked, names, lookUp: (name: string) => names.lookUp(name) }
}
const there: LookupAddress[] = [{ address: '10.0.0.5', family: 4 }]
const turn = () => new Promise((resolve) => setImmediate(resolve))
const namesOf = (asked: readonly { name: string }[]) => asked.map(({ name }) => name)

test('look-ups of one name at the same time are one, and the next is a new one', async () => {
  const { asked, lookUp } = namesInHand()
  const both = Promise.all([lookUp('a.test'), lookUp('a.test')])
  expect(asked).toHaveLength(1)
  asked[0]!.answer(there)
  expect(await both).toEqual([there, there])
  void lookUp('a.test')
  expect(asked).toHaveLength(2)
})

describe('a look-up that hangs', () => {
  /** Names that were found, and hang from now on: any time is too long for them. */
  async function hanging(...names: string[]) {
    const { asked, lookUp } = namesInHand(1)
    for (const name of names) {
      const first = lookUp(name)
      asked.at(-1)!.answer(there)
      await first
    }
    asked.length = 0
    return { asked, lookUp }
  }

  test('is no reason to wait for a name that was found before', async () => {
    const { asked, lookUp } = await hanging('a')
    expect(await lookUp('a')).toEqual(there)
    // Whoever comes meanwhile joins it, and has the last answer too.
    expect(await lookUp('a')).toEqual(there)
    expect(namesOf(asked)).toEqual(['a'])
    const newer = [{ address: '10.0.0.6', family: 4 }] as const
    asked[0]!.answer([...newer])
    await turn()
    expect(await lookUp('a')).toEqual(newer)
  })

  test('waits for others that hung, the next time, and nobody else does, until it does not hang any more', async () => {
    const many = Array.from({ length: 17 }, (_, n) => `hung${n}`)
    const { asked, lookUp } = await hanging(...many)
    await Promise.all(many.map(lookUp))
    for (const one of asked.splice(0)) one.fail()
    await turn()

    const again = many.map(lookUp)
    void lookUp('new')
    // No time may pass before they are answered, or they hang again.
    await Promise.resolve()
    expect(namesOf(asked)).toEqual(['new', ...many.slice(0, 16)])
    // Which makes room for the last one.
    for (const one of asked.splice(0)) one.answer(there)
    await again[0]
    await turn()
    expect(namesOf(asked)).toEqual(['hung16'])
    void lookUp('hung0')
    expect(namesOf(asked)).toEqual(['hung16', 'hung0'])
  })
})

test('a name that was found is what it was while nobody can tell, and gone when it is said to be', async () => {
  const { asked, lookUp } = namesInHand()
  const outcome = async (end: (one: (typeof asked)[number]) => void) => {
    const answer = lookUp('a')
    end(asked.at(-1)!)
    return answer.catch((error: NodeJS.ErrnoException) => error.code)
  }
  expect(await outcome((one) => one.fail())).toBe('EAI_AGAIN')
  expect(await outcome((one) => one.answer(there))).toEqual(there)
  expect(await outcome((one) => one.fail())).toEqual(there)
  expect(await outcome((one) => one.fail('ENOTFOUND'))).toBe('ENOTFOUND')
  expect(await outcome((one) => one.fail())).toBe('EAI_AGAIN')
})

describe('when it is stopped', () => {
  test('whoever waits for a name that hangs is told, and so is whoever comes later', async () => {
    const { names, lookUp } = namesInHand(1)
    const waiting = expect(lookUp('silent')).rejects.toThrow('stopped before the name was looked up')
    await names.stop()
    await waiting
    await expect(lookUp('later')).rejects.toThrow('stopped')
  })

  test('what does not hang is waited for', async () => {
    const { asked, names, lookUp } = namesInHand()
    const [well, unknown] = [lookUp('well'), lookUp('unknown')]
    const refused = expect(unknown).rejects.toThrow('away')
    const stopped = names.stop()
    asked[0]!.answer(there)
    asked[1]!.fail('ENOTFOUND')
    expect(await well).toEqual(there)
    await refused
    await stopped
  })
})

test('the system knows localhost', async () => {
  const names = new NameLookup()
  onTestFinished(() => names.close())
  const addresses = await names.lookUp('localhost')
  expect(addresses.map(({ address }) => address)).toContain('127.0.0.1')
})
