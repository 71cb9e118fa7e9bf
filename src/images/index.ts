export { checkRule } from './check-rule.ts'
export type { EngineUser, Isolation } from './engine/isolation.ts'
export type { RequestClass } from './engine/line.ts'
export type {
  AnnouncedPicture,
  MadePicture,
  NamedInput,
  ProcessedPicture,
  ResultFacts,
  SourceFacts,
} from './engine/messages.ts'
export { EnginePool, type EnginePoolOptions, type PoolSignal, type ProcessRequest } from './engine/pool.ts'
export { type ExplainedRule, type ExplainedStage, explainRule } from './explain-rule.ts'
export { type FontFile, FontShelf, type Fonts } from './fonts/font-shelf.ts'
export { checkMarkBytes, checkSourceBytes, defaultPictureLimits, type PictureLimits } from './limits.ts'
export { type SupportedOperation, supportedOperations } from './operations/index.ts'
export { refusedOperations, refusedProcesses, refusedSwitches } from './operations/refused.ts'
export { type PictureFormat, pictureFormats, resultExtension } from './picture-format.ts'
export { ignoresAllErrors } from './plan.ts'
export { engineEdition } from './results/engine-edition.ts'
export { KeptPicture, type PictureFacts } from './results/kept-picture.ts'
export { ResultCache, type ResultCacheOptions, type ResultCacheSignal } from './results/result-cache.ts'
export { SharedWork } from './results/shared-work.ts'
export { expandStyles, type FindStyles } from './rule/expand-styles.ts'
export { parseRule } from './rule/parse-rule.ts'
export type { PictureAddress } from './rule/picture-address.ts'
export {
  type Information,
  type PictureRequest,
  printPictureRequest,
  readPictureRequest,
} from './rule/picture-request.ts'
export { printRule } from './rule/print-rule.ts'
export { maxRuleLength, maxStages, type Rule, type Stage } from './rule/rule.ts'
export { needsOf, type RuleNeeds } from './rule-needs.ts'
