import { openPackages } from '../packages/open.ts'
import type { PackageOptions } from '../packages/open.ts'
import type { Trees } from './context.ts'

const SETS = ['kernel', 'system', 'firmware', 'microcode', 'extras', 'tools'] as const

/** Fetches and unpacks all packages of the netboot trio, from the build cache where they have been fetched before. */
export async function preparePackages(options: PackageOptions): Promise<Trees> {
  return openPackages(options, SETS)
}
