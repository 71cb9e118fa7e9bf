import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkRule } from '../../../images/index.ts'
import { checkKey } from '../../../objects/index.ts'
import type { ExtFilter, FileNode, WorkflowFile, WorkflowNotify, WorkflowRequest } from '../../../wire/index.ts'
import { fileOf, NO_KINDS, requestOf } from '../../../wire/index.ts'
import { exampleFile, fileFields } from './fields.ts'
import { readWorkflowFile } from './read-workflow-file.ts'
import { writeWorkflowFile } from './write-workflow-file.ts'

const place = { bucket: 'album-1250000000', region: 'ap-test' }
const checks = { checkRule, checkKey }
const read = (text: string) => readWorkflowFile(text, 'thumbs.yaml', checks)
const asTheyAre = { template: (id: string) => id, queue: (id: string) => id }

const whole = `name: thumbs
state: Active
prefix: raw/
extensions: [jpg, png]
queue: p7a41c0de9b3f4e21a6d58c07f1e2b394
notify:
  url: https://hooks.example.org/wf
  events: [TaskFinish, WorkflowFinish]
  format: JSON

nodes:
  small:
    template: t13bd2f6087c9e4aa1b5f0d4e6c8a7b921
    output: thumb/\${InputName}-320.\${Ext}
  tiny:
    rule: imageMogr2/thumbnail/64x|imageMogr2/format/webp
    picInfo: true
    after: small
    output:
      key: tiny/\${InputName}.\${Ext}
      bucket: other-1250000000
      region: ap-other
    userData: "12"
`

test('a workflow file as the protocol says it', () => {
  const { workflow } = read(whole)
  expect(workflow.state).toBe('Active')
  expect(requestOf(workflow, place, { template: (id) => `${id}!`, queue: (id) => `${id}?` })).toEqual({
    name: 'thumbs',
    topology: {
      dependencies: [
        { from: 'Start', to: ['small'] },
        { from: 'small', to: ['tiny'] },
        { from: 'tiny', to: ['End'] },
      ],
      nodes: [
        {
          name: 'Start',
          type: 'Start',
          objectPrefix: 'raw/',
          queueId: null,
          picProcessQueueId: 'p7a41c0de9b3f4e21a6d58c07f1e2b394?',
          speechRecognitionQueueId: null,
          aiProcessQueueId: null,
          notify: {
            state: null,
            events: ['TaskFinish', 'WorkflowFinish'],
            resultFormat: 'JSON',
            url: 'https://hooks.example.org/wf',
            type: null,
          },
          extFilter: {
            state: 'On',
            image: false,
            video: false,
            audio: false,
            contentType: false,
            custom: true,
            customExts: ['jpg', 'png'],
            allFile: false,
          },
        },
        {
          name: 'small',
          type: 'PicProcess',
          templateId: 't13bd2f6087c9e4aa1b5f0d4e6c8a7b921!',
          inline: null,
          output: { ...place, object: 'thumb/${InputName}-320.${Ext}' },
          userData: null,
        },
        {
          name: 'tiny',
          type: 'PicProcess',
          templateId: null,
          inline: { isPicInfo: true, processRule: 'imageMogr2/thumbnail/64x|imageMogr2/format/webp' },
          output: { bucket: 'other-1250000000', region: 'ap-other', object: 'tiny/${InputName}.${Ext}' },
          userData: '12',
        },
      ],
    },
  })
})

test('it is written as a person would write it', () => {
  expect(writeWorkflowFile(read(whole).workflow, 'YAML')).toBe(whole)
})

test('JSON is read, and written, too', () => {
  const { workflow } = read(whole)
  const json = writeWorkflowFile(workflow, 'JSON')
  expect(JSON.parse(json)).toMatchObject({ name: 'thumbs', nodes: { small: {}, tiny: { after: 'small' } } })
  expect(read(json).workflow).toEqual(workflow)
})

