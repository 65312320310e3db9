import { equal, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { imagesInSteps, MAX_CATALOG_IMAGES } from '../../flasher/image/catalog.ts'
import { inTurns } from './in-turns.ts'

test('the event loop turns at each yield, and the value is that of the work', async () => {
  let turns = 0
  let ticking = setImmediate(function tick() {
    turns++
    ticking = setImmediate(tick)
  })
  const seen: number[] = []
  const work = (function* () {
    for (let n = 0; n < 3; n++) {
      seen.push(turns)
      yield
    }
    return 'all'
  })()
  equal(await inTurns(work), 'all')
  clearImmediate(ticking)
  equal(seen.join(), '0,1,2')
})

test('what the work throws is what is rejected', () =>
  rejects(
    inTurns(
      // eslint-disable-next-line require-yield
      (function* () {
        throw new Error('no')
      })(),
    ),
    /^Error: no$/,
  ))

test('ten thousand images are read in forty steps, refused ones too', () => {
  const table = (n: number) => ({ name: `n${n}`, src: `https://e.example/${n}` })
  const stepsOf = (images: unknown[]) => {
    const steps = imagesInSteps({ version: 1n, images }, 'here')
    let count = 0
    while (steps.next().done !== true) count++
    return count
  }
  const many = Array.from({ length: MAX_CATALOG_IMAGES }, (_, n) => table(n))
  equal(stepsOf(many), 40)
  equal(stepsOf(many.slice(0, 100)), 0)
})
