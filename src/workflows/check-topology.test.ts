import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { picProcessNode, startNode, topologyOf, workflowBucket } from '../../test/support/workflows.ts'
import { Failure } from '../base/index.ts'
import { checkKey } from '../objects/index.ts'
import { NO_KINDS, type WorkflowTopology } from '../wire/index.ts'
import { checkTopology, nextNodes, type TopologyChecks } from './index.ts'

const checks: TopologyChecks = {
  checkKey,
  checkRule: (rule) => {
    if (rule === 'nonsense') throw new Failure('RuleInvalid', 'the rule is "nonsense", expected an operation.')
  },
  checkCallbackAddress: (url, field) => {
    if (!url.startsWith('http')) throw new Failure('InvalidArgument', `${field} is "${url}", expected an http address.`)
  },
  chainedNodes: false,
}

const check = (topology: WorkflowTopology, chainedNodes = false): void =>
  checkTopology(workflowBucket, topology, { ...checks, chainedNodes })

function refusal(topology: WorkflowTopology, chainedNodes = false): string {
  try {
    check(topology, chainedNodes)
  } catch (error) {
    expect(error).toBeInstanceOf(Failure)
    return `${(error as Failure).code}: ${(error as Failure).message}`
  }
  return 'accepted'
}

const output = (object: string, bucket = workflowBucket) => ({ output: { bucket, region: 'ap-test', object } })

describe('the graph', () => {
  test.each<[string, WorkflowTopology]>([
    ['one node', topologyOf({ Start: ['a'], a: ['End'] })],
    ['several nodes side by side', topologyOf({ Start: ['a', 'b', 'c'], a: ['End'], b: ['End'], c: ['End'] })],
    ['a node without a dependency of its own', topologyOf({ Start: ['a'] })],
    [
      'a first node by another name',
      {
        dependencies: [{ from: 'Start_1', to: ['a'] }],
        nodes: [startNode({ name: 'Start_1' }), picProcessNode('a')],
      },
    ],
  ])('%s is accepted', (_what, topology) => {
    expect(refusal(topology)).toBe('accepted')
  })

  test('a chain, and a tree, are accepted where nodes may be chained', () => {
    expect(refusal(topologyOf({ Start: ['a'], a: ['b'], b: ['c'], c: ['End'] }), true)).toBe('accepted')
    expect(refusal(topologyOf({ Start: ['a', 'b'], a: ['c', 'd', 'End'], b: ['e'] }), true)).toBe('accepted')
  })

  test.each<[string, WorkflowTopology, string]>([
    ['no Start', { dependencies: [], nodes: [picProcessNode('a')] }, 'exactly one node of type Start, found none'],
    [
      'two of them',
      { dependencies: [], nodes: [startNode(), startNode({ name: 'Start_2' })] },
      'exactly one node of type Start, found Start, Start_2',
    ],
    ['a Start that leads to nothing', { dependencies: [], nodes: [startNode()] }, 'from Start to nothing'],
    ['a Start that leads to End', topologyOf({ Start: ['a', 'End'] }), 'Dependencies.Start leads to End'],
    [
      'a doubled node',
      {
        dependencies: [{ from: 'Start', to: ['a'] }],
        nodes: [startNode(), picProcessNode('a'), picProcessNode('a')],
      },
      'Nodes holds a twice',
    ],
    [
      'a doubled dependency',
      {
        dependencies: [
          { from: 'Start', to: ['a'] },
          { from: 'Start', to: ['a'] },
        ],
        nodes: [startNode(), picProcessNode('a')],
      },
      'Dependencies holds Start twice',
    ],
    ['a node named twice by one', topologyOf({ Start: ['a', 'a'] }), 'Dependencies.Start names a twice'],
    [
      'a node called End',
      { dependencies: [{ from: 'Start', to: ['End'] }], nodes: [startNode(), picProcessNode('End')] },
      'Nodes holds End',
    ],
    [
      'a dependency of a node that is not there',
      { ...topologyOf({ Start: ['a'] }), dependencies: [{ from: 'ghost', to: ['End'] }] },
      'Dependencies holds ghost',
    ],
    [
      'a dependency on a node that is not there',
      { ...topologyOf({ Start: ['a'] }), dependencies: [{ from: 'Start', to: ['a', 'ghost'] }] },
      'Dependencies.Start names "ghost"',
    ],
    [
      'a node that nothing leads to',
      { ...topologyOf({ Start: ['a'] }), nodes: [startNode(), picProcessNode('a'), picProcessNode('lost')] },
      'Nodes.lost is never reached',
    ],
    ['a way back to Start', topologyOf({ Start: ['a'], a: ['Start'] }), 'goes in a circle: Start → a → Start'],
    [
      'a way to Start from outside',
      {
        dependencies: [
          { from: 'Start', to: ['a'] },
          { from: 'b', to: ['Start'] },
        ],
        nodes: topologyOf({ Start: ['a', 'b'] }).nodes,
      },
      'Dependencies.b leads to Start',
    ],
    ['a node behind another one', topologyOf({ Start: ['a'], a: ['b'] }), 'PIXMILL_CHAINED_NODES'],
    [
      'more nodes than anybody means',
      topologyOf({ Start: Array.from({ length: 100 }, (_, n) => `n${n}`) }),
      'holds 101 nodes, expected at most 100',
    ],
  ])('%s is refused by name', (_what, topology, says) => {
    expect(refusal(topology)).toMatch(/^InvalidArgument: MediaWorkflow\.Topology\./)
    expect(refusal(topology)).toContain(says)
  })

  test.each<[string, WorkflowTopology, string]>([
    ['a node behind itself', topologyOf({ Start: ['a'], a: ['a'] }), 'goes in a circle: a → a.'],
    ['a circle', topologyOf({ Start: ['a'], a: ['b'], b: ['c'], c: ['b'] }), 'goes in a circle: b → c → b.'],
    ['a circle off the way', topologyOf({ Start: ['a'], b: ['c'], c: ['b'] }), 'goes in a circle: b → c → b.'],
    [
      'a node that works on two outputs',
      topologyOf({ Start: ['a', 'b'], a: ['c'], b: ['c'] }),
      'Nodes.c follows a and b, expected one node',
    ],
    [
      'a node behind Start and another one',
      topologyOf({ Start: ['a', 'b'], a: ['b'] }),
      'Nodes.b follows Start and a, expected one node',
    ],
  ])('where nodes may be chained, %s is refused by name', (_what, topology, says) => {
    expect(refusal(topology, true)).toContain(says)
  })
})

