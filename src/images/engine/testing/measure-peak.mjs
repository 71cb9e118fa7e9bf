// Says what one picture costs at its peak, beside its price: `node measure-peak.mjs <source> <output> <rule>`.
import { readFileSync, writeFileSync } from 'node:fs'
import sharp from 'sharp'
import { openPicture } from '../../../../dist/images/engine/process-picture.js'
import { checkRule, defaultPictureLimits, FontShelf, needsOf } from '../../../../dist/images/index.js'

sharp.cache(false)
sharp.concurrency(1)

const [sourceFile, outputFile, rule] = process.argv.slice(2)

/** The highest resident size since it was last forgotten, bytes. */
const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024

// Whatever is only needed once should be there before.
await sharp({ create: { width: 64, height: 64, channels: 3, background: '#888888' } })
  .jpeg()
  .toBuffer()
const checked = checkRule(rule)
// Whatever a rule puts on is the source itself, as a file of its own.
const inputs = needsOf(checked).pictures.map(({ url }) => ({ url, file: sourceFile }))
const fonts = (await new FontShelf(null).fonts()).files
const task = {
  sourceFile,
  outputFile,
  rule: checked,
  inputs,
  fonts,
  wantSourceFacts: false,
  limits: defaultPictureLimits,
}
writeFileSync('/proc/self/clear_refs', '5')
const before = process.memoryUsage.rss()
const picture = await openPicture(sharp, task)
await picture.finish()
console.log(JSON.stringify({ price: picture.priceBytes, peak: peak() - before }))
