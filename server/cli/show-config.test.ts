import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { KEYS } from '../config/keys.ts'
import { loadConfig } from '../config/load.ts'
import { run } from './show-config.ts'

const env = { BTY_ADMIN_PASSWORD: 'hush', BTY_SERVER_PORT: '81' }

async function printed(json: boolean): Promise<string> {
  const lines: string[] = []
  const config = loadConfig({ env, files: [], home: '/home/op', isRoot: false })
  const print = (line: string) => void lines.push(line)
  equal(await run({ args: [], config, json, print, printError: print, now: Date.now }), 0)
  return lines.join('\n')
}

test('show-config prints key, value and source, and no secret', async () => {
  const text = await printed(false)
  match(text, /^KEY +VALUE +SOURCE\n/)
  match(text, /\nadmin\.password +\*{8} +env\(BTY_ADMIN_PASSWORD\)\n/)
  match(text, /\nserver\.port +81 +env\(BTY_SERVER_PORT\)\n/)
  match(text, /\nwithcache\.url +- +default\n/)
  ok(!text.includes('hush'))
})

test('show-config --json has every key once', async () => {
  const rows = JSON.parse(await printed(true)) as { key: string }[]
  deepEqual(
    rows.map(({ key }) => key),
    Object.keys(KEYS),
  )
})
