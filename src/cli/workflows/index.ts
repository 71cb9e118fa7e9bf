import type { Command } from 'commander'
import { addChanges } from './change.ts'
import { addExport } from './export.ts'
import { addImport } from './import.ts'
import { addList } from './list.ts'
import { addRun } from './run.ts'
import { addShow } from './show.ts'

/** `pixmill workflows …`. */
export function addWorkflows(program: Command): void {
  const workflows = program.command('workflows').description('Graphs that make pictures of what is uploaded.')
  addList(workflows)
  addShow(workflows)
  addRun(workflows)
  addChanges(workflows)
  addImport(workflows)
  addExport(workflows)
}
