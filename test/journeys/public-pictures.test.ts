import { afterAll, beforeAll, expect, test } from 'vitest'
import { bucket, type House, region, startHouse, textAt } from '../support/house.ts'
import { jpeg } from '../support/pictures.ts'

let house: House

beforeAll(async () => {
  house = await startHouse()
  await house.put('open.jpg', await jpeg(120, 80), { 'x-cos-acl': 'public-read' })
  await house.put('closed.jpg', await jpeg(120, 80))
  await house.put('mark-open.jpg', await jpeg(20, 10), { 'x-cos-acl': 'public-read' })
  await house.put('mark-closed.jpg', await jpeg(20, 10))
})
afterAll(() => house?.close())

const mark = (key: string) => {
  const url = `http://${bucket}.cos.${region}.myqcloud.com/${key}`
  return `watermark/1/image/${Buffer.from(url).toString('base64url')}`
}
const unsigned = (target: string) => house.cos({ target, signed: false })

test('whoever may have an object without a key may have pictures of it, and of no other', async () => {
  expect((await unsigned('/open.jpg?imageMogr2/thumbnail/60x')).status).toBe(200)
  expect((await unsigned('/open.jpg?imageInfo')).status).toBe(200)
  expect((await unsigned('/closed.jpg?imageMogr2/thumbnail/60x')).status).toBe(403)
})

test('what such a request puts on a picture has to be for everybody too', async () => {
  expect((await unsigned(`/open.jpg?${mark('mark-open.jpg')}`)).status).toBe(200)
  const closed = await unsigned(`/open.jpg?${mark('mark-closed.jpg')}`)
  const missing = await unsigned(`/open.jpg?${mark('mark-none.jpg')}`)
  expect([closed, missing].map((answer) => [answer.status, textAt(answer.xml(), 'Code')])).toEqual([
    [400, 'InvalidArgument'],
    [400, 'InvalidArgument'],
  ])
  expect((await house.cos({ target: `/open.jpg?${mark('mark-closed.jpg')}` })).status).toBe(200)
  // Also when the picture is there already, because somebody was given it.
  expect((await unsigned(`/open.jpg?${mark('mark-closed.jpg')}`)).status).toBe(400)
})
