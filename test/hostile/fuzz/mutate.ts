import { crc32 } from 'node:zlib'
import { garbage, join } from '../makers/bytes.ts'
import type { Chance } from './chance.ts'

type Mutation = (bytes: Buffer, chance: Chance, others: readonly Buffer[]) => Buffer

/** Places near the beginning are where the structure is. */
function place(bytes: Buffer, chance: Chance): number {
  const end = Math.max(bytes.length - 1, 0)
  return chance.isTrue(0.4) ? chance.whole(0, Math.min(end, 400)) : chance.whole(0, end)
}

const edges = [0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff]

const mutations: { readonly [name: string]: Mutation } = {
  flipBits(bytes, chance) {
    const changed = Buffer.from(bytes)
    for (let count = chance.whole(1, 12); count > 0; count -= 1) {
      const at = place(changed, chance)
      changed[at] = (changed[at] ?? 0) ^ (1 << chance.whole(0, 7))
    }
    return changed
  },
  truncate: (bytes, chance) => bytes.subarray(0, chance.whole(0, bytes.length)),
  splice(bytes, chance, others) {
    const other = chance.one(others)
    const from = place(other, chance)
    const piece = other.subarray(from, from + chance.whole(1, 2_000))
    const at = place(bytes, chance)
    return join(bytes.subarray(0, at), piece, bytes.subarray(at + chance.whole(0, piece.length)))
  },
  editLength(bytes, chance) {
    const changed = Buffer.from(bytes)
    const width = chance.one([1, 2, 4] as const)
    const at = Math.min(place(changed, chance), changed.length - width)
    if (at < 0) return changed
    const value = chance.one(edges) % 2 ** (8 * width)
    if (chance.isTrue(0.5)) changed.writeUIntBE(value, at, width)
    else changed.writeUIntLE(value, at, width)
    return changed
  },
  repeat(bytes, chance) {
    const at = place(bytes, chance)
    const piece = bytes.subarray(at, at + chance.whole(1, 400))
    const times = chance.isTrue(0.1) ? 500 : chance.whole(1, 8)
    return join(bytes.subarray(0, at), ...Array<Buffer>(times).fill(piece), bytes.subarray(at))
  },
  remove(bytes, chance) {
    const at = place(bytes, chance)
    return join(bytes.subarray(0, at), bytes.subarray(at + chance.whole(1, 300)))
  },
  scribble(bytes, chance) {
    const changed = Buffer.from(bytes)
    const at = place(changed, chance)
    garbage(chance.whole(1, 200), chance.whole(1, 1e6)).copy(changed, at)
    return changed
  },
  zero(bytes, chance) {
    const at = place(bytes, chance)
    return Buffer.from(bytes).fill(0, at, Math.min(bytes.length, at + chance.whole(1, 200)))
  },
}

export interface Mutated {
  readonly bytes: Buffer
  /** The names of what was done to it, in their order. */
  readonly done: readonly string[]
}

export function mutate(bytes: Buffer, chance: Chance, others: readonly Buffer[]): Mutated {
  const done: string[] = []
  let changed = bytes
  for (let count = chance.isTrue(0.6) ? 1 : chance.whole(2, 4); count > 0; count -= 1) {
    const name = chance.one(Object.keys(mutations))
    changed = mutations[name]!(changed, chance, others)
    done.push(name)
  }
  // The decoder of PNG would look no further than the first wrong checksum.
  if (chance.isTrue(0.7)) changed = withRightChecksums(changed)
  return { bytes: changed, done }
}

function withRightChecksums(bytes: Buffer): Buffer {
  if (bytes.toString('latin1', 1, 4) !== 'PNG') return bytes
  const changed = Buffer.from(bytes)
  for (let at = 8; at + 12 <= changed.length; ) {
    const end = at + 8 + changed.readUInt32BE(at)
    if (end + 4 > changed.length) break
    changed.writeUInt32BE(crc32(changed.subarray(at + 4, end)), end)
    at = end + 4
  }
  return changed
}
