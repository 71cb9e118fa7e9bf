import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BucketClient, connectTo, textAt } from '../../src/cli/server-client/index.ts'
import { documentedJson, operatingCommands, shape, shapes } from '../support/documented-json.ts'
import { jpeg } from '../support/pictures.ts'
import { type Ended, type Run, runPixmill } from '../support/program.ts'

const place = { bucket: 'album-1250000000', region: 'ap-test' }
let folder = ''
let dataDir = ''
let server: Run
let url = ''
let bucket: BucketClient
const started: Run[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-command-line-'))
  dataDir = join(folder, 'data')
  await startServer()
  await writeFile(join(folder, 'cat.jpg'), await jpeg(400, 300))
})
afterAll(async () => {
  for (const { child } of started) child.kill('SIGKILL')
  await Promise.all(started.map(({ ended }) => ended))
  await rm(folder, { recursive: true, force: true })
})

async function startServer(port = '0', environment: Record<string, string> = {}): Promise<void> {
  server = serve(['--port', port, '--data-dir', dataDir], {
    PIXMILL_BUCKETS: `${place.bucket}@${place.region}`,
    ...environment,
  })
  url = (await server.outputMatches(/listening on (\S+)\n/))[1]!
  const key = JSON.parse(await readFile(join(dataDir, 'credentials.json'), 'utf8'))
  bucket = connectTo(url, key, new AbortController().signal).in(place)
}

function serve(args: readonly string[], environment: Record<string, string> = {}): Run {
  const run = runPixmill(['serve', '--engines', '1', ...args], { PIXMILL_LOG_LEVEL: 'error', ...environment })
  started.push(run)
  return run
}

/** A command as somebody in the folder of the test types it. */
const pixmill = (args: readonly string[], environment: Record<string, string> = {}): Run => {
  const run = runPixmill(args, { PIXMILL_DATA_DIR: dataDir, ...environment })
  started.push(run)
  return run
}
const typed = (...args: string[]): Promise<Ended> => pixmill(args).ended
/** What a command says that does what it is asked. */
async function said(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await typed(...args)
  expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: '' })
  return stdout
}
const saidJson = async (...args: string[]) => JSON.parse(await said(...args, '--json'))
async function fileOf(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text)
  return join(folder, name)
}

async function setQueue(state: 'Active' | 'Paused'): Promise<void> {
  const queueId = textAt(await bucket.get('/picqueue'), 'QueueList/QueueId')
  await bucket.put(`/picqueue/${queueId}`, `<Request><State>${state}</State></Request>`)
}

/** A workflow of two nodes; everything else as it comes. */
const twoNodes = (name: string, more = ''): string => `name: ${name}
${more}nodes:
  small:
    rule: imageMogr2/thumbnail/64x/format/webp
    output: ${name}/\${InputName}-64.\${Ext}
  large:
    rule: imageMogr2/thumbnail/200x
    output: ${name}/\${InputName}-200.\${Ext}
`

