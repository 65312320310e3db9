import type { Look } from './look.ts'

const CONTROL = /[\0-\x1f\x7f-\x9f\u2028\u2029]|\p{Cs}/gu
/** Marks that reorder or hide what stands beside them. */
const UNSEEN =
  /[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu

/** Text from outside, such as a catalog's names and a disk's model, that can no longer move or fool a terminal. */
export function clean(text: string, { unicode }: Pick<Look, 'unicode'>): string {
  const safe = text.replace(UNSEEN, '').replace(CONTROL, '?')
  return unicode ? safe : safe.normalize('NFC').replace(/[^\x20-\x7e]/gu, '?')
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

/** Cells that text fills: none for a combining mark, two for an East Asian or emoji character. */
export function cells(text: string): number {
  let count = 0
  for (const character of text) count += cellsOf(character)
  return count
}

function cellsOf(character: string): number {
  if (character < '\x7f') return 1
  if (/\p{M}/u.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}

/** Text cut to `width` cells, with `..` where something is missing. */
export function cut(text: string, width: number): string {
  if (cells(text) <= width) return text
  const room = width - 2
  let kept = ''
  let filled = 0
  for (const character of text) {
    filled += cellsOf(character)
    if (filled > room) break
    kept += character
  }
  return room < 1 ? '.'.repeat(Math.max(0, width)) : `${kept}..`
}

/** Exactly `width` cells. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const shown = cut(text, width)
  const blank = ' '.repeat(Math.max(0, width - cells(shown)))
  return align === 'left' ? shown + blank : blank + shown
}

/** Lines of at most `width` cells, broken between words where there is a blank; later lines start with `indent`. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = []
  let line = /^ */.exec(text)![0]
  let holdsWord = false
  for (const word of text.trim().split(' ')) {
    const joined = holdsWord ? `${line} ${word}` : line + word
    if (cells(joined) <= width || !holdsWord) line = joined
    else {
      lines.push(line)
      line = indent + word
    }
    holdsWord = true
    while (cells(line) > width) {
      const head = headOf(line, width)
      lines.push(head)
      line = indent + line.slice(head.length)
    }
  }
  return [...lines, line]
}

/** As many characters as fill `width` cells, at least one more than nothing. */
function headOf(text: string, width: number): string {
  let head = ''
  let filled = 0
  for (const character of text) {
    filled += cellsOf(character)
    if (filled > width && head.trim() !== '') break
    head += character
  }
  return head
}
