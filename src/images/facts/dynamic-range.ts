import type { PictureFormat } from '../picture-format.ts'

/** How bright a picture may become, in the words of the protocol. */
export type DynamicRange = 'hdr' | 'gainmap hdr' | 'sdr'

/**
 * Ways to write light down that are made for more of it than a screen usually gives: PQ and HLG.
 *
 * @source ITU-T H.273, TransferCharacteristics
 */
const wideTransfers = [16, 18]

/**
 * Told by what the file says of its colours in numbers: an AVIF in its box `colr`, a PNG in its chunk `cICP`. Other formats
 * that are read here say nothing of the kind.
 *
 * @param hasGainMap it has a second picture that says where it may be brighter
 */
export function dynamicRangeOf(format: PictureFormat, file: Buffer, hasGainMap: boolean): DynamicRange {
  if (hasGainMap) return 'gainmap hdr'
  const transfer = format === 'avif' ? transferOfAvif(file) : format === 'png' ? transferOfPng(file) : null
  return transfer !== null && wideTransfers.includes(transfer) ? 'hdr' : 'sdr'
}

const NUMBERS = 'colrnclx'

/** Behind the name of the box and of what is in it stand the primaries, then the transfer. */
function transferOfAvif(file: Buffer): number | null {
  const at = file.indexOf(NUMBERS, 0, 'latin1')
  return at === -1 || at + NUMBERS.length + 4 > file.length ? null : file.readUInt16BE(at + NUMBERS.length + 2)
}

/** The chunk stands before the pixels. */
function transferOfPng(file: Buffer): number | null {
  for (let at = 8; at + 10 <= file.length; at += 12 + file.readUInt32BE(at)) {
    const type = file.toString('latin1', at + 4, at + 8)
    if (type === 'cICP') return file[at + 9]!
    if (type === 'IDAT') return null
  }
  return null
}
