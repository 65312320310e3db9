import '../server/code-cache.js'

await import('./start.ts')