describe('a field may be written', () => {
  const minimal = 'nodes:\n  a:\n    template: t\n    output: o\n'
  const filter = NO_KINDS
  test.each<[string, string, Partial<WorkflowFile>]>([
    ['nothing but what is needed', '', { state: null, prefix: null, extensions: null, queue: null, notify: null }],
    ['as nothing', 'prefix:\nqueue: ~\nextensions: ""\n', { prefix: null, queue: null, extensions: null }],
    ['a state in any case', 'state: active\n', { state: 'Active' }],
    ['"on" as text', 'prefix: on\n', { prefix: 'on' }],
    ['a number in quotes', 'prefix: "2024"\n', { prefix: '2024' }],
    ['the word images', 'extensions: images\n', { extensions: { ...filter, image: true } }],
    [
      'one line for each extension',
      'extensions:\n  - .JPG\n',
      { extensions: { ...filter, custom: true, customExts: ['.JPG'] } },
    ],
    [
      'a filter in full',
      'extensions: {state: off, image: true, custom: true, customExts: [jpg], allFile: false}\n',
      { extensions: { ...filter, state: 'Off', image: true, custom: true, customExts: ['jpg'] } },
    ],
    [
      'a notification that is off',
      'notify: {state: Off}\n',
      { notify: { state: 'Off', events: [], resultFormat: null, url: null, type: null } },
    ],
    [
      'an anchor, used again',
      'queue: &q p1\notherQueues: {media: *q}\n',
      { queue: 'p1', otherQueues: { media: 'p1', speechRecognition: null, aiProcess: null } },
    ],
  ])('%s', (_what, text, expected) => {
    expect(read(`name: n\n${text}${minimal}`).workflow).toMatchObject(expected)
  })
})

