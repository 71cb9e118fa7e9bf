import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { drawn, jpeg, png, withSize } from '../support/pictures.ts'
import * as avif from './makers/avif.ts'
import { garbage, join, latin, times, u8, u16be, u32be, u32le, zlibBomb } from './makers/bytes.ts'
import * as gif from './makers/gif.ts'
import * as jpg from './makers/jpeg.ts'
import { blackPixels, chunk, compressedChunk, pngOf } from './makers/png.ts'
import * as tiff from './makers/tiff.ts'
import * as webp from './makers/webp.ts'

export type Ending = 'Success' | 'InvalidArgument' | 'ResourceNotSupported'

/** A picture that was made to hurt. All of them are drawn or put together here; none came from anywhere. */
export interface HostilePicture {
  readonly name: string
  readonly make: () => Buffer | Promise<Buffer>
  /** How its job may end. More than one where it is the decoder's choice whether the rest can be shown. */
  readonly ends: readonly Ending[]
  /** What the message has to say. */
  readonly says?: RegExp
  /** Default: `imageMogr2/thumbnail/64x64`. */
  readonly rule?: string
}

const success = ['Success'] as const
const overLimit = ['InvalidArgument'] as const
const undecodable = ['ResourceNotSupported'] as const
const shownOrNot = ['Success', 'ResourceNotSupported'] as const
const overLimitOrUndecodable = ['InvalidArgument', 'ResourceNotSupported'] as const
const any = ['Success', 'InvalidArgument', 'ResourceNotSupported'] as const

const tooWide = /width of the source is \d+ pixels, at most 50000/
const tooHigh = /height of the source is \d+ pixels, at most 50000/
const tooLarge = /area of the source \(.*\) is \d+ pixels, at most 250000000/
const tooDear = /needs about \d+ MiB of memory to process, at most \d+ MiB are allowed/
const tooManyFrames = /animation of the source is \d+ frames, at most 300/

const MiB = 1024 * 1024

