import { Document, isSeq, visit } from 'yaml'
import { plainWorkflow } from './plain-workflow.ts'
import type { WorkflowFile } from './workflow-file.ts'

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
