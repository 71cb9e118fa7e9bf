export { type CosDoorDeps, cosDoor } from './door.ts'
export type { PicturesOnRequest } from './get-picture.ts'
