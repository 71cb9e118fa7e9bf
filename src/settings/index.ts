import type { SettingValues } from '../base/index.ts'
import { callbackSettings } from '../callbacks/settings.ts'
import { databaseSettings } from '../database/settings.ts'
import { pictureSettings } from '../images/settings.ts'
import { jobSettings } from '../jobs/settings.ts'
import { networkSettings } from '../network/settings.ts'
import { objectSettings } from '../objects/settings.ts'
import { workflowSettings } from '../workflows/settings.ts'
import { serverSettings } from './server-settings.ts'

/** Everything that can be set, by subject: the order of the reference page. */
export const settingGroups = {
  'The server': serverSettings,
  'The ledger': databaseSettings,
  'Jobs and queues': jobSettings,
  'Workflows and batch jobs': workflowSettings,
  Objects: objectSettings,
  'Pictures on request': pictureSettings,
  Callbacks: { ...callbackSettings, ...networkSettings },
} as const

export const allSettings = {
  ...serverSettings,
  ...databaseSettings,
  ...jobSettings,
  ...workflowSettings,
  ...objectSettings,
  ...pictureSettings,
  ...callbackSettings,
  ...networkSettings,
} as const

export type Settings = SettingValues<typeof allSettings>

export { defaultOf } from './default-of.ts'
export { expectedOf, flagOf, readSettings, type SettingSources, unknownVariables } from './read-settings.ts'
export { engineCount, zoneMinutes } from './server-settings.ts'
