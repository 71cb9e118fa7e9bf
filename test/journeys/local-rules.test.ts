import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compiledProgram } from '../../src/base/index.ts'
import { jpeg, png, withSize } from '../support/pictures.ts'
import { type Ended, runPixmill } from '../support/program.ts'

/** Rules on files, as somebody at a shell applies them. */

let folder = ''
/** Where commands make what they need meanwhile; empty again after each. */
let temporary = ''
const at = (name: string): string => join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-local-rules-'))
  temporary = at('temporary')
  // Engines that run as another user pass through.
  await mkdir(temporary, { mode: 0o755 })
  await writeFile(at('cat.jpg'), await jpeg(400, 300))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function typed(...args: string[]): Promise<Ended> {
  const ended = await runPixmill(args, { TMPDIR: temporary }).ended
  expect(await readdir(temporary)).toEqual([])
  return ended
}

describe('apply', () => {
  test('makes the picture, says what it is, and replaces what was there', async () => {
    await writeFile(at('cat.webp'), 'something else')
    const { status, stdout, stderr } = await typed(
      'apply',
      'imageMogr2/thumbnail/200x/format/webp',
      at('cat.jpg'),
      at('cat.webp'),
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const bytes = await readFile(at('cat.webp'))
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 200, height: 150 })
    const size = bytes.length < 1000 ? `${bytes.length} bytes` : `${(bytes.length / 1e3).toFixed(1)} kB`
    expect(stdout).toBe(`${at('cat.webp')}: WEBP 200x150, quality 80, ${size}, from JPEG 400x300, quality 80\n`)
    expect(await readdir(folder)).toEqual(expect.not.arrayContaining([expect.stringContaining('unfinished')]))
  })

  test('a file may become its own result, and --json tells of it', async () => {
    await writeFile(at('own.png'), await png(300, 200))
    const { status, stdout } = await typed('apply', 'imageMogr2/rotate/90', at('own.png'), at('own.png'), '--json')
    const bytes = await readFile(at('own.png'))
    const md5 = createHash('md5').update(bytes).digest('hex')
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      rule: 'imageMogr2/rotate/90',
      source: { format: 'png', width: 300, height: 200 },
      result: { format: 'png', width: 200, height: 300, size: bytes.length, md5 },
    })
  })

  test('- is standard input, and standard output, which then holds nothing but the picture', async () => {
    const child = spawn(process.execPath, [compiledProgram('cli/pixmill.js'), 'apply', 'imageView2/2/w/100', '-', '-'])
    const pieces: Buffer[] = []
    child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
    child.stdin.end(await readFile(at('cat.jpg')))
    const [status] = await once(child, 'close')
    expect(status).toBe(0)
    expect(await sharp(Buffer.concat(pieces)).metadata()).toMatchObject({ format: 'jpeg', width: 100, height: 75 })
  })

  test('the name of the result decides nothing, and that is said', async () => {
    const { status, stderr } = await typed('apply', 'imageMogr2/thumbnail/20x', at('cat.jpg'), at('small.png'))
    expect(status).toBe(0)
    expect(stderr).toBe('The name ends in .png, the picture is JPEG: the rule decides, by format/….\n')
    expect(await sharp(at('small.png')).metadata()).toMatchObject({ format: 'jpeg' })
  })

  test.each<[string, string, string, string, number, RegExp]>([
    ['a rule nobody can read', 'imageMogr2/thumbnail/no', 'cat.jpg', 'x', 1, /^Stage 1: thumbnail is "no", expected/],
    ['what is not offered', 'imageMogr2/format/tpg', 'cat.jpg', 'x', 1, /^Stage 1: format\/tpg is not offered/],
    ['no such source', 'imageMogr2', 'dog.jpg', 'x', 2, /^There is no file .*dog\.jpg\.$/],
    ['a source that is a folder', 'imageMogr2', '', 'x', 2, /is a folder, expected a picture/],
    ['a result that is a folder', 'imageMogr2', 'cat.jpg', '', 2, /is a folder, expected a file/],
    ['a place that is not there', 'imageMogr2', 'cat.jpg', 'no/x', 2, /^There is no folder .*no\.$/],
    ['no picture', 'imageMogr2', 'note.txt', 'x', 1, /^The source is not a picture that is known here/],
    ['too many bytes', 'imageMogr2', 'long.jpg', 'x', 1, /^The size of the source is 40000000 bytes, at most 33554432/],
    ['too many pixels', 'imageMogr2', 'wide.png', 'x', 1, /^The width of the source is 60000 pixels, at most 50000/],
    [
      'a rule that does not fit',
      'imageMogr2/iradius/900',
      'cat.jpg',
      'x',
      1,
      /^Stage 1: iradius is 900, expected less than half/,
    ],
  ])('%s is refused, and nothing is written', async (_, rule, source, result, status, says) => {
    await writeFile(at('note.txt'), 'Dear Sir or Madam')
    await writeFile(at('long.jpg'), await jpeg(40, 30))
    await truncate(at('long.jpg'), 40_000_000)
    await writeFile(at('wide.png'), withSize(await png(40, 30), 60_000, 30))
    const ended = await typed('apply', rule, at(source), at(result))
    expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status, stdout: '' })
    expect(ended.stderr).toMatch(/^pixmill apply failed\.\n/)
    expect(ended.stderr.split('\n')[1]).toMatch(says)
    await expect(stat(at('x'))).rejects.toThrow('ENOENT')
  })

  test('too many bytes through a pipe are not waited for', async () => {
    const command = [compiledProgram('cli/pixmill.js'), 'apply', 'imageMogr2', '-', at('x')]
    const child = spawn(process.execPath, command, { stdio: ['pipe', 'ignore', 'pipe'] })
    const stderr: Buffer[] = []
    child.stderr.on('data', (piece: Buffer) => stderr.push(piece))
    child.stdin.on('error', () => undefined)
    const more = (): void => {
      while (child.stdin.writable && child.stdin.write(Buffer.alloc(65_536)));
    }
    child.stdin.on('drain', more)
    more()
    const [status] = await once(child, 'close')
    expect(status).toBe(1)
    expect(Buffer.concat(stderr).toString()).toMatch(/^pixmill apply failed\.\nThe size of the source is \d+ bytes/)
  })

  test('with ignore-error a source over a limit is given as it is', async () => {
    await writeFile(at('wide.png'), withSize(await png(40, 30), 60_000, 30))
    const rule = 'imageMogr2/thumbnail/100x/ignore-error/1'
    expect(await typed('apply', rule, at('wide.png'), at('same.png'))).toMatchObject({ status: 0 })
    expect(await readFile(at('same.png'))).toEqual(await readFile(at('wide.png')))
  })

  test('what the rule puts on is a file in the folder that stands for the bucket, and nothing outside of it', async () => {
    const rule = (path: string): string =>
      `watermark/1/image/${Buffer.from(`http://a-1.cos.x.test${path}`).toString('base64url')}/dissolve/100`
    await mkdir(at('bucket/marks'), { recursive: true })
    const white = { create: { width: 20, height: 10, channels: 3, background: '#ffffff' } } as const
    await sharp(white).png().toFile(at('bucket/marks/a b.png'))
    await writeFile(at('base.png'), await png(100, 50))
    const put = ['apply', rule('/marks/a%20b.png'), at('base.png'), at('put.png'), '--objects', at('bucket')]
    expect(await typed(...put)).toMatchObject({ status: 0 })
    const { data } = await sharp(at('put.png')).raw().toBuffer({ resolveWithObject: true })
    expect([...data.subarray((49 * 100 + 80) * 3, (49 * 100 + 100) * 3)]).toEqual(Array(60).fill(255))

    const refusals: [string[], RegExp][] = [
      [[rule('/marks/a%20b.png')], /puts on the object "marks\/a b\.png": --objects says which folder/],
      [[rule('/../cat.jpg'), '--objects', at('bucket')], /expected no \.\. in it/],
      [[rule('/%2e%2e%2fcat.jpg'), '--objects', at('bucket')], /expected no \.\. in it/],
      [[rule('/marks'), '--objects', at('bucket')], /marks, expected a file/],
      [[rule('/none.png'), '--objects', at('bucket')], /There is no file .*none\.png\./],
    ]
    for (const [[text = '', ...options], says] of refusals) {
      const { status, stderr } = await typed('apply', text, at('base.png'), at('x'), ...options)
      expect([text, status]).not.toEqual([text, 0])
      expect(stderr).toMatch(says)
    }
    const outlook = await typed('explain', rule('/marks/a%20b.png'), at('base.png'), '--objects', at('bucket'))
    expect(outlook.stdout).toContain('result     PNG 100x50\n')
  })

  test('a link in the place of the result is replaced, not followed', async () => {
    await writeFile(at('mine.txt'), 'mine')
    await symlink(at('mine.txt'), at('link.jpg'))
    expect(await typed('apply', 'imageMogr2/thumbnail/20x', at('cat.jpg'), at('link.jpg'))).toMatchObject({ status: 0 })
    expect(await readFile(at('mine.txt'), 'utf8')).toBe('mine')
  })

  test('Ctrl-C ends it with 130 and leaves nothing behind', async () => {
    const environment = { ...process.env, TMPDIR: temporary }
    const command = [compiledProgram('cli/pixmill.js'), 'apply', 'imageMogr2', '-', at('never.jpg')]
    const child = spawn(process.execPath, command, { env: environment, stdio: ['pipe', 'ignore', 'inherit'] })
    const ended = once(child, 'close')
    // The first bytes are taken when the engine is ready and the source is being copied.
    await new Promise<void>((resolve) => {
      child.stdin.write(Buffer.alloc(4_000_000), () => resolve())
    })
    child.kill('SIGINT')
    expect(await ended).toEqual([130, null])
    expect(await readdir(temporary)).toEqual([])
    await expect(stat(at('never.jpg'))).rejects.toThrow('ENOENT')
  })

  test('two results cannot both have standard output', async () => {
    const { status, stderr } = await typed('apply', 'imageMogr2', at('cat.jpg'), '-', '--json')
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: '' })
  })
})

