import { afterEach, beforeEach, expect, test } from 'vitest'
import type { KeyStore } from './key-store.ts'
import { type Grant, grantOfAll } from './permission.ts'

export interface KeyLedgerUnderTest {
  readonly keys: KeyStore
  now(): number
  /** Moves the ledger's clock. */
  pass(ms: number): void
  close(): Promise<void>
}

const grant: Grant = { buckets: ['album-*', 'b-1'], permissions: ['read', 'submit'] }
const pair = { id: 'AKIDone', kind: 'pair', name: 'web, "ü"', secret: 'first secret', grant, expiresAt: null } as const
const token = { ...pair, id: '0123456789abcdef', kind: 'token', secret: 'hash', expiresAt: 9_000_000_000_000 } as const

/** What every adapter of `KeyStore` keeps. */
export function keepsTheKeyStoreContract(open: () => Promise<KeyLedgerUnderTest>): void {
  let ledger: KeyLedgerUnderTest
  let keys: KeyStore
  beforeEach(async () => {
    ledger = await open()
    ;({ keys } = ledger)
  })
  afterEach(() => ledger.close())

  test('what is kept is given, oldest first, and what is told of it holds no secret', async () => {
    expect(await keys.keptKeys()).toEqual([])
    const createdAt = ledger.now()
    const { secret, ...told } = { ...pair, createdAt, isDisabled: false, lastUsedAt: null }
    expect(await keys.keepKey(pair)).toEqual(told)
    ledger.pass(1)
    await keys.keepKey(token)
    expect(await keys.keptKeys()).toEqual([
      { ...told, secret },
      { ...token, createdAt: createdAt + 1, isDisabled: false, lastUsedAt: null },
    ])
  })

  test('an id is given once, whatever the kind', async () => {
    await keys.keepKey(pair)
    await expect(keys.keepKey({ ...pair, grant: grantOfAll })).rejects.toMatchObject({ code: 'KeyTaken' })
    await expect(keys.keepKey({ ...token, id: pair.id })).rejects.toMatchObject({ code: 'KeyTaken' })
    expect(await keys.keptKeys()).toMatchObject([{ id: pair.id, kind: 'pair', grant }])
  })

  test('a key is switched off and on again, and deleted', async () => {
    await keys.keepKey(pair)
    ledger.pass(1)
    await keys.keepKey(token)
    expect(await keys.setKeyDisabled('pair', pair.id, true)).toMatchObject({ id: pair.id, isDisabled: true })
    expect(await keys.setKeyDisabled('pair', pair.id, true)).toMatchObject({ isDisabled: true })
    expect((await keys.keptKeys()).map(({ isDisabled }) => isDisabled)).toEqual([true, false])
    expect(await keys.setKeyDisabled('pair', pair.id, false)).toMatchObject({ isDisabled: false })
    await keys.deleteKey('pair', pair.id)
    expect((await keys.keptKeys()).map(({ id }) => id)).toEqual([token.id])
  })

  test('of another kind, or gone, it is not found', async () => {
    await keys.keepKey(token)
    for (const work of [
      () => keys.setKeyDisabled('pair', token.id, true),
      () => keys.setKeyDisabled('token', 'none', true),
      () => keys.deleteKey('pair', token.id),
      () => keys.deleteKey('token', '__proto__'),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: 'KeyNotFound' })
    }
    expect(await keys.keptKeys()).toMatchObject([{ id: token.id, isDisabled: false }])
  })

  test('uses are noted, the latest one counts', async () => {
    await keys.keepKey(pair)
    ledger.pass(1)
    await keys.keepKey(token)
    const lastUses = async () => (await keys.keptKeys()).map(({ lastUsedAt }) => lastUsedAt)
    await keys.noteKeyUses([
      { id: pair.id, at: 50 },
      { id: 'gone', at: 60 },
    ])
    expect(await lastUses()).toEqual([50, null])
    await keys.noteKeyUses([
      { id: pair.id, at: 40 },
      { id: token.id, at: 41 },
    ])
    expect(await lastUses()).toEqual([50, 41])
    await keys.noteKeyUses([])
  })
}
