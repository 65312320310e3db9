import { deepEqual, equal } from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { installElectron, wasTried } from './install.ts'

const works = `const { mkdirSync, writeFileSync } = require('node:fs')
  mkdirSync(__dirname + '/dist'); writeFileSync(__dirname + '/dist/electron', ''); writeFileSync(__dirname + '/path.txt', 'electron')`

const cases: [name: string, installer: string, limitMs: number, installed: boolean, last: string][] = [
  ['an installer that works', works, 60_000, true, "installing Electron's runtime, for up to 60 s"],
  ['an installer that fails', 'process.exit(1)', 60_000, false, 'Electron could not be installed'],
  ['an installer that says yes and does nothing', '', 60_000, false, 'Electron could not be installed'],
  [
    'an installer that hangs',
    'setInterval(() => {}, 1000)',
    200,
    false,
    'Electron did not arrive within 0.2 s',
  ],
]
for (const [name, installer, limitMs, installed, last] of cases)
  test(`${name}: ${installed ? 'installed' : 'said, and not tried again'}`, () => {
    const root = mkdtempSync(join(tmpdir(), 'bty-install-'))
    try {
      mkdirSync(join(root, 'node_modules', 'electron'), { recursive: true })
      writeFileSync(join(root, 'node_modules', 'electron', 'install.js'), installer)
      const lines: string[] = []
      equal(wasTried(root), false)
      equal(
        installElectron(root, (line) => lines.push(line), limitMs),
        installed,
      )
      deepEqual([lines.at(-1), wasTried(root)], [last, !installed])
    } finally {
      rmSync(root, { recursive: true })
    }
  })