const jpegs: readonly HostilePicture[] = [
  {
    name: 'JPEG: sides of 65535',
    make: async () => jpg.withSides(await jpeg(64, 48), 65_535, 65_535),
    ends: overLimit,
    says: tooWide,
  },
  {
    name: 'JPEG: 65535x1',
    make: async () => jpg.withSides(await jpeg(64, 48), 65_535, 1),
    ends: overLimit,
    says: tooWide,
  },
  {
    name: 'JPEG: 1x65535',
    make: async () => jpg.withSides(await jpeg(64, 48), 1, 65_535),
    ends: overLimit,
    says: tooHigh,
  },
  {
    name: 'JPEG: 50000x1',
    make: () =>
      sharp({ create: { width: 50_000, height: 1, channels: 3, background: 'red' } })
        .jpeg()
        .toBuffer(),
    ends: success,
  },
  { name: 'JPEG: 1x1', make: () => jpeg(1, 1), ends: success },
  {
    name: 'JPEG: says 12000x12000 and holds 64x48',
    make: async () => jpg.withSides(await jpeg(64, 48), 12_000, 12_000),
    ends: shownOrNot,
  },
  {
    name: 'JPEG: says 8x8 and holds 640x480',
    make: async () => jpg.withSides(await jpeg(640, 480), 8, 8),
    ends: shownOrNot,
  },
  {
    name: 'JPEG: height zero',
    make: async () => jpg.withSides(await jpeg(64, 48), 64, 0),
    ends: overLimitOrUndecodable,
  },
  {
    name: 'JPEG: progressive of 225 megapixels in 30 kB',
    make: () => jpg.manyScans(15_000, 15_000, 3),
    ends: overLimit,
    says: tooDear,
  },
  { name: 'JPEG: 800 scans of 1 megapixel', make: () => jpg.manyScans(1_000, 1_000, 800), ends: any },
  { name: 'JPEG: 90 scans of 4 megapixels', make: () => jpg.manyScans(2_000, 2_000, 90), ends: shownOrNot },
  {
    name: 'JPEG: baseline of 225 megapixels, a scan for each component',
    make: () => jpg.oneScanEach(15_000, 15_000),
    ends: overLimit,
    says: tooDear,
  },
  {
    name: 'JPEG: a large frame behind a restart marker, a small one for careless readers',
    make: () => jpg.twoFaced(15_000, 15_000, 16, 16),
    ends: overLimitOrUndecodable,
  },
  {
    name: 'JPEG: a restart marker behind each of 250000 blocks',
    make: () => jpg.restartEachBlock(4_000, 4_000),
    ends: success,
  },
  {
    name: 'JPEG: 30 MB of APP0 padding',
    make: async () => jpg.withSegments(await jpeg(64, 48), times(457, jpg.segment(0xe5, garbage(65_533)))),
    ends: success,
  },
  {
    name: 'JPEG: 30 MB of EXIF segments',
    make: async () =>
      jpg.withSegments(await jpeg(64, 48), times(457, jpg.segment(0xe1, join('Exif\0\0', garbage(65_527))))),
    ends: any,
  },
  {
    name: 'JPEG: 7 million empty comments',
    make: async () => jpg.withSegments(await jpeg(64, 48), times(7_000_000, jpg.segment(0xfe, Buffer.alloc(0)))),
    ends: any,
  },
  {
    name: 'JPEG: 500 thousand Huffman tables',
    make: async () =>
      jpg.withSegments(
        await jpeg(64, 48),
        times(500_000, jpg.segment(0xc4, join(u8(0), u8(1), Buffer.alloc(15), u8(0)))),
      ),
    ends: shownOrNot,
  },
  {
    name: 'JPEG: a profile of 16 MB of garbage',
    make: async () => jpg.withSegments(await jpeg(64, 48), ...jpg.iccSegments(garbage(254 * 65_519))),
    ends: shownOrNot,
  },
  {
    name: 'JPEG: EXIF whose directories point at each other',
    make: async () => jpg.withSegments(await jpeg(64, 48), jpg.segment(0xe1, join('Exif\0\0', circularExif()))),
    ends: success,
  },
  {
    name: 'JPEG: EXIF cut in its first directory',
    make: async () =>
      jpg.withSegments(await jpeg(64, 48), jpg.segment(0xe1, join('Exif\0\0', circularExif().subarray(0, 20)))),
    ends: success,
  },
  {
    name: 'JPEG: EXIF with values of 4 GB',
    make: async () => jpg.withSegments(await jpeg(64, 48), jpg.segment(0xe1, join('Exif\0\0', hugeExif()))),
    ends: success,
  },
  {
    name: 'JPEG: arithmetic coding',
    make: async () => jpg.withFrameMarker(await jpeg(640, 480), 0xc9),
    ends: shownOrNot,
  },
  { name: 'JPEG: lossless', make: async () => jpg.withFrameMarker(await jpeg(640, 480), 0xc3), ends: undecodable },
  {
    name: 'JPEG: CMYK with a broken profile',
    make: async () =>
      jpg.withSegments(
        await drawn(320, 240).toColourspace('cmyk').jpeg().toBuffer(),
        ...jpg.iccSegments(garbage(5_000)),
      ),
    ends: shownOrNot,
  },
  { name: 'JPEG: cut in the middle', make: async () => (await jpeg(640, 480)).subarray(0, 4_000), ends: undecodable },
  { name: 'JPEG: nothing but its start', make: () => latin('\xff\xd8\xff'), ends: undecodable },
  { name: 'JPEG and ZIP in one', make: async () => join(await jpeg(64, 48), zip()), ends: success },
]

