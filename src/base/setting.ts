/**
 * One thing an operator can set. Each room declares its own beside the code that obeys it; `settings/` gathers them,
 * reads the environment and the flags, and writes the reference page. Nobody else has a default.
 */
export interface SettingFacts {
  /** Environment variable; the flag is the same name: `PIXMILL_DATA_DIR` is `--data-dir`. */
  readonly variable: `PIXMILL_${string}`
  /** What it does, in a sentence or two. */
  readonly says: string
  /** Never printed. */
  readonly secret?: boolean
}

export interface TextSetting extends SettingFacts {
  readonly kind: 'text'
  readonly default: string | null
  /** What the text has to look like, and how to say so. */
  readonly pattern?: { readonly regex: RegExp; readonly expected: string }
}

export interface IntegerSetting extends SettingFacts {
  readonly kind: 'integer'
  readonly unit: 'ms' | 's' | 'bytes' | 'pixels' | 'frames' | 'minutes' | 'days' | null
  /** Inclusive. */
  readonly min: number
  readonly max: number
  /** `null`: worked out at start; `says` tells how. */
  readonly default: number | null
  /** The variable of another whole number that this one may not exceed: together they would make no sense. */
  readonly atMost?: `PIXMILL_${string}`
}

export interface ChoiceSetting<Choice extends string = string> extends SettingFacts {
  readonly kind: 'choice'
  readonly choices: readonly Choice[]
  readonly default: Choice
}

export interface SwitchSetting extends SettingFacts {
  readonly kind: 'switch'
  readonly default: boolean
}

/** A comma list of texts. */
export interface ListSetting extends SettingFacts {
  readonly kind: 'list'
  readonly default: readonly string[]
  readonly pattern?: { readonly regex: RegExp; readonly expected: string }
}

/** A comma list of whole numbers, or the word `none` for an empty one. */
export interface NumbersSetting extends SettingFacts {
  readonly kind: 'numbers'
  readonly unit: 'ms' | 's'
  /** What the last one has to be at least, when it is one that repeats. */
  readonly lastAtLeast?: number
  readonly default: readonly number[]
}

export type Setting = TextSetting | IntegerSetting | ChoiceSetting | SwitchSetting | ListSetting | NumbersSetting

/** The value a setting has when the program runs. */
export type SettingValue<S extends Setting> =
  S extends ChoiceSetting<infer Choice>
    ? Choice
    : S extends SwitchSetting
      ? boolean
      : S extends ListSetting
        ? readonly string[]
        : S extends NumbersSetting
          ? readonly number[]
          : S extends IntegerSetting
            ? number | (null extends S['default'] ? null : never)
            : string | (null extends S['default'] ? null : never)

/** The values of a room's settings, by the names the room gave them. */
export type SettingValues<Settings extends Readonly<Record<string, Setting>>> = {
  readonly [Name in keyof Settings]: SettingValue<Settings[Name]>
}
