import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { textOf } from './line.ts'
import type { Look } from './look.ts'
import { pageFor } from './pages.ts'
import { firstState } from './state.ts'
import type { Setting, State } from './state.ts'
import { failureNotice } from './failure-notice.ts'
import type { TargetOutcome } from '../flash/outcome.ts'
import { FlashError } from '../errors.ts'
import { aDisk, anImage } from './testing.ts'
import { cells } from './text.ts'

const setting: Setting = { version: '0.1.0', imageRoot: '/var/lib/bty/images', mac: '52:54:00:aa:bb:01' }
const look = (width: number, height: number, unicode = false): Look => ({
  width,
  height,
  mode: 'cursor',
  colour: false,
  unicode,
})
const EVIL = 'a\x1b[2J\u202e\nname 日本'
const images = Array.from({ length: 300 }, (_, i) =>
  anImage({
    name: i === 2 ? EVIL : `debian-${i}-headless-amd64-with-a-long-name.img.gz`,
    description: 'Debian 13 with nothing but a shell. '.repeat(4),
    format: 'img.gz',
    sizeBytes: i * 1e9,
  }),
)
const disks = Array.from({ length: 40 }, (_, i) =>
  aDisk(`/dev/disk-${i}`, i % 2 ? ['holds the running system', 'is in use: /, /boot, [SWAP]'] : [], {
    model: EVIL.repeat(3),
  }),
)
const base: State = {
  ...firstState({ catalog: 'https://host/a/long/path/catalog.toml', screen: 'images' }),
  disks,
}
const outcome = (error: FlashError | null): TargetOutcome => ({
  path: '/dev/disk-0',
  ok: error === null,
  state: error === null ? 'written' : 'empty',
  sizeBytes: error === null ? 8589934592 : null,
  verified: error === null,
  error,
  notes: [EVIL],
})
const blockMap = 'http://h/a.img.bmap'
const check = { storedBytes: 5e8, expandedBytes: 8589934592, format: 'img.gz', blockMap, problems: [] }
const chosen = { image: images[2]!, targets: [disks[0]!] }
const states: Record<string, State> = {
  source: { ...base, screen: 'source', imageProblems: ['The catalog x cannot be read: y'.repeat(9)] },
  custom: { ...base, screen: 'custom' },
  'hundreds of images': { ...base, images },
  'the last page': { ...base, images, page: 999 },
  'few images': { ...base, images: images.slice(0, 3) },
  'no images': { ...base, imageProblems: ['The catalog https://host/x cannot be read: it answered 404'] },
  'many disks': { ...base, screen: 'disks', image: images[2]! },
  'no disks': { ...base, screen: 'disks', disks: [], image: images[1]! },
  confirm: { ...base, screen: 'confirm', ...chosen, check },
  rejected: { ...base, screen: 'confirm', ...chosen, check: { ...check, problems: ['one', EVIL] } },
  done: {
    ...base,
    screen: 'done',
    ...chosen,
    outcomes: [outcome(null), outcome(new FlashError('device', EVIL)), outcome(null)],
    seconds: 83,
  },
  failed: {
    ...base,
    screen: 'confirm',
    ...chosen,
    notice: { ...failureNotice([outcome(new FlashError('corrupt', EVIL.repeat(9)))]), then: 'check' },
  },
}

for (const [name, state] of Object.entries(states))
  for (const [width, height] of [
    [79, 25],
    [79, 24],
    [39, 20],
    [119, 60],
  ] as const)
    for (const unicode of [false, true])
      test(`${name} in ${width + 1}x${height}${unicode ? ' with Unicode' : ''}: everything is on the screen`, () => {
        const { lines, question } = pageFor(state, setting, look(width, height, unicode))
        const texts = lines.map(textOf)
        ok(texts.length + 1 <= height, `${texts.length} lines:\n${texts.join('\n')}`)
        for (const text of [...texts, question]) {
          ok(cells(text) <= width, `${cells(text)} cells: ${text}`)
          ok(!/[\x00-\x1f\x7f-\x9f\u202e]/.test(text), JSON.stringify(text))
          ok(unicode || /^[\x20-\x7e]*$/.test(text), text)
        }
        ok(texts.some((text) => text.includes('image_root:')))
        match(question, /^> .+: $/)
      })

test('every image is on one of the pages', () => {
  const small = look(79, 25)
  const { pages } = pageFor({ ...base, images }, setting, small)
  const numbers = Array.from({ length: pages }, (_, page) =>
    pageFor({ ...base, images, page }, setting, small)
      .lines.map((line) => Number(/^ *(\d+) {2}/.exec(textOf(line))?.[1] ?? 0))
      .filter(Boolean),
  ).flat()
  deepEqual(
    numbers,
    images.map((_, i) => i + 1),
  )
})

test('the current step stands out without colour', () => {
  const steps = (name: string) => pageFor(states[name]!, setting, look(79, 25)).lines.map(textOf)[1]
  match(steps('source')!, /Steps: \[1\.Catalog\] -> 2\.Image -> 3\.Disk -> 4\.Flash -> 5\.Reboot/)
  match(steps('done')!, /4\.Flash -> \[5\.Reboot\]/)
})

test('a narrow table keeps what is chosen by', () => {
  const { lines } = pageFor({ ...base, images }, setting, look(39, 20))
  equal(
    lines
      .map(textOf)
      .find((line) => line.includes(' Name'))!
      .replaceAll(/ +/g, ' ')
      .trim(),
    '# Name Size',
  )
})

test('the confirmation names image, digest, disk and loss', () => {
  const text = pageFor(states['confirm']!, setting, look(79, 30)).lines.map(textOf).join('\n')
  match(text, /img\.gz, 476\.8 MiB \(500000000 bytes\)/)
  match(text, /expands to 8,192\.0 MiB \(8589934592 bytes\)/)
  match(text, /block map a\.img\.bmap: what it leaves out becomes zeros/)
  match(text, /serial\s+S3Z9NB0K/)
  match(text, /EVERYTHING ON \/dev\/disk-0 WILL BE LOST/)
})

test('a rejected flash lists every reason and offers no y', () => {
  const text = pageFor(states['rejected']!, setting, look(79, 30)).lines.map(textOf).join('\n')
  match(text, / {2}\* one\n/)
  ok(!text.includes('[y]'))
})

test('the result tells the fate of each disk', () => {
  const text = pageFor(states['done']!, setting, look(79, 30)).lines.map(textOf).join('\n')
  match(text, /is on 2 of 3 disks\./)
  match(text, /\/dev\/disk-0: FAILED: a/)
  match(text, /8\.0 GiB \(8589934592 bytes\) written and read back/)
})
