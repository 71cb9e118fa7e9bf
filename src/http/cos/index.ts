export { type CosDoorDeps, cosDoor, type PictureDeps } from './door.ts'
export type { PicturesOnRequest } from './get-picture.ts'
export type { MadePictures, PicturesToStore, PreparedPictures } from './pictures-to-store.ts'
