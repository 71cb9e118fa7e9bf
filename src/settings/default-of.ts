import type { Setting } from '../base/index.ts'

/** The default of a setting in words; `''` when what it says tells already what happens without it. */
export function defaultOf(setting: Setting): string {
  const value = setting.default
  if (value === null) return ''
  if (typeof value === 'object') return value.length === 0 ? 'Default: none.' : `Default: ${value.join(', ')}.`
  return `Default: ${value}.`
}
