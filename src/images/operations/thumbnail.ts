import type { Drawing, Shape } from '../drawing.ts'
import type { Size } from '../rectangle.ts'
import type { Geometry } from '../rule/geometry.ts'
import type { StepOperation } from './operation.ts'

export const thumbnail: StepOperation<'thumbnail'> = {
  name: 'thumbnail',
  meaning: 'Scales the picture; with pad, onto a canvas.',
  example: 'imageMogr2/thumbnail/200x200/pad/1/color/IzNEM0QzRA',
  apply({ geometry, pad }, shape) {
    const size = scaledSize(geometry, shape)
    const drawings: Drawing[] = [{ draw: 'resize', ...size }]
    if (pad !== undefined && geometry.kind === 'inside') {
      const { width, height } = geometry
      const left = Math.floor((width - size.width) / 2)
      const top = Math.floor((height - size.height) / 2)
      if (width !== size.width || height !== size.height) {
        drawings.push({ draw: 'pad', width, height, left, top, colour: pad.colour })
      }
    }
    return drawings
  },
}

/**
 * The size a geometry gives a picture. Half a pixel is rounded up, a side is never less than one, and an area is never
 * exceeded. Animations are not enlarged: one that would be stays as it is.
 */
export function scaledSize(geometry: Geometry, shape: Shape): Size {
  const size = askedSize(geometry, shape)
  const enlarged = size.width > shape.width || size.height > shape.height
  return shape.frames > 1 && enlarged ? { width: shape.width, height: shape.height } : size
}

function askedSize(geometry: Geometry, { width, height }: Shape): Size {
  switch (geometry.kind) {
    case 'percent':
      return { width: rounded((width * geometry.percent) / 100), height: rounded((height * geometry.percent) / 100) }
    case 'widthPercent':
      return { width: rounded((width * geometry.percent) / 100), height }
    case 'heightPercent':
      return { width, height: rounded((height * geometry.percent) / 100) }
    case 'width':
      if (!wanted(geometry.only, geometry.width, width)) return { width, height }
      return { width: geometry.width, height: rounded((height * geometry.width) / width) }
    case 'height':
      if (!wanted(geometry.only, geometry.height, height)) return { width, height }
      return { width: rounded((width * geometry.height) / height), height: geometry.height }
    case 'inside': {
      // Compared by products, so that the side that fits exactly stays exact.
      const byWidth = geometry.width * height <= geometry.height * width
      const [target, side] = byWidth ? [geometry.width, width] : [geometry.height, height]
      if (!wanted(geometry.only, target, side)) return { width, height }
      return byWidth ? widthLed(geometry.width, width, height) : heightLed(geometry.height, width, height)
    }
    case 'outside':
      return geometry.width * height >= geometry.height * width
        ? widthLed(geometry.width, width, height)
        : heightLed(geometry.height, width, height)
    case 'exact':
      return { width: geometry.width, height: geometry.height }
    case 'area': {
      if (width * height <= geometry.pixels) return { width, height }
      const scale = Math.sqrt(geometry.pixels / (width * height))
      // The small addition keeps 199.99999999999997 from becoming 199 where the exact value is 200.
      const down = (side: number) => Math.max(1, Math.floor(side * scale + 1e-9))
      const size = { width: down(width), height: down(height) }
      return size.width * size.height <= geometry.pixels
        ? size
        : { width: Math.min(size.width, geometry.pixels), height: Math.min(size.height, geometry.pixels) }
    }
  }
}

function widthLed(target: number, width: number, height: number): Size {
  return { width: target, height: rounded((height * target) / width) }
}

function heightLed(target: number, width: number, height: number): Size {
  return { width: rounded((width * target) / height), height: target }
}

function wanted(only: 'shrink' | 'enlarge' | undefined, target: number, side: number): boolean {
  if (only === 'shrink') return target < side
  if (only === 'enlarge') return target > side
  return true
}

function rounded(side: number): number {
  return Math.max(1, Math.floor(side + 0.5))
}
