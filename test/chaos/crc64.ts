/** CRC-64/XZ by the textbook, a bit table and BigInt: slow, and shares nothing with the server's own. */
const table = Array.from({ length: 256 }, (_, byte) => {
  let rest = BigInt(byte)
  for (let bit = 0; bit < 8; bit += 1) rest = (rest & 1n) === 1n ? (rest >> 1n) ^ 0xc96c5795d7870f42n : rest >> 1n
  return rest
})

/** As an unsigned decimal number. */
export function slowCrc64(bytes: Uint8Array): string {
  let sum = 0xffff_ffff_ffff_ffffn
  for (const byte of bytes) sum = table[Number((sum ^ BigInt(byte)) & 0xffn)]! ^ (sum >> 8n)
  return (sum ^ 0xffff_ffff_ffff_ffffn).toString()
}
