export type { CiDeps } from './ci-deps.ts'
export { handleCi } from './handle-ci.ts'
