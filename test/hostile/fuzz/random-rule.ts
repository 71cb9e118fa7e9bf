import type { Chance } from './chance.ts'

/** Mostly sides that a picture has, now and then the ends of what may be asked. */
function side(chance: Chance): number {
  return chance.isTrue(0.9) ? chance.whole(1, 300) : chance.one([1, 2, 3, 1_000, 2_500, 10_000, 999_999])
}

const geometries: readonly ((chance: Chance) => string)[] = [
  (chance) => `!${chance.whole(1, 150)}p`,
  (chance) => `!${chance.whole(1, 150)}px`,
  (chance) => `!x${chance.whole(1, 150)}p`,
  (chance) => `${side(chance)}x`,
  (chance) => `x${side(chance)}`,
  (chance) => `${side(chance)}x${side(chance)}`,
  (chance) => `${side(chance)}x${side(chance)}>`,
  (chance) => `${side(chance)}x${side(chance)}<`,
  (chance) => `${side(chance)}x${side(chance)}!`,
  (chance) => `!${side(chance)}x${side(chance)}r`,
  (chance) => `${chance.whole(1, 90_000)}@`,
]

const gravities = ['northwest', 'north', 'center', 'east', 'southeast']

const operations: readonly ((chance: Chance) => string)[] = [
  (chance) => `thumbnail/${chance.one(geometries)(chance)}`,
  (chance) => `thumbnail/${chance.one(geometries)(chance)}`,
  (chance) => `thumbnail/${chance.whole(1, 300)}x${chance.whole(1, 300)}/pad/1`,
  (chance) => `crop/${side(chance)}x${side(chance)}/gravity/${chance.one(gravities)}`,
  (chance) => `cut/${side(chance)}x${side(chance)}x${chance.whole(0, 60)}x${chance.whole(0, 60)}`,
  (chance) => `crop/!${side(chance)}x${chance.one(['a', '-'])}${chance.whole(0, 60)}a${chance.whole(0, 60)}`,
  (chance) => `rcrop/${chance.whole(1, 300)}x${chance.whole(300, 10_000)}`,
  (chance) =>
    `indexcrop/${chance.one(['width', 'height'])}/${Math.min(side(chance), 50_000)}/index/${chance.one([0, 1, 7, 999_999])}`,
  (chance) => `rotate/${chance.one([0, 90, 180, 270, 360, 1, 45, 200])}`,
  (chance) => `bright/${chance.whole(-100, 100)}`,
  (chance) => `contrast/${chance.whole(-100, 100)}`,
  (chance) => `sharpen/${chance.whole(10, 300)}`,
  (chance) => `blur/${chance.whole(1, 50)}x${chance.one([0.1, 1, 9, 1000])}`,
  () => 'grayscale/1',
  (chance) => `${chance.one(['iradius', 'rradius'])}/${chance.whole(1, 60)}`,
  (chance) => `flip/${chance.one(['vertical', 'horizontal'])}`,
  () => 'auto-orient',
  (chance) => `format/${chance.one(['jpg', 'yjpeg', 'png', 'webp', 'gif', 'avif', 'bmp', 'tiff'])}`,
  (chance) => `quality/${chance.whole(1, 100)}`,
  (chance) => `rquality/${chance.whole(1, 100)}`,
  (chance) => `lquality/${chance.whole(1, 100)}`,
  (chance) => `interlace/${chance.whole(0, 1)}`,
  () => 'strip',
  (chance) => `frame/${chance.one([1, 2, 999])}`,
  (chance) => `cgif/${chance.one([1, 2, 7, 100])}`,
  (chance) => `egif/${chance.one([1, 2, 300])}`,
  (chance) => `size-limit/${chance.one(['1k', '20k', '1m!'])}`,
  () => 'minisize/1',
  () => 'ignore-error/1',
]

/** A picture in one of many sizes and places. */
function picture(chance: Chance, addresses: readonly string[]): string {
  const made = chance.isTrue(0.3) ? `?imageMogr2/${chance.one(operations)(chance)}` : ''
  const image = Buffer.from(`${chance.one(addresses)}${made}`).toString('base64url')
  const parts = [
    `gravity/${chance.one(gravities)}`,
    `dx/${chance.one([0, 5, 400])}/dy/${chance.one([0, 7, 400])}`,
    `dissolve/${chance.whole(1, 100)}`,
    `blogo/${chance.whole(1, 2)}`,
    `batch/${chance.whole(0, 1)}/degree/${chance.whole(0, 360)}/spacing/${chance.whole(0, 100)}`,
    `scatype/${chance.whole(1, 3)}/spcent/${chance.whole(1, 250)}`,
  ].filter(() => chance.isTrue(0.5))
  return ['watermark/1/image', image, ...parts].join('/')
}

/** Text in one of many sizes and places; what does not fit is cut off. */
function text(chance: Chance): string {
  const words = chance.one(['Pixmill', 'a', 'two\nlines', '  ', 'AVAWATo fi'])
  const parts = [
    `fontsize/${chance.one([1, 8, 13, 40, 200])}`,
    `gravity/${chance.one(gravities)}`,
    `dx/${chance.one([0, 5, 400, 50_000])}`,
    `dissolve/${chance.whole(1, 100)}`,
    `batch/${chance.whole(0, 1)}/degree/${chance.whole(0, 360)}/spacing/${chance.whole(0, 100)}`,
    `shadow/${chance.whole(0, 100)}`,
    `scatype/${chance.whole(1, 3)}/spcent/${chance.whole(1, 250)}`,
  ].filter(() => chance.isTrue(0.5))
  return ['watermark/2/text', Buffer.from(words).toString('base64url'), ...parts].join('/')
}

/**
 * A rule of the operations that are carried out, of one to three stages.
 *
 * @param addresses of the pictures that may be put on
 */
export function randomRule(chance: Chance, addresses: readonly string[]): string {
  const stages = Array.from({ length: chance.isTrue(0.7) ? 1 : chance.whole(2, 3) }, () => {
    if (chance.isTrue(0.1)) return `imageView2/${chance.whole(0, 5)}/w/${side(chance)}/h/${side(chance)}`
    if (chance.isTrue(0.1)) return text(chance)
    if (chance.isTrue(0.1)) return picture(chance, addresses)
    if (chance.isTrue(0.05)) return 'imageSlim'
    const parts = Array.from({ length: chance.whole(1, 4) }, () => chance.one(operations)(chance))
    return `imageMogr2/${parts.join('/')}`
  })
  return stages.join('|')
}