describe('explain', () => {
  test('tells the stages, the canonical form, and of a picture its size and its price', async () => {
    const rule = 'imageMogr2/quality/90/gravity/Center/crop/300x200/auto-orient/0|imageView2/2/w/100/format/png'
    const { status, stdout, stderr } = await typed('explain', rule, at('cat.jpg'))
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(
      /^stage 1\n {2}crop\/300x200\/gravity\/center {2}Scales the picture down .+\n {2}quality\/90 {19}The highest quality .+\nstage 2\n {2}imageView2\/2\/w\/100\/format\/png {2}.+\ncanonical {2}imageMogr2\/crop\/300x200\/gravity\/center\/quality\/90\|imageView2\/2\/w\/100\/format\/png\nsource {5}JPEG 400x300, quality 80, \d+\.\d kB\nresult {5}PNG 100x67\nprice {6}about \d+ MiB of memory\n$/,
    )
  })

  test.each<[string, string, object]>([
    ['as it is made', 'imageMogr2/thumbnail/!50p/format/webp', { format: 'webp', width: 200, isOriginal: 'never' }],
    ['what is ignored', 'imageMogr2/iradius/900/ignore-error/1', { format: 'jpeg', width: 400, isOriginal: 'always' }],
    ['a limit on the size', 'imageMogr2/size-limit/1k!', { format: 'jpeg', quality: 80, isOriginal: 'unless smaller' }],
    ['no larger than the file', 'imageMogr2/minisize/1/format/png', { format: 'png', isOriginal: 'unless smaller' }],
  ])('--json announces %s', async (_, rule, result) => {
    const { status, stdout } = await typed('explain', rule, at('cat.jpg'), '--json')
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ source: { format: 'jpeg', width: 400, height: 300 }, result })
  })

  test('no pixel is decoded for it', async () => {
    await writeFile(at('hollow.png'), withSize(await png(40, 30), 4_000, 3_000))
    const told = await typed('explain', 'imageMogr2/thumbnail/!50p', at('hollow.png'))
    expect(told).toMatchObject({ status: 0, stdout: expect.stringContaining('result     PNG 2000x1500\n') })
    const made = await typed('apply', 'imageMogr2/thumbnail/!50p', at('hollow.png'), at('never.png'))
    expect(made).toMatchObject({ status: 1, stderr: expect.stringContaining('cannot be decoded') })
  })

  test('what is refused is told with its reason, stage by stage, and the picture is not asked for', async () => {
    const rule = 'imageMogr2/scrop/100x100|imageMogr2/thumbnail/100x/format/tpg'
    const { status, stdout } = await typed('explain', rule, at('not there.jpg'))
    expect(status).toBe(1)
    expect(stdout).toContain('refused: Stage 1: scrop is not offered by this server: it needs to recognise faces.')
    expect(stdout).toContain('refused: Stage 2: format/tpg is not offered by this server')
    const { stages, source } = JSON.parse((await typed('explain', rule, '--json')).stdout)
    expect(stages.map(({ refusal }: { refusal: string | null }) => refusal !== null)).toEqual([true, true])
    expect(source).toBeNull()
  })

  test('a picture that costs more than is allowed ends with 1', async () => {
    const args = ['explain', 'imageMogr2/thumbnail/9000x9000', at('cat.jpg')]
    const { status, stdout } = await runPixmill(args, { PIXMILL_ENGINE_MEMORY: '67108864' }).ended
    expect(status).toBe(1)
    expect(stdout).toMatch(/refused: at most 64 MiB are allowed for pictures \(PIXMILL_ENGINE_MEMORY\)\n$/)
  })

  test.each([
    ['a rule that does not fit the picture', 'imageMogr2/iradius/900', 'cat.jpg', /iradius is 900/],
    ['what is no picture', 'imageMogr2', 'note.txt', /not a picture that is known here/],
    ['a rule nobody can read', 'imageMogr2/rotate', 'cat.jpg', /Stage 1: rotate has no value/],
  ])('%s is a failure', async (_, rule, source, says) => {
    await writeFile(at('note.txt'), 'Dear Sir or Madam')
    const { status, stderr } = await typed('explain', rule, at(source))
    expect(status).toBe(1)
    expect(stderr).toMatch(says)
  })

  test('what somebody else wrote into a rule does not reach the terminal as it is', async () => {
    const { stdout } = await typed('explain', 'style/a%1b[2Jb')
    expect(stdout).not.toContain('\u001b')
  })
})
