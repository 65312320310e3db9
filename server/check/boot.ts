/** Checks of the live media in the boot folder. Pure. */
import type { InstalledVersion } from '../api/index.ts'
import { type Finding, reporter, some } from './finding.ts'

const { ok, advice, problem } = reporter('boot files')
const AGAIN = 'fetch or install this version again, or remove it'

/** `deep`: the files have been read. */
export function checkBoot(versions: readonly InstalledVersion[], deep: boolean): Finding[] {
  if (versions.length === 0)
    return [
      advice('no live media', 'fetch a release on the netboot page; without it no machine can be flashed'),
    ]
  return versions.flatMap((version) => ofVersion(version, deep))
}

function ofVersion({ version, arch, files }: InstalledVersion, deep: boolean): Finding[] {
  const name = `${version} (${arch})`
  const [manifest] = files.filter(({ role }) => role === 'manifest')
  const parts = files.filter(({ role }) => role !== 'manifest')
  const missing = parts.filter(({ present }) => !present)
  const wrong = parts.filter(({ digest }) => digest === 'wrong')
  const unlisted = parts.filter(({ present, digest }) => present && digest === null)
  const found: Finding[] = []
  if (missing.length > 0) found.push(problem(`${name} lacks ${names(missing)}`, AGAIN))
  if (wrong.length > 0)
    found.push(
      problem(`${name}: ${names(wrong)} is not what the manifest says; machines get it all the same`, AGAIN),
    )
  if (manifest?.present === false)
    found.push(advice(`${name} has no manifest ${manifest.name}, so its files cannot be verified`, AGAIN))
  else if (unlisted.length > 0)
    found.push(problem(`${manifest!.name} lists no digest of ${names(unlisted)}`, AGAIN))
  if (found.length > 0) return found
  return [ok(`${name} is complete${deep ? ', every digest right' : '; --deep reads its files'}`)]
}

function names(files: readonly { name: string }[]): string {
  return some(files.map(({ name }) => name))
}
