export { addApply } from './apply.ts'
export { addExplain } from './explain.ts'