describe('what is wrong is told with its line and its field', () => {
  const node = 'nodes:\n  a: {template: t, output: o}\n'
  test.each<[string, string, readonly string[]]>([
    ['an empty file', '', ['1:1: the file is empty, expected a workflow.']],
    ['a list', '- a\n', ['1:1: the file is a list, expected a map.']],
    ['a text', 'workflow\n', ['1:1: the file is "workflow", expected a map.']],
    ['two documents', `name: n\n${node}---\nname: n\n`, ['4:1: the file holds a second document, expected one.']],
    [
      'a bracket that is not closed',
      'name: [\n',
      ['2:1: Flow sequence in block collection must be sufficiently indented and end with a ].'],
    ],
    ['JSON that is cut off', '{"name": "n"', ['1:13: Flow map must end with a }.']],
    ['a key twice', `name: n\nname: m\n${node}`, ['2:1: "name" stands twice in one map, expected once.']],
    [
      'a node twice',
      'name: n\nnodes:\n  a: {template: t, output: o}\n  a: {template: t, output: o}\n',
      ['4:3: "a" stands twice in one map, expected once.'],
    ],
    ['a tag', `name: !js n\n${node}`, ['1:7: Unresolved tag: !js.']],
    ['an anchor that is not there', `name: *x\n${node}`, ['1:7: *x names an anchor that is not there.']],
    [
      'nothing that is needed',
      'state: Active\n',
      [
        '1:1: name is missing, expected 1 to 128 letters, digits, "-" or "_".',
        '1:1: nodes is missing, expected a map of at least one node by its name.',
      ],
    ],
    [
      'a name that is none',
      `name: a b\n${node}`,
      ['1:7: name is "a b", expected 1 to 128 letters, digits, "-" or "_".'],
    ],
    [
      'a number for a text',
      `name: 2024\n${node}`,
      ['1:7: name is the number 2024, expected text; put it in quotes if it is meant as text.'],
    ],
    ['an odd state', `name: n\nstate: on\n${node}`, ['2:8: state is "on", expected Active or Paused.']],
    [
      'a message queue',
      `name: n\nnotify: {url: "http://h", events: [TaskFinish], type: TDMQ}\n${node}`,
      ['2:55: notify.type is "TDMQ", expected Url.'],
    ],
    ['a field misspelt', `name: n\nprefx: raw/\n${node}`, ['2:1: prefx is no field here; perhaps prefix was meant.']],
    [
      'a field of another kind of file',
      `name: n\nbucket: b\n${node}`,
      [
        '2:1: bucket is no field here, expected one of name, state, prefix, extensions, queue, otherQueues, notify, nodes.',
      ],
    ],
    [
      'a character that cannot be sent',
      `name: n\nprefix: "a\\u0001"\n${node}`,
      ['2:9: prefix holds U+0001, which no document of the protocol can carry.'],
    ],
    [
      'an odd word for extensions',
      `name: n\nextensions: jpg\n${node}`,
      ['2:13: extensions is "jpg", expected images.'],
    ],
    ['no extensions', `name: n\nextensions: []\n${node}`, ['2:13: extensions has 0 extensions, expected 1 to 10.']],
    [
      'too many extensions',
      `name: n\nextensions: [a, b, c, d, e, f, g, h, i, j, k]\n${node}`,
      ['2:13: extensions has 11 extensions, expected 1 to 10.'],
    ],
    [
      'an odd extension',
      `name: n\nextensions: [jpg, j/g]\n${node}`,
      ['2:19: extensions[1] is "j/g", expected an extension such as jpg.'],
    ],
    [
      'an extension that is a number',
      `name: n\nextensions:\n  - 7\n  -\n${node}`,
      [
        '3:5: extensions[0] is the number 7, expected an extension such as jpg; put it in quotes if it is meant as text.',
        '4:4: extensions[1] is empty.',
      ],
    ],
    [
      'a custom filter without extensions',
      `name: n\nextensions: {custom: true, imag: true}\n${node}`,
      [
        '2:1: extensions.customExts has 0 extensions, expected 1 to 10.',
        '2:28: extensions.imag is no field here; perhaps image was meant.',
      ],
    ],
    [
      'an odd flag',
      `name: n\nextensions: {image: yes}\n${node}`,
      ['2:21: extensions.image is "yes", expected true or false.'],
    ],
    ['queues in a list', `name: n\notherQueues: [p1]\n${node}`, ['2:14: otherQueues is a list, expected a map.']],
    [
      'a notification without anything',
      `name: n\nnotify: {}\n${node}`,
      [
        '2:1: notify.url is missing, expected an address.',
        '2:1: notify.events is missing, expected at least one event.',
      ],
    ],
    [
      'an odd event and address',
      `name: n\nnotify:\n  url: hooks.example.org\n  events: [TaskEnd]\n${node}`,
      [
        '3:8: notify.url is "hooks.example.org", expected an http or https address.',
        '4:11: notify.events is missing, expected at least one event.',
        '4:12: notify.events[0] is "TaskEnd", expected TaskFinish or WorkflowFinish or WorkflowStart or TransCodingFinish.',
      ],
    ],
    [
      'events that are no list',
      `name: n\nnotify: {url: "http://h", events: TaskFinish}\n${node}`,
      [
        '2:35: notify.events is "TaskFinish", expected a list: TaskFinish, WorkflowFinish, WorkflowStart, TransCodingFinish.',
      ],
    ],
    ['no node', 'name: n\nnodes: {}\n', ['2:8: nodes is empty, expected at least one node.']],
    ['nodes in a list', 'name: n\nnodes: [a]\n', ['2:8: nodes is a list, expected a map.']],
    ['a node of nothing', 'name: n\nnodes:\n  a:\n', ['3:3: nodes.a is empty, expected template or rule, and output.']],
    [
      'a node without rule or output',
      'name: n\nnodes:\n  a: {picInfo: true}\n',
      [
        '3:3: nodes.a.output is missing, expected a key, or a map.',
        '3:3: nodes.a has neither template nor rule, expected one of them.',
        '3:16: nodes.a.picInfo goes with rule; a template says for itself what it reports.',
      ],
    ],
    [
      'both template and rule',
      'name: n\nnodes:\n  a: {template: t, rule: imageMogr2/thumbnail/1x, output: o}\n',
      ['3:26: nodes.a has both template and rule, expected one of them.'],
    ],
    [
      'a rule that is none',
      'name: n\nnodes:\n  a: {rule: imageFoo/1, output: o}\n',
      [expect.stringMatching(/^3:13: nodes\.a\.rule: .*imageFoo/)],
    ],
    [
      'a rule that is not carried out',
      'name: n\nnodes:\n  a: {rule: watermark/2, output: o}\n',
      [expect.stringMatching(/^3:13: nodes\.a\.rule: .*watermark/)],
    ],
    [
      'a key that is too long',
      `name: n\nnodes:\n  a: {template: t, output: ${'k'.repeat(851)}}\n`,
      ['3:28: nodes.a.output: the object key has 851 bytes, at most 850 are allowed'],
    ],
    [
      'half of a place',
      'name: n\nnodes:\n  a: {template: t, output: {key: k, bucket: b}}\n',
      ['3:28: nodes.a.output has bucket without region, expected both or none.'],
    ],
    [
      'an output without a key',
      'name: n\nnodes:\n  a: {template: t, output: {bucket: b, region: r}}\n',
      ['3:20: nodes.a.output.key is missing, expected a key.'],
    ],
    [
      'a node called Start',
      'name: n\nnodes:\n  Start: {template: t, output: o}\n',
      ['3:3: nodes.Start has a name that has its own meaning, expected another.'],
    ],
    [
      'a node whose name is no element',
      'name: n\nnodes:\n  "a b": {template: t, output: o}\n',
      ['3:3: nodes.a b: a node is called "a b", expected a letter or "_", and then letters, digits, "_", "-" or ".".'],
    ],
    [
      'a key that is no text',
      'name: n\nnodes:\n  ? [a]\n  : {template: t, output: o}\n',
      ['3:5: nodes has a key that is no text.'],
    ],
    [
      'a node that follows nobody',
      'name: n\nnodes:\n  small: {template: t, output: o}\n  b: {template: t, output: o, after: smal}\n',
      ['4:38: nodes.b.after is "smal", expected the name of a node, perhaps small.'],
    ],
    [
      'long user data',
      `name: n\nnodes:\n  a: {template: t, output: o, userData: ${'u'.repeat(1025)}}\n`,
      ['3:41: nodes.a.userData has 1025 characters, expected at most 1024.'],
    ],
    [
      'everything at once',
      'name: a b\nstat: on\nnodes:\n  a: {rule: 7}\n',
      [
        '1:7: name is "a b", expected 1 to 128 letters, digits, "-" or "_".',
        '2:1: stat is no field here; perhaps state was meant.',
        '4:3: nodes.a.output is missing, expected a key, or a map.',
        '4:13: nodes.a.rule is the number 7, expected a rule such as imageMogr2/thumbnail/640x; put it in quotes if it is meant as text.',
      ],
    ],
  ])('%s', (_what, text, expected) => {
    expect(complaintsOf(text)).toEqual(expected)
  })

  test('a file of a size that no workflow has', () => {
    expect(complaintsOf(`# ${'x'.repeat(1024 * 1024)}\n`)).toEqual([
      '1:1: the file has more than 1048576 bytes, expected a workflow.',
    ])
  })

  test('anchors that grow are not followed into the sky', () => {
    const levels = 'abcdefghijklmnop'.split('').map((name, index, all) => {
      const before = index === 0 ? 'x' : `*${all[index - 1]}`
      return `${name}: &${name} [${Array(9).fill(before).join(', ')}]`
    })
    expect(complaintsOf(`${levels.join('\n')}\nname: n\n${node}`)).toHaveLength(levels.length)
  })
})