const pngs: readonly HostilePicture[] = [
  {
    name: 'PNG: sides of 2147483647',
    make: async () => withSize(await png(16, 16), 0x7fffffff, 0x7fffffff),
    ends: overLimitOrUndecodable,
  },
  {
    name: 'PNG: 65535x1',
    make: () => pngOf({ width: 65_535, height: 1 }, blackPixels({ width: 65_535, height: 1 })),
    ends: overLimit,
    says: tooWide,
  },
  {
    name: 'PNG: 1x65535',
    make: () => pngOf({ width: 1, height: 65_535 }, blackPixels({ width: 1, height: 65_535 })),
    ends: overLimit,
    says: tooHigh,
  },
  { name: 'PNG: 1x1', make: () => png(1, 1), ends: success },
  {
    name: 'PNG: 50000x50000',
    make: async () => withSize(await png(16, 16), 50_000, 50_000),
    ends: overLimit,
    says: tooLarge,
  },
  {
    name: 'PNG: 50000x5000 in truth, 730 kB',
    make: () => pngOf({ width: 50_000, height: 5_000 }, chunk('IDAT', zlibBomb(716))),
    ends: any,
  },
  {
    name: 'PNG: 240 megapixels, interlaced, 16 bits, transparent',
    make: () =>
      pngOf({ width: 16_000, height: 15_000, depth: 16, colour: 6, interlaced: true }, chunk('IDAT', zlibBomb(1))),
    ends: overLimit,
    says: tooDear,
  },
  {
    name: 'PNG: says 12000x12000 and holds 16x16',
    make: async () => withSize(await png(16, 16), 12_000, 12_000),
    ends: undecodable,
  },
  {
    name: 'PNG: says 16x16 and inflates to 4 GiB',
    make: () => pngOf({ width: 16, height: 16 }, chunk('IDAT', zlibBomb(4_096))),
    ends: shownOrNot,
  },
  {
    name: 'PNG: a profile that inflates to 4 GiB',
    make: () =>
      pngOf(
        { width: 16, height: 16 },
        compressedChunk('iCCP', zlibBomb(4_096)),
        blackPixels({ width: 16, height: 16 }),
      ),
    ends: shownOrNot,
  },
  {
    name: 'PNG: zTXt that inflates to 4 GiB',
    make: () =>
      pngOf(
        { width: 16, height: 16 },
        compressedChunk('zTXt', zlibBomb(4_096)),
        blackPixels({ width: 16, height: 16 }),
      ),
    ends: shownOrNot,
  },
  {
    name: 'PNG: XMP that inflates to 4 GiB',
    make: () =>
      pngOf(
        { width: 16, height: 16 },
        compressedChunk('iTXt', zlibBomb(4_096), 'XML:com.adobe.xmp'),
        blackPixels({ width: 16, height: 16 }),
      ),
    ends: shownOrNot,
  },
  {
    name: 'PNG: 900 zTXt that inflate to 7 MiB each',
    make: () =>
      pngOf(
        { width: 16, height: 16 },
        times(900, compressedChunk('zTXt', deflateSync(Buffer.alloc(7 * MiB)))),
        blackPixels({ width: 16, height: 16 }),
      ),
    ends: shownOrNot,
  },
  {
    name: 'PNG: 30 MB in a chunk nobody knows',
    make: () =>
      pngOf({ width: 16, height: 16 }, chunk('hoSt', garbage(30 * MiB)), blackPixels({ width: 16, height: 16 })),
    ends: shownOrNot,
  },
  {
    name: 'PNG: 2 million empty chunks',
    make: () =>
      pngOf(
        { width: 16, height: 16 },
        times(2_000_000, chunk('tEXt', latin('a\0'))),
        blackPixels({ width: 16, height: 16 }),
      ),
    ends: shownOrNot,
  },
  {
    name: 'PNG: 2 million empty pieces of pixels',
    make: () =>
      pngOf(
        { width: 16, height: 16 },
        times(2_000_000, chunk('IDAT', Buffer.alloc(0))),
        blackPixels({ width: 16, height: 16 }),
      ),
    ends: shownOrNot,
  },
  {
    name: 'PNG: a profile of garbage',
    make: () =>
      pngOf(
        { width: 16, height: 16 },
        compressedChunk('iCCP', deflateSync(garbage(10_000))),
        blackPixels({ width: 16, height: 16 }),
      ),
    ends: shownOrNot,
  },
  {
    name: 'PNG: EXIF of garbage',
    make: () =>
      pngOf({ width: 16, height: 16 }, chunk('eXIf', garbage(20_000)), blackPixels({ width: 16, height: 16 })),
    ends: shownOrNot,
  },
  {
    name: 'PNG: 30000x30000',
    make: () => pngOf({ width: 30_000, height: 30_000 }, blackPixels({ width: 16, height: 16 })),
    ends: overLimit,
    says: tooLarge,
  },
  {
    name: 'PNG: an animation of 4 billion frames',
    make: () =>
      pngOf(
        { width: 16, height: 16 },
        chunk('acTL', join(u32be(0xffffffff), u32be(0))),
        blackPixels({ width: 16, height: 16 }),
      ),
    ends: shownOrNot,
  },
  {
    name: 'PNG: 16 bits',
    make: () => pngOf({ width: 300, height: 200, depth: 16 }, blackPixels({ width: 300, height: 200, depth: 16 })),
    ends: success,
  },
  {
    name: 'PNG: cut in the middle',
    make: async () => {
      const whole = await png(640, 480)
      return whole.subarray(0, whole.length >> 1)
    },
    ends: undecodable,
  },
]

