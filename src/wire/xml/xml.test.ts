import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../base/index.ts'
import { readXml } from './read-xml.ts'
import { writeXml } from './write-xml.ts'

const refusal = (document: Uint8Array | string): Failure => {
  try {
    readXml(document)
  } catch (error) {
    expect(error).toBeInstanceOf(Failure)
    return error as Failure
  }
  throw new Error('the document was read')
}
const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])
const bomb = `<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>`

describe('documents that are refused', () => {
  test.each<[string, Uint8Array | string, RegExp]>([
    ['nothing', '', /must contain a root/],
    ['white space only', '  \n ', /must contain a root/],
    ['no XML at all', '{"Request":{}}', /line 1, column 1\d?: text data outside of root/],
    ['a missing end tag', '<Request><Tag>PicProcess</Request>', /unexpected close tag|unclosed tag/],
    ['an end tag that never comes', '<Request><Tag>', /unclosed tag/],
    ['end tags crossing', '<a><b></a></b>', /close tag/],
    ['half a tag', '<Request', /unclosed|end of input|root/],
    ['two roots', '<a/><b/>', /only one root/],
    ['text after the root', '<a/>b', /text data outside of root/],
    ['text before the root', 'b<a/>', /text data outside of root/],
    ['a document type', '<!DOCTYPE a><a/>', /document type declaration/],
    ['a document type with entities', bomb, /document type declaration/],
    ['an external entity', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', /document type declaration/],
    ['an unknown entity', '<a>&nbsp;</a>', /undefined entity/],
    ['an ampersand alone', '<a>a & b</a>', /an "&" that should be "&amp;"/],
    ['an ampersand of a query', '<a>http://h/?b=1&c=2</a>', /an "&" that should be "&amp;"/],
    ['a less-than sign in text', '<a>1 < 2</a>', /tag name/],
    ['65 levels', '<a>'.repeat(65) + '</a>'.repeat(65), /more than 64 levels/],
    ['a hundred thousand levels', '<a>'.repeat(100_000), /more than 64 levels/],
    ['too many elements', `<a>${'<b/>'.repeat(40_001)}</a>`, /more than 40000 elements/],
    ['NUL', '<a>\0</a>', /disallowed character/],
    ['a reference to NUL', '<a>&#0;</a>', /entity/],
    ['a control character', '<a>\x1b[0m</a>', /disallowed character/],
    ['U+FFFE', '<a>\ufffe</a>', /disallowed character/],
    ['a lone high surrogate', '<a>\ud800</a>', /surrogate/],
    ['a lone low surrogate', '<a>\udc00</a>', /surrogate/],
    ['a reference to a surrogate', '<a>&#xD800;</a>', /entity/],
    ['a reference beyond Unicode', '<a>&#x110000;</a>', /entity/],
    ['a control character in XML 1.1', '<?xml version="1.1"?><a>&#1;</a>', /entity/],
    ['bytes that are not UTF-8', Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e]), /not UTF-8/],
    ['UTF-16', utf16('<a/>'), /not UTF-8/],
    ['UTF-8 that says it is UTF-16', '<?xml version="1.0" encoding="UTF-16"?><a/>', /"UTF-16", expected "UTF-8"/],
    ['UTF-8 that says it is GBK', '<?xml version="1.0" encoding="gbk"?><a/>', /"gbk", expected "UTF-8"/],
    ['a declaration that is not at the start', ' <?xml version="1.0"?><a/>', /start of the document/],
    ['an attribute without quotes', '<a b=c/>', /unquoted/],
    ['an attribute twice', '<a b="1" b="2"/>', /duplicate attribute/],
    ['an open CDATA', '<a><![CDATA[x</a>', /unclosed|cdata/i],
    ['an open comment', '<a/><!-- x', /unclosed|comment|root|end/i],
  ])('%s', (_, document, reason) => {
    const failure = refusal(document)
    expect(failure.code).toBe('InvalidContent')
    expect(failure.message).toMatch(reason)
    expect(failure.message).toMatch(/expected one well-formed XML document in UTF-8/)
  })

  test('the message says where', () => {
    expect(refusal('<Request>\n  <Tag>\n</Request>').message).toMatch(/at line 3, column 1\d/)
  })
})