function complaintsOf(text: string): string[] {
  try {
    read(text)
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.replace(/^thumbs\.yaml:/, ''))
  }
  return []
}

describe('what the server says of a workflow is told at its place', () => {
  const nodes = 'MediaWorkflow.Topology.Nodes'
  test.each([
    [`${nodes}.small.Operation.TemplateId is "t1": none`, 13, 'nodes.small.template is "t1": none'],
    [`No: ${nodes}.small.Operation.Output.Bucket is "b"`, 14, 'No: nodes.small.output is "b"'],
    [`${nodes}.tiny.Operation.PicProcess.ProcessRule: bad`, 16, 'nodes.tiny.rule: bad'],
    [`${nodes}.tiny.Operation.UserData: bad`, 23, 'nodes.tiny.userData: bad'],
    [`${nodes}.tiny is never reached`, 15, 'nodes.tiny is never reached'],
    [`${nodes}.Start.Input.ObjectPrefix: bad`, 3, 'prefix: bad'],
    [`${nodes}.Start.Input.NotifyConfig.Url is bad`, 7, 'notify.url is bad'],
    [`${nodes}.Start.Input.ExtFilter is On`, 4, 'extensions is On'],
    [`${nodes}.Start.Input.PicProcessQueueId is unknown`, 5, 'queue is unknown'],
    [
      'MediaWorkflow.Topology.Dependencies goes in a circle: tiny → small → tiny.',
      18,
      'nodes.tiny.after: goes in a circle: tiny → small → tiny.',
    ],
    [
      'MediaWorkflow.Topology.Dependencies.small leads to tiny, expected End: …',
      18,
      'nodes.tiny.after: small leads to tiny, expected End: …',
    ],
    ['MediaWorkflow.Name is taken', 1, 'MediaWorkflow.Name is taken'],
    ['Something else', 1, 'Something else'],
  ])('%s', (message, line, told) => {
    const failure = read(whole).complainInItsWords(message)
    expect(failure.details.complaints).toMatchObject([{ line, message: told }])
  })
})

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
const word = fc.oneof(
  text,
  fc.constantFrom('on', 'no', '7', '~', 'null', '# a', 'a: b', '*x', '- a', ' a ', 'a\nb', '"', "'", '{a}', '${Ext}'),
)
const id = fc.stringMatching(/^[pt][0-9a-f]{8}$/)
const nodeName = fc
  .oneof(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,12}$/), fc.constantFrom('on', 'null', 'true', '__proto__', '小'))
  .filter((one) => one !== 'Start' && one !== 'End')
