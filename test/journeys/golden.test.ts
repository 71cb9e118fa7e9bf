import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { readXml, renderTime } from '../../src/wire/index.ts'
import { find, jobXml, startHouse, textAt } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'

/** White space between elements says nothing; inside them it does. */
const squeezed = (xml: string): string => xml.trim().replace(/>\s+</g, '><')

/** The document with other texts in some of its leaves, each named by a path that stands once. */
function withTexts(xml: string, texts: Record<string, string>): string {
  return Object.entries(texts).reduce((document, [name, text]) => {
    const leaf = new RegExp(`<${name}>[^<]*</${name}>`, 'g')
    if (document.match(leaf)?.length !== 1) throw new Error(`${name} does not stand once in the golden document`)
    return document.replace(leaf, () => `<${name}>${text}</${name}>`)
  }, xml)
}

describe.each(['2025', '2023'])('profile %s', (profile) => {
  test('a job by TemplateId delivers the document of the official page', async () => {
    const bucket = 'test-1234567890'
    const house = await startHouse({ PIXMILL_CALLBACK_PROFILE: profile, PIXMILL_BUCKETS: `${bucket}@ap-chongqing` })
    try {
      const host = `${bucket}.ci.ap-chongqing.myqcloud.com`
      const source = await jpeg(500, 417, 68)
      const put = await house.send(`${bucket}.cos.ap-chongqing.myqcloud.com`, {
        method: 'PUT',
        target: '/input/deer.jpg',
        body: source,
      })
      const made = await house.send(host, {
        method: 'POST',
        target: '/template',
        body: '<Request><Tag>PicProcess</Tag><Name>test</Name><PicProcess><IsPicInfo>true</IsPicInfo><ProcessRule>imageMogr2/rotate/90</ProcessRule></PicProcess></Request>',
      })
      const templateId = textAt(made.xml(), 'Template/TemplateId')
      const before = Date.now()
      const submitted = await house.send(host, {
        method: 'POST',
        target: '/jobs',
        body: jobXml({
          input: 'input/deer.jpg',
          templateId,
          outputBucket: bucket,
          output: 'output/out.jpg',
          userData: 'This is my PicProcess job.',
          callback: house.receiver.url,
        }).replace('ap-test', 'ap-chongqing'),
      })
      const jobId = textAt(submitted.xml(), 'JobsDetail/JobId')
      const queueId = textAt(submitted.xml(), 'JobsDetail/QueueId')
      const { body } = await house.receiver.nth(0)
      const after = Date.now()

      // The times are the job's own: in order, and between the submit and the callback.
      const detail = find(readXml(body), 'JobsDetail')!
      const times = ['CreationTime', 'StartTime', 'EndTime'].map((name) => textAt(detail, name))
      expect([...times].sort()).toEqual(times)
      for (const time of times) {
        expect(time >= renderTime(before) && time <= renderTime(after)).toBe(true)
      }
      const output = await house.send(`${bucket}.cos.ap-chongqing.myqcloud.com`, { target: '/output/out.jpg' })
      const golden = await readFile(
        fileURLToPath(new URL(`../fixtures/golden/${profile}-task-by-job.xml`, import.meta.url)),
        'utf8',
      )
      const expected = withTexts(golden.replace('<Etag>"d5a491cd3d8d071e3212c3478e8e35a1"</Etag>', '<Source/>'), {
        CreationTime: times[0]!,
        StartTime: times[1]!,
        EndTime: times[2]!,
        JobId: jobId,
        QueueId: queueId,
        TemplateId: templateId,
        // Half red, half green, and blue between its two values, as the picture was drawn.
        Ave: textAt(detail, 'Operation/PicProcessResult/OriginalInfo/ImageInfo/Ave'),
        Size: String(output.body.length),
      }).replace('<Source/>', `<Etag>${put.headers.etag}</Etag>`)
      expect(squeezed(body)).toBe(squeezed(expected))
      expect(textAt(detail, 'Operation/PicProcessResult/OriginalInfo/ImageInfo/Ave')).toMatch(
        /^0x7[ef]7[ef][0-9a-f]{2}$/,
      )
    } finally {
      await house.close()
    }
  })
})
