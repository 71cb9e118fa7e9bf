/**
 * CRC-64/XZ (ECMA-182 polynomial, reflected, all ones before and after): the check sum that COS shows in
 * `x-cos-hash-crc64ecma`, written there as an unsigned decimal number.
 *
 * JavaScript has no fast 64-bit integers: BigInt reaches 5 MB/s here. So a value is two 32-bit halves, and eight bytes
 * are taken per step with eight tables ("slicing by 8"), which keeps it well above what a disk delivers.
 */

/** The polynomial 0x42F0E1EBA9EA3693 with its bits reversed. */
const POLYNOMIAL_HIGH = 0xc96c5795 | 0
const POLYNOMIAL_LOW = 0xd7870f42 | 0
const POLYNOMIAL = 0xc96c5795d7870f42n

/** `low[n * 256 + byte]`: the halves of the remainder of `byte` followed by n zero bytes. */
const low = new Int32Array(8 * 256)
const high = new Int32Array(8 * 256)

for (let byte = 0; byte < 256; byte++) {
  let l = byte
  let h = 0
  for (let bit = 0; bit < 8; bit++) {
    const carry = l & 1
    l = (l >>> 1) | (h << 31)
    h >>>= 1
    if (carry === 1) {
      l ^= POLYNOMIAL_LOW
      h ^= POLYNOMIAL_HIGH
    }
  }
  low[byte] = l
  high[byte] = h
}
for (let i = 256; i < 8 * 256; i++) {
  const l = low[i - 256]!
  const h = high[i - 256]!
  low[i] = ((l >>> 8) | (h << 24)) ^ low[l & 255]!
  high[i] = (h >>> 8) ^ high[l & 255]!
}

/** A check sum in the making; bytes may come in pieces of any length. */
export class Crc64 {
  #low = -1
  #high = -1

  update(bytes: Uint8Array): this {
    let l = this.#low
    let h = this.#high
    const length = bytes.length
    const whole = length - (length & 7)
    let i = 0
    for (; i < whole; i += 8) {
      const a = l ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24))
      const b = h ^ (bytes[i + 4]! | (bytes[i + 5]! << 8) | (bytes[i + 6]! << 16) | (bytes[i + 7]! << 24))
      const a0 = 1792 | (a & 255)
      const a1 = 1536 | ((a >>> 8) & 255)
      const a2 = 1280 | ((a >>> 16) & 255)
      const a3 = 1024 | (a >>> 24)
      const b0 = 768 | (b & 255)
      const b1 = 512 | ((b >>> 8) & 255)
      const b2 = 256 | ((b >>> 16) & 255)
      const b3 = b >>> 24
      l = low[a0]! ^ low[a1]! ^ low[a2]! ^ low[a3]! ^ low[b0]! ^ low[b1]! ^ low[b2]! ^ low[b3]!
      h = high[a0]! ^ high[a1]! ^ high[a2]! ^ high[a3]! ^ high[b0]! ^ high[b1]! ^ high[b2]! ^ high[b3]!
    }
    for (; i < length; i++) {
      const at = (l ^ bytes[i]!) & 255
      l = ((l >>> 8) | (h << 24)) ^ low[at]!
      h = (h >>> 8) ^ high[at]!
    }
    this.#low = l
    this.#high = h
    return this
  }

  /** The sum of everything so far, as an unsigned decimal number. More may follow afterwards. */
  digest(): string {
    return ((BigInt(~this.#high >>> 0) << 32n) | BigInt(~this.#low >>> 0)).toString()
  }
}

/** The check sum of all these bytes at once, as an unsigned decimal number. */
export function crc64(bytes: Uint8Array): string {
  return new Crc64().update(bytes).digest()
}

/**
 * The check sum of two pieces put together, from the sums of each: what a multipart upload needs to know its whole
 * without reading it again.
 *
 * @param first decimal sum of what comes first
 * @param second decimal sum of what follows
 * @param secondLength bytes of what follows
 */
export function combineCrc64(first: string, second: string, secondLength: number): string {
  if (secondLength === 0) return first
  return (times(BigInt(first), powerOfX(BigInt(secondLength) * 8n)) ^ BigInt(second)).toString()
}

/** x^exponent modulo the polynomial. In the reflected form the highest bit is x^0. */
function powerOfX(exponent: bigint): bigint {
  let result = 1n << 63n
  let square = 1n << 62n
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = times(result, square)
    square = times(square, square)
  }
  return result
}

/** The product of two polynomials over GF(2) modulo the polynomial. */
function times(a: bigint, b: bigint): bigint {
  let product = 0n
  let shifted = b
  for (let bit = 63n; bit >= 0n; bit--) {
    if (((a >> bit) & 1n) === 1n) product ^= shifted
    shifted = (shifted & 1n) === 1n ? (shifted >> 1n) ^ POLYNOMIAL : shifted >> 1n
  }
  return product
}