describe('the nodes', () => {
  const one = (node: Parameters<typeof picProcessNode>[1], start: Parameters<typeof startNode>[0] = {}) =>
    topologyOf({ Start: ['a'] }, { a: node! }, start)

  test.each<[string, WorkflowTopology, string]>([
    [
      'a rule that is none',
      one({ inline: { isPicInfo: false, processRule: 'nonsense' } }),
      'RuleInvalid: MediaWorkflow.Topology.Nodes.a.Operation.PicProcess.ProcessRule: the rule is "nonsense", expected an operation.',
    ],
    [
      'an output key that is none',
      one(output('\u0001')),
      'InvalidArgument: MediaWorkflow.Topology.Nodes.a.Operation.Output.Object: the object key holds U+0001, which no document of this protocol can carry.',
    ],
    [
      'an address that is none',
      one({}, { notify: { state: null, events: ['TaskFinish'], resultFormat: null, url: 'ftp://x', type: 'Url' } }),
      'InvalidArgument: MediaWorkflow.Topology.Nodes.Start.Input.NotifyConfig.Url is "ftp://x", expected an http address.',
    ],
    [
      'a prefix that no key can have',
      one({}, { objectPrefix: 'x'.repeat(851) }),
      'InvalidArgument: MediaWorkflow.Topology.Nodes.Start.Input.ObjectPrefix: the object key has 851 bytes',
    ],
  ])('%s is refused with its place', (_what, topology, says) => {
    expect(refusal(topology)).toContain(says)
  })

  test('a filter that lets nothing pass is refused', () => {
    expect(refusal(one({}, { extFilter: NO_KINDS }))).toContain(
      'Nodes.Start.Input.ExtFilter is On and lets nothing pass',
    )
    expect(refusal(one({}, { extFilter: { ...NO_KINDS, state: 'Off' } }))).toBe('accepted')
    expect(refusal(one({}, { extFilter: { ...NO_KINDS, image: true } }))).toBe('accepted')
  })
})

