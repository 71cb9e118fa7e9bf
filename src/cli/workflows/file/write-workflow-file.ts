import { Document, isSeq, visit } from 'yaml'
import type { WorkflowFile } from '../../../wire/index.ts'
import { plainWorkflow } from '../../../wire/index.ts'

export type FileFormat = 'YAML' | 'JSON'

/** The text of a workflow file. Read again it says the same. */
export function writeWorkflowFile(file: WorkflowFile, format: FileFormat): string {
  const plain = plainWorkflow(file)
  if (format === 'JSON') return `${JSON.stringify(plain, null, 2)}\n`
  const document = new Document(plain)
  visit(document, {
    Seq: (_key, list) => {
      // Names of events, extensions and nodes: short enough for one line.
      if (isSeq(list)) list.flow = true
    },
    Pair: (_key, pair) => {
      if ((pair.key as { value?: unknown; spaceBefore?: boolean }).value === 'nodes') {
        ;(pair.key as { spaceBefore?: boolean }).spaceBefore = true
      }
    },
  })
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}