const notify: fc.Arbitrary<WorkflowNotify> = fc.record({
  state: fc.constantFrom('On', 'Off', null),
  events: fc.subarray(['TaskFinish', 'WorkflowFinish', 'WorkflowStart'] as const, { minLength: 1 }),
  resultFormat: fc.constantFrom('XML', 'JSON', null),
  url: fc.constantFrom('https://hooks.example.org/wf?a=b&c=#d', 'http://127.0.0.1:8800/'),
  type: fc.constantFrom('Url', null),
})
const extensions: fc.Arbitrary<ExtFilter> = fc
  .tuple(
    fc.record({
      state: fc.constantFrom('On', 'Off'),
      image: fc.boolean(),
      video: fc.boolean(),
      audio: fc.boolean(),
      contentType: fc.boolean(),
      allFile: fc.boolean(),
    }),
    fc.boolean(),
    fc.array(fc.constantFrom('jpg', '.PNG', 'on', '7z', 'no'), { maxLength: 10 }),
  )
  .map(([kinds, custom, customExts]) => ({ ...kinds, custom: custom && customExts.length > 0, customExts }))
const fileNode = fc.record({
  name: nodeName,
  work: fc.oneof(
    word.map((template) => ({ template, inline: null })),
    fc.record({
      template: fc.constant(null),
      inline: fc.record({
        isPicInfo: fc.boolean(),
        processRule: fc.constantFrom('imageMogr2/thumbnail/64x', 'imageMogr2/thumbnail/!50p|imageMogr2/format/webp'),
      }),
    }),
  ),
  output: fc.record({ key: word, place: fc.option(fc.record({ bucket: word, region: word })) }),
  userData: fc.option(word),
  /** Which of the nodes before, the start among them, it follows. */
  after: fc.nat(),
})
const workflowFile: fc.Arbitrary<WorkflowFile> = fc
  .tuple(
    fc.record({
      name: fc.oneof(fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/), fc.constantFrom('null', '1e3', '缩略图')),
      state: fc.constantFrom('Active', 'Paused', null),
      prefix: fc.option(word),
      extensions: fc.option(extensions),
      queue: fc.option(word),
      otherQueues: fc.record({ media: fc.option(id), speechRecognition: fc.option(id), aiProcess: fc.option(id) }),
      notify: fc.option(notify),
    }),
    fc.uniqueArray(fileNode, { selector: ({ name }) => name, minLength: 1, maxLength: 6 }),
  )
  .map(([facts, nodes]) => {
    const names = ['Start', ...nodes.map(({ name }) => name)]
    return {
      ...facts,
      nodes: nodes.map(
        ({ work, after, ...node }, index): FileNode => ({ ...node, ...work, after: names[after % (index + 1)]! }),
      ),
    }
  })

test.each(['YAML', 'JSON'] as const)('a workflow written as %s and read again is the same', (format) => {
  fc.assert(
    fc.property(workflowFile, (file) => {
      expect(read(writeWorkflowFile(file, format)).workflow).toEqual(file)
    }),
    { numRuns: 500 },
  )
})

test('a workflow of the server, exported and imported, is the same workflow', () => {
  fc.assert(
    fc.property(workflowFile, fc.boolean(), (file, isActive) => {
      const state = isActive ? 'Active' : 'Paused'
      const kept: WorkflowRequest = { ...requestOf(file, place, asTheyAre), state }
      const exported = read(writeWorkflowFile(fileOf(kept, place), 'YAML')).workflow
      expect({ ...requestOf(exported, place, asTheyAre), state: exported.state }).toEqual(kept)
      // In another bucket it is the same workflow of that bucket.
      const elsewhere = { bucket: 'copy-1250000000', region: 'ap-copy' }
      const copy = requestOf(exported, elsewhere, asTheyAre)
      expect(fileOf({ ...copy, state }, elsewhere)).toEqual(exported)
    }),
    { numRuns: 300 },
  )
})

test('one that another program made is the same in everything that counts', () => {
  const kept = requestOf(read(whole).workflow, place, asTheyAre)
  const [start, small, tiny] = kept.topology.nodes
  const odd: WorkflowRequest = {
    name: 'thumbs',
    state: 'Paused',
    topology: {
      dependencies: [
        { from: 'small', to: ['End', 'tiny'] },
        { from: 'Begin', to: ['small'] },
      ],
      nodes: [small!, { ...start!, name: 'Begin' }, tiny!],
    },
  }
  expect(requestOf(fileOf(odd, place), place, asTheyAre)).toEqual(kept)
})

test('the example of the reference page is read, and is how it would be written', () => {
  expect(writeWorkflowFile(read(exampleFile).workflow, 'YAML')).toBe(exampleFile)
})

test('every field that is read is documented, and no other', () => {
  for (const [part, fields] of Object.entries(fileFields)) {
    const names = fields.map(({ name }) => name)
    expect(new Set(names).size, part).toBe(names.length)
    for (const { expects, says } of fields) expect(`${expects}|${says}`).toMatch(/^.+\|.+\.$/)
  }
})
