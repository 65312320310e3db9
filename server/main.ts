#!/usr/bin/env node
import { useCodeCache } from './code-cache.ts'

useCodeCache()
const { runHeadless } = await import('./headless.ts')
await runHeadless(process.argv.slice(2), { print: console.log, printError: console.error })
