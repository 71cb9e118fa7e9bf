export { type CosDoorDeps, cosDoor } from './door.ts'
