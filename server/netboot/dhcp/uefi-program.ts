/** Which boot program a UEFI machine of x86-64 is offered by PXE. Pure. */

export type SecureBoot = 'auto' | 'always' | 'never'

export interface UefiFacts {
  /** The setting; `never` also where the signed programs are not there. */
  setting: SecureBoot
  /** 1 for the first try of this client; then 2 and so on while it makes no progress. */
  attempt: number
  /** The firmware has fetched iPXE whole and has not come further since: Secure Boot refuses so, without a word. */
  refused: boolean
  /** The last time that this machine got as far as its script, the signed programs had brought it there. */
  signedWorked: boolean
}

/** Microsoft's key has signed it, so that it starts everywhere; it loads GRUB, which Debian's key has signed. */
export const SHIM = 'shimx64.efi'
/** Uses the firmware's own driver, right nearly always. */
const SNPONLY = 'snponly.efi'
/** Brings drivers for where that one fails. */
const FULL = 'ipxe.efi'

export function uefiProgram({ setting, attempt, refused, signedWorked }: UefiFacts): string {
  if (setting === 'always') return SHIM
  const turns = turnsOf(setting, refused, signedWorked)
  return turns[(attempt - 1) % turns.length]!
}

function turnsOf(setting: SecureBoot, refused: boolean, signedWorked: boolean): string[] {
  if (setting === 'never') return [SNPONLY, FULL]
  if (signedWorked) return [SHIM, SNPONLY, FULL]
  return refused ? [SNPONLY, SHIM, FULL] : [SNPONLY, FULL, SHIM]
}
