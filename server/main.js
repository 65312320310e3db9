#!/usr/bin/env node
import './code-cache.js'

await import('./main.ts')
