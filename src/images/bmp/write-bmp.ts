/**
 * A BMP file of 24 bits per pixel, from the bottom row to the top one, which is what every program reads.
 *
 * @param pixels red, green and blue of each pixel
 */
export function writeBmp(pixels: Buffer, width: number, height: number): Buffer {
  const rowBytes = Math.ceil((width * 3) / 4) * 4
  const pixelsAt = 54
  const file = Buffer.alloc(pixelsAt + rowBytes * height)
  file.write('BM', 0, 'latin1')
  file.writeUInt32LE(file.length, 2)
  file.writeUInt32LE(pixelsAt, 10)
  file.writeUInt32LE(40, 14)
  file.writeInt32LE(width, 18)
  file.writeInt32LE(height, 22)
  file.writeUInt16LE(1, 26)
  file.writeUInt16LE(24, 28)
  file.writeUInt32LE(rowBytes * height, 34)
  // 72 dots per inch, in dots per metre.
  file.writeInt32LE(2835, 38)
  file.writeInt32LE(2835, 42)
  for (let y = 0; y < height; y++) {
    let from = y * width * 3
    let to = pixelsAt + (height - 1 - y) * rowBytes
    for (let x = 0; x < width; x++, from += 3, to += 3) {
      file[to] = pixels[from + 2]!
      file[to + 1] = pixels[from + 1]!
      file[to + 2] = pixels[from]!
    }
  }
  return file
}
