import type { DebianArch } from '../apt.ts'
import * as recipe from '../recipe.ts'

/** Packages that are fetched and unpacked together, into one tree. */
export interface PackageSet {
  suite: string
  asked: readonly string[]
  /** All that these need comes along, as if nothing were installed. */
  withDependencies: boolean
  /** Of what apt names, only the packages whose name matches. */
  only?: RegExp
}

/** What media for one architecture are made of. The lock file `<arch>.lock.json` holds them to versions and hashes. */
export const SETS: Partial<Record<DebianArch, Record<string, PackageSet>>> = {
  amd64: {
    // The kernel's package name carries its version; the one without it depends on the newest.
    kernel: {
      suite: recipe.KERNEL_SUITE,
      asked: recipe.KERNEL_PACKAGES,
      withDependencies: true,
      only: /^linux-(base|binary|image|modules)-\d[^_]*-amd64_/,
    },
    system: { suite: recipe.SUITE, asked: recipe.SYSTEM_PACKAGES, withDependencies: true },
    firmware: { suite: recipe.KERNEL_SUITE, asked: recipe.FIRMWARE_PACKAGES, withDependencies: false },
    microcode: { suite: recipe.SUITE, asked: recipe.MICROCODE_PACKAGES, withDependencies: false },
    extras: { suite: recipe.SUITE, asked: recipe.EXTRA_PACKAGES, withDependencies: true },
    tools: { suite: recipe.SUITE, asked: recipe.TOOL_PACKAGES, withDependencies: true },
    biosBoot: { suite: recipe.SUITE, asked: recipe.BIOS_BOOT_PACKAGES, withDependencies: true },
    signedBoot: { suite: recipe.SUITE, asked: recipe.SIGNED_BOOT_PACKAGES, withDependencies: false },
    crossTools: { suite: recipe.SUITE, asked: recipe.CROSS_TOOL_PACKAGES, withDependencies: true },
    exfat: { suite: recipe.SUITE, asked: recipe.EXFAT_PACKAGES, withDependencies: true },
  },
  arm64: {
    kernel: {
      suite: recipe.KERNEL_SUITE,
      asked: recipe.KERNEL_PACKAGES_ARM64,
      withDependencies: true,
      only: /^linux-(base|binary|image|modules)-\d[^_]*-arm64_/,
    },
    kernelStable: {
      suite: recipe.SUITE,
      asked: recipe.KERNEL_PACKAGES_ARM64,
      withDependencies: true,
      only: /^linux-(base|binary|image|modules)-\d[^_]*-arm64_/,
    },
    system: { suite: recipe.SUITE, asked: recipe.SYSTEM_PACKAGES, withDependencies: true },
    firmware: { suite: recipe.KERNEL_SUITE, asked: recipe.FIRMWARE_PACKAGES, withDependencies: false },
    rpiFirmware: { suite: recipe.SUITE, asked: recipe.RPI_FIRMWARE_PACKAGES, withDependencies: false },
    extras: { suite: recipe.SUITE, asked: recipe.EXTRA_PACKAGES, withDependencies: true },
    exfat: { suite: recipe.SUITE, asked: recipe.EXFAT_PACKAGES, withDependencies: true },
  },
}

/** The sets of an architecture. Throws where no medium is built for it. */
export function setsOf(arch: DebianArch): Record<string, PackageSet> {
  const sets = SETS[arch]
  if (sets === undefined)
    throw new Error(`no medium is built for ${arch}; there are: ${Object.keys(SETS).join(', ')}`)
  return sets
}
