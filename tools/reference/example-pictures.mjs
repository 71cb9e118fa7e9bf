import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import sharp from 'sharp'
import { withLocalEngine } from '../../dist/app/local-engine.js'
import { checkRule, FontShelf, needsOf, resultExtension, supportedOperations } from '../../dist/images/index.js'
import { drawSunset } from '../../dist/images/sunset/sunset.js'

/** Beside the reference pages. */
const folder = new URL('../../docs/reference/pictures/', import.meta.url)

/** What examples are tried on. Drawn once and kept, so that an example changes only when what it shows does. */
const sources = {
  'photo.jpg': () => photo().jpeg({ quality: 80 }),
  'lying.jpg': () => photo().rotate(270).jpeg({ quality: 80 }).withMetadata({ orientation: 6 }),
  'mark.png': () => mark().png(),
  'moving.gif': () => moving().gif({ delay: Array(12).fill(120), effort: 10 }),
}

/** The source of an operation that does nothing to a photograph. */
const sourceOf = {
  'auto-orient': 'lying.jpg',
  frame: 'moving.gif',
  egif: 'moving.gif',
  cgif: 'moving.gif',
}

/**
 * The example of every operation, made by running it: `{ name, source, file, words, bytes }`, the files as links from a reference page,
 * the words about the picture being those that are the same on every machine.
 */
export async function examplePictures() {
  await drawMissingSources()
  return withLocalEngine(null, async ({ engines, folders }) => {
    const made = []
    for (const { name, example } of supportedOperations) {
      const source = sourceOf[name] ?? 'photo.jpg'
      const attempt = await folders.make(engines.engineUser)
      await copyFile(new URL(source, folder), attempt.source)
      const rule = checkRule(example)
      // What is put on lies beside the others, under the name of its key.
      const inputs = []
      for (const { url, path } of needsOf(rule).pictures) {
        const file = attempt.input()
        await copyFile(new URL(path.slice(1), folder), file)
        inputs.push({ url, file })
      }
      const { result } = await engines.process({
        sourceFile: attempt.source,
        outputFile: attempt.output,
        rule,
        inputs,
        fonts: (await new FontShelf(null).fonts()).files,
        wantSourceFacts: false,
        class: 'job',
      })
      made.push({
        name,
        source: `pictures/${source}`,
        file: `pictures/${name.replace('/', '-')}.${resultExtension(result.format)}`,
        words: wordsOf(result),
        bytes: await readFile(attempt.output),
      })
    }
    return made
  })
}

/**
 * Writes the pictures that are not there or look different, and removes those of no example. Bytes are no measure: the
 * same picture, scaled and encoded on another kind of processor, may differ in the last bit.
 */
export async function writeExamples(examples) {
  for (const { file, bytes } of examples) {
    const kept = new URL(file.slice('pictures/'.length), folder)
    if (!(await isAlike(kept, bytes))) await writeFile(kept, bytes)
  }
  for (const name of await strays(examples)) await rm(new URL(name, folder))
}

/** What `writeExamples` would change, a line each. */
export async function complaintsAbout(examples) {
  const complaints = []
  for (const { name, file, bytes } of examples) {
    if (!(await isAlike(new URL(file.slice('pictures/'.length), folder), bytes))) {
      complaints.push(`docs/reference/${file} is not what the example of ${name} gives`)
    }
  }
  for (const name of await strays(examples)) complaints.push(`docs/reference/pictures/${name} is of no example`)
  return complaints
}

/** How far apart the channels of two pictures that look the same may be, in the mean, of 255. */
const maxMeanDifference = 2

async function isAlike(kept, bytes) {
  const file = await readFile(kept).catch(() => null)
  if (file === null) return false
  const [one, other] = await Promise.all([pixelsOf(file), pixelsOf(bytes)])
  if (one.facts !== other.facts || one.pixels.length !== other.pixels.length) return false
  let difference = 0
  for (let at = 0; at < one.pixels.length; at += 1) difference += Math.abs(one.pixels[at] - other.pixels[at])
  return difference / one.pixels.length <= maxMeanDifference
}

async function pixelsOf(bytes) {
  const picture = sharp(bytes, { animated: true })
  const { format, width, height, pages = 1, delay = [], isProgressive } = await picture.metadata()
  const pixels = await picture.toColourspace('srgb').ensureAlpha().raw().toBuffer()
  return { facts: JSON.stringify([format, width, height, pages, delay, isProgressive]), pixels }
}

function wordsOf({ format, width, height, frames }) {
  return `${format.toUpperCase()}, ${width} x ${height}${frames > 1 ? `, ${frames} frames` : ''}`
}

async function strays(examples) {
  const known = new Set([...Object.keys(sources), ...examples.map(({ file }) => file.slice('pictures/'.length))])
  return (await readdir(folder)).filter((name) => !known.has(name))
}

async function drawMissingSources() {
  await mkdir(folder, { recursive: true })
  const there = await readdir(folder)
  for (const [name, draw] of Object.entries(sources)) {
    if (!there.includes(name)) await writeFile(new URL(name, folder), await draw().toBuffer())
  }
}

function photo(width = 300, height = 200) {
  return sharp(drawSunset(width, height), { raw: { width, height, channels: 3 } })
}

/** What is put on other pictures: a ring and a dot, on nothing. */
function mark() {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="60">
    <circle cx="30" cy="30" r="24" fill="none" stroke="#fff" stroke-width="8"/><circle cx="30" cy="30" r="9" fill="#fff"/>
  </svg>`
  return sharp(Buffer.from(svg))
}

/** A ball that rolls from left to right, twelve frames of it. */
function moving(width = 120, height = 60, frames = 12) {
  const strip = Buffer.alloc(width * height * frames * 3, Buffer.from([253, 246, 227]))
  for (let frame = 0; frame < frames; frame += 1) {
    const centre = 14 + ((width - 28) * frame) / (frames - 1)
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const inBall = Math.hypot(x - centre, y - height / 2) < 12
        if (inBall) strip.set([203, 75, 22], ((frame * height + y) * width + x) * 3)
      }
    }
  }
  return sharp(strip, { raw: { width, height: height * frames, channels: 3, pageHeight: height } })
}
