/** The tests that have a long form. Pure. */
const TESTS: Record<string, string> = {
  kill: 'tests/fault/kill.test.ts',
  routes: 'tests/fault/fuzz-routes.test.ts',
  netboot: 'tests/netboot/fuzz.test.ts',
  cache: 'tests/cache/kill.test.ts',
  qcow2: 'tests/flasher/fuzz-qcow2.test.ts',
  bmap: 'tests/flasher/fuzz-bmap.test.ts',
}

/** How long each is, and where its seed is read. */
const LONG = {
  BTY_TEST_KILLS: '200',
  BTY_FUZZ_ROUNDS: '300',
  BTY_FUZZ_PACKETS: '1000000',
  BTY_KILL_ROUNDS: '200',
  BTY_FUZZ_IMAGES: '200000',
} as const
const SEEDS = ['BTY_TEST_SEED', 'BTY_FUZZ_SEED', 'BTY_SEED'] as const

/** Files of the tests asked for, all of them without names; a sentence when there is no such test. */
export function soakFiles(names: readonly string[]): string[] | string {
  const unknown = names.filter((name) => !Object.hasOwn(TESTS, name))
  if (unknown.length > 0)
    return `there is no ${unknown.join(', ')}; there are: ${Object.keys(TESTS).join(', ')}`
  return (names.length > 0 ? names : Object.keys(TESTS)).map((name) => TESTS[name]!)
}

/** Variables of the run; those that `given` has already stay. */
export function soakEnv(
  given: Readonly<Record<string, string | undefined>>,
  seed: string,
): Record<string, string> {
  const seeds = Object.fromEntries(SEEDS.map((name) => [name, seed]))
  return Object.fromEntries(
    Object.entries({ ...LONG, ...seeds }).map(([name, value]) => [name, given[name] || value]),
  )
}