const webps: readonly HostilePicture[] = [
  {
    name: 'WebP: a canvas of 16777216x16777216',
    make: async () => webp.webpOf(webp.vp8x(0x1000000, 0x1000000, 'alpha'), await lossless(16, 16)),
    ends: overLimitOrUndecodable,
  },
  {
    name: 'WebP: says 16000x15000 and holds 16x16',
    make: async () => webp.webpOf(webp.vp8x(16_000, 15_000, 'alpha'), await lossless(16, 16)),
    ends: overLimitOrUndecodable,
  },
  {
    name: 'WebP: says 16x16 and holds 4000x4000',
    make: async () => webp.webpOf(webp.vp8x(16, 16, 'alpha'), await lossless(4_000, 4_000)),
    ends: overLimitOrUndecodable,
  },
  {
    name: 'WebP: lossless, 16383x15000 in truth',
    make: async () => webp.webpOf(await lossless(16_383, 15_000)),
    ends: overLimit,
    says: tooDear,
  },
  { name: 'WebP: 1x16383', make: async () => webp.webpOf(await lossless(1, 16_383)), ends: success },
  {
    name: 'WebP: 300 thousand frames',
    make: async () =>
      webp.webpOf(
        webp.vp8x(1, 1, 'animation'),
        webp.animation,
        times(300_000, webp.webpFrame(1, 1, await lossless(1, 1))),
      ),
    ends: overLimit,
    says: tooManyFrames,
  },
  {
    name: 'WebP: 300 frames of one pixel on a canvas of 16383x16383',
    make: async () =>
      webp.webpOf(
        webp.vp8x(16_383, 16_383, 'animation'),
        webp.animation,
        times(300, webp.webpFrame(1, 1, await lossless(1, 1))),
      ),
    ends: overLimit,
    says: tooLarge,
  },
  {
    name: 'WebP: one frame of one pixel on a canvas of 15000x15000',
    make: async () =>
      webp.webpOf(webp.vp8x(15_000, 15_000, 'animation'), webp.animation, webp.webpFrame(1, 1, await lossless(1, 1))),
    ends: overLimit,
    says: tooDear,
  },
  {
    name: 'WebP: 200 frames of one pixel on a canvas of 1000x1000, all kept',
    make: async () =>
      webp.webpOf(
        webp.vp8x(1_000, 1_000, 'animation'),
        webp.animation,
        times(200, webp.webpFrame(1, 1, await lossless(1, 1))),
      ),
    rule: 'imageMogr2/thumbnail/64x64',
    ends: overLimit,
    says: tooDear,
  },
  {
    name: 'WebP: a profile of 30 MB of garbage',
    make: async () =>
      webp.webpOf(webp.vp8x(16, 16, 'icc'), webp.riffChunk('ICCP', garbage(30 * MiB)), await lossless(16, 16)),
    ends: shownOrNot,
  },
  {
    name: 'WebP: EXIF and XMP of garbage',
    make: async () =>
      webp.webpOf(
        webp.vp8x(16, 16, 'exif', 'xmp'),
        await lossless(16, 16),
        webp.riffChunk('EXIF', garbage(100_000)),
        webp.riffChunk('XMP ', garbage(100_000)),
      ),
    ends: shownOrNot,
  },
  {
    name: 'WebP: 3 million empty chunks',
    make: async () =>
      webp.webpOf(webp.vp8x(16, 16), times(3_000_000, webp.riffChunk('hoSt', Buffer.alloc(0))), await lossless(16, 16)),
    ends: overLimit,
    says: /number of chunks of the source is 3000002 chunks, at most 1000/,
  },
  {
    name: 'WebP: a RIFF that says 4 GB',
    make: async () => {
      const whole = Buffer.from(webp.webpOf(await lossless(16, 16)))
      whole.writeUInt32LE(0xfffffff6, 4)
      return whole
    },
    ends: undecodable,
  },
  {
    name: 'WebP: cut in the middle',
    make: async () => {
      const whole = await drawn(640, 480).webp().toBuffer()
      return whole.subarray(0, whole.length >> 1)
    },
    ends: undecodable,
  },
]

const gifs: readonly HostilePicture[] = [
  {
    name: 'GIF: 100 thousand tiny frames',
    make: () => gif.manyFrames(1, 1, 100_000),
    ends: overLimit,
    says: tooManyFrames,
  },
  {
    name: 'GIF: 1.2 million tiny frames',
    make: () => gif.manyFrames(1, 1, 1_200_000),
    ends: overLimit,
    says: tooManyFrames,
  },
  {
    name: 'GIF: an animation that does not end',
    make: () => gif.manyFrames(1, 1, 300).subarray(0, -1),
    ends: shownOrNot,
  },
  {
    name: 'GIF: 100 thousand frames that do not end',
    make: () => gif.manyFrames(1, 1, 100_000).subarray(0, -1),
    ends: overLimit,
    says: tooManyFrames,
  },
  {
    name: 'GIF: a screen of 65535x65535 that is as large as its one pixel',
    make: () => gif.manyFrames(65_535, 65_535, 1),
    ends: success,
  },
  {
    name: 'GIF: a screen of 15000x15000 that is as large as its two frames of one pixel',
    make: () => gif.manyFrames(15_000, 15_000, 2),
    ends: success,
  },
  {
    name: 'GIF: a screen of 1000x1000 and 251 frames of one pixel',
    make: () => gif.manyFrames(1_000, 1_000, 251),
    ends: overLimit,
    says: tooLarge,
  },
  {
    name: 'GIF: a screen of 900x900 and 300 frames of one pixel',
    make: () => gif.manyFrames(900, 900, 300),
    ends: overLimit,
    says: tooDear,
  },
  {
    name: 'GIF: a screen of 10x10 and a frame of 60000x60000',
    make: () => gif.gifOf(10, 10, gif.gifFrame({ width: 60_000, height: 60_000 })),
    ends: any,
  },
  {
    name: 'GIF: a screen of 0x0 and a frame of 15000x15000',
    make: () => gif.gifOf(0, 0, gif.gifFrame({ width: 15_000, height: 15_000 })),
    ends: overLimitOrUndecodable,
  },
  {
    name: 'GIF: a screen of 10x10, the second frame 15000x15000',
    make: () =>
      gif.gifOf(10, 10, gif.gifFrame({ width: 10, height: 10 }), gif.gifFrame({ width: 15_000, height: 15_000 })),
    ends: any,
  },
  {
    name: 'GIF: a frame outside its screen',
    make: () => gif.gifOf(10, 10, gif.gifFrame({ left: 60_000, top: 60_000, width: 10, height: 10 })),
    ends: any,
  },
  { name: 'GIF: no frame at all', make: () => gif.gifOf(10, 10), ends: undecodable },
  {
    name: 'GIF: a comment of 30 MB',
    make: () => gif.gifOf(1, 1, gif.gifComment(garbage(30 * MiB)), gif.gifFrame({ width: 1, height: 1 })),
    ends: any,
  },
  {
    name: 'GIF and JavaScript in one',
    make: async () => {
      const whole = Buffer.from(await drawn(64, 48).gif().toBuffer())
      whole.write('/*', 6, 'latin1')
      return join(whole, '*/=1;alert(1)')
    },
    ends: any,
  },
  {
    name: 'GIF: cut in the middle',
    make: async () => {
      const whole = await drawn(640, 480).gif().toBuffer()
      return whole.subarray(0, whole.length >> 1)
    },
    ends: undecodable,
  },
]

