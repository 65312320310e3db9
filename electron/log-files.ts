import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

/** A log in files: the newest is `console.log`, older ones `console.1.log` and on. */
export interface LogFiles {
  /** Handed to the system before it returns, so that a crash loses no line. Never throws. */
  write(line: string): void
  /** The last `chars` characters, from the older file too. */
  tail(chars: number): string
  readonly folder: string
  close(): void
}

export interface LogFileOptions {
  /** Of one file. */
  maxBytes?: number
  /** Files in all. */
  files?: number
}

/** Opens the log in `folder`. A folder that cannot be written gives a log that keeps nothing. */
export function openLogFiles(folder: string, options: LogFileOptions = {}): LogFiles {
  const { maxBytes = 2 * 1024 * 1024, files = 4 } = options
  const path = (n: number) => join(folder, n === 0 ? 'console.log' : `console.${n}.log`)
  let file: number | null = null
  let size = 0

  function open(): void {
    mkdirSync(folder, { recursive: true })
    file = openSync(path(0), 'a', 0o600)
    size = fstatSync(file).size
  }

  function rotate(): void {
    if (file !== null) closeSync(file)
    file = null
    rmSync(path(files - 1), { force: true })
    for (let n = files - 2; n >= 0; n--) rename(path(n), path(n + 1))
    open()
  }

  return {
    folder,
    write(line) {
      try {
        if (file === null) open()
        const bytes = Buffer.from(`${new Date().toISOString()} ${line.slice(0, 8192).trimEnd()}\n`)
        if (size > 0 && size + bytes.length > maxBytes) rotate()
        size += writeSync(file!, bytes)
      } catch {
        // A full disk: standard error has the line.
      }
    },
    tail(chars) {
      const text = [path(1), path(0)].map(read).join('')
      return text.slice(-chars)
    },
    close() {
      if (file !== null) closeSync(file)
      file = null
    },
  }
}

function rename(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
