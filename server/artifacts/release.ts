/** Which files of which release a tag stands for. Pure. */
import { type Trio, trio } from '../boot/artifacts.ts'
import { wrongRepo } from '../settings/upstream.ts'
import { InstallError } from './error.ts'
import type { ReleaseNote } from './release-toml.ts'

/** Where live media come from unless told otherwise. */
export const OWN_REPO = 'safl/bty'
export const LATEST = 'latest'
export const TAG = /^[A-Za-z0-9._-]+$/

export interface ReleaseSource {
  /** Address before `/<repo>/releases/`, without a slash at its end. */
  base: string
  repo: string
}

export interface Release {
  tag: string
  trio: Trio
  /** Address of the files, with a slash at its end. */
  baseUrl: string
  /** What `release.toml` says of the files; empty without one. */
  expected: ReleaseNote['files']
}

/** `v0.60.0` -> `0.60.0`; a tag that is no version stands for itself. */
export function versionOfTag(tag: string): string {
  return tag.replace(/^v(?=\d)/, '')
}

/** Address of `release.toml` for a tag. @throws {InstallError} when repository or tag cannot be one. */
export function noteUrl(source: ReleaseSource, tag: string): string {
  const folder = tag === LATEST ? 'latest/download' : `download/${checkedTag(tag)}`
  return `${releasesUrl(source)}/${folder}/release.toml`
}

/**
 * The release that `tag` stands for, `note` being its `release.toml`, null where there is none. Without one, `latest` is
 * the tag of this program's own `version` (wire contract 7.1), but only in the repository that publishes it.
 * @throws {InstallError}
 */
export function releaseOf(
  source: ReleaseSource,
  tag: string,
  note: ReleaseNote | null,
  version: string,
): Release {
  const releases = releasesUrl(source)
  if (note !== null && tag !== LATEST && note.tag !== tag)
    throw new InstallError(`release.toml of ${tag} says that it belongs to ${note.tag}`)
  if (note === null && tag === LATEST && source.repo !== OWN_REPO)
    throw new InstallError(
      `${source.repo} has no release.toml that says which release is its latest; give a tag, for example v${version}`,
    )
  const found = checkedTag(note?.tag ?? (tag === LATEST ? `v${version}` : tag))
  return {
    tag: found,
    trio: trio(note?.version ?? versionOfTag(found)),
    baseUrl: `${releases}/download/${found}/`,
    expected: note?.files ?? new Map(),
  }
}

function releasesUrl({ base, repo }: ReleaseSource): string {
  const wrong = wrongRepo(repo)
  if (wrong !== null) throw new InstallError(wrong)
  return `${base}/${repo}/releases`
}

function checkedTag(tag: string): string {
  if (!TAG.test(tag) || /^\.+$/.test(tag)) throw new InstallError(`'${tag}' cannot be the tag of a release`)
  return tag
}

/** A release base without slashes at its end; null for what is no http or https address. */
export function releaseBase(text: string): string | null {
  const url = URL.parse(text.trim())
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (url === null || !isHttp || url.search !== '' || url.hash !== '' || url.username !== '') return null
  return url.href.replace(/\/+$/, '')
}
