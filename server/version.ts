import manifest from '../package.json' with { type: 'json' }

/** Version of this program; its own live media carry it in their names. */
export const VERSION: string = manifest.version
