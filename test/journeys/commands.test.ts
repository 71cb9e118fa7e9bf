import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bucket, freshKey, type House, jobXml, secretId, secretKey, startHouse } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'
import { runPixmill } from '../support/program.ts'

let house: House
let folder: string

beforeAll(async () => {
  house = await startHouse()
  folder = await mkdtemp(join(tmpdir(), 'pixmill-commands-'))
})
afterAll(async () => {
  await house?.close()
  await rm(folder, { recursive: true, force: true })
})

/** Types a command; with `--json` what it says is read as JSON, line by line. */
async function typed(...args: string[]) {
  const ended = await runPixmill(args, {
    PIXMILL_SERVER: house.app.url,
    PIXMILL_SECRET_ID: secretId,
    PIXMILL_SECRET_KEY: secretKey,
  }).ended
  const lines = args.includes('--json') ? ended.stdout.trim().split('\n') : []
  return { ...ended, json: lines.map((line) => JSON.parse(line)) }
}

describe('jobs', () => {
  test('one is submitted with its file, watched, shown and listed', async () => {
    const key = freshKey()
    const file = join(folder, 'cat.jpg')
    await writeFile(file, await jpeg(80, 60))
    const watched = await typed(
      ...['jobs', 'submit', key, '--file', file, '--rule', 'imageMogr2/thumbnail/20x'],
      ...['--output', `${key}.small.jpg`, '--user-data', 'mine', '--level', '1', '--watch', '--json'],
    )
    expect(watched).toMatchObject({ status: 0, stderr: '' })
    const [job] = watched.json
    expect(job).toMatchObject({ state: 'Success', input: key, level: 1, userData: 'mine', result: { width: 20 } })
    expect((await typed('jobs', 'show', job.jobId, '--json')).json).toEqual([job])
    const shown = await typed('jobs', 'show', job.jobId)
    expect(shown.stdout).toMatch(new RegExp(`^job +${job.jobId}$`, 'm'))
    expect(shown.stdout).toMatch(/^picture +jpeg 20×15, \d+ bytes$/m)
    expect((await typed('jobs', 'list', '--input', key, '--state', 'Success', '--json')).json).toEqual([
      { bucket, jobs: [job] },
    ])
    expect((await typed('jobs', 'list', '--input', key)).stdout).toContain(job.jobId)
  })

  test('one that fails ends with 1; it is done again when the cause is gone', async () => {
    const key = freshKey()
    const args = ['jobs', 'submit', key, '--rule', 'imageMogr2/thumbnail/20x', '--output', `${key}.x.jpg`]
    const id = (await typed(...args)).stdout.trim()
    const failed = await typed('jobs', 'watch', id)
    expect(failed.status).toBe(1)
    expect(failed.stdout).toMatch(/^c[0-9a-f]{32} {2}Failed {2}.*: ResourceNotFound: /)
    await house.put(key, await jpeg(80, 60))
    expect(await typed('jobs', 'retry', id, '--watch', '--json')).toMatchObject({
      status: 0,
      json: [{ state: 'Success', input: key }],
    })
  })

  test('one that waits is cancelled; what was not written as it should be is told', async () => {
    const [{ queues }] = (await typed('queues', 'list', '--json')).json
    const [{ queueId }] = queues
    expect((await typed('queues', 'pause', queueId, '--json')).json).toMatchObject([{ queueId, state: 'Paused' }])
    const id = await house.submit(jobXml({ rule: 'imageMogr2/strip' }))
    expect(await typed('jobs', 'cancel', id)).toMatchObject({ status: 0, stdout: `${id}  Cancel\n` })
    const again = await typed('jobs', 'cancel', id)
    expect(again.status).toBe(1)
    expect(again.stderr).toContain('The job provided can not be modified')
    expect((await typed('queues', 'resume', queueId)).stdout).toMatch(/^state +Active$/m)
    expect((await typed('jobs', 'show', '../queues')).stderr).toContain('is no id of a job')
    expect((await typed('jobs', 'submit', 'x', '--output', 'y')).status).toBe(2)
    expect((await typed('jobs', 'submit', 'x', '--rule', 'imageMogr2/rotate/x', '--output', 'y')).stderr).toContain(
      'The server refused: ',
    )
  })
})

