import '../server/young-space.js'
import '../server/code-cache.js'

await import('./start.ts')
