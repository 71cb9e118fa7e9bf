import sharp from 'sharp'
import { drawSunset } from '../sunset/sunset.ts'

// The program that draws the picture of the demo: `draw-picture.js FILE` writes a JPEG of 1600 x 1067. A process of its
// own, because only programs of the engine load sharp.
const WIDTH = 1_600
const HEIGHT = 1_067

const [file] = process.argv.slice(2)
if (file === undefined) {
  process.stderr.write('usage: draw-picture.js FILE\n')
  process.exitCode = 2
} else {
  await sharp(drawSunset(WIDTH, HEIGHT), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .jpeg({ quality: 90 })
    .toFile(file)
}
