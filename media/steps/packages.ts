import { fetchPackages, unpackedPackages } from '../debian.ts'
import { EXTRA_PACKAGES, FIRMWARE_PACKAGES, KERNEL_PACKAGES, SUITE, SYSTEM_PACKAGES } from '../recipe.ts'
import type { Build, Trees } from './context.ts'

/** Fetches and unpacks all packages, from the build cache where they have been fetched before. */
export async function preparePackages({ log }: Build): Promise<Trees> {
  const suite = SUITE
  // The kernel's package name carries its version; the one without it depends on the newest.
  const debs = await fetchPackages({ suite, packages: KERNEL_PACKAGES, withDependencies: true, log })
  const newest = debs
    .map((deb) => /\/(linux-image-\d[^_/]*)_/.exec(deb)?.[1])
    .find((name) => name !== undefined)
  if (newest === undefined) throw new Error(`${KERNEL_PACKAGES.join(' ')} of ${suite} depends on no kernel`)
  const tree = (packages: string[], withDependencies: boolean) =>
    unpackedPackages({ suite, packages, withDependencies, log })
  return {
    kernel: await tree([newest], false),
    system: await tree(SYSTEM_PACKAGES, true),
    firmware: await tree(FIRMWARE_PACKAGES, false),
    extras: await tree(EXTRA_PACKAGES, true),
  }
}