describe('documents that are read', () => {
  const textOf = (document: Uint8Array | string) => readXml(document).text

  test.each<[string, Uint8Array | string, string]>([
    ['the five named entities', '<a>&amp;&lt;&gt;&quot;&apos;</a>', `&<>"'`],
    ['decimal and hexadecimal references', '<a>&#34;&#x5b57;&#x1F600;&#xD;</a>', '"字😀\r'],
    ['CDATA', '<a>x<![CDATA[<&>]]>y</a>', 'x<&>y'],
    ['text around comments', '<a>x<!-- no -->y</a>', 'xy'],
    ['leading and trailing blanks', '<a>  b </a>', '  b '],
    ['white space alone in a leaf', '<a> \n</a>', ' \n'],
    ['a byte order mark', Buffer.from('\ufeff<a>b</a>'), 'b'],
    ['a declaration', '<?xml version="1.0" encoding="utf-8"?>\n<a>b</a>\n', 'b'],
    ['a declaration that says ASCII', '<?xml version="1.0" encoding="US-ASCII" ?><a>b</a>', 'b'],
    ['line ends of Windows', '<a>b\r\nc</a>', 'b\nc'],
    ['a huge attribute', `<a b="${'x'.repeat(500_000)}">c</a>`, 'c'],
    ['namespaces', '<x:a xmlns:x="urn:x" x:b="1">c</x:a>', 'c'],
    ['a prefix nobody declared', '<y:a>c</y:a>', 'c'],
  ])('%s', (_, document, text) => {
    expect(textOf(document)).toBe(text)
    expect(readXml(document).name).toBe('a')
  })

  test('64 levels', () => {
    expect(readXml('<a>'.repeat(64) + '</a>'.repeat(64)).name).toBe('a')
  })

  test('white space around children is not text, other text is', () => {
    expect(readXml('<a>\n <b> </b>\n</a>')).toEqual({
      name: 'a',
      text: '',
      children: [{ name: 'b', text: ' ', children: [] }],
    })
    expect(readXml('<a>odd<b/></a>').text).toBe('odd')
  })
})

describe('writing', () => {
  test('escapes what must be and nothing else', () => {
    const content = { Etag: `"a"`, Rule: `a&b<c>'d'`, Empty: '', Number: 0, Absent: undefined, None: [] }
    expect(writeXml({ root: 'R', content })).toBe(
      `<R><Etag>"a"</Etag><Rule>a&amp;b&lt;c&gt;'d'</Rule><Empty/><Number>0</Number></R>`,
    )
  })

  test('repeats lists without a wrapper and leaves an empty tree an empty element', () => {
    expect(writeXml({ root: 'R', content: { A: ['1', '2'], B: [{ C: 'x' }], D: {} } })).toBe(
      '<R><A>1</A><A>2</A><B><C>x</C></B><D/></R>',
    )
  })

  test('puts U+FFFD where XML cannot hold the character', () => {
    expect(writeXml({ root: 'R', content: { A: '\0a\x1b\ud800b\ufffe\t\n' } })).toBe(
      '<R><A>\ufffda\ufffd\ufffdb\ufffd\t\n</A></R>',
    )
  })

  const anyText = fc.string({ unit: fc.oneof(fc.constantFrom(...`&<>"'\r\n\t ]]>`), fc.string({ unit: 'binary' })) })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML forbids is exactly what is looked for
  const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu

  test('what is read after being written is the same value', () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1 }), (texts) => {
        const read = readXml(Buffer.from(writeXml({ root: 'R', content: { T: texts } })))
        expect(read.children.map((child) => child.text)).toEqual(texts.map((text) => text.replace(forbidden, '\ufffd')))
      }),
    )
  })
})