describe('finding the server', () => {
  const elsewhere = async (): Promise<string> => mkdtemp(join(folder, 'elsewhere-'))

  test('while it runs its data folder says where, and that is enough', async () => {
    expect(JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8'))).toEqual({ url, pid: server.child.pid })
    expect(await said('workflows', 'list')).toBe(`No workflows in ${place.bucket}.\n`)
  })

  test('a server that stops takes its address away; one that is killed leaves it, and that is recognised', async () => {
    const data = join(await elsewhere(), 'data')
    const first = serve(['--port', '0', '--data-dir', data])
    await first.outputMatches(/listening/)
    expect(await readdir(data)).toContain('server.json')
    first.child.kill('SIGTERM')
    expect((await first.ended).status).toBe(0)
    expect(await readdir(data)).not.toContain('server.json')

    const second = serve(['--port', '0', '--data-dir', data])
    await second.outputMatches(/listening/)
    second.child.kill('SIGKILL')
    await second.ended
    expect(JSON.parse(await readFile(join(data, 'server.json'), 'utf8')).pid).toBe(second.child.pid)
    const third = serve(['--port', '0', '--data-dir', data, '--buckets', 'a-1@x'])
    await third.outputMatches(/listening/)
    const { stdout } = await pixmill(['workflows', 'list'], { PIXMILL_DATA_DIR: data }).ended
    expect(stdout).toBe('No workflows in a-1.\n')
    third.child.kill('SIGTERM')
    await third.ended
  })

  test('where nobody answers it says where it looked', async () => {
    const { status, stdout, stderr } = await typed('runs', 'list', 'thumbs', '--server', 'http://127.0.0.1:1')
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toBe(`pixmill runs list failed.
No server answers at http://127.0.0.1:1. Looked for one, in this order:
  --server  http://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1
Start one with "pixmill serve", or say with --server URL or PIXMILL_SERVER where it is.
`)
    const asJson = await typed('runs', 'list', 'thumbs', '--server', 'http://127.0.0.1:1', '--json')
    expect(asJson).toMatchObject({ status: 1, stderr: '' })
    expect(JSON.parse(asJson.stdout)).toMatchObject({ error: 'ServerNotFound' })
  })

  test.each<[string, Record<string, string>, string | null, string]>([
    ['no key pair', {}, null, 'There is no key pair: DATA/credentials.json is not there. Give PIXMILL_TOKEN, or'],
    ['an unreadable one', {}, '{', 'There is no key pair in DATA/credentials.json, expected {"secretId"'],
    ['half of one', {}, '{"secretId": "a"}', 'There is no key pair in DATA/credentials.json'],
    [
      'half of one in the environment',
      { PIXMILL_SECRET_ID: 'a' },
      null,
      'PIXMILL_SECRET_ID is given without PIXMILL_SECRET_KEY.',
    ],
    [
      'one the server does not know',
      {},
      '{"secretId": "a", "secretKey": "b"}',
      'does not accept the key pair of a (from DATA/credentials.json)',
    ],
    [
      'a wrong one',
      { PIXMILL_SECRET_ID: 'a', PIXMILL_SECRET_KEY: 'b' },
      null,
      'does not accept the key pair of a (from PIXMILL_SECRET_ID and PIXMILL_SECRET_KEY)',
    ],
  ])('%s is told', async (_what, environment, content, message) => {
    const data = await elsewhere()
    if (content !== null) await writeFile(join(data, 'credentials.json'), content)
    const run = pixmill(['workflows', 'list', '--server', url], { PIXMILL_DATA_DIR: data, ...environment })
    const { status, stderr } = await run.ended
    expect(status).toBe(1)
    expect(stderr).toContain(message.replace('DATA', data))
  })

  test('a bucket that is not there, and one that is not named, are told with those there are', async () => {
    expect(await typed('workflows', 'list', '--bucket', 'nope-1')).toMatchObject({
      status: 1,
      stderr: `pixmill workflows list failed.\nThere is no bucket "nope-1" at ${url}. The server has:\n  ${place.bucket} (${place.region})\n`,
    })
    const data = join(await elsewhere(), 'data')
    const two = serve(['--port', '0', '--data-dir', data, '--buckets', 'a-1@x,b-1@y'])
    await two.outputMatches(/listening/)
    const list = (...args: string[]) => pixmill(['workflows', 'list', ...args], { PIXMILL_DATA_DIR: data }).ended
    expect((await list()).stderr).toContain(
      'Which bucket? Name it with --bucket. The server has:\n  a-1 (x)\n  b-1 (y)\n',
    )
    expect(await list('--bucket', 'b-1')).toMatchObject({ status: 0, stdout: 'No workflows in b-1.\n' })
    two.child.kill('SIGTERM')
    await two.ended
  })

  test.each<[string, (respond: import('node:http').ServerResponse) => void, string]>([
    [
      'another server',
      (response) => response.end('<html>Welcome</html>'),
      'with 200, and not as a Pixmill server does',
    ],
    [
      'a proxy that knows no such host',
      (response) => response.writeHead(404).end('nothing here'),
      'If a proxy stands in front of one, it has to let hosts',
    ],
    [
      'one that leads elsewhere',
      (response) => response.writeHead(302, { location: '/login' }).end(),
      'with 302, and not as',
    ],
    [
      'one that speaks of something else',
      (response) => response.writeHead(200, { 'x-ci-request-id': '1' }).end('<A/>'),
      'a GET of its buckets with something else',
    ],
    [
      'one that breaks off',
      (response) =>
        response.writeHead(200, { 'x-ci-request-id': '1', 'content-length': '9' }).write('x', () => response.destroy()),
      'broke off in the middle of an answer',
    ],
  ])('%s is no Pixmill, and is told so', async (_what, respond, message) => {
    const other = createServer((_request, response) => respond(response)).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    const { status, stderr } = await typed('workflows', 'list', '--server', address)
    other.closeAllConnections()
    other.close()
    expect(status).toBe(1)
    expect(stderr).toContain(message)
    expect(stderr).toContain(address)
  })

  test.each([
    [
      ['workflows', 'list', '--server', 'localhost:9000'],
      '--server is "localhost:9000", expected the address of a server',
    ],
    [['workflows'], 'Usage: pixmill workflows'],
    [['workflows', 'lits'], "unknown command 'lits'"],
    [['workflows', 'show'], "missing required argument 'workflow'"],
    [['workflows', 'import', 'x.yaml', '--check', '--replace'], '--check and --replace are given'],
    [['workflows', 'import', 'x.yaml', '--id', 'w1'], '--id is given without --replace'],
    [['runs', 'list', 'thumbs', '--limit', '0'], 'Expected a whole number from 1 to 100000.'],
    [['runs', 'list', 'thumbs', '--state', 'Done'], 'Allowed choices are Running, Success, Failed, Cancel.'],
    [['batch', 'start'], '0 of --prefix, --object, --url-file and --manifest are given, expected one.'],
    [['batch', 'start', '--prefix', 'a', '--object', 'b'], '2 of --prefix, --object,'],
    [['batch', 'start', '--prefix', ''], '--prefix is empty, expected / for the whole bucket.'],
    [['batch', 'start', '--prefix', 'a'], '0 of --rule, --template and --workflow are given'],
    [['batch', 'start', '--prefix', 'a', '--rule', 'r'], '--output is missing'],
    [
      ['batch', 'start', '--prefix', 'a', '--workflow', 'w', '--user-data', 'u'],
      '--user-data is given with --workflow',
    ],
    [
      ['batch', 'start', '--prefix', 'a', '--template', 't', '--output', 'o', '--pic-info'],
      '--pic-info is given without --rule.',
    ],
    [['batch', 'start', '--prefix', 'a', '--from', 'yesterday'], 'Expected a time such as 2026-03-01'],
    [
      [
        'batch',
        'start',
        '--prefix',
        'a',
        '--rule',
        'r',
        '--output',
        'o',
        '--from',
        '2026-03-02',
        '--until',
        '2026-03-01',
      ],
      '--from is later than --until.',
    ],
  ])('what is typed wrong ends with 2: %j', async (args, message) => {
    const { status, stdout, stderr } = await typed(...args)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(message)
  })
})

describe('workflows', () => {
  test('a file is made a workflow, which is exported as the same file', async () => {
    const file = await fileOf('round.yaml', twoNodes('round', 'state: Active\nprefix: round/\nextensions: images\n'))
    expect(await said('workflows', 'import', '--check', file)).toBe(`${file}: right, the workflow round with 2 nodes\n`)
    expect(await said('workflows', 'import', file)).toMatch(/^made round \(w[0-9a-f]{32}\): Active\n$/)

    const exported = join(folder, 'exported.yaml')
    expect(await said('workflows', 'export', 'round', '-o', exported)).toBe('')
    expect(await readFile(exported, 'utf8')).toBe(
      await readFile(file, 'utf8').then((text) => text.replace('nodes:', '\nnodes:')),
    )
    expect(JSON.parse(await said('workflows', 'export', 'round', '--format', 'json'))).toMatchObject({ name: 'round' })
    expect(await said('workflows', 'show', 'round')).toContain(
      `Start\n├─ small  imageMogr2/thumbnail/64x/format/webp  → round/\${InputName}-64.\${Ext}\n└─ large`,
    )
    expect(await said('workflows', 'list', '--name', 'oun')).toMatch(
      /^ID +NAME +STATE +PREFIX +NODES +UPDATED\nw\w+ +round +Active +round\/ +2 +\d{4}-/,
    )
  })

  test('a name that is taken is replaced only when that is asked for; an active workflow stays active', async () => {
    await said('workflows', 'import', await fileOf('again.yaml', twoNodes('again', 'state: Active\n')))
    const other = await fileOf('other.yaml', twoNodes('again', 'prefix: other/\n'))
    expect(await typed('workflows', 'import', other)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/There is a workflow again already \(w\w+\); --replace replaces it\./),
    })
    expect(await said('workflows', 'import', '--replace', other)).toMatch(/^replaced again \(w\w+\): Active\n$/)
    const { workflowId, workflow } = await saidJson('workflows', 'show', 'again')
    expect(workflow).toMatchObject({ state: 'Active', prefix: 'other/' })

    const renamed = await fileOf('renamed.yaml', twoNodes('renamed', 'state: Paused\n'))
    expect(await said('workflows', 'import', renamed, '--replace', '--id', workflowId)).toBe(
      `replaced renamed (${workflowId}): Paused\nUploads start it after: pixmill workflows activate renamed\n`,
    )
    expect(await typed('workflows', 'show', 'again')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`There is no workflow "again" in the bucket ${place.bucket}. It has `),
    })
  })

  test('what could not be replaced is what it was, and active', async () => {
    await said('workflows', 'import', await fileOf('kept.yaml', twoNodes('kept', 'state: Active\nprefix: kept/\n')))
    const bad = await fileOf('bad.yaml', `${twoNodes('kept')}    after: small\n`)
    const { status, stderr } = await typed('workflows', 'import', '--replace', bad)
    expect(status).toBe(1)
    expect(stderr).toContain(`${bad}:9:12: The server refused: `)
    expect(stderr).toContain('PIXMILL_CHAINED_NODES')
    const { workflow } = await saidJson('workflows', 'show', 'kept')
    expect(workflow).toMatchObject({ state: 'Active', prefix: 'kept/' })
  })

  test('a template is called by its name', async () => {
    const request = `<Request><Tag>PicProcess</Tag><Name>tile</Name><PicProcess><ProcessRule>imageMogr2/thumbnail/32x</ProcessRule></PicProcess></Request>`
    const templateId = textAt(await bucket.post('/template', request), 'Template/TemplateId')
    const text = twoNodes('by-name').replace('rule: imageMogr2/thumbnail/64x/format/webp', 'template: tile')
    await said('workflows', 'import', await fileOf('by-name.yaml', text))
    const { workflow } = await saidJson('workflows', 'show', 'by-name')
    expect(workflow.nodes.small).toMatchObject({ template: templateId })

    const missing = await fileOf(
      'missing.yaml',
      text.replace('template: tile', 'template: tiles').replace('by-name', 'missing'),
    )
    expect(await typed('workflows', 'import', missing)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        `${missing}:4:15: nodes.small.template: There is no template "tiles" in the bucket`,
      ),
    })
    const gone = text.replace('template: tile', `template: t1${'0'.repeat(32)}`).replace('by-name', 'gone')
    expect(await typed('workflows', 'import', await fileOf('gone.yaml', gone))).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/gone\.yaml:4:15: The server refused: /),
    })
    const queue = await fileOf('queue.yaml', twoNodes('queued', 'queue: fast\n'))
    expect(await typed('workflows', 'import', queue)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`${queue}:2:8: queue: There is no queue "fast" in the bucket`),
    })
  })

  test('a file with mistakes is refused before a server is asked, and says where', async () => {
    const file = await fileOf(
      'mistakes.yaml',
      'name: n\nnodes:\n  a:\n    rule: imageFoo\n  b:\n    rule: imageMogr2/thumbnail/9x\n    output: x/${InputPath}/${InputNameAndExt}\n    after: c\n',
    )
    const args = ['workflows', 'import', '--check', file, '--server', 'http://127.0.0.1:1']
    const { status, stdout, stderr } = await typed(...args)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr.split('\n').map((line) => line.replace(/: .*/, ''))).toEqual([
      'pixmill workflows import failed.',
      `${file}:3:3`,
      `${file}:4:11`,
      `${file}:8:12`,
      '',
    ])
    const ring = await fileOf(
      'ring.yaml',
      `${twoNodes('ring').replace('\n  large', '\n    after: large\n  large')}    after: small\n`,
    )
    expect((await typed('workflows', 'import', '--check', ring)).stderr).toMatch(
      /ring\.yaml:6:12: .*goes in a circle: /,
    )
    const over = await fileOf(
      'over.yaml',
      twoNodes('over').replace('over/${InputName}-64.${Ext}', '${InputPath}/${InputNameAndExt}'),
    )
    expect((await typed('workflows', 'import', '--check', over)).stderr).toMatch(
      /over\.yaml:5:13: .*expected another key/,
    )
    expect(await typed('workflows', 'import', '--check', join(folder, 'nowhere.yaml'))).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/There is no file .*nowhere\.yaml\./),
    })
  })

  test('a file may come through a pipe', async () => {
    const run = runPixmill(['workflows', 'import', '-', '--check'], {}, twoNodes('piped'))
    expect(await run.ended).toMatchObject({
      status: 0,
      stdout: 'standard input: right, the workflow piped with 2 nodes\n',
    })
  })

  test('paused, activated, and deleted when it is paused', async () => {
    await said('workflows', 'import', await fileOf('one.yaml', twoNodes('one')))
    await said('workflows', 'import', await fileOf('two.yaml', twoNodes('two')))
    expect(await said('workflows', 'activate', 'one', 'two')).toMatch(/^one \(w\w+\): Active\ntwo \(w\w+\): Active\n$/)
    expect(await typed('workflows', 'delete', 'one')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('(ActiveWorkflowForbiddenUpdate)'),
    })
    expect(await typed('workflows', 'pause', 'one', 'three')).toMatchObject({ status: 1 })
    expect((await saidJson('workflows', 'show', 'one')).state).toBe('Active')
    expect(await said('workflows', 'pause', 'one', 'two')).toContain('one')
    expect(await said('workflows', 'delete', 'one', 'two')).toMatch(/^one \(w\w+\): Deleted\ntwo \(w\w+\): Deleted\n$/)
    expect(await said('workflows', 'list', '--name', 'two')).toBe(`No workflows in ${place.bucket}.\n`)
  })
})

