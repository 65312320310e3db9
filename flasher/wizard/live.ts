/** Unchanged cells that are cheaper to send again than to jump over. */
const WORTH_A_JUMP = 6
/** Cells in one piece; three bytes each at most, so that a piece always fits the budget. */
const PIECE = 25

export interface Update {
  /** What to send. */
  bytes: string
  /** What the lines show afterwards. */
  shown: string[]
}

/**
 * Turns lines on the screen into others by sending only what differs, and no more than `budget` bytes: what does not fit
 * is left for the next time. The cursor rests at the start of the line below. Every cell holds one character. Only
 * controls that a VT100 knows: CUU, CUD, CUF, EL.
 */
export function liveUpdate(shown: readonly string[], wanted: readonly string[], budget: number): Update {
  const after = [...shown]
  let bytes = ''
  let row = shown.length
  const home = () => (row === shown.length ? '' : `\r\x1b[${shown.length - row}B`)
  for (const [i, text] of wanted.entries())
    for (const run of runsOf(after[i]!, text)) {
      const jump = (row === i ? '' : vertical(row, i)) + '\r' + (run.from > 0 ? `\x1b[${run.from}C` : '')
      const piece = `${jump}${run.text}${run.erase ? '\x1b[K' : ''}`
      const back = `\r\x1b[${shown.length - i}B`
      if (Buffer.byteLength(bytes + piece + back) > budget) return { bytes: bytes + home(), shown: after }
      bytes += piece
      row = i
      after[i] = replaced(after[i]!, run)
    }
  return { bytes: bytes + home(), shown: after }
}

interface Run {
  from: number
  text: string
  /** Nothing stands behind it any more. */
  erase: boolean
}

/** The stretches in which two lines differ. */
function runsOf(before: string, after: string): Run[] {
  const runs: Run[] = []
  let from = -1
  let last = -1
  const close = () => {
    for (; from >= 0 && from <= last; from += PIECE)
      runs.push({ from, text: after.slice(from, Math.min(from + PIECE, last + 1)), erase: false })
    from = -1
  }
  for (let i = 0; i < after.length; i++) {
    if ((before[i] ?? ' ') === after[i]) {
      if (from >= 0 && i - last > WORTH_A_JUMP) close()
      continue
    }
    if (from < 0) from = i
    last = i
  }
  close()
  if (before.trimEnd().length > after.length) runs.push({ from: after.length, text: '', erase: true })
  return runs
}

function replaced(line: string, { from, text, erase }: Run): string {
  const end = erase ? '' : line.slice(from + text.length)
  return line.slice(0, from).padEnd(from) + text + end
}

function vertical(from: number, to: number): string {
  return to < from ? `\x1b[${from - to}A` : `\x1b[${to - from}B`
}
