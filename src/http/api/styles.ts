import { Failure } from '../../base/index.ts'
import type { Style, StyleStore } from '../../objects/index.ts'
import { checkStyleName, said } from '../../wire/index.ts'
import { bucketParameter, route } from './route.ts'
import { always, type JsonSchema } from './schema.ts'

export interface StyleDeps {
  readonly styles: Pick<StyleStore, 'listStyles' | 'findStyles' | 'removeStyle'>
  /** Saves a style whose rule has been found to be one. */
  saveStyle(bucket: string, style: Style): Promise<void>
  /** Characters that stand between the key of an object and a style. */
  readonly styleSeparators: string
}

interface StyleNamed {
  path: { style: string }
  query: { bucket: string }
}

const styleSchema: JsonSchema = {
  title: 'Style',
  ...always({ style: { type: 'string' }, bucket: { type: 'string' }, rule: { type: 'string' } }),
}

const stylePath = { style: { says: 'The name of a style.' } }

export const styleRoutes = [
  route<StyleDeps, { query: { bucket: string } }>({
    method: 'GET',
    path: '/-/api/styles',
    name: 'listStyles',
    subject: 'styles',
    summary: 'The styles of a bucket, by name: rules that are asked for by `key!style`.',
    permission: 'read',
    query: { bucket: bucketParameter },
    answer: { says: 'The styles.', schema: always({ styles: { type: 'array', items: styleSchema } }) },
    async carryOut({ query, answer }, { styles }) {
      const { bucket } = query
      await answer({ styles: (await styles.listStyles(bucket)).map((style) => styleJson(bucket, style)) })
    },
  }),
  route<StyleDeps, StyleNamed>({
    method: 'GET',
    path: '/-/api/styles/{style}',
    name: 'showStyle',
    subject: 'styles',
    summary: 'One style.',
    permission: 'read',
    pathParameters: stylePath,
    query: { bucket: bucketParameter },
    answer: { says: 'The style.', schema: styleSchema },
    async carryOut({ path, query, answer }, { styles }) {
      const [style] = await styles.findStyles(query.bucket, [path.style])
      if (style === undefined) {
        throw new Failure(
          'StyleNotFound',
          `There is no style ${said(path.style)} in the bucket ${said(query.bucket)}.`,
          { details: { field: 'style' } },
        )
      }
      await answer(styleJson(query.bucket, style))
    },
  }),
  route<StyleDeps, StyleNamed & { body: { rule: string } }>({
    method: 'PUT',
    path: '/-/api/styles/{style}',
    name: 'saveStyle',
    subject: 'styles',
    summary: 'Saves a style, in the place of the one of this name.',
    permission: 'administer',
    pathParameters: stylePath,
    query: { bucket: bucketParameter },
    body: {
      schema: {
        title: 'StyleBody',
        type: 'object',
        required: ['rule'],
        properties: { rule: { type: 'string', minLength: 1, examples: ['imageMogr2/thumbnail/320x'] } },
      },
    },
    answer: { says: 'The style.', schema: styleSchema },
    async carryOut({ path, query, body, answer }, deps) {
      const style = { name: checkStyleName(path.style, 'style', deps.styleSeparators), body: body.rule }
      await deps.saveStyle(query.bucket, style)
      await answer(styleJson(query.bucket, style))
    },
  }),
  route<StyleDeps, StyleNamed>({
    method: 'DELETE',
    path: '/-/api/styles/{style}',
    name: 'deleteStyle',
    subject: 'styles',
    summary: 'Deletes a style. Deleting what is not there is not a failure.',
    permission: 'administer',
    pathParameters: stylePath,
    query: { bucket: bucketParameter },
    answer: { status: 204, says: 'There is none now.' },
    async carryOut({ path, query, exchange }, { styles }) {
      await styles.removeStyle(query.bucket, path.style)
      await exchange.answerEmpty(204)
    },
  }),
]

function styleJson(bucket: string, { name, body }: Style) {
  return { style: name, bucket, rule: body }
}