test('queues are made and changed', async () => {
  const made = await typed('queues', 'create', 'fast', '--max-concurrent', '3', '--json')
  expect(made.json).toMatchObject([{ name: 'fast', maxConcurrent: 3, notify: null }])
  const url = `${house.receiver.url}/q`
  const set = await typed('queues', 'set', 'fast', '--callback', url, '--callback-format', 'JSON', '--json')
  expect(set.json).toMatchObject([{ name: 'fast', notify: { url, format: 'JSON', events: ['TaskFinish'] } }])
  expect((await typed('queues', 'set', 'fast', '--name', 'faster', '--callback', 'no', '--json')).json).toMatchObject([
    { name: 'faster', notify: null, maxConcurrent: 3 },
  ])
  expect((await typed('queues', 'show', 'faster')).stdout).toMatch(/^may run at once +3$/m)
  expect((await typed('queues', 'list')).stdout).toContain('faster')
  expect((await typed('queues', 'set', 'faster')).status).toBe(2)
  expect((await typed('queues', 'show', 'none')).stderr).toContain('There is no queue "none"')
})

test('templates are made, changed and deleted', async () => {
  const made = await typed('templates', 'create', 'thumb', 'imageMogr2/thumbnail/64x', '--json')
  expect(made.json).toMatchObject([{ name: 'thumb', rule: 'imageMogr2/thumbnail/64x', pictureInfo: false }])
  const set = await typed('templates', 'set', 'thumb', '--pic-info', '--json')
  expect(set.json).toMatchObject([{ name: 'thumb', rule: 'imageMogr2/thumbnail/64x', pictureInfo: true }])
  expect((await typed('templates', 'list', '--json')).json).toMatchObject([{ bucket, templates: set.json }])
  expect((await typed('templates', 'show', 'thumb')).stdout).toMatch(/^reports on sources +yes$/m)
  expect((await typed('templates', 'create', 'bad', 'imageMogr2/rotate/x')).status).toBe(1)
  expect((await typed('templates', 'delete', 'thumb', '--json')).json).toEqual([{ deleted: [made.json[0].templateId] }])
  expect((await typed('templates', 'list')).stdout).toBe(`No templates in ${bucket}.\n`)
})

describe('buckets and objects', () => {
  test('a bucket is made and deleted; with two of them the bucket has to be named', async () => {
    const name = 'second-1250000000'
    expect((await typed('buckets', 'create', name, '--region', 'ap-two')).stdout).toBe(`${name} (ap-two)\n`)
    expect((await typed('buckets', 'list')).stdout).toMatch(/^second-1250000000 +ap-two /m)
    expect((await typed('jobs', 'list')).stderr).toContain('Which bucket? Name it with --bucket.')
    expect((await typed('buckets', 'delete', name, '--json')).json).toEqual([{ deleted: name }])
    expect((await typed('buckets', 'delete', name)).status).toBe(1)
  })

  test('an object is put, listed, got and removed', async () => {
    const file = join(folder, 'up.jpg')
    const picture = await jpeg(80, 60)
    await writeFile(file, picture)
    const put = await typed('objects', 'put', file, `${bucket}/cli/a b/`, '--json')
    expect(put.json).toMatchObject([{ bucket, key: 'cli/a b/up.jpg', etag: expect.stringMatching(/^[0-9a-f]{32}$/) }])
    expect((await typed('objects', 'list', `${bucket}/cli/`, '--json')).json).toMatchObject([
      { objects: [], prefixes: ['cli/a b/'] },
    ])
    expect((await typed('objects', 'list', `${bucket}/cli/`, '--recursive')).stdout).toMatch(
      /^\d+ .* cli\/a b\/up\.jpg$/m,
    )
    const got = join(folder, 'got.jpg')
    expect((await typed('objects', 'get', `${bucket}/cli/a b/up.jpg`, got)).status).toBe(0)
    expect((await readFile(got)).equals(picture)).toBe(true)
    const info = `imageMogr2/thumbnail/10x|imageInfo`
    for (const place of [[], ['-']]) {
      const shown = await typed('objects', 'get', `${bucket}/cli/a b/up.jpg`, ...place, '--rule', info)
      expect(JSON.parse(shown.stdout)).toMatchObject({ format: 'jpeg', width: '10' })
    }
    await typed('objects', 'get', `${bucket}/cli/a b/up.jpg`, got, '--rule', 'imageMogr2/thumbnail/10x')
    expect((await readFile(got)).length).toBeLessThan(picture.length)
    expect((await typed('objects', 'rm', `${bucket}/cli/a b/up.jpg`)).status).toBe(0)
    const gone = await typed('objects', 'get', `${bucket}/cli/a b/up.jpg`, join(folder, 'none.jpg'))
    expect(gone.status).toBe(1)
    expect(await readdir(folder)).not.toContain('none.jpg')
    expect((await typed('objects', 'rm', bucket)).status).toBe(2)
  })
})

