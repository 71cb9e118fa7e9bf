import sharp from 'sharp'

/**
 * Distinct pictures with the detail of a photograph: smooth shapes and grain, so that a JPEG of 2040×1356 at quality 80
 * has a few hundred kilobytes, as one from a camera.
 */
export async function photographs(count, width = 2040, height = 1356) {
  const made = []
  for (let index = 0; index < count; index += 1) {
    const pixels = Buffer.alloc(width * height * 3)
    let grain = index * 7919 + 1
    for (let y = 0, at = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        grain = (grain * 1103515245 + 12345) & 0x7fffffff
        const noise = (grain >> 16) % 24
        const wave = Math.sin((x * (index + 3)) / 190) + Math.cos((y * (index + 5)) / 130)
        pixels[at++] = 100 + 40 * wave + noise
        pixels[at++] = 90 + 30 * wave + noise + (y * 50) / height
        pixels[at++] = 120 - 35 * wave + noise
      }
    }
    made.push(
      await sharp(pixels, { raw: { width, height, channels: 3 } })
        .jpeg({ quality: 80 })
        .toBuffer(),
    )
  }
  return made
}
