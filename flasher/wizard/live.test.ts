import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { FlashProgress, TargetProgress } from '../flash/progress.ts'
import { barLines } from './bars.ts'
import { flashView } from './flash-view.ts'
import { liveUpdate } from './live.ts'
import type { Look } from './look.ts'
import { follow, secondsLeft } from './pace.ts'
import { LIVE_BUDGET_BYTES } from './terminal.ts'
import { track } from './tracked.ts'
import type { Tracked } from './tracked.ts'

const MiB = 1024 * 1024

/** A terminal that knows the four controls of a VT100 that may be used, and stops at any other. */
function terminal(lines: readonly string[]) {
  const grid = [...lines.map((line) => [...line]), [] as string[]]
  let row = lines.length
  let column = 0
  return {
    send(bytes: string) {
      for (const [, control, count, letter, text] of bytes.matchAll(
        /(\x1b\[(\d*)([A-Za-z])|\r)|([^\x1b\r])/gu,
      )) {
        if (control === '\r') column = 0
        else if (letter === 'A') row -= Number(count)
        else if (letter === 'B') row += Number(count)
        else if (letter === 'C') column += Number(count)
        else if (letter === 'K') grid[row]!.length = Math.min(grid[row]!.length, column)
        else if (control !== undefined) throw new Error(`unknown control ${JSON.stringify(control)}`)
        else {
          for (let i = grid[row]!.length; i < column; i++) grid[row]![i] = ' '
          grid[row]![column++] = text!
        }
      }
      deepEqual([row, column], [lines.length, 0], 'the cursor is back below')
    },
    lines: () => grid.slice(0, -1).map((cells) => cells.join('').trimEnd()),
  }
}

const changes: [rule: string, from: string[], to: string[]][] = [
  ['nothing', ['same'], ['same']],
  ['a digit', ['10 of 20', 'x'], ['11 of 20', 'x']],
  ['several places of several lines', ['ab 12 ........ 34', 'c'], ['ab 13 ........ 35', 'd']],
  ['a longer line', ['a', 'b'], ['a longer line', 'b']],
  ['a shorter line', ['a longer line', 'b'], ['a', 'b']],
  ['a line from nothing', ['', 'b'], ['   indented', '']],
  ['letters of three bytes', ['[░░░░░░░░]'], ['[████░░░░]']],
]
for (const [rule, from, to] of changes)
  test(`an update of ${rule}`, () => {
    const screen = terminal(from)
    const { bytes, shown } = liveUpdate(from, to, 1000)
    screen.send(bytes)
    deepEqual(screen.lines(), to)
    deepEqual(
      shown.map((line) => line.trimEnd()),
      to,
    )
    if (rule === 'nothing') equal(bytes, '')
  })

test('what does not fit the budget follows with the next updates', () => {
  const from = ['', '', '', '']
  const to = Array.from({ length: 4 }, (_, i) => String(i).repeat(75))
  const screen = terminal(from)
  let shown = from
  for (let updates = 0; updates < 12; updates++) {
    const update = liveUpdate(shown, to, LIVE_BUDGET_BYTES)
    ok(Buffer.byteLength(update.bytes) <= LIVE_BUDGET_BYTES)
    screen.send(update.bytes)
    shown = update.shown
  }
  deepEqual(screen.lines(), to)
})

const look = (width: number, unicode = false): Look => ({
  width,
  height: 25,
  mode: 'cursor',
  colour: false,
  unicode,
})

/** A flash of 3 GiB from 1 GiB at 120 MiB/s, sampled four times a second. */
const QUIET = { rates: { read: 0, written: 0, verified: 0 }, waiting: [], resuming: null }

function* samples(targets: TargetProgress[] = []): Generator<FlashProgress> {
  const total = 3072
  for (let written = 0; written <= total; written += 30)
    yield {
      phase: written === 0 ? ('download' as const) : ('write' as const),
      bytesRead: (written * MiB) / 3,
      bytesReadTotal: (total * MiB) / 3,
      bytesWritten: written * MiB,
      bytesWrittenTotal: total * MiB,
      ...QUIET,
      targets,
    }
  for (let read = 0; read <= total; read += 90)
    yield {
      phase: 'verify' as const,
      bytesRead: read * MiB,
      bytesReadTotal: total * MiB,
      bytesWritten: total * MiB,
      bytesWrittenTotal: total * MiB,
      ...QUIET,
      targets,
    }
}

for (const [width, unicode] of [
  [79, false],
  [79, true],
  [39, false],
  [119, true],
] as const)
  test(`a whole flash in ${width} cells: two updates a second of at most ${LIVE_BUDGET_BYTES} bytes`, () => {
    let nowMs = 0
    let lastMs = -Infinity
    let shown: string[] | null = null
    let screen: ReturnType<typeof terminal> | null = null
    const view = flashView(
      {
        look: () => look(width, unicode),
        say: () => {},
        live(lines) {
          ok(nowMs - lastMs >= 500, 'no sooner than after half a second')
          lastMs = nowMs
          for (const line of lines) ok([...line].length <= width, `${line} is too long`)
          if (shown === null) {
            shown = [...lines]
            screen = terminal(shown)
            return
          }
          const update = liveUpdate(shown, lines, LIVE_BUDGET_BYTES)
          ok(Buffer.byteLength(update.bytes) <= LIVE_BUDGET_BYTES)
          screen!.send(update.bytes)
          shown = update.shown
        },
      },
      () => nowMs,
    )
    for (const progress of samples()) {
      view(progress)
      nowMs += 250
    }
    ok(shown !== null)
  })

test('the bars: amounts, rates and what is left, in columns', () => {
  let flash: Tracked | null = null
  let atMs = 0
  for (const progress of samples()) {
    flash = track(flash, progress, atMs)
    atMs += 250
    if (progress.bytesWritten >= 1200 * MiB) break
  }
  deepEqual(barLines(flash!, look(79)), [
    'Download [#######...........]  39%      400.0 MiB/1.0 GiB   40.0 MiB/s     0:16',
    'Write    [#######...........]  39%        1.2 GiB/3.0 GiB  120.0 MiB/s     0:16',
    'Verify   [..................]',
    'Writing, 0:10 so far. Ctrl-C cancels.',
  ])
  deepEqual(barLines(flash!, look(39)), [
    'Read   [#...]  39%   40.0 MiB/s    0:16',
    'Write  [#...]  39%  120.0 MiB/s    0:16',
    'Verify [....]',
    'Writing, 0:10 so far. Ctrl-C cancels.',
  ])
})

test('a pace without a total has a rate and no end', () => {
  const pace = follow(follow(null, 0, 0, null), 1000, 5 * MiB, null)
  deepEqual([pace.rate, secondsLeft(pace)], [5 * MiB, null])
  equal(secondsLeft({ atMs: 0, done: 5, total: 15, rate: 2 }), 5)
  equal(secondsLeft({ atMs: 0, done: 5, total: 15, rate: 0 }), null)
})

test('a pace is smooth: one slow second of many does not halve it', () => {
  let pace = follow(null, 0, 0, null)
  for (let second = 1; second <= 20; second++) pace = follow(pace, second * 1000, second * MiB, null)
  pace = follow(pace, 21_000, 20 * MiB, null)
  ok(pace.rate! > 0.6 * MiB && pace.rate! < MiB)
})

test('without a cursor a flash is told in few lines', () => {
  const said: string[] = []
  let nowMs = 0
  const view = flashView(
    { look: () => ({ ...look(79), mode: 'plain' }), live: () => {}, say: (text) => said.push(text) },
    () => nowMs,
  )
  for (const progress of samples()) {
    view(progress)
    nowMs += 250
  }
  ok(said.length > 15 && said.length < 30, `${said.length} lines`)
  equal(said[0], 'download 0 B of 1.0 GiB')
  equal(said[1], 'write 30.0 MiB of 3.0 GiB')
  ok(said.some((line) => /^verify 1\.\d GiB of 3\.0 GiB, 360\.0 MiB\/s$/.test(line)))
})

const RESUMING = { text: 'cut', position: 12 * MiB, attempt: 2, attempts: 9, pauseMs: 1000 }

test('a download that goes on after a cut says so in place of what is done', () => {
  const [sample] = samples()
  const flash = track(null, { ...sample!, resuming: RESUMING, waiting: ['waiting for the origin'] }, 0)
  equal(
    barLines(flash, look(79)).at(-1),
    'Connection lost, resuming at 12.0 MiB (2nd attempt), 0:00. Ctrl-C cancels.',
  )
  equal(barLines(flash, look(59)).at(-1), 'Connection lost, resuming at 12.0 MiB (2nd attempt), 0:00.')
  equal(barLines(flash, look(39)).at(-1), 'Connection lost, resuming at 12.0 MiB..')
})

test('without a cursor each retry is one line', () => {
  const said: string[] = []
  const view = flashView({
    look: () => ({ ...look(79), mode: 'plain' }),
    live: () => {},
    say: (text) => said.push(text),
  })
  const [first, sample] = samples()
  const again = { ...RESUMING, attempt: 3 }
  const lost = [RESUMING, RESUMING, null, again, again, null, { ...again }]
  for (const resuming of [null, ...lost]) view({ ...(resuming === null ? first! : sample!), resuming })
  deepEqual(
    said.filter((line) => line.startsWith('connection')),
    [
      'connection lost, resuming at 12.0 MiB (2nd attempt)',
      'connection lost, resuming at 12.0 MiB (3rd attempt)',
      'connection lost, resuming at 12.0 MiB (3rd attempt)',
    ],
  )
})

test('several targets: a bar for each, marked when it is read back, and the fate of one that failed', () => {
  const target = (path: string, phase: TargetProgress['phase'], error: string | null = null) => ({
    path,
    phase,
    bytesWritten: 512 * MiB,
    bytesVerified: 1024 * MiB,
    bytesVerifiedTotal: 2048 * MiB,
    rate: 0,
    error,
  })
  const targets = [
    target('/dev/sdb', 'write'),
    target('/dev/sdc', 'verify'),
    target('/dev/sdd', 'done'),
    target('/dev/sde', 'failed', 'writing failed: EIO\x1b[2J'),
  ]
  const [sample] = samples(targets)
  const flash = track(null, { ...sample!, phase: 'write', waiting: ['/dev/sdb has not answered for 7 s'] }, 0)
  deepEqual(barLines(flash, look(79)).slice(1), [
    'sdb      [###...............]  16%      512.0 MiB/3.0 GiB',
    'sdc      [=========.........]  50%        1.0 GiB/2.0 GiB',
    'sdd      done',
    'sde      FAILED: writing failed: EIO?[2J',
    '/dev/sdb has not answered for 7 s, 0:00 so far. Ctrl-C cancels.',
  ])
})