describe('import and export', () => {
  test('a folder goes there and back, and what is there already is left alone', async () => {
    const from = join(folder, 'from')
    await mkdir(join(from, 'deep', 'er'), { recursive: true })
    const files = { 'a.txt': 'one', 'deep/ünï cöde.txt': 'two', 'deep/er/.hidden': '', 'per%20cent+.txt': 'four' }
    for (const [name, text] of Object.entries(files)) await writeFile(join(from, name), text)
    await symlink('/etc/passwd', join(from, 'link.txt'))
    await symlink(from, join(from, 'deep', 'loop'))
    const there = await typed('import', from, `${bucket}/trip/`, '--json')
    expect(there).toMatchObject({ status: 0, json: [{ copied: 4, same: 0, failed: [] }] })
    expect(there.json[0].skipped.sort()).toEqual(['deep/loop', 'link.txt'])

    await writeFile(join(from, 'a.txt'), 'eno')
    expect((await typed('import', from, `${bucket}/trip/`, '--json')).json).toMatchObject([{ copied: 1, same: 3 }])

    const back = join(folder, 'back')
    expect((await typed('export', `${bucket}/trip/`, back, '--json')).json).toMatchObject([{ copied: 4, failed: [] }])
    for (const [name, text] of Object.entries({ ...files, 'a.txt': 'eno' })) {
      expect(await readFile(join(back, name), 'utf8')).toBe(text)
    }
    await writeFile(join(back, 'a.txt'), 'half')
    expect((await typed('export', `${bucket}/trip/`, back, '--json')).json).toMatchObject([{ copied: 1, same: 3 }])
    expect(await readFile(join(back, 'a.txt'), 'utf8')).toBe('eno')
  })

  test('one that was killed is typed again, and copies the rest', async () => {
    const from = join(folder, 'many')
    await mkdir(from)
    const names = Array.from({ length: 30 }, (_, n) => `${n}.txt`)
    for (const name of names) await writeFile(join(from, name), name)
    const environment = { PIXMILL_SERVER: house.app.url, PIXMILL_SECRET_ID: secretId, PIXMILL_SECRET_KEY: secretKey }
    const killed = runPixmill(['import', from, `${bucket}/many/`, '--parallel', '1'], environment)
    const there = async () => (await house.cos({ target: '/?prefix=many%2F' })).text.match(/<Key>/g)?.length ?? 0
    while ((await there()) < 3);
    killed.child.kill('SIGKILL')
    await killed.ended
    const before = await there()
    const { json } = await typed('import', from, `${bucket}/many/`, '--json')
    // What was on its way when it was killed may have come in since.
    expect(json[0].same).toBeGreaterThanOrEqual(before)
    expect(json[0]).toMatchObject({ copied: names.length - json[0].same, failed: [] })
    expect(await there()).toBe(names.length)
  })

  test('what is not there is told in words', async () => {
    for (const [args, message] of [
      [['import', join(folder, 'none'), bucket], 'There is no folder '],
      [['objects', 'put', join(folder, 'none'), `${bucket}/`], 'There is no file '],
      [['objects', 'put', folder, `${bucket}/`], 'is no file.'],
      [['export', 'nobody-1250000000', join(folder, 'x')], 'The bucket "nobody-1250000000" does not exist.'],
    ] as const) {
      const { status, stderr } = await typed(...args)
      expect(status).toBeGreaterThan(0)
      expect(stderr).toContain(message)
    }
  })

  test('no key leads out of the folder, by its parts or through a link', async () => {
    const out = join(folder, 'out')
    const elsewhere = join(folder, 'elsewhere')
    await mkdir(out)
    await mkdir(elsewhere)
    await symlink(elsewhere, join(out, 'sub'))
    await symlink(join(elsewhere, 'target.txt'), join(out, 'file.txt'))
    const hostile = [
      '../up.txt',
      'a/../../up.txt',
      '/abs.txt',
      'x//y.txt',
      'end/',
      'sub/in.txt',
      `${'n'.repeat(300)}.txt`,
    ]
    const send = (key: string) =>
      house.cos({ method: 'PUT', target: `/evil/${key.split('/').map(encodeURIComponent).join('/')}`, body: key })
    for (const key of [...hostile, 'file.txt', 'fine.txt']) expect((await send(key)).status).toBe(200)
    const told = await typed('export', `${bucket}/evil/`, out, '--json')
    expect(told.status).toBe(1)
    expect(told.json[0].copied).toBe(2)
    const failed = told.json[0].failed.map(({ name }: { name: string }) => name)
    expect(failed.sort()).toEqual(hostile.map((key) => `evil/${key}`).sort())
    expect(await readdir(elsewhere)).toEqual([])
    expect((await readdir(out)).sort()).toEqual(['file.txt', 'fine.txt', 'sub'])
    expect(await readFile(join(out, 'file.txt'), 'utf8')).toBe('file.txt')
    expect((await readdir(folder)).filter((name) => name.startsWith('up') && name.endsWith('.txt'))).toEqual([])
  })
})

