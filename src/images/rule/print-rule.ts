import { printImageMogr2 } from './image-mogr2.ts'
import { printImageView2 } from './image-view2.ts'
import type { Rule, Stage } from './rule.ts'
import { printWatermark } from './watermark.ts'

/**
 * The canonical text of a rule: two texts that ask for the same in the same order print the same, and what is printed
 * reads as the same rule.
 */
export function printRule(rule: Rule): string {
  return rule.stages.map(printStage).join('|')
}

export function printStage(stage: Stage): string {
  switch (stage.interface) {
    case 'imageMogr2':
      return printImageMogr2(stage)
    case 'imageView2':
      return printImageView2(stage)
    case 'watermark':
      return printWatermark(stage)
    case 'imageSlim':
      return 'imageSlim'
    case 'style':
      return `style/${stage.style}`
    case 'QRcode':
      return `QRcode/cover/${stage.cover ? 1 : 0}`
    case 'ignored':
      return stage.text
  }
}
