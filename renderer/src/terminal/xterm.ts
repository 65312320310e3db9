/** xterm.js on this page: loaded when a terminal is shown, and not before. */
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { withSheets } from './sheets.ts'

export interface Screen {
  write(text: string): void
  focus(): void
  readonly size: { cols: number; rows: number }
  close(): void
}

export interface ScreenOptions {
  label: string
  onType: (text: string) => void
  onSize: (size: { cols: number; rows: number }) => void
  /** The operator wants the keyboard back. */
  onLeave: () => void
}

/** Opens a screen that fills `parent`, in its colours, and keeps filling it. */
export function openScreen(parent: HTMLElement, { label, onType, onSize, onLeave }: ScreenOptions): Screen {
  const { color, backgroundColor, fontFamily } = getComputedStyle(parent)
  const terminal = new Terminal({
    cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    fontFamily,
    fontSize: 13,
    scrollback: 5000,
    screenReaderMode: true,
    theme: { foreground: color, background: backgroundColor, cursor: color },
  })
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  withSheets(document, () => terminal.open(parent))
  terminal.textarea?.setAttribute('aria-label', label)
  fit.fit()
  terminal.onData(onType)
  terminal.onResize(({ cols, rows }) => onSize({ cols, rows }))
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.type !== 'keydown' || event.key !== 'F6' || !event.ctrlKey) return true
    onLeave()
    return false
  })
  const watch = new ResizeObserver(() => fit.fit())
  watch.observe(parent)
  return {
    write: (text) => terminal.write(text),
    focus: () => terminal.focus(),
    get size() {
      return { cols: terminal.cols, rows: terminal.rows }
    },
    close() {
      watch.disconnect()
      terminal.dispose()
    },
  }
}
