/** A terminal of tmux with the command in it, as a person sees it. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { equal } from 'node:assert/strict'

export interface TerminalOptions {
  width: number
  height: number
  args: readonly string[]
  env: Record<string, string>
  /** Where the output goes, byte by byte. */
  log?: string
}

export interface Terminal extends Disposable {
  /** A line of input. */
  enter(line: string): void
  /** A key by tmux's name, as `C-c`. */
  key(name: string): void
  /** The lines as they are now, without the blank ones at the end. */
  screen(): string
  /** The screen, as soon as `pattern` is on it. */
  until(pattern: RegExp): Promise<string>
  resize(width: number, height: number): void
}

const BTY = join(import.meta.dirname, '../../flasher/bin/bty.ts')
const PATIENCE_MS = 30_000
let count = 0

export function openTerminal({ width, height, args, env, log }: TerminalOptions): Terminal {
  const socket = `bty-test-${process.pid}-${++count}`
  const tmux = (...words: string[]) =>
    execFileSync('tmux', ['-L', socket, '-f', '/dev/null', '-u', ...words], { encoding: 'utf8' })
  const settings = Object.entries({ LANG: 'C.UTF-8', ...env }).map(([name, value]) => `${name}=${value}`)
  const command = ['env', '-u', 'NO_COLOR', '-u', 'LC_ALL', ...settings, process.execPath, BTY, ...args]
  const inside = `${command.map(quoted).join(' ')}; echo "ended with $?"; cat`
  const size = ['-x', String(width), '-y', String(height)]
  tmux('start-server', ';', 'set', '-g', 'status', 'off', ';', 'new-session', '-d', ...size, inside)
  if (log !== undefined) tmux('pipe-pane', '-o', `cat > ${quoted(log)}`)
  const screen = () => tmux('capture-pane', '-p').trimEnd()
  return {
    enter(line) {
      if (line !== '') tmux('send-keys', '-l', line)
      tmux('send-keys', 'Enter')
    },
    key: (name) => void tmux('send-keys', name),
    screen,
    async until(pattern) {
      const giveUpMs = performance.now() + PATIENCE_MS
      for (;;) {
        const text = screen()
        if (pattern.test(text)) return text
        if (performance.now() > giveUpMs) throw new Error(`${pattern} did not come; there is:\n${text}`)
        await delay(50)
      }
    },
    resize: (columns, rows) => void tmux('resize-window', '-x', String(columns), '-y', String(rows)),
    [Symbol.dispose]: () => void tmux('kill-server'),
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

const CAPTURES = join(import.meta.dirname, 'captures')

/** Holds a screen to `captures/NAME.txt`; BTY_UPDATE_CAPTURES=1 writes the file instead. */
export function equalsCapture(name: string, screen: string): void {
  const file = join(CAPTURES, `${name}.txt`)
  const text = `${masked(screen)}\n`
  if (process.env['BTY_UPDATE_CAPTURES'] === '1') {
    mkdirSync(CAPTURES, { recursive: true })
    writeFileSync(file, text)
  }
  equal(text, readFileSync(file, 'utf8'), `the screen differs from ${file}`)
}

/** What is another one in every run: version, directory, port, times, rates and how far a bar is. */
function masked(screen: string): string {
  return screen
    .replace(/ bty \d+\.\d+\.\d+\S* [─-]+/, ' bty VERSION ─')
    .replaceAll(/(?<=bty-wizard-)\w{1,6}/g, (random) => 'X'.repeat(random.length))
    .replaceAll(/127\.0\.0\.1:\d{5}/g, '127.0.0.1:PPPPP')
    .replaceAll(/\d+:\d\d(?=,| so far|\.)/g, 'TIME')
    .replaceAll(/ *\d+(?:\.\d)? (?:B|KiB|MiB|GiB)\/s/g, ' RATE')
    .replaceAll(/^(Download|Read|Write|Verify) +\[.*$/gm, '$1 BAR')
    .replaceAll(/(?<=^Write BAR\nVerify BAR\n)\w[^,]*(?=, TIME)/gm, 'PHASE')
}