describe('an output in the place of the input', () => {
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the protocol's placeholders
  test.each([
    ['raw/', '${InputPath}/${InputNameAndExt}'],
    ['raw/', '/${inputpath}/${INPUTNAMEANDEXT}'],
    ['raw/', 'raw/${InputNameAndExt}'],
    ['/raw/', 'raw/${InputNameAndExt}'],
    ['raw/cat', '${InputPath}/${InputNameAndExt}'],
    [null, '${InputNameAndExt}'],
    ['/', '${InputPath}/${InputNameAndExt}'],
  ])('for prefix %s, %s is refused', (objectPrefix, object) => {
    const topology = topologyOf({ Start: ['a'] }, { a: output(object) }, { objectPrefix })
    expect(refusal(topology)).toContain('Nodes.a.Operation.Output.Object is "')
    expect(refusal(topology)).toContain('which is the object that starts the run')
  })

  test.each([
    ['raw/', 'thumb/${InputNameAndExt}'],
    ['raw/', '${InputPath}/${InputName}.${Ext}'],
    ['raw/', '${InputPath}/${InputNameAndExt}_${RunId}.${Ext}'],
    [null, 'thumb/${InputNameAndExt}'],
    ['raw/', 'raw/cat.png'],
  ])('for prefix %s, %s cannot be told before the run', (objectPrefix, object) => {
    expect(refusal(topologyOf({ Start: ['a'] }, { a: output(object) }, { objectPrefix }))).toBe('accepted')
  })

  test('the same key in another bucket is another object', () => {
    const node = output('${InputPath}/${InputNameAndExt}', 'other-1250000000')
    expect(refusal(topologyOf({ Start: ['a'] }, { a: node }))).toBe('accepted')
  })

  test('a node may not write what it works on, nor work on what lies in another bucket', () => {
    const chain = { Start: ['a'], a: ['b'] }
    const same = output('mid/${InputName}.png')
    expect(refusal(topologyOf(chain, { a: same, b: same }), true)).toContain(
      'Nodes.b.Operation.Output.Object is "mid/${InputName}.png", which is what a writes and b works on',
    )
    expect(refusal(topologyOf(chain, { a: same, b: output('mid/${InputName}.webp') }), true)).toBe('accepted')
    expect(refusal(topologyOf(chain, { a: output('x', 'other-1250000000') }), true)).toContain(
      'Nodes.a.Operation.Output.Bucket is "other-1250000000", expected album-1250000000',
    )
    expect(refusal(topologyOf(chain, { b: output('x', 'other-1250000000') }), true)).toBe('accepted')
  })
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the protocol's placeholders
})

test('whatever graph is accepted, every node of it can be started, each after the one it waits for', () => {
  const picture = fc.constantFrom('a', 'b', 'c', 'd')
  const edge = fc.record({
    from: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('Start', 'a', 'b') }, { weight: 1, arbitrary: picture }),
    to: fc.oneof(
      { weight: 9, arbitrary: fc.uniqueArray(picture, { minLength: 1, maxLength: 3 }) },
      { weight: 1, arbitrary: fc.array(fc.constantFrom('Start', 'End', 'a', 'b', 'ghost'), { maxLength: 3 }) },
    ),
  })
  const graph = fc.record({
    dependencies: fc.oneof(
      { weight: 9, arbitrary: fc.uniqueArray(edge, { minLength: 1, maxLength: 3, selector: ({ from }) => from }) },
      { weight: 1, arbitrary: fc.array(edge, { maxLength: 3 }) },
    ),
    pictures: fc.oneof(
      { weight: 9, arbitrary: fc.uniqueArray(picture, { minLength: 1, maxLength: 4 }) },
      { weight: 1, arbitrary: fc.array(picture, { maxLength: 4 }) },
    ),
  })
  let accepted = 0
  fc.assert(
    fc.property(graph, ({ dependencies, pictures }) => {
      const topology = { dependencies, nodes: [startNode(), ...pictures.map((one) => picProcessNode(one))] }
      if (refusal(topology, true) !== 'accepted') return
      accepted += 1
      const started: { node: string; state: 'Success' }[] = []
      for (;;) {
        const next = nextNodes(topology, started)
        if (next.length === 0) break
        for (const { node, after } of next) {
          if (after !== null) expect(started.map((task) => task.node)).toContain(after)
          started.push({ node: node.name, state: 'Success' })
        }
      }
      expect(started.map(({ node }) => node).sort()).toEqual([...pictures].sort())
    }),
    { numRuns: 20_000 },
  )
  expect(accepted).toBeGreaterThan(50)
})
