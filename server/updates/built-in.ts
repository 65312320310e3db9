declare const BTY_RELEASE_REPO: string | undefined

/** OWNER/NAME of the repository whose workflow built this package; empty in a working copy, which git keeps up to date. */
export const BUILT_IN_REPO: string = typeof BTY_RELEASE_REPO === 'string' ? BTY_RELEASE_REPO : ''
