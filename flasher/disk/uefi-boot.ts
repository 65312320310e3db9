import { existsSync } from 'node:fs'
import { z } from 'zod/mini'
import type { Run } from '../run.ts'

export const UEFI_LABEL = 'bty flashed'
const EFI_SYSTEM_PARTITION = 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b'
const LOADER = '\\EFI\\BOOT\\BOOTX64.EFI'

const Node = z.object({
  path: z.nullish(z.string()),
  parttype: z.nullish(z.string()),
  partn: z.nullish(z.union([z.number(), z.string()])),
  get children() {
    return z.optional(z.array(Node))
  },
})
type Node = z.infer<typeof Node>
const Listing = z.object({ blockdevices: z.array(Node) })

/** What became of the boot entry, in words for the person; `registered` false never makes a flash fail. */
export interface UefiBoot {
  registered: boolean
  text: string
}

/** Whether the operator wants the entry: `BTY_REGISTER_UEFI_BOOT` of `1`, `true`, `yes` or `on`. */
export function wantsUefiBoot(env: NodeJS.ProcessEnv): boolean {
  return /^(?:1|true|yes|on)$/i.test((env['BTY_REGISTER_UEFI_BOOT'] ?? '').trim())
}

/**
 * Makes the firmware boot a flashed disk once, at the next start: entries that an earlier flash left are removed, one is
 * created and becomes BootNext. BootOrder stays as it is: whoever changes it can strand a server behind a KVM.
 * Best effort. `efivars`: directory that is there only where the firmware is UEFI.
 */
export async function registerUefiBoot(
  diskPath: string,
  run: Run,
  efivars = '/sys/firmware/efi/efivars',
): Promise<UefiBoot> {
  if (!existsSync(efivars)) return skipped('this machine was not started by UEFI')
  const before = await run('efibootmgr', [], { timeoutMs: 15_000 })
  if (before.code !== 0) return skipped(`efibootmgr cannot be used: ${before.stderr}`)
  const partition = await systemPartition(diskPath, run)
  if (partition === null) return skipped(`${diskPath} has no EFI system partition`)
  for (const number of entriesNamed(UEFI_LABEL, before.stdout))
    await run('efibootmgr', ['--quiet', '--bootnum', number, '--delete-bootnum'], { timeoutMs: 15_000 })
  const place = ['--disk', diskPath, '--part', String(partition)]
  const created = await run(
    'efibootmgr',
    ['--create-only', ...place, '--label', UEFI_LABEL, '--loader', LOADER],
    { timeoutMs: 15_000 },
  )
  const [number] = entriesNamed(UEFI_LABEL, created.stdout)
  if (created.code !== 0 || number === undefined) return skipped(`efibootmgr failed: ${created.stderr}`)
  const next = await run('efibootmgr', ['--quiet', '--bootnext', number], { timeoutMs: 15_000 })
  if (next.code !== 0) return skipped(`entry ${number} is there, but is not the next one: ${next.stderr}`)
  return {
    registered: true,
    text: `The firmware boots ${diskPath} once at the next start (entry ${number}).`,
  }
}

function skipped(reason: string): UefiBoot {
  return { registered: false, text: `No UEFI boot entry was made: ${reason}.` }
}

/** Numbers of the entries with exactly this label, as `Boot000A* bty flashed` or, from version 18 on, with a path behind a tab. */
export function entriesNamed(label: string, listing: string): string[] {
  return listing.split('\n').flatMap((line) => {
    const [, number, rest] = /^Boot([0-9A-F]{4})[* ] (.*)$/i.exec(line) ?? []
    return number !== undefined && rest!.split('\t')[0]!.trimEnd() === label ? [number] : []
  })
}

/** Number of the first EFI system partition on the disk, or null. */
async function systemPartition(diskPath: string, run: Run): Promise<number | null> {
  const { code, stdout } = await run('lsblk', ['-J', '-o', 'PATH,PARTTYPE,PARTN', diskPath])
  if (code !== 0) return null
  try {
    const nodes = Listing.parse(JSON.parse(stdout)).blockdevices.flatMap((node) => node.children ?? [])
    const found = nodes.find((node) => node.parttype?.toLowerCase() === EFI_SYSTEM_PARTITION)
    return found === undefined ? null : partitionNumber(found)
  } catch {
    return null
  }
}

/** Old lsblk knows no PARTN: the digits at the end of the path say the same. */
function partitionNumber({ partn, path }: Node): number | null {
  const number = Number(partn ?? /(\d+)$/.exec(path ?? '')?.[1] ?? NaN)
  return Number.isSafeInteger(number) && number > 0 ? number : null
}
