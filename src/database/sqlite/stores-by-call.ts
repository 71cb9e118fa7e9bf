import type { Stores } from '../stores.ts'

/** Stores whose every method call goes through one function: to the ledger thread, or to a transaction right here. */
export function storesByCall(
  call: (store: keyof Stores, method: string, args: readonly unknown[]) => Promise<unknown>,
): Stores {
  const byCall = <Name extends keyof Stores>(store: Name): Stores[Name] =>
    new Proxy({} as Stores[Name], {
      get: (_target, method) =>
        // A store is not a promise: `await store` must not look for a method called `then`.
        typeof method === 'string' && method !== 'then' ? (...args: unknown[]) => call(store, method, args) : undefined,
    })
  return {
    objects: byCall('objects'),
    jobs: byCall('jobs'),
    queues: byCall('queues'),
    templates: byCall('templates'),
    deliveries: byCall('deliveries'),
    secrets: byCall('secrets'),
    retention: byCall('retention'),
  }
}
