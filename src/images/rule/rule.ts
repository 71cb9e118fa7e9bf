import type { MogrStage } from './image-mogr2.ts'
import type { ViewStage } from './image-view2.ts'
import type { WatermarkStage } from './watermark.ts'

/** What is to be done to a picture: stages from left to right, each working on the picture the one before it made. */
export interface Rule {
  readonly stages: readonly Stage[]
}

export type Stage = MogrStage | ViewStage | WatermarkStage | SlimStage | StyleStage | QrCodeStage | IgnoredStage

/** A stage with a value out of its range that asks for errors to be ignored: it hands on what it is given. */
export interface IgnoredStage {
  readonly interface: 'ignored'
  /** The text that reads as this stage: the interface, what is out of range, `ignore-error/1`. */
  readonly text: string
}

export interface SlimStage {
  readonly interface: 'imageSlim'
}

/** A stage that stands for a stored rule. */
export interface StyleStage {
  readonly interface: 'style'
  readonly style: string
}

export interface QrCodeStage {
  readonly interface: 'QRcode'
  /** Whether the codes that are found are to be covered. */
  readonly cover: boolean
}

/** Longest rule that is read, in characters. */
export const maxRuleLength = 16 * 1024
/** Most stages between pipes. */
export const maxStages = 10
