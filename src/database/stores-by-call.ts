import type { ClaimOffer } from '../callbacks/index.ts'
import type { Stores } from './stores.ts'

/** One port call on its way: which method of which store, with what. */
export interface Call {
  readonly store: keyof Stores
  readonly method: string
  readonly args: readonly unknown[]
  /** When it was asked for, UTC milliseconds, where that is the time it is carried out at. Default: when it is carried out. */
  readonly at?: number
  /** What a courier takes in hand of the deliveries that this makes. Default: nothing. */
  readonly offer?: ClaimOffer
}

/** Carries a call out on stores that are at hand. */
export function carryOut(stores: Stores, { store, method, args }: Call): Promise<unknown> {
  const methods = stores[store] as unknown as Record<string, (...args: readonly unknown[]) => Promise<unknown>>
  return methods[method]!(...args)
}

/** Stores whose every method call goes through one function: to the ledger thread, or to a transaction right here. */
export function storesByCall(run: (call: Call) => Promise<unknown>): Stores {
  const made = new Map<string, object>()
  return onDemand((store) => {
    let methods = made.get(store)
    if (methods === undefined) {
      methods = onDemand(
        (method) =>
          (...args: unknown[]) =>
            run({ store: store as keyof Stores, method, args }),
      )
      made.set(store, methods)
    }
    return methods
  }) as Stores
}

/** An object that has every property, each as `make` gives it. */
function onDemand(make: (name: string) => unknown): object {
  return new Proxy(
    {},
    {
      // It is not a promise: `await store` must not look for a method called `then`.
      get: (_target, name) => (typeof name === 'string' && name !== 'then' ? make(name) : undefined),
    },
  )
}
