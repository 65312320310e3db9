import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { placeWindow } from './placement.ts'
import type { Bounds } from './preferences.ts'

const box = (x: number, y: number, width: number, height: number): Bounds => ({ x, y, width, height })
const LAPTOP = box(0, 25, 1440, 875)
const WALL = box(1440, 0, 3840, 2160)
const SMALL = box(0, 0, 1024, 600)

const cases: [what: string, saved: Bounds | null, areas: Bounds[], placed: object][] = [
  ['a first start has the usual size', null, [LAPTOP], { width: 1280, height: 860 }],
  ['a small screen is not overflowed', null, [SMALL], { width: 1024, height: 600 }],
  [
    'the window comes back where it was',
    box(2000, 100, 1500, 900),
    [LAPTOP, WALL],
    box(2000, 100, 1500, 900),
  ],
  [
    'from an unplugged display it comes to the main one',
    box(2000, 100, 1500, 900),
    [LAPTOP],
    { width: 1440, height: 875 },
  ],
  [
    'a title bar above the screen cannot be gripped',
    box(100, -40, 1000, 700),
    [LAPTOP],
    { width: 1000, height: 700 },
  ],
  ['a corner of it is too little', box(1400, 100, 1000, 700), [LAPTOP], { width: 1000, height: 700 }],
  ['nor does it shrink to nothing', box(10, 30, 5, -3), [LAPTOP], { width: 720, height: 480 }],
  ['without displays it keeps its size', box(10, 30, 900, 700), [], { width: 900, height: 700 }],
]
for (const [what, saved, areas, placed] of cases)
  test(what, () => deepEqual(placeWindow(saved, areas), placed))
