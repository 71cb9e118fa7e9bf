import { crc32 } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'

/** A picture with something to see in every corner: two gradients, a disc, no noise. Raw RGB. */
export function drawn(width: number, height: number): Sharp {
  const pixels = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 3
      const inDisc = (x - width / 3) ** 2 + (y - height / 2) ** 2 < (height / 4) ** 2
      pixels[at] = Math.round((x / width) * 255)
      pixels[at + 1] = Math.round((y / height) * 255)
      pixels[at + 2] = inDisc ? 220 : 90
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
}

export function jpeg(width: number, height: number, quality = 80): Promise<Buffer> {
  return drawn(width, height).jpeg({ quality }).toBuffer()
}

export function png(width: number, height: number): Promise<Buffer> {
  return drawn(width, height).png().toBuffer()
}

/** The same PNG with other sides in its header, which nothing behind it bears out. */
export function withSize(png: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(png)
  changed.writeUInt32BE(width, 16)
  changed.writeUInt32BE(height, 20)
  changed.writeUInt32BE(crc32(changed.subarray(12, 29)), 29)
  return changed
}
