import { deepEqual, equal, match } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { releaseOrigin } from '../../tests/harness/release-origin.ts'
import { createOutbound } from '../outbound/outbound.ts'
import { openStore } from '../store/open.ts'
import { isDue, startUpdates } from './updates.ts'

const REPO = 'bench/console'
const OWN = '0.2.0'
const NOW = Date.parse('2026-05-01T10:00:00Z')
const DAY_MS = 24 * 60 * 60 * 1000

async function bench(t: TestContext, more: { firstMs?: number; everyMs?: number } = {}) {
  const origin = await releaseOrigin(t)
  const dir = mkdtempSync(join(tmpdir(), 'bty-updates-'))
  const said: string[] = []
  const say = (level: string) => (text: string) => void said.push(`${level}: ${text}`)
  const log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
  const values = {
    'updates.check': true as boolean,
    'updates.repo': REPO,
    'netboot.release_base': origin.base,
  }
  const store = openStore({ dir, version: OWN, now: () => NOW })
  const updates = startUpdates(
    { store, outbound: createOutbound({ version: OWN }), log, now: () => NOW, version: OWN },
    { values: () => values, firstMs: DAY_MS, ...more },
  )
  t.after(async () => {
    await updates.close()
    store.close()
    rmSync(dir, { recursive: true })
  })
  const release = (version: string) => origin.latest(`version = "${version}"\ntag = "v${version}"\n`, REPO)
  return { origin, updates, values, said, release }
}

const releases: [version: string, state: 'newer' | 'current'][] = [
  ['0.3.0', 'newer'],
  ['0.2.0', 'current'],
  ['0.1.9', 'current'],
  ['0.2.1-rc.1', 'newer'],
]
for (const [version, state] of releases)
  test(`with ${version} released, ${OWN} is ${state === 'newer' ? 'old' : 'the newest'}`, async (t) => {
    const { origin, updates, release } = await bench(t)
    release(version)
    deepEqual(await updates.check(), {
      state,
      version,
      url: state === 'newer' ? `${origin.base}/${REPO}/releases/latest` : null,
      checked_at: '2026-05-01T10:00:00.000Z',
      problem: null,
    })
  })

test('switched off, nobody is asked, whatever was known', async (t) => {
  const { origin, updates, values, release } = await bench(t)
  release('0.3.0')
  await updates.check()
  values['updates.check'] = false
  const asked = origin.asked.length
  equal((await updates.check()).state, 'off')
  equal(origin.asked.length, asked)
})

test('a working copy without a repository asks nobody', async (t) => {
  const { origin, updates, values } = await bench(t)
  values['updates.repo'] = ' '
  equal((await updates.check()).state, 'off')
  equal(origin.asked.length, 0)
})

const answers: [what: string, text: string, problem: RegExp][] = [
  ['no release', '', /HTTP 404/],
  ['no TOML', '<html>', /is not valid TOML/],
  ['no version', 'version = "../../x"\ntag = "v1"', /must be a version/],
  ['far too much', `# ${'x'.repeat(1024 * 1024)}\n`, /1048576|larger|more than/],
]
for (const [what, text, problem] of answers)
  test(`${what} is told, and is no cause for a warning`, async (t) => {
    const { origin, updates, said } = await bench(t)
    if (text !== '') origin.latest(text, REPO)
    const state = await updates.check()
    equal(state.state, 'unknown')
    match(state.problem!, problem)
    deepEqual(
      said.filter((line) => !line.startsWith('debug:')),
      [],
    )
  })

test('an answer stays known when the next question fails, and for another repository it does not count', async (t) => {
  const { updates, values, release, origin } = await bench(t)
  release('0.3.0')
  await updates.check()
  origin.latest('<html>', REPO)
  const state = await updates.check()
  deepEqual([state.state, state.version], ['newer', '0.3.0'])
  match(state.problem!, /TOML/)
  values['updates.repo'] = 'other/console'
  equal(updates.state().state, 'unknown')
})

test('it asks by itself', async (t) => {
  const { origin, release } = await bench(t, { firstMs: 1 })
  release('0.3.0')
  await origin.askedFor('/release.toml')
})

const ages: [checkedAt: string | null, due: boolean][] = [
  [null, true],
  ['no date', true],
  ['2026-05-01T10:00:00Z', false],
  ['2026-04-30T10:00:01Z', false],
  ['2026-04-30T10:00:00Z', true],
  ['2026-05-01T10:00:01Z', true],
]
for (const [checkedAt, due] of ages)
  test(`asked at ${checkedAt}, it ${due ? 'asks' : 'does not ask'} again`, () =>
    equal(isDue(checkedAt, NOW, DAY_MS), due))
