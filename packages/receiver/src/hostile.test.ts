import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readXml as readConformingly, type XmlElement } from '../../../src/wire/index.ts'
import { parse } from './parse.ts'
import { ReceiverError } from './receiver-error.ts'
import { everyDelivery } from './testing/index.ts'
import { readXml, type XmlContent, type XmlGroup } from './xml.ts'

const goldenFolder = new URL('../../../test/fixtures/golden/', import.meta.url)
const secrets = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
const documents = [
  ...readdirSync(goldenFolder).map((name) => readFileSync(new URL(name, goldenFolder), 'utf8')),
  ...(await everyDelivery({ secrets })).flatMap(({ event, delivery }) => (event === null ? [] : [delivery.body])),
  '<?xml version="1.0" encoding="UTF-8"?>\n<!-- a --><x:Response xmlns:x="urn:x" a=\'1\'><?p i?><EventName>Task<![CDATA[Fin]]>ish</EventName>&#x41;</x:Response>',
]
/** What XML and JSON are made of, and what their readers stumble over. */
const pieces = [
  ...['<', '>', '/', '/>', '</', '<a>', '</a>', '<a/>', '<a b="c">', '<Response>', '</Response>', '<JobsDetail>'],
  ...['&', '&amp;', '&#0;', '&#65;', '&#x1F600;', '&#xD800;', '&lol;', '&#', ';', '&#99999999;', '&amp', '&__proto__;'],
  ...[
    '<!--',
    '-->',
    '--',
    '--->',
    '<![CDATA[',
    ']]>',
    '<?xml version="1.0"?>',
    '<?',
    '?>',
    '<?a?>',
    '<?XML ?>',
    '<?a:b c?>',
  ],
  ...[
    '<!DOCTYPE a [<!ENTITY b "c">]>',
    '<!ENTITY',
    '<!',
    '"',
    "'",
    '=',
    ' a="1"',
    ' a="1" a="2"',
    " b='<'",
    ' c="&lt;"',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '{"a":',
    '[[',
    '"__proto__":{}',
    '"constructor":',
    '\\u0000',
    '\\ud800',
    'null',
    'true',
  ],
  ...[
    '-1',
    '1e999',
    '0x1',
    '\0',
    '\r\n',
    '\r',
    '\t',
    '\ufeff',
    '\ud800',
    '\uffff',
    '\u001b',
    '字',
    '😀',
    '\u0085',
    '\u2028',
    'é',
  ],
  ...['xmlns:a="b"', ':', '<:a/>', '<a:/>', '<a:b:c/>', '<-a/>', '<é/>', '<a\u00b7/>', '<_/>', '<1/>', ' ', '\n'],
]

/** A document with up to five places spoilt. */
const spoilt = fc
  .tuple(
    fc.constantFrom(...documents),
    fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        removed: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 5, max: 400 })),
        put: fc.oneof(fc.constant(''), fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 4 })),
        times: fc.constantFrom(1, 1, 1, 2, 70),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  )
  .map(([document, changes]) =>
    changes.reduce((text, { at, removed, put, times }) => {
      const from = Math.floor(at * text.length)
      return text.slice(0, from) + put.repeat(times) + text.slice(from + removed)
    }, document),
  )

function outcomeOf(body: string | Uint8Array): unknown {
  try {
    return parse(body)
  } catch (error) {
    if (error instanceof ReceiverError) return error
    throw error
  }
}

