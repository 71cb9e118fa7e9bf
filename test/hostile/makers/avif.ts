import { join, latin, u8, u16be, u32be } from './bytes.ts'

export function box(type: string, ...body: readonly (Uint8Array | string)[]): Buffer {
  const inside = join(...body)
  return join(u32be(inside.length + 8), type, inside)
}

export const fullBox = (type: string, version: number, flags: number, ...body: readonly Uint8Array[]): Buffer =>
  box(type, u32be(version * 0x1000000 + flags), ...body)

/** Where the first box of a type begins in a file that has it once. */
export function boxAt(file: Buffer, type: string): number {
  const at = file.indexOf(latin(type)) - 4
  if (at < 0) throw new Error(`there is no box ${type}`)
  return at
}

export function boxOf(file: Buffer, type: string): Buffer {
  const at = boxAt(file, type)
  return file.subarray(at, at + file.readUInt32BE(at))
}

export const sidesBox = (width: number, height: number): Buffer => fullBox('ispe', 0, 0, u32be(width), u32be(height))

/** The same AVIF with other sides in its container; the coded picture stays as it is. */
export function withSides(avif: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(avif)
  for (let at = changed.indexOf('ispe'); at > 0; at = changed.indexOf('ispe', at + 4)) {
    changed.writeUInt32BE(width, at + 8)
    changed.writeUInt32BE(height, at + 12)
  }
  return changed
}

export interface Item {
  readonly id: number
  readonly type: string
  /** Pieces of the data that follows all boxes: start and length. */
  readonly extents: readonly (readonly [number, number])[]
  /** Numbers of its properties, from 1. */
  readonly properties: readonly number[]
  readonly hidden?: boolean
}

export interface AvifParts {
  readonly primary: number
  readonly items: readonly Item[]
  readonly properties: readonly Uint8Array[]
  /** `dimg` says what an item is made of, `auxl` what it belongs to, `cdsc` what it describes. */
  readonly references?: readonly (readonly [type: string, from: number, to: readonly number[]])[]
  readonly data: Uint8Array
}

/** An AVIF of the items given, by hand. */
export function avifOf({ primary, items, properties, references = [], data }: AvifParts): Buffer {
  const before = join(box('ftyp', 'avif', u32be(0), 'avifmif1miaf'))
  const build = (dataAt: number): Buffer => {
    const locations = items.map(({ id, extents }) =>
      join(
        u16be(id),
        u16be(0),
        u16be(extents.length),
        Buffer.concat(extents.map(([from, length]) => join(u32be(dataAt + from), u32be(length)))),
      ),
    )
    const infos = items.map(({ id, type, hidden = false }) =>
      fullBox('infe', 2, hidden ? 1 : 0, u16be(id), u16be(0), latin(type), u8(0)),
    )
    const links = items.map(({ id, properties: own }) =>
      join(u16be(id), u8(own.length), ...own.map((number) => u8(number | 0x80))),
    )
    const refs = references.map(([type, from, to]) =>
      box(type, u16be(from), u16be(to.length), Buffer.concat(to.map((id) => u16be(id)))),
    )
    const meta = fullBox(
      'meta',
      0,
      0,
      fullBox('hdlr', 0, 0, u32be(0), latin('pict'), Buffer.alloc(13)),
      fullBox('pitm', 0, 0, u16be(primary)),
      fullBox('iloc', 0, 0, u8(0x44), u8(0), u16be(items.length), ...locations),
      fullBox('iinf', 0, 0, u16be(items.length), ...infos),
      ...(refs.length === 0 ? [] : [fullBox('iref', 0, 0, ...refs)]),
      box('iprp', box('ipco', ...properties), fullBox('ipma', 0, 0, u32be(items.length), ...links)),
    )
    return join(before, meta, u32be(data.length + 8), 'mdat')
  }
  const head = build(build(0).length)
  return join(head, data)
}

/** The coded picture of a simple AVIF and the properties it needs. */
export function codedOf(avif: Buffer): { data: Buffer; av1C: Buffer; pixi: Buffer } {
  return { data: boxOf(avif, 'mdat').subarray(8), av1C: boxOf(avif, 'av1C'), pixi: boxOf(avif, 'pixi') }
}

/** What a grid item holds. */
export function gridData(rows: number, columns: number, width: number, height: number): Buffer {
  return join(u8(0), u8(1), u8(rows - 1), u8(columns - 1), u32be(width), u32be(height))
}