describe('batches', () => {
  const work = ['--rule', 'imageMogr2/thumbnail/64x', '--output', '${InventoryTriggerJobId}/${InputName}.${Ext}']

  test('of a rule over a prefix, watched without a terminal', async () => {
    for (const name of ['a', 'b', 'c']) await bucket.putFile(`many/${name}.jpg`, join(folder, 'cat.jpg'))
    const stdout = await said('batch', 'start', '--prefix', 'many/', ...work, '--name', 'three', '--watch')
    const lines = stdout.trimEnd().split('\n')
    expect(lines.at(-1)).toMatch(/^three: Success, 3 done in .*, 0 failed$/)
    expect(lines.at(-2)).toMatch(/^\d\d:\d\d:\d\d {2}three {2}Success {2}█+ 100 % {2}3 of 3$/)
    const { batches } = await saidJson('batch', 'list', '--limit', '1')
    expect(batches).toMatchObject([{ name: 'three', state: 'Success', counts: { total: 3, ended: 3, failed: 0 } }])
    expect(await bucket.getObject(`${batches[0].batchId}/b.jpg`)).toBeInstanceOf(Buffer)
    expect(await said('batch', 'list')).toMatch(/^ID +NAME .*\nb\w+ +three +Success +100 % +3 +0 /)
  })

  test('of a workflow, with one object that is no picture: the failure is told, and the exit code is 1', async () => {
    await said('workflows', 'import', await fileOf('every.yaml', twoNodes('every')))
    await writeFile(join(folder, 'note.txt'), 'Dear Sir or Madam')
    await bucket.putFile('mixed/note.txt', join(folder, 'note.txt'))
    await bucket.putFile('mixed/cat.jpg', join(folder, 'cat.jpg'))
    const { status, stdout } = await typed('batch', 'start', '--prefix', 'mixed/', '--workflow', 'every', '--watch')
    expect(status).toBe(1)
    expect(stdout).toMatch(/: Success, 2 done in .*, 1 failed\nmixed\/note\.txt {2}/)
    expect(await said('runs', 'list', 'every', '--state', 'Success')).toContain('mixed/cat.jpg')
  })

  test('cancelled, it ends with what runs; whoever watches it is told', async () => {
    await setQueue('Paused')
    const batchId = (await said('batch', 'start', '--prefix', 'many/', ...work)).trim()
    const watching = pixmill(['batch', 'watch', batchId])
    await watching.outputMatches(/ {2}Running {2}/)
    expect(await said('batch', 'cancel', batchId)).toMatch(new RegExp(`^${batchId}: (Running|Cancel)\n$`))
    expect(await watching.ended).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/: Cancel, \d done in .*\n$/),
    })
    await setQueue('Active')
    const again = await typed('batch', 'cancel', 'b0')
    expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining('(ResourceNotFound)') })
    expect(await typed('batch', 'show', 'b0')).toMatchObject({
      status: 1,
      stderr: `pixmill batch show failed.\nThere is no batch "b0" in the bucket ${place.bucket}.\n`,
    })
  })

  test('of nothing says so; what it names that is not there, and lists that are none, are refused or told', async () => {
    expect(await said('batch', 'start', '--prefix', 'many/', '--until', '2020-01-01', ...work, '--watch')).toMatch(
      /: Success \(.*\), 0 done in .*, 0 failed\n$/,
    )
    expect(await typed('batch', 'start', '--prefix', 'many/', ...work, '--output-bucket', 'nope-1')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('There is no bucket "nope-1"'),
    })
    const refused = async (args: readonly string[], says: string) => {
      const { status, stderr } = await typed('batch', 'start', ...args)
      expect([status, stderr]).toEqual([1, expect.stringContaining(says)])
    }
    const output = ['--output', 'x/${InputName}']
    await refused(['--prefix', 'many/', '--rule', 'style/nowhere', ...output], 'The style "nowhere" does not exist')
    await refused(['--prefix', 'many/', '--template', 'nothing', ...output], '"nothing"')
    await refused(
      ['--prefix', 'many/', ...work.slice(0, 2), '--output', '${InputPath}/${InputNameAndExt}'],
      'expected another key, or another bucket',
    )
    await refused(['--url-file', 'http://169.254.169.254/latest', ...work], '169.254.169.254')
    await writeFile(join(folder, 'note.txt'), 'Dear Sir or Madam')
    await bucket.putFile('lists/manifest.json', join(folder, 'note.txt'))
    const broken = await typed('batch', 'start', '--manifest', 'lists/manifest.json', ...work, '--watch')
    expect([broken.status, broken.stdout]).toEqual([1, expect.stringMatching(/: Failed \(InvalidArgument: .*JSON/)])
    const id = (await saidJson('batch', 'list', '--limit', '1')).batches[0].batchId
    expect(await said('batch', 'show', id)).toMatch(
      / Failed .*\nInvalidArgument: .*JSON.*\nthe manifest lists\/manifest/,
    )
  })
})