describe('mutated documents', () => {
  test('are read or refused, and nothing else happens', () => {
    const outcomes = new Set<string>()
    fc.assert(
      fc.property(spoilt, (text) => {
        const outcome = outcomeOf(text)
        outcomes.add(outcome instanceof ReceiverError ? outcome.code : 'read')
        if (outcome instanceof ReceiverError) expect(outcome.message.length).toBeLessThan(400)
      }),
      { numRuns: 5_000 },
    )
    // Otherwise the mutations would not reach what they are there for. (A spoilt name of an event or kind of a field is too rare
    // here to count on; both have tests of their own.)
    expect([...outcomes]).toEqual(expect.arrayContaining(['NotReadable', 'read']))
  })

  test('are read or refused as bytes, too, with any bytes changed', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(fc.constantFrom(...documents), changes, (document, places) => {
        const bytes = Buffer.from(document)
        for (const [at, byte] of places) bytes[at % bytes.length] = byte
        outcomeOf(bytes)
      }),
      { numRuns: 3_000 },
    )
  })

  test('any value in any place of a JSON document is read or refused', () => {
    const paths = [
      'JobsDetail',
      'Input',
      'CosHeaders',
      'Operation',
      'PicProcessResult',
      'ProcessResult',
      'State',
      'Workflow',
    ]
    const outcomes = new Set<string>()
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.constantFrom(...documents), fc.jsonValue(), (path, document, value) => {
        if (document.startsWith('<')) return
        const reviver = (name: string, old: unknown) => (name === path ? value : old)
        const outcome = outcomeOf(JSON.stringify(JSON.parse(document, reviver)))
        outcomes.add(outcome instanceof ReceiverError ? outcome.code : 'read')
      }),
      { numRuns: 2_000 },
    )
    expect([...outcomes]).toEqual(expect.arrayContaining(['UnexpectedField', 'read']))
  })
})

