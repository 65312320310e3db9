import { deepEqual } from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { browserCommand } from './browser.ts'
import { type Ended, runDesktopApp } from './desktop-app.ts'

const cases: [name: string, script: string, ended: Ended][] = [
  [
    'an app that is used and closed',
    'echo "listening on http://127.0.0.1:8080/"',
    { answered: true, code: 0 },
  ],
  ['an app that fails before it answers', 'exit 127', { answered: false, code: 127 }],
  ['an app that fails later', 'echo listening on http://[::1]/; exit 3', { answered: true, code: 3 }],
  ['an app that crashes', 'kill -SEGV $$', { answered: false, code: 1 }],
  [
    'the app gets the folder and the flags, and starts as an app',
    '[ "$*" = "/repo --port 8081" ] && [ -z "${ELECTRON_RUN_AS_NODE+set}" ]',
    { answered: false, code: 0 },
  ],
]
for (const [name, script, ended] of cases)
  test(name, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bty-app-'))
    try {
      const executable = join(folder, 'electron')
      writeFileSync(executable, `#!/bin/sh\n${script}\n`)
      chmodSync(executable, 0o755)
      process.env['ELECTRON_RUN_AS_NODE'] = '1'
      deepEqual(await runDesktopApp(executable, '/repo', ['--port', '8081']), ended)
    } finally {
      delete process.env['ELECTRON_RUN_AS_NODE']
      rmSync(folder, { recursive: true })
    }
  })

test('an app that cannot be started at all', async () =>
  deepEqual(await runDesktopApp('/nowhere/electron', '/repo', []), { answered: false, code: 1 }))

for (const [platform, command] of [
  ['linux', 'xdg-open'],
  ['darwin', 'open'],
  ['win32', 'rundll32'],
] as const)
  test(`${platform} opens the browser with ${command}, the address as one argument`, () => {
    const url = 'http://127.0.0.1:8080/ui/open?token=a&b'
    const [found, ...args] = browserCommand(platform, url)
    deepEqual([found, args.at(-1)], [command, url])
  })

test('a signal for this process ends the app, and nothing is left listening', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bty-app-'))
  try {
    const executable = join(folder, 'electron')
    writeFileSync(executable, '#!/bin/sh\nexec sleep 600\n')
    chmodSync(executable, 0o755)
    const before = process.listenerCount('SIGTERM')
    const ended = runDesktopApp(executable, '/repo', [])
    process.emit('SIGTERM', 'SIGTERM')
    deepEqual(await ended, { answered: false, code: 1 })
    deepEqual(process.listenerCount('SIGTERM'), before)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
