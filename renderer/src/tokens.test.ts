import { ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
/** Values of one rule: a colour, or one of each scheme. */
const colours = (text: string, at: 1 | 2) =>
  Object.fromEntries(
    [...text.matchAll(/--([a-z0-9-]+): (?:light-dark\()?(#[0-9a-f]{6})(?:, (#[0-9a-f]{6})\))?;/g)].map(
      (m) => [m[1]!, (at === 2 && m[3]) || m[2]!],
    ),
  )
const [plainCss, contrastCss] = css.split(":root[data-contrast='more']") as [string, string]
const light = colours(plainCss, 1)
const dark = colours(plainCss, 2)
const schemes = {
  light,
  dark,
  'light, high contrast': { ...light, ...colours(contrastCss, 1) },
  'dark, high contrast': { ...dark, ...colours(contrastCss, 2) },
}

test('both schemes know every colour', () => {
  ok(Object.keys(light).length >= 20)
  ok(dark['paper'] !== light['paper'] && contrastCss.length > 0)
})

/** Relative luminance (WCAG 2.2). */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (high! + 0.05) / (low! + 0.05)
}

const GROUNDS = ['paper', 'surface', 'sunken', 'hover']
const pairs: [text: string, ground: string, least: number][] = [
  ...['ink', 'ink-2', 'ink-3'].flatMap((text) =>
    GROUNDS.map((g): [string, string, number] => [text, g, 4.5]),
  ),
  ...['work', 'good', 'warn', 'bad'].flatMap((state): [string, string, number][] => [
    [state, 'surface', 4.5],
    [state, 'hover', 4.5],
    [state, 'paper', 4.5],
    [state, `${state}-bg`, 4.5],
  ]),
  ['on-ink', 'ink', 4.5],
  ['on-ink', 'ink-2', 4.5],
  // Borders of controls, lamps and the focus ring are not text (1.4.11).
  ['line-strong', 'surface', 3],
  ['focus', 'surface', 3],
  ['focus', 'paper', 3],
  ['lamp', 'surface', 3],
]
for (const [scheme, colour] of Object.entries(schemes))
  for (const [text, ground, least] of pairs)
    test(`${scheme}: ${text} on ${ground} has a contrast of ${least} or more`, () => {
      const found = contrast(colour[text]!, colour[ground]!)
      ok(found >= least, `${colour[text]} on ${colour[ground]} has ${found.toFixed(2)}`)
    })
