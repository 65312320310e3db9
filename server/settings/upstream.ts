/** Values of the upstream settings (wire contract 1.13). Pure; null means that nothing is wrong. */
const REPO = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[A-Za-z0-9_.-]{1,100}$/
const TAG = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/

export function wrongRepo(text: string): string | null {
  const name = text.split('/')[1]
  if (REPO.test(text) && name !== '.' && name !== '..') return null
  return `netboot_repo must be owner/repo, letters, digits, dots and dashes; got ${short(text)}`
}

export function wrongTag(text: string): string | null {
  return TAG.test(text) && !text.includes('..')
    ? null
    : `netboot_tag must be "latest" or the tag of a release such as v0.60.0; got ${short(text)}`
}

export function wrongCatalogUrl(text: string): string | null {
  const ok = /^(?:https?|oras):\/\/[^\s/?#]+\/\S*$/i.test(text) && URL.canParse(text) && text.length <= 2048
  return ok ? null : `catalog_url must be an http, https or oras address of a catalog; got ${short(text)}`
}

function short(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)
}
