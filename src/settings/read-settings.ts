import { Failure, type Setting, type SettingValues } from '../base/index.ts'

/** What the values come from: flags win over the environment, both over the default. */
export interface SettingSources {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** By variable name, as text; a switch that stands alone is `true`. */
  readonly flags?: Readonly<Record<string, string | undefined>>
}

type Gathered = Readonly<Record<string, Setting>>

/**
 * Reads and checks every setting. All complaints come at once, each naming the variable, the value and what was
 * expected. An empty text counts as not given. The result is frozen.
 *
 * @throws Failure `InvalidArgument` with all complaints, a line each
 */
export function readSettings<Settings extends Gathered>(
  settings: Settings,
  { environment, flags = {} }: SettingSources,
): SettingValues<Settings> {
  const complaints: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, setting] of Object.entries(settings)) {
    const fromFlag = flags[setting.variable]
    const text = fromFlag ?? environment[setting.variable]
    if (text === undefined || text.trim() === '') {
      values[name] = setting.default
      continue
    }
    const value = readValue(setting, text.trim())
    if (value !== undefined) {
      values[name] = value
      continue
    }
    const where = fromFlag === undefined ? setting.variable : flagOf(setting)
    const shown = setting.secret === true ? '(not shown)' : `"${text}"`
    complaints.push(`${where} is ${shown}, expected ${expectedOf(setting)}.`)
  }
  complaints.push(...broken(settings, values))
  if (complaints.length > 0) throw new Failure('InvalidArgument', complaints.join('\n'))
  return Object.freeze(values) as SettingValues<Settings>
}

/** Numbers that are right each for itself and make no sense together. */
function broken(settings: Gathered, values: Readonly<Record<string, unknown>>): string[] {
  const byVariable = new Map(Object.entries(settings).map(([name, { variable }]) => [variable as string, values[name]]))
  return Object.values(settings).flatMap((setting) => {
    if (setting.kind !== 'integer' || setting.atMost === undefined) return []
    const [value, bound] = [byVariable.get(setting.variable), byVariable.get(setting.atMost)]
    // One of them was not readable: that complaint comes first.
    if (typeof value !== 'number' || typeof bound !== 'number' || value <= bound) return []
    return [`${setting.variable} is ${value}, expected at most ${setting.atMost}, which is ${bound}.`]
  })
}

/** `PIXMILL_DATA_DIR` as a flag: `--data-dir`. */
export function flagOf(setting: Setting): string {
  return `--${setting.variable.slice('PIXMILL_'.length).toLowerCase().replaceAll('_', '-')}`
}

/** What a value has to look like, in words. */
export function expectedOf(setting: Setting): string {
  switch (setting.kind) {
    case 'integer': {
      const unit = setting.unit === null ? '' : ` (${setting.unit})`
      const bound = setting.atMost === undefined ? '' : `, at most ${setting.atMost}`
      return `a whole number from ${setting.min} to ${setting.max}${unit}${bound}`
    }
    case 'choice':
      return `one of ${setting.choices.join(', ')}`
    case 'switch':
      return 'true or false'
    case 'list':
      return `a comma list of ${setting.pattern?.expected ?? 'texts'}`
    case 'numbers': {
      const last = setting.lastAtLeast === undefined ? '' : `, the last one at least ${setting.lastAtLeast}`
      return `a comma list of whole numbers (${setting.unit})${last}; or none`
    }
    case 'text':
      return setting.pattern?.expected ?? 'a text'
  }
}

/** The value that a text stands for; `undefined` when it stands for none. */
function readValue(setting: Setting, text: string): unknown {
  switch (setting.kind) {
    case 'integer': {
      const value = wholeNumber(text)
      return value !== undefined && value >= setting.min && value <= setting.max ? value : undefined
    }
    case 'choice':
      return setting.choices.find((choice) => choice === text)
    case 'switch':
      return switchWords.get(text.toLowerCase())
    case 'list': {
      const items = commaList(text)
      return items.every((item) => setting.pattern?.regex.test(item) ?? true) ? Object.freeze(items) : undefined
    }
    case 'numbers': {
      if (text.toLowerCase() === 'none') return Object.freeze([])
      const numbers = commaList(text).map(wholeNumber)
      const last = numbers.at(-1)
      // Of commas alone nobody knows what is meant.
      if (last === undefined || last < (setting.lastAtLeast ?? 0) || numbers.includes(undefined)) return undefined
      return Object.freeze(numbers)
    }
    case 'text':
      return (setting.pattern?.regex.test(text) ?? true) ? text : undefined
  }
}

/** What people write for yes and no in an environment. */
const switchWords = new Map(
  (['true false', '1 0', 'yes no', 'on off', 'y n', 'enabled disabled'] as const).flatMap((pair) => {
    const [on = '', off = ''] = pair.split(' ')
    return [[on, true] as const, [off, false] as const]
  }),
)

function wholeNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

function commaList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** What commands other than `serve` go by. */
const OF_COMMANDS = ['PIXMILL_SERVER', 'PIXMILL_SERVER_CA', 'PIXMILL_TOKEN']

/**
 * A misspelt variable would otherwise be a setting that silently does nothing. Worth a warning, no more: a cluster may
 * set variables of this kind by itself (`PIXMILL_SERVICE_HOST`).
 */
export function unknownVariables(settings: Gathered, environment: SettingSources['environment']): string[] {
  const known = new Set<string>([...Object.values(settings).map((setting) => setting.variable), ...OF_COMMANDS])
  return Object.keys(environment)
    .filter((variable) => variable.startsWith('PIXMILL_') && !known.has(variable))
    .map((variable) => `${variable} is no setting of this program; docs/reference/settings.md lists them all.`)
}