const avifs: readonly HostilePicture[] = [
  {
    name: 'AVIF: says 4294967295x4294967295',
    make: async () => avif.withSides(await coded(64, 48), 0xffffffff, 0xffffffff),
    ends: overLimitOrUndecodable,
  },
  {
    name: 'AVIF: says 15000x15000 and holds 64x48',
    make: async () => avif.withSides(await coded(64, 48), 15_000, 15_000),
    ends: overLimit,
    says: tooDear,
  },
  {
    name: 'AVIF: says 16x16 and holds 2000x2000',
    make: async () => avif.withSides(await coded(2_000, 2_000), 16, 16),
    ends: undecodable,
  },
  {
    name: 'AVIF: says 1000x1000 and holds 16x16',
    make: async () => avif.withSides(await coded(16, 16), 1_000, 1_000),
    ends: undecodable,
  },
  {
    name: 'AVIF: a grid of 256x256 that shows one tile 65536 times',
    make: async () => grid(256, 256, 64, 64 * 256, 64 * 256),
    ends: overLimitOrUndecodable,
  },
  {
    name: 'AVIF: a grid of 64x64 that shows one tile 4096 times',
    make: async () => grid(64, 64, 64, 64 * 64, 64 * 64),
    ends: any,
  },
  {
    name: 'AVIF: a grid that says 16x16 and holds 100 tiles of 1000x1000',
    make: async () => grid(10, 10, 1_000, 16, 16),
    ends: shownOrNot,
  },
  { name: 'AVIF: a grid of itself', make: async () => gridOfItself(), ends: undecodable },
  {
    name: 'AVIF: pixels of 65535 extents, all the same 20 kB',
    make: async () => manyExtents(),
    ends: overLimitOrUndecodable,
  },
  { name: 'AVIF: EXIF of 65535 extents, all the same 1 MB', make: async () => manyExtents(true), ends: any },
  { name: 'AVIF: boxes 10000 deep', make: () => deepBoxes(10_000), ends: undecodable },
  {
    name: 'AVIF: 3 million empty boxes',
    make: async () => {
      const whole = await coded(64, 48)
      const head = whole.readUInt32BE(0)
      return join(whole.subarray(0, head), times(3_000_000, avif.box('free')), whole.subarray(head))
    },
    ends: undecodable,
  },
  {
    name: 'AVIF: a box that says it is larger than the file',
    make: async () => {
      const whole = Buffer.from(await coded(64, 48))
      whole.writeUInt32BE(0xfffffff0, avif.boxAt(whole, 'meta'))
      return whole
    },
    ends: undecodable,
  },
  {
    name: 'AVIF: cut in the middle',
    make: async () => {
      const whole = await coded(640, 480)
      return whole.subarray(0, whole.length >> 1)
    },
    ends: undecodable,
  },
]

const black = (bytes: number) => deflateSync(Buffer.alloc(bytes), { level: 9 })
const deflated = { bits: [8, 8, 8], packing: tiff.compression.deflate }