describe('config check', () => {
  const check = (environment: Record<string, string>) => runPixmill(['config', 'check', '--json'], environment).ended

  test('what is right is told, without secrets', async () => {
    const { status, stdout } = await check({ PIXMILL_PORT: '9001', PIXMILL_SECRET_KEY: 'hush' })
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      isGood: true,
      set: expect.arrayContaining([
        { variable: 'PIXMILL_PORT', value: '9001' },
        { variable: 'PIXMILL_SECRET_KEY', value: '(not shown)' },
      ]),
      problems: [],
      warnings: [],
    })
  })

  test('every problem is told at once', async () => {
    const { status, stdout } = await check({ PIXMILL_PORT: 'http', PIXMILL_LOG_LEVEL: 'loud', PIXMILL_PROT: '1' })
    expect(status).toBe(1)
    const { isGood, problems, warnings } = JSON.parse(stdout)
    expect(isGood).toBe(false)
    expect(problems).toEqual([
      expect.stringContaining('PIXMILL_PORT is "http", expected a whole number'),
      expect.stringContaining('PIXMILL_LOG_LEVEL is "loud", expected one of'),
    ])
    expect(warnings).toEqual([expect.stringContaining('PIXMILL_PROT is no setting')])
  })
})

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish'])('%s is told every command', async (shell) => {
    const { status, stdout } = await runPixmill(['completion', shell]).ended
    expect(status).toBe(0)
    for (const word of ['jobs', 'submit', 'import', 'config']) expect(stdout).toContain(word)
  })

  test('bash completes commands, options and what they may be', async () => {
    const { stdout } = await runPixmill(['completion', 'bash']).ended
    await writeFile(join(folder, 'completion.bash'), stdout)
    const complete = async (...words: string[]): Promise<string[]> => {
      const script = `source ${join(folder, 'completion.bash')}
COMP_WORDS=(pixmill ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _pixmill; echo "\${COMPREPLY[@]}"`
      return (await promisify(execFile)('bash', ['-c', script])).stdout.trim().split(' ')
    }
    expect(await complete('jo')).toEqual(['jobs'])
    expect(await complete('jobs', 'su')).toEqual(['submit'])
    expect(await complete('jobs', 'submit', '--ru')).toEqual(['--rule'])
    expect(await complete('jobs', 'list', '--to')).toEqual(['--token'])
    expect(await complete('jobs', 'submit', 'x', '--callback-format', 'J')).toEqual(['JSON'])
  })

  test('another shell is refused', async () => {
    expect(await runPixmill(['completion', 'csh']).ended).toMatchObject({ status: 2 })
  })
})

test('a server that is not there: where was looked', async () => {
  const ended = await runPixmill(['jobs', 'list'], {
    PIXMILL_SERVER: 'http://127.0.0.1:1',
    PIXMILL_SECRET_ID: secretId,
    PIXMILL_SECRET_KEY: secretKey,
  }).ended
  expect(ended.status).toBe(1)
  expect(ended.stderr).toContain('No server answers at http://127.0.0.1:1. Looked for one, in this order:')
})
