/** Checks of `state.db`. Pure. */
import type { StateFacts, Wrong } from '../store/inspect.ts'
import { counted, type Finding, oneLine, reporter, some } from './finding.ts'

const { ok, problem } = reporter('state.db')
const RESTORE = 'stop the server and restore a backup'

export function checkDatabase(facts: StateFacts): Finding[] {
  const cannotRead = whyNot(facts)
  if (cannotRead !== null) return [cannotRead]
  const rows = [
    ...facts.orphans.map((wrong) =>
      problem(
        `${counted(wrong.count, 'row')} of ${wrong.column.split('.')[0]!} without a machine: ${keysOf(wrong)}`,
        'save the machine again and delete it, or restore a backup',
      ),
    ),
    ...facts.badJson.map((wrong) =>
      problem(
        `${wrong.column} is no JSON in ${counted(wrong.count, 'row')}: ${keysOf(wrong)}`,
        'let the machine report again; what an event told is lost',
      ),
    ),
    ...facts.badTimes.map((wrong) =>
      problem(
        `${wrong.column} is no timestamp in ${counted(wrong.count, 'row')}: ${valuesOf(wrong)}`,
        'was the database changed by hand? Undo that, or restore a backup',
      ),
    ),
  ]
  const integrity = facts.integrity.map((line) =>
    problem(`SQLite finds damage: ${oneLine(line)}`, `${RESTORE}; also look at the disk and its cables`),
  )
  const found = [...integrity, ...rows]
  const program = facts.program ?? 'an unknown version'
  return found.length > 0
    ? found
    : [ok(`whole; schema ${facts.schema} of ${facts.newestSchema}, written by ${oneLine(program)}`)]
}

/** Why the rows say nothing; null when they do. */
function whyNot(facts: StateFacts): Finding | null {
  const { file, why, empty, ours, schema, newestSchema } = facts
  if (file === 'unreadable')
    return problem(
      `cannot be read: ${oneLine(why)}`,
      `${RESTORE}; a server that starts now sets the file aside or fails`,
    )
  if (empty) return ok('empty; the server fills it at its next start')
  if (!ours)
    return problem(
      'is no database of this program',
      'move it away; a server that starts now sets it aside as .bak and begins an empty one',
    )
  if (schema > newestSchema)
    return problem(
      `has schema ${schema}; this program knows ${newestSchema}${facts.program === null ? '' : ` (written by ${oneLine(facts.program)})`}`,
      'use the newer program; this one would set the database aside and begin an empty one',
    )
  return null
}

function keysOf({ examples, count }: Wrong): string {
  return some(
    examples.map(({ row }) => row),
    count,
  )
}

function valuesOf({ examples, count }: Wrong): string {
  return some(
    examples.map(({ row, value }) => `${row} has ${JSON.stringify(value)}`),
    count,
  )
}
