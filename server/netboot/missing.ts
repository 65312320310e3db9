import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The binaries that any bench needs; arm64 is an extra. */
const NEEDED = ['undionly.kpxe', 'snponly.efi', 'ipxe.efi']

/** Names that are not in `ipxeDir`. */
export function missingBinaries(ipxeDir: string): string[] {
  return NEEDED.filter((name) => !existsSync(join(ipxeDir, name)))
}
