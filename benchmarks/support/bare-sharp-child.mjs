// A process of the bare loop of `bare-sharp.mjs`: nothing but sharp, with the settings that our engines have.
import { readFile, writeFile } from 'node:fs/promises'
import sharp from 'sharp'

sharp.concurrency(1)
sharp.cache(false)

process.on('message', async ({ source, output, width, format, options }) => {
  const picture = sharp(await readFile(source)).resize(width)
  await writeFile(output, await picture.toFormat(format, options).toBuffer())
  process.send('done')
})
process.on('disconnect', () => process.exit())