const tiffs: readonly HostilePicture[] = [
  {
    name: 'TIFF: sides of 4294967295',
    make: () => tiff.oneStrip({ width: 0xffffffff, height: 0xffffffff }, Buffer.alloc(16)),
    ends: overLimitOrUndecodable,
  },
  {
    name: 'TIFF: 65535x1',
    make: () => tiff.oneStrip({ width: 65_535, height: 1 }, Buffer.alloc(65_535 * 3)),
    ends: overLimit,
    says: tooWide,
  },
  {
    name: 'TIFF: one strip of 15000x15000',
    make: () => tiff.oneStrip({ width: 15_000, height: 15_000, ...deflated }, zlibBomb(644)),
    ends: overLimit,
    says: tooDear,
  },
  {
    name: 'TIFF: one strip of 4000x4000',
    make: () => tiff.oneStrip({ width: 4_000, height: 4_000, ...deflated }, black(4_000 * 4_000 * 3)),
    ends: success,
  },
  {
    name: 'TIFF: says 9000x9000 and holds 16x16',
    make: () => tiff.oneStrip({ width: 9_000, height: 9_000, ...deflated }, black(768)),
    ends: overLimitOrUndecodable,
  },
  {
    name: 'TIFF: 16x16, a strip that inflates to 4 GiB',
    make: () => tiff.oneStrip({ width: 16, height: 16, ...deflated }, zlibBomb(4_096)),
    ends: shownOrNot,
  },
  {
    name: 'TIFF: 16x16, a strip that says 4 GB',
    make: () => tiff.oneStrip({ width: 16, height: 16 }, Buffer.alloc(768), [tiff.tag.stripBytes, [0xfffffff0]]),
    ends: any,
  },
  {
    name: 'TIFF: 4000x4000, a strip that says 0 bytes',
    make: () => tiff.oneStrip({ width: 4_000, height: 4_000 }, Buffer.alloc(768), [tiff.tag.stripBytes, [0], 4]),
    ends: any,
  },
  { name: 'TIFF: 16x16 with a tile of 30000x30000', make: () => tiled(16, 16, 30_000), ends: overLimitOrUndecodable },
  { name: 'TIFF: 16x16 with a tile of 8000x8000', make: () => tiled(16, 16, 8_000), ends: any },
  {
    name: 'TIFF: 16x16 with 1000 samples of 64 bits',
    make: () =>
      tiff.oneStrip(
        { width: 16, height: 16, bits: Array(1_000).fill(64), packing: tiff.compression.deflate },
        black(16 * 16 * 8_000),
      ),
    ends: overLimitOrUndecodable,
  },
  {
    name: 'TIFF: 3000x3000 with 64-bit floating-point numbers',
    make: () =>
      tiff.oneStrip(
        { width: 3_000, height: 3_000, bits: [64, 64, 64], packing: tiff.compression.deflate },
        zlibBomb(207),
        [tiff.tag.sampleFormat, [3, 3, 3]],
      ),
    ends: any,
  },
  {
    name: 'TIFF: 2000x2000 with 50 samples',
    make: () =>
      tiff.oneStrip(
        { width: 2_000, height: 2_000, bits: Array(50).fill(8), packing: tiff.compression.deflate },
        zlibBomb(191),
      ),
    ends: any,
  },
  {
    name: 'TIFF: a directory that follows itself',
    make: () => {
      const whole = Buffer.from(tiff.oneStrip({ width: 16, height: 16 }, Buffer.alloc(768)))
      const at = whole.readUInt32LE(4)
      whole.writeUInt32LE(at, at + 2 + whole.readUInt16LE(at) * 12)
      return whole
    },
    ends: shownOrNot,
  },
  { name: 'TIFF: 60000 pages', make: () => pages(60_000), ends: any },
  { name: 'TIFF: 5000 pages that each name the same 20 MB', make: () => pages(5_000, 20 * MiB), ends: any },
  {
    name: 'TIFF: sub-directories that point at each other',
    make: () => tiff.oneStrip({ width: 16, height: 16 }, Buffer.alloc(768), [tiff.tag.subIfds, [776, 776, 776], 4]),
    ends: any,
  },
  {
    name: 'TIFF: EXIF that points at its own picture',
    make: () => tiff.oneStrip({ width: 16, height: 16 }, Buffer.alloc(768), [tiff.tag.exifIfd, [776], 4]),
    ends: any,
  },
  {
    name: 'TIFF: XMP of 30 MB',
    make: () => tiff.oneStrip({ width: 16, height: 16 }, Buffer.alloc(768), [tiff.tag.xmp, garbage(30 * MiB), 1]),
    ends: any,
  },
  {
    name: 'TIFF: a profile of garbage',
    make: () => tiff.oneStrip({ width: 16, height: 16 }, Buffer.alloc(768), [tiff.tag.icc, garbage(100_000)]),
    ends: any,
  },
  {
    name: 'TIFF: strips that say they are 50000',
    make: () =>
      tiff.oneStrip(
        { width: 50_000, height: 5_000, bits: [8] },
        Buffer.alloc(64),
        [tiff.tag.rowsPerStrip, [1]],
        [tiff.tag.stripOffsets, Array(5_000).fill(8), 4],
        [tiff.tag.stripBytes, Array(5_000).fill(64), 4],
      ),
    ends: any,
  },
  {
    name: 'TIFF: cut in the middle',
    make: async () => {
      const whole = await drawn(640, 480).tiff({ compression: 'none' }).toBuffer()
      return whole.subarray(0, whole.length >> 1)
    },
    ends: undecodable,
  },
]

