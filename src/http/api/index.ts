export { type ApiDeps, handleApi } from './handle-api.ts'
