/** `bty disks`: the disks of this machine, what is on them, and which must not be flashed. */
import { parseArgs } from 'node:util'
import { listDisks } from '../disk/list.ts'
import type { Disk } from '../disk/list.ts'
import { asFlashError } from '../errors.ts'
import { runTool } from '../run.ts'
import { diskTable } from '../wizard/disks-page.ts'
import { textOf } from '../wizard/line.ts'
import { EXIT } from './exit-codes.ts'
import { jsonLine, tellError } from './output.ts'
import { outputLook } from './output-look.ts'

const USAGE = `usage: bty disks [--json]

Lists the disks of this machine: what is on each, and why it must not be flashed where that is so.

  --json  one JSON object to a line
`

/** Runs the sub-command with the words behind `disks`; gives the exit code. */
export async function disksCommand(args: string[]): Promise<number> {
  const asked = readArgs(args)
  if (asked === 'help') process.stdout.write(USAGE)
  if (asked === null || asked === 'help') return asked === null ? EXIT.usage : EXIT.ok
  try {
    const disks = await listDisks(runTool)
    if (asked.json) for (const disk of disks) jsonLine('disk', diskFields(disk))
    else if (disks.length === 0) process.stdout.write('This machine shows no disks.\n')
    else process.stdout.write(textTable(disks))
    return EXIT.ok
  } catch (cause) {
    const { code, message } = asFlashError(cause)
    tellError(asked.json, code, message)
    return EXIT[code]
  }
}

function readArgs(args: string[]): { json: boolean } | 'help' | null {
  try {
    const { values } = parseArgs({
      args,
      options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
    })
    return values.help ? 'help' : { json: values.json }
  } catch (error) {
    process.stderr.write(`bty: ${(error as Error).message}\n${USAGE}`)
    return null
  }
}

function textTable(disks: readonly Disk[]): string {
  const { head, blocks } = diskTable(disks, outputLook())
  return [head, ...blocks.flat()].map((line) => `${textOf(line)}\n`).join('')
}

/** A disk as it stands in `--json` lines. */
export function diskFields(disk: Disk) {
  return {
    path: disk.path,
    size_bytes: disk.sizeBytes,
    model: disk.model,
    serial: disk.serial,
    transport: disk.transport,
    wwn: disk.wwn,
    bus_path: disk.busPath,
    removable: disk.removable,
    readonly: disk.inventory.readonly,
    rotational: disk.rotational,
    is_system: disk.isSystem,
    mounts: disk.mounts,
    content: disk.content,
    warnings: disk.warnings,
    refusals: disk.marks,
  }
}