describe('the XML reader, beside a conforming one', () => {
  /** What the conforming reader gives, in the form of ours. */
  const contentOf = (element: XmlElement): XmlContent => {
    if (element.children.length === 0) return element.text
    const group = Object.create(null) as XmlGroup
    for (const child of element.children) {
      const before = group[child.name]
      const content = contentOf(child)
      group[child.name] =
        before === undefined ? content : Array.isArray(before) ? [...before, content] : [before, content]
    }
    return group
  }
  const readTwice = (text: string) => {
    const attempt = (read: () => unknown) => {
      try {
        return { read: read() }
      } catch (error) {
        return { refused: (error as Error).message }
      }
    }
    const theirs = attempt(() => {
      const root = readConformingly(text)
      return { name: root.name, content: contentOf(root) }
    })
    return [attempt(() => readXml(text)), theirs] as const
  }

  test('reads what that reads, in the same way, and refuses what that refuses', () => {
    let refused = 0
    fc.assert(
      fc.property(spoilt, (text) => {
        fc.pre(text.trimStart().startsWith('<'))
        const [ours, theirs] = readTwice(text)
        if (ours.refused === undefined || theirs.refused === undefined) expect(ours).toEqual(theirs)
        else refused += 1
      }),
      { numRuns: 5_000 },
    )
    expect(refused).toBeGreaterThan(500)
  })

  test.each<[string, string]>([
    ['a document type', '<!DOCTYPE a><a/>'],
    ['an external entity', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
    ['entities that grow', '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['an ampersand', '<a>a & b</a>'],
    ['two roots', '<a/><b/>'],
    ['text behind the root', '<a/>b'],
    ['a missing end tag', '<a><b></a>'],
    ['NUL', '<a>\0</a>'],
    ['a reference to NUL', '<a>&#0;</a>'],
    ['half a surrogate pair', '<a>\ud800</a>'],
    ['an attribute twice', '<a b="1" b="2"/>'],
    ['a less-than sign in an attribute', '<a b="<"/>'],
    ['an ampersand in an attribute', '<a b="&"/>'],
    ['another encoding', '<?xml version="1.0" encoding="UTF-16"?><a/>'],
    ['a declaration behind a blank', ' <?xml version="1.0"?><a/>'],
    ['a declaration in the middle', '<a><?xml version="1.0"?></a>'],
    ['"]]>" in a text', '<a>]]></a>'],
    ['"--" in a comment', '<a><!-- -- --></a>'],
    ['65 levels', '<a>'.repeat(65) + '</a>'.repeat(65)],
    ['too many elements', `<a>${'<b/>'.repeat(40_001)}</a>`],
  ])('%s is refused by both', (_, text) => {
    const [ours, theirs] = readTwice(text)
    expect(ours.refused).toMatch(/^The body is not well-formed XML: line \d+, column \d+: .{3,120}\.$/)
    expect(theirs.refused).toBeDefined()
  })

  test.each<[string, string]>([
    ['references', '<a>&amp;&lt;&gt;&quot;&apos;&#34;&#x5b57;&#x1F600;&#13;</a>'],
    ['CDATA beside text', '<a>x<![CDATA[<&>]]>y</a>'],
    ['comments and instructions everywhere', '<!--a--><?b?><c><!--d-->e<?f g?></c><!--h--><?i?>'],
    ['line ends of Windows', '<a>b\r\nc\rd</a>'],
    ['names with prefixes', '<x:a xmlns:x="urn:x"><x:b/></x:a>'],
    ['names beyond ASCII', '<é><字/></é>'],
    ['a declaration with everything', "<?xml version='1.1' encoding='utf-8' standalone='yes' ?><a/>"],
    ['text beside children', '<a>b<c/>d</a>'],
    ['64 levels', '<a>'.repeat(64) + '</a>'.repeat(64)],
    ['names of objects', '<a><__proto__>b</__proto__><constructor/></a>'],
  ])('%s: read by both, and in the same way', (_, text) => {
    const [ours, theirs] = readTwice(text)
    expect(ours.refused).toBeUndefined()
    expect(ours).toEqual(theirs)
  })
})

describe('a megabyte of the worst', () => {
  const million = 1_000_000
  const times = (piece: string) => piece.repeat(Math.floor(million / piece.length))
  const bodies: Record<string, string> = {
    'open tags': times('<a>'),
    'empty elements': `<Response>${times('<a/>')}</Response>`,
    'less-than signs': times('<'),
    ampersands: `<Response>${times('&')}</Response>`,
    references: `<Response><EventName>${times('&amp;')}</EventName></Response>`,
    'references without an end': `<Response>&${times('a')}</Response>`,
    comments: `<Response>${times('<!---->')}</Response>`,
    'comments without an end': `<Response>${times('<!--')}</Response>`,
    'one comment without an end': `<Response><!--${times('-')}`,
    CDATA: `<Response>${times('<![CDATA[]]>')}</Response>`,
    'CDATA without an end': `<Response>${times('<![CDATA[')}`,
    instructions: `<Response>${times('<?a?>')}</Response>`,
    'blanks in a tag': `<Response ${times(' ')}`,
    'blanks between roots': `${times(' ')}<Response/>${times('\n')}`,
    'blanks in the declaration': `<?xml ${times(' ')}`,
    attributes: `<Response ${times('a="b" ')}>`,
    'other attributes': `<Response ${Array.from({ length: 100_000 }, (_, index) => `a${index}="b"`).join(' ')}/>`,
    'an attribute without an end': `<Response a="${times('b')}`,
    'a name': `<${times('a')}`,
    'text pieces': `<Response><EventName>${times('a<!---->')}</EventName></Response>`,
    'fields of one name': `<Response><EventName>TaskFinish</EventName>${'<JobsDetail/>'.repeat(19_000)}</Response>`,
    brackets: times('['),
    'nested objects': times('{"a":'),
    'nested lists in a field': `{"EventName":"TaskFinish","JobsDetail":${'['.repeat(400_000)}${']'.repeat(400_000)}}`,
    digits: `{"EventName":"TaskFinish","JobsDetail":{"JobId":"c","State":"Success","Operation":{"JobLevel":${times('9')}}}}`,
    'digits in a text': `{"EventName":"TaskFinish","JobsDetail":{"JobId":"c","State":"Success","EndTime":"${times('9')}"}}`,
    escapes: `{"EventName":"${times('\\u0041')}"}`,
    names: `{${times('"a":1,')}"EventName":""}`,
    'a long blank': `${times(' ')}x`,
    'a key of slashes': `{"EventName":"TaskFinish","JobsDetail":{"JobId":"c","State":"Success","Input":{"Object":"${times('/')}"}}}`,
  }

  // Whatever takes a time that grows faster than the body takes minutes here.
  test.each(Object.entries(bodies))('%s takes no time to speak of', (_, body) => {
    const before = process.cpuUsage()
    outcomeOf(body)
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1_000_000).toBeLessThan(3)
  })
})
