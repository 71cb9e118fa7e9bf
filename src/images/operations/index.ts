import type { Form, ParameterForm } from '../rule/form.ts'
import { viewParameters } from '../rule/image-view2.ts'
import { type MogrOptionName, mogrOptionForms } from '../rule/mogr-options.ts'
import { type MogrStepName, mogrStepForms } from '../rule/mogr-steps.ts'
import { autoOrient } from './auto-orient.ts'
import { iradius, rradius } from './corners.ts'
import { crop, cut } from './crop.ts'
import { blur, bright, contrast, grayscale, sharpen } from './filters.ts'
import { flip } from './flip.ts'
import { format } from './format.ts'
import { cgif, egif, frame } from './frames.ts'
import { indexcrop } from './indexcrop.ts'
import { interlace } from './interlace.ts'
import {
  pictureMarkExample,
  pictureMarkMeaning,
  pictureMarkParameters,
  textMarkExample,
  textMarkMeaning,
  textMarkParameters,
} from './mark-reference.ts'
import type { OptionOperation, StepOperation } from './operation.ts'
import { lquality, quality, rquality } from './quality.ts'
import { rcrop } from './rcrop.ts'
import { rotate } from './rotate.ts'
import { ignoreError, minisize, sizeLimit } from './size.ts'
import { slimMeaning } from './slim.ts'
import { strip } from './strip.ts'
import { thumbnail } from './thumbnail.ts'
import { viewMeaning } from './view.ts'

/** The operations that change pixels and are carried out. A row here is all it takes to offer one more. */
export const stepOperations: { readonly [Name in MogrStepName]?: StepOperation<Name> } = {
  thumbnail,
  crop,
  cut,
  rcrop,
  indexcrop,
  iradius,
  rradius,
  rotate,
  'auto-orient': autoOrient,
  flip,
  bright,
  contrast,
  sharpen,
  blur,
  grayscale,
}

/** The operations that say how the result is written, in the order in which they are settled and choose frames. */
export const optionOperations: { readonly [Name in MogrOptionName]?: OptionOperation<Name> } = {
  format,
  rquality,
  quality,
  lquality,
  interlace,
  strip,
  'size-limit': sizeLimit,
  minisize,
  frame,
  egif,
  cgif,
  'ignore-error': ignoreError,
}

export interface SupportedOperation {
  /** Of an operation of `imageMogr2`, or of an interface of its own. */
  readonly name: string
  readonly meaning: string
  readonly example: string
  readonly parameters: readonly ParameterForm[]
}

/** Everything that is carried out, with its parameters; the reference page and the console form are made from it. */
export const supportedOperations: readonly SupportedOperation[] = [
  ...rows(stepOperations, mogrStepForms),
  ...rows(optionOperations, mogrOptionForms),
  { name: 'imageView2', meaning: viewMeaning, example: 'imageView2/1/w/150/h/150/q/60', parameters: viewParameters },
  {
    name: 'watermark/1',
    meaning: pictureMarkMeaning,
    example: pictureMarkExample,
    parameters: pictureMarkParameters,
  },
  {
    name: 'watermark/2',
    meaning: textMarkMeaning,
    example: textMarkExample,
    parameters: textMarkParameters,
  },
  { name: 'imageSlim', meaning: slimMeaning, example: 'imageSlim', parameters: [] },
]

function rows(
  operations: { readonly [name: string]: { name: string; meaning: string; example: string } | undefined },
  forms: { readonly [name: string]: Pick<Form<never>, 'parameters'> },
): SupportedOperation[] {
  return Object.values(operations).flatMap((operation) =>
    operation === undefined
      ? []
      : [
          {
            name: operation.name,
            meaning: operation.meaning,
            example: operation.example,
            parameters: forms[operation.name]!.parameters,
          },
        ],
  )
}
