/**
 * `npm run soak [-- NAME...]`: the tests of faults in their long forms: more kills, more odd input, each run with a new
 * seed, printed first. `SOAK_SEED` repeats one. Ends with a line `N passed, N failed, N skipped`.
 */
import './node-version.ts'
import { ensurePackages, TEST_PACKAGES } from './packages.ts'
import { buildForTests } from './prepare.ts'
import { runTests } from './run-tests.ts'
import { soakEnv, soakFiles } from './soak-plan.ts'

const LIMIT_MS = 60 * 60_000
const NEW_SEED = String(Date.now() % 2 ** 31)

const planned = soakFiles(process.argv.slice(2))
if (typeof planned === 'string') {
  console.error(planned)
  process.exit(1)
}
const env = soakEnv(process.env, process.env['SOAK_SEED'] ?? NEW_SEED)
for (const [name, value] of Object.entries(env)) console.log(`${name}=${value}`)
Object.assign(process.env, env)
ensurePackages(TEST_PACKAGES, console.log)
await buildForTests(console.log)

// One at a time: a kill must hit a process that is at work, not one that waits for a processor.
const counts = await runTests({ files: planned, concurrency: 1, timeoutMs: LIMIT_MS })
process.exitCode = counts.failed > 0 || counts.passed < planned.length ? 1 : 0
