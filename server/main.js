#!/usr/bin/env node
import './young-space.js'
import './code-cache.js'

await import('./main.ts')
