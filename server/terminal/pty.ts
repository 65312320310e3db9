import { loadOptional } from '../desk/optional.ts'

/** A program on a pseudo-terminal, leader of its own session. */
export interface Pty {
  readonly pid: number
  onData(listener: (text: string) => void): unknown
  onExit(listener: (end: { exitCode: number; signal?: number | undefined }) => void): unknown
  write(text: string): void
  resize(cols: number, rows: number): void
  pause(): void
  resume(): void
  kill(signal?: string): void
}

export interface PtyOptions {
  name: string
  cols: number
  rows: number
  cwd: string
  env: NodeJS.ProcessEnv
}

export type SpawnPty = (file: string, args: string[], options: PtyOptions) => Pty

/** node-pty's spawn, or the line that says why there is none. */
export async function loadPty(): Promise<SpawnPty | { problem: string }> {
  const lines: string[] = []
  const pty = await loadOptional<{ spawn: SpawnPty }>('node-pty', (line) => lines.push(line))
  return pty === null ? { problem: `${lines.join(' ')}.` } : pty.spawn
}
