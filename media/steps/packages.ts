import { join } from 'node:path'
import { openPackages } from '../packages/open.ts'
import type { PackageOptions } from '../packages/open.ts'
import type { Trees } from './context.ts'

const SETS = ['kernel', 'system', 'firmware', 'extras'] as const

/**
 * Fetches and unpacks all packages of a netboot trio, from the build cache where they have been fetched before. What builds is of the machine's
 * own architecture, amd64.
 */
export async function preparePackages(options: PackageOptions): Promise<Trees> {
  const here = { ...options, arch: 'amd64' as const }
  const trees = await openPackages(options, SETS)
  const { tools, system } = await openPackages(here, ['tools', 'system'])
  const common = { ...trees, tools, busybox: join(system, 'usr/bin/busybox') }
  if (options.arch === 'amd64') {
    const { microcode } = await openPackages(here, ['microcode'])
    return { ...common, microcode, strip: tools }
  }
  const { crossTools } = await openPackages(here, ['crossTools'])
  return { ...common, microcode: null, strip: crossTools }
}
