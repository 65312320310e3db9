import type { Line } from './line.ts'

export interface Shown {
  lines: Line[]
  /** From 0; the last when a later one was asked for. */
  page: number
  pages: number
}

/** The blocks of one page of `room` lines. A block higher than a page is cut, so that every page shows something. */
export function pageOf(blocks: readonly Line[][], room: number, wanted: number): Shown {
  const pages: Line[][] = [[]]
  for (const block of blocks) {
    const last = pages.at(-1)!
    if (last.length > 0 && last.length + block.length > room) pages.push(block.slice(0, room))
    else last.push(...block.slice(0, Math.max(1, room)))
  }
  const page = Math.min(Math.max(0, wanted), pages.length - 1)
  return { lines: pages[page]!, page, pages: pages.length }
}
