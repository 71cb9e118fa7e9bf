import { describe, expect, test } from 'vitest'
import type { StyleStore } from './style-store.ts'

const BUCKET = 'demo-1250000000'
const OTHER = 'other-1250000000'
const LIMIT = 100

/** What every adapter keeps. `open` gives a store with the two buckets and nothing in them; called once for each test. */
export function keepsTheStyleStoreContract(open: () => Promise<StyleStore>): void {
  describe('keeps the style store contract', () => {
    test('a style is found again, listed by name, and belongs to its bucket', async () => {
      const styles = await open()
      for (const name of ['small', 'Small', '图', 'a.b']) {
        await styles.saveStyle(BUCKET, { name, body: `imageMogr2/rotate/${name.length}` }, LIMIT)
      }
      await styles.saveStyle(OTHER, { name: 'small', body: 'imageMogr2/strip' }, LIMIT)
      expect((await styles.listStyles(BUCKET)).map(({ name }) => name)).toEqual(['Small', 'a.b', 'small', '图'])
      expect(await styles.findStyles(BUCKET, ['small', 'unknown'])).toEqual([
        { name: 'small', body: 'imageMogr2/rotate/5' },
      ])
      expect(await styles.findStyles(OTHER, ['small', 'Small'])).toEqual([{ name: 'small', body: 'imageMogr2/strip' }])
      expect(await styles.findStyles(BUCKET, [])).toEqual([])
    })

    test('saved again it is replaced, removed it is gone', async () => {
      const styles = await open()
      await styles.saveStyle(BUCKET, { name: 'a', body: 'imageMogr2/strip' }, LIMIT)
      await styles.saveStyle(BUCKET, { name: 'a', body: 'imageMogr2/rotate/90' }, LIMIT)
      expect(await styles.listStyles(BUCKET)).toEqual([{ name: 'a', body: 'imageMogr2/rotate/90' }])
      expect(await styles.removeStyle(OTHER, 'a')).toBe(false)
      expect(await styles.removeStyle(BUCKET, 'a')).toBe(true)
      expect(await styles.removeStyle(BUCKET, 'a')).toBe(false)
      expect(await styles.listStyles(BUCKET)).toEqual([])
    })

    test('a bucket has so many styles and no more, also when they are saved at the same time', async () => {
      const styles = await open()
      const names = Array.from({ length: 8 }, (_, n) => `style${n}`)
      const saved = await Promise.allSettled(names.map((name) => styles.saveStyle(BUCKET, { name, body: 'x' }, 5)))
      const refused = saved.filter((one) => one.status === 'rejected')
      expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(
        Array.from({ length: 3 }, () => 'StyleLimitReached'),
      )
      const [one] = await styles.listStyles(BUCKET)
      expect(await styles.listStyles(BUCKET)).toHaveLength(5)
      // One that is there may be replaced, and another bucket has room of its own.
      await styles.saveStyle(BUCKET, { name: one!.name, body: 'y' }, 5)
      await styles.saveStyle(OTHER, { name: 'a', body: 'y' }, 5)
    })

    test('originals are given unless somebody said otherwise', async () => {
      const styles = await open()
      expect(await styles.isOriginProtected(BUCKET)).toBe(false)
      await styles.setOriginProtected(BUCKET, true)
      expect([await styles.isOriginProtected(BUCKET), await styles.isOriginProtected(OTHER)]).toEqual([true, false])
      await styles.setOriginProtected(BUCKET, false)
      expect(await styles.isOriginProtected(BUCKET)).toBe(false)
    })

    test('a bucket that is not there has nothing and takes nothing', async () => {
      const styles = await open()
      const gone = { code: 'BucketNotFound' }
      await expect(styles.saveStyle('no-1', { name: 'a', body: 'x' }, LIMIT)).rejects.toMatchObject(gone)
      await expect(styles.removeStyle('no-1', 'a')).rejects.toMatchObject(gone)
      await expect(styles.listStyles('no-1')).rejects.toMatchObject(gone)
      await expect(styles.setOriginProtected('no-1', true)).rejects.toMatchObject(gone)
      await expect(styles.isOriginProtected('no-1')).rejects.toMatchObject(gone)
      expect(await styles.findStyles('no-1', ['a'])).toEqual([])
    })
  })
}
