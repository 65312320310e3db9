import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The binaries that any bench needs; arm64 is an extra. */
const NEEDED = ['undionly.kpxe', 'snponly.efi', 'ipxe.efi']

/** Whether the programs that Secure Boot accepts are there; without them such machines do not boot, all others do. */
export function hasSigned(ipxeDir: string): boolean {
  return ['shimx64.efi', 'grubx64.efi'].every((name) => existsSync(join(ipxeDir, name)))
}

/** Names that are not in `ipxeDir`. */
export function missingBinaries(ipxeDir: string): string[] {
  return NEEDED.filter((name) => !existsSync(join(ipxeDir, name)))
}