describe('runs', () => {
  test('an upload starts one, which is listed and shown', async () => {
    await said('workflows', 'import', await fileOf('up.yaml', twoNodes('up', 'state: Active\nprefix: up/\n')))
    await bucket.putFile('up/cat.jpg', join(folder, 'cat.jpg'))
    const { runs } = await saidJson('runs', 'list', 'up')
    expect(runs).toMatchObject([{ object: 'up/cat.jpg' }])
    expect(await said('runs', 'watch', runs[0].runId)).toMatch(/ {2}run i\w+ {2}Success {2}up\/cat\.jpg\n$/)
    expect(await said('runs', 'show', runs[0].runId)).toMatch(
      /^up {2}Success {2}i\w+\nup\/cat\.jpg\n├─ small +✓ Success.+up\/cat-64\.webp\n└─ large +✓ Success.+up\/cat-200\.jpg\n$/,
    )
    expect(await said('runs', 'list', 'up', '--state', 'Success', '--object', 'cat.jpg')).toContain(runs[0].runId)
    expect(await said('runs', 'list', 'up', '--state', 'Failed')).toBe('No runs.\n')
  })

  test('watched without a terminal: a line for each change, through a restart of the server', async () => {
    await said('workflows', 'import', await fileOf('slow.yaml', twoNodes('slow')))
    await bucket.putFile('in/cat.jpg', join(folder, 'cat.jpg'))
    await setQueue('Paused')
    const runId = (await said('workflows', 'run', 'slow', 'in/cat.jpg')).trim()
    const watching = pixmill(['runs', 'watch', runId])
    const following = pixmill(['runs', 'watch', runId, '--json'])
    await watching.outputMatches(new RegExp(`run ${runId}  Running  in/cat\\.jpg\\n`))
    await following.outputMatches(/\n/)

    const told = new Promise<void>((resolve) => {
      let stderr = ''
      watching.child.stderr!.on('data', (text: string) => {
        stderr += text
        if (stderr.includes('does not answer')) resolve()
      })
    })
    server.child.kill('SIGTERM')
    expect((await server.ended).status).toBe(0)
    await told
    await startServer(new URL(url).port)
    await setQueue('Active')
    const { status, stdout, stderr } = await watching.ended
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'The server does not answer; it is asked again for 60 s.\n',
    })
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''))
    expect(lines.slice(0, 3)).toEqual(['small  Pause', 'large  Pause', `run ${runId}  Running  in/cat.jpg`])
    expect(lines).toContain('small  Success  slow/cat-64.webp')
    expect(lines.at(-1)).toBe(`run ${runId}  Success  in/cat.jpg`)

    const followed = await following.ended
    expect(followed).toMatchObject({ status: 0 })
    const documents = followed.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(documents[0]).toMatchObject({ runId, state: 'Running', nodes: [{ state: 'Pause' }, { state: 'Pause' }] })
    expect(documents.at(-1)).toMatchObject({
      runId,
      state: 'Success',
      nodes: [{ state: 'Success' }, { state: 'Success' }],
    })
    expect(new Set(followed.stdout.trimEnd().split('\n')).size).toBe(documents.length)
  })

  test('one that fails ends with 1, and says why', async () => {
    await said('workflows', 'import', await fileOf('fails.yaml', twoNodes('fails')))
    const { status, stdout } = await typed('workflows', 'run', 'fails', 'not/there.jpg', '--watch')
    expect(status).toBe(1)
    expect(stdout).toMatch(/ {2}small {2}Failed {2}ResourceNotFound: .+\n/)
    expect(stdout).toMatch(/ {2}run i\w+ {2}Failed {2}not\/there\.jpg\n$/)
  })

  test('whoever stops watching is told that it goes on', async () => {
    await said('workflows', 'import', await fileOf('left.yaml', twoNodes('left')))
    await setQueue('Paused')
    const runId = (await said('workflows', 'run', 'left', 'in/cat.jpg')).trim()
    const watching = pixmill(['runs', 'watch', runId])
    await watching.outputMatches(/Running/)
    watching.child.kill('SIGINT')
    expect(await watching.ended).toMatchObject({
      status: 130,
      stderr: `\nThe run goes on: pixmill runs watch ${runId}\n`,
    })
    await setQueue('Active')
    await said('runs', 'watch', runId)
  })

  test('one that is not there', async () => {
    for (const verb of ['show', 'watch']) {
      expect(await typed('runs', verb, 'i0')).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('(ResourceNotFound)'),
      })
    }
    expect(await said('runs', 'list', `w${'0'.repeat(32)}`)).toBe('No runs.\n')
  })

  test('nobody need read to the end', async () => {
    for (const args of [
      ['runs', 'list', 'up'],
      ['batch', 'start', '--help'],
    ]) {
      const run = pixmill(args)
      run.child.stdout!.destroy()
      expect(await run.ended).toMatchObject({ status: 0, stderr: '' })
    }
  })
})

