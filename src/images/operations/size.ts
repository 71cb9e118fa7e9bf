import type { OptionOperation } from './operation.ts'

export const sizeLimit: OptionOperation<'size-limit'> = {
  name: 'size-limit',
  meaning:
    'Lowers the quality of a JPEG, down to 10, until the file has at most this size; one that is still larger then is given as it is. With ! the original is given unless the result is smaller. Other formats are written as always.',
  example: 'imageMogr2/format/jpg/size-limit/4k',
  settle: ({ bytes, orOriginal }, _, so) => ({ ...so, sizeLimit: { bytes, orOriginal } }),
}

export const minisize: OptionOperation<'minisize'> = {
  name: 'minisize',
  meaning: '1 gives the original when the result would be larger.',
  example: 'imageMogr2/quality/90!/minisize/1',
  settle: ({ on }, before, so) => ({ ...so, minisize: before.minisize || on }),
}

/** What it does is not said here: the plan leaves out a stage that cannot be carried out, see `plan.ts`. */
export const ignoreError: OptionOperation<'ignore-error'> = {
  name: 'ignore-error',
  meaning:
    '1 hands on the picture as it was when the stage cannot be carried out: a parameter is out of its range or does not fit the picture, something is over a limit, or the picture is broken. When that goes for all stages, the original file is given. What is no picture at all stays a failure.',
  example: 'imageMogr2/iradius/300/ignore-error/1',
}
