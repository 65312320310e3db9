/**
 * `npm test [-- pattern...]`: installs the Debian packages that the tests use, builds what they test, runs them all and
 * ends with a line `N passed, N failed, N skipped`. A pattern is a part of a test file's path.
 */
import './node-version.ts'
import { globSync } from 'node:fs'
import { ensurePackages, TEST_PACKAGES } from './packages.ts'
import { buildForTests } from './prepare.ts'
import { runTests } from './run-tests.ts'

const ROOMS = '{build,electron,flasher,media,renderer,server,tests}'
const patterns = process.argv.slice(2)
const files = globSync(`${ROOMS}/**/*.test.ts`, { exclude: (name) => name.includes('node_modules') })
  .filter((file) => patterns.length === 0 || patterns.some((p) => file.includes(p)))
  .sort()

ensurePackages(TEST_PACKAGES, console.log)
await buildForTests(console.log)

const counts = await runTests({ files, concurrency: 2, timeoutMs: 10 * 60_000 })
const skipsAreFailures = process.env['CI'] === 'true' && counts.skipped > 0
if (skipsAreFailures) console.error('with CI=true nothing may be skipped')
process.exitCode = counts.failed > 0 || counts.passed === 0 || skipsAreFailures ? 1 : 0