const strangers: readonly HostilePicture[] = [
  {
    name: 'an SVG that loads a file',
    make: () =>
      latin('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>'),
    ends: undecodable,
    says: /SVG/,
  },
  {
    name: 'a PDF',
    make: () => latin('%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>'),
    ends: undecodable,
    says: /PDF/,
  },
  { name: 'PostScript', make: () => latin('%!PS-Adobe-3.0\n(/etc/passwd) (r) file'), ends: undecodable },
  {
    name: 'an MP4',
    make: () =>
      join(
        avif.box('ftyp', 'isom', u32be(512), 'isomiso2avc1mp41'),
        avif.box('free'),
        avif.box('mdat', garbage(2_000)),
      ),
    ends: undecodable,
  },
  {
    name: 'an MP4 that says it is AVIF',
    make: () =>
      join(avif.box('ftyp', 'isom', u32be(512), 'isomavif'), avif.box('free'), avif.box('mdat', garbage(2_000))),
    ends: undecodable,
  },
  {
    name: 'a BMP',
    make: () => join('BM', u32le(1078), u32le(0), u32le(54), u32le(40), u32le(16), u32le(16), garbage(1_000)),
    ends: undecodable,
    says: /BMP/,
  },
  {
    name: 'an ICO',
    make: () => join('\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x18\0', u32le(100), u32le(22), garbage(100)),
    ends: undecodable,
  },
  { name: 'a script', make: () => latin('#!/bin/sh\nrm -rf /\n'), ends: undecodable },
  {
    name: 'a picture of ImageMagick',
    make: () => latin('push graphic-context\nviewbox 0 0 9 9\nimage over 0,0 0,0 "https://example.com/"\n'),
    ends: undecodable,
  },
  {
    name: 'a gzip of a picture',
    make: async () => join('\x1f\x8b\x08\0\0\0\0\0\0\x03', deflateSync(await jpeg(16, 16)).subarray(2)),
    ends: undecodable,
  },
  { name: '8 MB of garbage', make: () => garbage(8 * MiB), ends: undecodable },
]

export const hostilePictures: readonly HostilePicture[] = [
  ...jpegs,
  ...pngs,
  ...webps,
  ...gifs,
  ...avifs,
  ...tiffs,
  ...strangers,
]

/** All of one colour: the stream holds no bit for a pixel, so that any sides may be written into its head. */
async function lossless(width: number, height: number): Promise<Buffer> {
  const flat = sharp({ create: { width: 16, height: 16, channels: 4, background: '#10203080' } })
  const chunk = Buffer.from(webp.pictureChunk(await flat.webp({ lossless: true, effort: 0 }).toBuffer()))
  const rest = chunk.readUInt32LE(9) & 0xf0000000
  chunk.writeUInt32LE((rest | ((height - 1) << 14) | (width - 1)) >>> 0, 9)
  return chunk
}

function coded(width: number, height: number): Promise<Buffer> {
  return drawn(width, height).avif({ effort: 0 }).toBuffer()
}

/** @param side of each tile, which is the same one every time */
async function grid(rows: number, columns: number, side: number, width: number, height: number): Promise<Buffer> {
  const { data, av1C, pixi } = avif.codedOf(await coded(side, side))
  const head = avif.gridData(rows, columns, width, height)
  const tile = { type: 'av01', extents: [[head.length, data.length]] as const, properties: [1, 2, 3], hidden: true }
  return avif.avifOf({
    primary: 1,
    items: [
      { id: 1, type: 'grid', extents: [[0, head.length]], properties: [4, 3] },
      { id: 2, ...tile },
    ],
    references: [['dimg', 1, Array(Math.min(rows * columns, 65_535)).fill(2)]],
    properties: [avif.sidesBox(side, side), av1C, pixi, avif.sidesBox(width, height)],
    data: join(head, data),
  })
}