test('what --json says is what the page about it says', async () => {
  const file = await fileOf('json.yaml', twoNodes('json', 'prefix: json/\n'))
  const mistake = await fileOf('mistake.yaml', 'name: json\nnodes:\n  small:\n    rule: imageMogr2/thumbnail/64x\n')
  const checked = await saidJson('workflows', 'import', '--check', file)
  const imported = await saidJson('workflows', 'import', file)
  const refused = JSON.parse((await typed('workflows', 'import', mistake, '--json')).stdout)
  const listed = await saidJson('workflows', 'list', '--name', 'json')
  const paused = await saidJson('workflows', 'pause', 'json')
  await bucket.putFile('json/cat.jpg', join(folder, 'cat.jpg'))
  const run = await saidJson('workflows', 'run', 'json', 'json/cat.jpg')
  await said('runs', 'watch', run.runId)
  await writeFile(join(folder, 'note.txt'), 'Dear Sir or Madam')
  await bucket.putFile('json/note.txt', join(folder, 'note.txt'))
  const work = ['--rule', 'imageMogr2/thumbnail/64x', '--output', 'batch/${InputName}.${Ext}']
  const batch = await typed('batch', 'start', '--prefix', 'json/', ...work, '--watch', '--json')
  const ended = JSON.parse(batch.stdout.trimEnd().split('\n').at(-1)!)
  expect(batch.status).toBe(1)
  expect(shape(await saidJson('workflows', 'show', 'json'))).toEqual(shape(listed.workflows[0]))
  expect(shape(await saidJson('batch', 'show', ended.batchId))).toEqual(shape(ended))
  const rule = 'imageMogr2/thumbnail/200x/format/webp'
  const real = {
    apply: await saidJson('apply', rule, join(folder, 'cat.jpg'), join(folder, 'cat.webp')),
    explain: await saidJson('explain', rule, join(folder, 'cat.jpg')),
    'workflows list': listed,
    'workflows import': imported,
    'workflows import --check': checked,
    'workflows import, of a file with a mistake': refused,
    'workflows pause': paused,
    'workflows run': run,
    'runs list': await saidJson('runs', 'list', 'json'),
    'runs show': await saidJson('runs', 'show', run.runId),
    'batch show': ended,
    'batch list': { ...(await saidJson('batch', 'list')), batches: [] },
  }
  expect(shapes(real)).toEqual(shapes(await documentedJson((command) => !operatingCommands.includes(command))))
})
