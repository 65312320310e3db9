import { deepEqual, equal, match } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadOptional, OPTIONAL_PACKAGES, type OptionalPackage } from './optional.ts'

/** Loads `name` from a folder that holds only the given sources of it; null: the package is not installed there. */
function loadIn(name: OptionalPackage, source: string | null): { loaded: boolean; lines: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'bty-optional-'))
  try {
    cpSync(join(import.meta.dirname, 'optional.ts'), join(folder, 'optional.ts'))
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    if (source !== null) {
      mkdirSync(join(folder, 'node_modules', name), { recursive: true })
      writeFileSync(join(folder, 'node_modules', name, 'index.js'), source)
    }
    const script = `import { loadOptional } from './optional.ts'
      const lines = []
      const loaded = (await loadOptional('${name}', (line) => lines.push(line))) !== null
      console.log(JSON.stringify({ loaded, lines }))`
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
      encoding: 'utf8',
    })
    return JSON.parse(out) as { loaded: boolean; lines: string[] }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const cases: [name: OptionalPackage, state: string, source: string | null, line: RegExp | null][] = [
  ['drivelist', 'present', 'exports.list = async () => []', null],
  ['drivelist', 'missing', null, /^drivelist is not installed: lsblk lists the disks$/],
  [
    'drivelist',
    'built for another system',
    "throw new Error('libudev.so.1: cannot open\\nmore')",
    /^drivelist does not load \(libudev.so.1: cannot open\): lsblk lists the disks$/,
  ],
  ['node-pty', 'present', 'exports.spawn = () => {}', null],
  ['node-pty', 'missing', null, /^node-pty is not installed: there is no terminal$/],
  [
    'node-pty',
    'incomplete',
    "require('nowhere')",
    /^node-pty does not load \(Cannot find module 'nowhere'\): there is no terminal$/,
  ],
]
for (const [name, state, source, line] of cases)
  test(`${name}, ${state}`, () => {
    const { loaded, lines } = loadIn(name, source)
    equal(loaded, line === null)
    equal(lines.length, line === null ? 0 : 1)
    if (line !== null) match(lines[0]!, line)
  })

// npm leaves an optional package out where it cannot build it; where it is there, it must load.
for (const name of OPTIONAL_PACKAGES.filter((name) => existsSync(join('node_modules', name))))
  test(`the installed ${name} loads`, async () => {
    const lines: string[] = []
    const loaded = await loadOptional(name, (line) => lines.push(line))
    deepEqual([loaded !== null, lines], [true, []])
  })