function gridOfItself(): Buffer {
  const head = avif.gridData(2, 2, 64, 64)
  return avif.avifOf({
    primary: 1,
    items: [{ id: 1, type: 'grid', extents: [[0, head.length]], properties: [1] }],
    references: [['dimg', 1, [1, 1, 1, 1]]],
    properties: [avif.sidesBox(64, 64)],
    data: head,
  })
}

/** @param asExif whether it is the EXIF block that has so many, not the pixels */
async function manyExtents(asExif = false): Promise<Buffer> {
  const { data, av1C, pixi } = avif.codedOf(await coded(64, 48))
  const filler = asExif ? garbage(MiB) : data
  const many = Array(65_535).fill([data.length, filler.length] as const)
  return avif.avifOf({
    primary: 1,
    items: [
      { id: 1, type: 'av01', extents: asExif ? [[0, data.length]] : many, properties: [1, 2, 3] },
      ...(asExif ? [{ id: 2, type: 'Exif', extents: many, properties: [] }] : []),
    ],
    references: asExif ? [['cdsc', 2, [1]]] : [],
    properties: [avif.sidesBox(64, 48), av1C, pixi],
    data: join(data, filler),
  })
}

function deepBoxes(depth: number): Buffer {
  const heads = Array.from({ length: depth }, (_, index) => join(u32be((depth - index) * 8), 'dinf'))
  const inside = join(...heads)
  return join(avif.box('ftyp', 'avif', u32be(0), 'avifmif1'), avif.fullBox('meta', 0, 0, inside))
}

function tiled(width: number, height: number, side: number): Buffer {
  const pixels = zlibBomb(Math.ceil((side * side * 3) / MiB))
  const fields: tiff.Field[] = [
    [tiff.tag.width, [width]],
    [tiff.tag.height, [height]],
    [tiff.tag.bits, [8, 8, 8]],
    [tiff.tag.compression, [tiff.compression.deflate]],
    [tiff.tag.photometric, [2]],
    [tiff.tag.samples, [3]],
    [tiff.tag.tileWidth, [side]],
    [tiff.tag.tileHeight, [side]],
    [tiff.tag.tileOffsets, [8], 4],
    [tiff.tag.tileBytes, [pixels.length], 4],
  ]
  const at = 8 + pixels.length
  return tiff.tiffOf(at, pixels, tiff.directory(at, fields))
}

/** @param shared bytes of one XMP block that every page names as its own */
function pages(count: number, shared = 0): Buffer {
  const pixels = Buffer.alloc(3)
  const fields: tiff.Field[] = [
    [tiff.tag.width, [1]],
    [tiff.tag.height, [1]],
    [tiff.tag.bits, [8]],
    [tiff.tag.compression, [1]],
    [tiff.tag.photometric, [1]],
    [tiff.tag.stripOffsets, [8], 4],
    [tiff.tag.samples, [1]],
    [tiff.tag.rowsPerStrip, [1]],
    [tiff.tag.stripBytes, [1], 4],
  ]
  const block = garbage(shared)
  const first = 8 + pixels.length + 1 + block.length
  // A field that names bytes elsewhere is written by hand: the maker would put them behind each directory.
  const length = tiff.directory(0, shared === 0 ? fields : [...fields, [tiff.tag.xmp, [0], 4]]).length
  const all = Array.from({ length: count }, (_, index) => {
    const at = first + index * length
    const next = index + 1 < count ? at + length : 0
    if (shared === 0) return tiff.directory(at, fields, next)
    const page = tiff.directory(at, [...fields, [tiff.tag.xmp, [12], 4]], next)
    const entry = page.indexOf(join(Buffer.from([0xbc, 0x02]), Buffer.from([4, 0])))
    page.writeUInt16LE(1, entry + 2)
    page.writeUInt32LE(shared, entry + 4)
    return page
  })
  return tiff.tiffOf(first, pixels, u8(0), block, Buffer.concat(all))
}

/** An EXIF block whose EXIF directory is the first one again, and whose next directory too. */
function circularExif(): Buffer {
  return join(
    'II*\0',
    u32le(8),
    tiff.directory(
      8,
      [
        [tiff.tag.exifIfd, [8], 4],
        [0x0112, [6]],
      ],
      8,
    ),
  )
}

function hugeExif(): Buffer {
  const block = join(
    'II*\0',
    u32le(8),
    tiff.directory(8, [
      [0x927c, Buffer.alloc(8)],
      [0x0112, [6]],
    ]),
  )
  const entry = block.indexOf(Buffer.from([0x7c, 0x92]))
  block.writeUInt32LE(0xfffffff0, entry + 4)
  return block
}

function zip(): Buffer {
  const entry = join('PK\x03\x04\x14\0\0\0\0\0', u32le(0), u32le(0), u32le(0), u32le(0), '\x01\0\0\0', 'a')
  return join(entry, 'PK\x05\x06', Buffer.alloc(18), u16be(0).subarray(2))
}
